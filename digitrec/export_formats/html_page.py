"""A page of HTML in one file, in which one draws and the network answers: no server, no network.

The scripts of the folder ``page`` do in the browser what the window does: strokes → ink → image →
network → answer. The weights are stored as whole numbers of 16 bits, times a scale for each output
of a layer, so the page is smaller than the checkpoint and differs from it by less than rounding
does in most of its use: probabilities by less than 0.001.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from digitrec import __version__
from digitrec.drawing import grouping, pen_lifts, rasterise, rows, touching_strokes
from digitrec.export_formats.contract import contract
from digitrec.export_formats.layers import (
    Activation,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Mean,
    Pool,
    SideBySide,
    in_one_row,
    plain_network,
)
from digitrec.export_formats.wasm_assembler import assemble
from digitrec.gui.session import messages
from digitrec.imaging import normalise
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition import read_drawing
from digitrec.storage import atomic

__all__ = ["render_html_page", "write_html_page"]

FOLDER = Path(__file__).with_name("page")
# In this order: each file may use those before it.
SCRIPTS = (
    "rasterise.js",
    "normalise.js",
    "rows.js",
    "pen_lifts.js",
    "grouping.js",
    "network.js",
    "recognizer.js",
    "messages.js",
    "drawing.js",
    "canvas.js",
    "answer.js",
    "page.js",
)
# The scripts take the constants of these modules from the page, by the name of the module.
MODULES: tuple[ModuleType, ...] = (
    rasterise,
    normalise,
    rows,
    touching_strokes,
    pen_lifts,
    grouping,
    read_drawing,
    messages,
)
LARGEST = 32767  # of whole numbers of 16 bits


def write_html_page(path: Path, trained: Checkpoint) -> None:
    """Write a checkpoint as a page.

    Raises:
        DigitrecError: if the network has an unknown layer.
        OSError: if the file cannot be written.
    """
    atomic.write_text(path, render_html_page(trained))


def render_html_page(trained: Checkpoint) -> str:
    """Return the page of a checkpoint as HTML."""
    network = in_one_row(plain_network(trained.network), "--html")
    layers = [one for one in network.layers if not isinstance(one, Dropout)]
    parameters = b"".join(_parameters(layer) for layer in layers)
    described = {
        "contract": contract(trained),
        "network": {
            "mean": network.mean,
            "std": network.std,
            "layers": [_described(layer) for layer in layers],
        },
        "constants": {one.__name__.rpartition(".")[2]: _constants(one) for one in MODULES},
        "multiply": _text(assemble(_read("multiply.wat"))),
        "parameters": _text(parameters),
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
    # A script ends where "</" follows, whatever is around it.
    data = json.dumps(described).replace("<", "\\u003c")
    return environment.get_template("page.html").render(
        style=Markup(_read("page.css")),
        data=Markup(data),
        script=Markup("\n".join(_read(name) for name in SCRIPTS)),
        model=trained.model,
        version=__version__,
    )


def _read(name: str) -> str:
    return FOLDER.joinpath(name).read_text(encoding="utf-8")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _constants(module: ModuleType) -> dict[str, float | str]:
    """Return the numbers and texts that a module names in capitals."""
    return {
        name.lstrip("_"): value
        for name, value in vars(module).items()
        if name.isupper() and type(value) in (int, float, str)
    }


def _described(layer: Layer) -> dict[str, Any]:
    match layer:
        case Convolution():
            outputs, inputs, height, width = layer.weights.shape
            return {
                "kind": "convolution",
                "weights": (outputs, inputs * height * width),
                "size": (height, width),
                "stride": layer.stride,
                "padding": layer.padding,
            }
        case Dense():
            return {"kind": "dense", "weights": layer.weights.shape}
        case Pool():
            return {"kind": layer.kind, "size": layer.size, "stride": layer.stride}
        case Activation():
            return {"kind": layer.kind}
        case Mean():
            return {"kind": "global_average"}
        case Flatten():
            return {"kind": "flatten"}
        case Dropout():
            raise AssertionError("it does nothing, and is left out")
        case SideBySide():
            raise AssertionError("in_one_row refuses it")


def _parameters(layer: Layer) -> bytes:
    """Write weights little-endian: the scales, the bias, and whole numbers, output by output."""
    if not isinstance(layer, Convolution | Dense):
        return b""
    weights = layer.weights.reshape(len(layer.weights), -1).astype(np.float64)
    largest = np.abs(weights).max(axis=1)
    scales = (np.where(largest > 0, largest, 1.0) / LARGEST).astype("<f4")
    levels = np.rint(weights / scales[:, None]).clip(-LARGEST, LARGEST).astype("<i2")
    return b"".join([scales.tobytes(), layer.bias.astype("<f4").tobytes(), levels.tobytes()])
