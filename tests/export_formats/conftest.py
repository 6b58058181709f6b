"""Drawings of digits and of other things, the shipped checkpoint, and its page in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from digitrec import Recognizer
from digitrec.arrays import Uint8Array
from digitrec.benchmarks.browser import Browser
from digitrec.data.synthetic import digits, nondigits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.export_formats.html_page import write_html_page
from digitrec.models.checkpoint import Checkpoint

# Keras keeps its settings in the user's home otherwise, and takes another back end from there.
os.environ["KERAS_BACKEND"] = "torch"


@pytest.fixture(scope="session", autouse=True)
def keras_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["KERAS_HOME"] = str(tmp_path_factory.mktemp("keras"))


@pytest.fixture(scope="session")
def inks() -> Uint8Array:
    """The ink of 100 drawings, (100, 200, 260): a third is not a digit, and the first is blank."""
    rng = np.random.default_rng(7)
    drawn = [
        rasterise_drawing(
            digits.draw(i % 10, rng, 260, 200) if i % 3 else nondigits.draw(rng, 260, 200)
        )
        for i in range(100)
    ]
    drawn[0][:] = 0
    return np.stack(drawn)


@pytest.fixture(scope="session")
def shipped() -> Checkpoint:
    return Recognizer.load().checkpoint


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(shipped: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "out.html"
    write_html_page(path, shipped)
    return path
