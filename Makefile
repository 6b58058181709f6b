# The two commands are `make demo` and `make test`. Each makes .venv where it is missing.
# `make test SELECT=` runs the slow tests too.
PYTHON ?= python3
BIN := .venv/bin
SELECT ?= not slow

.PHONY: demo test lint clean display chromium

demo: .venv/.installed
	$(BIN)/python -m digitrec.demo

# Compiled modules are kept, whatever the environment says: the tests start Python 1,000 times.
test: display chromium
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -m '$(SELECT)' --numprocesses auto --maxprocesses 4 --dist worksteal

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# $(call install,PACKAGES): install packages of the system, but only where make runs as root, which
# it says before. Fails where nothing was installed.
install = [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { \
	  echo "missing: $(1). Installing with apt-get, for make runs as root" >&2; \
	  apt-get update -qq && apt-get install -y -qq $(1) >/dev/null; }

# The tests of the window need Tk and a display that nobody sees. Without them they are skipped, and
# the last lines of the tests say so.
display: .venv/.installed-dev
	@{ command -v Xvfb && $(BIN)/python -c 'import tkinter'; } >/dev/null 2>&1 || { \
	  $(call install,xvfb python3-tk); } || \
	  echo "missing: xvfb and python3-tk. The tests of the window will be skipped" >&2

# The tests of the report look at it in a browser.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || command -v google-chrome >/dev/null || { \
	  $(call install,chromium); } || \
	  echo "missing: chromium. The tests of the report in a browser will be skipped" >&2

# Debian keeps the part of Python that makes environments in a package of its own.
.venv/bin/python:
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  $(call install,python3-venv) && $(PYTHON) -m venv .venv; } || { rm -rf .venv; \
	  echo "error: cannot make .venv. Install python3-venv (Debian, Ubuntu), then try again" >&2; \
	  exit 2; }

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/.installed

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
