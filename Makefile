# The two commands are `make demo` and `make test`. Each makes .venv where it is missing.
# `make test SELECT=` runs the slow tests too.
PYTHON ?= python3
BIN := .venv/bin
SELECT ?= not slow

.PHONY: demo test lint clean display chromium

demo: .venv/.installed
	$(BIN)/python -m digitrec.demo

test: display chromium
	$(BIN)/python -m pytest -q -m '$(SELECT)' --numprocesses auto --maxprocesses 4 --dist worksteal

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The tests of the window need Tk and a display that nobody sees. Without them they are skipped, and
# the last lines of the tests say so.
display: .venv/.installed-dev
	@{ command -v Xvfb && $(BIN)/python -c 'import tkinter'; } >/dev/null 2>&1 || { \
	  echo "Xvfb or Tk is missing; trying to install them" >&2; \
	  apt-get update -qq && apt-get install -y -qq xvfb python3-tk >/dev/null; } || \
	  echo "cannot install xvfb and python3-tk: the tests of the window will be skipped" >&2

# The tests of the report look at it in a browser.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || command -v google-chrome >/dev/null || { \
	  [ "$$(uname)" = Linux ] && command -v apt-get >/dev/null && { \
	  echo "Chromium is missing; trying to install it" >&2; \
	  apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }; } || \
	  echo "cannot install Chromium: the tests of the report will be skipped" >&2

# Debian keeps the part of Python that makes environments in a package of its own.
.venv/bin/python:
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "python3-venv is missing; trying to install it" >&2; \
	  apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; } || { \
	  rm -rf .venv; echo "error: cannot make .venv: install python3-venv, then try again" >&2; exit 2; }

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/.installed

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
