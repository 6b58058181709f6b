"""The messages between the window and its reader process: typed, and sent as bytes.

A message is one JSON object and the arrays that belong to it, one after another:

    length of the JSON text, 4 bytes | JSON text | arrays

Nothing in it is code, so that neither process can make the other do anything but answer. Of a
drawing only what is needed to read it is sent, and of a reading all that the window shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.pixels import check_picture
from digitrec.recognition.results import Answer, Digit, Mark, Prediction, Reading, Rejection

__all__ = [
    "Check",
    "Checked",
    "Explain",
    "Explained",
    "Failed",
    "Load",
    "Loaded",
    "NetworkFacts",
    "Read",
    "ReadResult",
    "Reply",
    "Request",
    "decode_reply",
    "decode_request",
    "encode_reply",
    "encode_request",
]

LENGTH_BYTES = 4


@dataclass(frozen=True)
class Load:
    """Load the network of a checkpoint file, or of the run directory that it is in."""

    path: Path


@dataclass(frozen=True, eq=False)
class Read:
    """Read a drawing or a picture with networks that are loaded."""

    ink: Drawing | Image.Image
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Check:
    """Ask a network that is loaded about the labels in a file of drawings."""

    path: Path
    drawings: Path


@dataclass(frozen=True, eq=False)
class Explain:
    """Ask a network that is loaded why it reads a digit in an image, float32 (28, 28) in [0, 1].

    ``layer`` is the layer whose maps are wanted, from 0; of more than there are, the last one.
    """

    path: Path
    image: Float32Array
    digit: int
    layer: int


Request = Load | Read | Check | Explain


@dataclass(frozen=True)
class NetworkFacts:
    """What a checkpoint says about its network.

    Attributes:
        experiment: The experiment that its run belongs to. Empty if unknown.
        recipe: Its architecture, its data set and its epochs, in words.
        accuracy: Test accuracy as a fraction of 1. None if unknown.
        rejects: Whether it rejects non-digits.
        adapted: How many drawings of the user it has learnt from; 0 if it was not fine-tuned.
    """

    experiment: str = ""
    recipe: str = ""
    accuracy: float | None = None
    rejects: bool = True
    adapted: int = 0


@dataclass(frozen=True)
class Loaded:
    """The network is loaded."""

    facts: NetworkFacts


@dataclass(frozen=True, eq=False)
class ReadResult:
    """What was read."""

    reading: Reading


@dataclass(frozen=True)
class Checked:
    """What a network says about the labels of drawings.

    Attributes:
        read: The digit that it reads in each drawing, by the drawing's key.
        doubtful: Keys of the drawings whose label is probably a slip.
    """

    read: Mapping[int, int]
    doubtful: frozenset[int]


@dataclass(frozen=True, eq=False)
class Explained:
    """Why a network reads a digit.

    Attributes:
        deciding: float32 (28, 28), how much the ink at each place spoke for the digit.
        maps: uint8 (N, H, W), what detectors of the layer see, the strongest first.
        layer: The layer, from 0.
        layers: How many layers there are whose maps can be shown.
        detectors: How many detectors the layer has; N is at most that.
    """

    deciding: Float32Array
    maps: Uint8Array
    layer: int
    layers: int
    detectors: int


@dataclass(frozen=True)
class Failed:
    """The request could not be fulfilled; one line says why."""

    reason: str


Reply = Loaded | ReadResult | Checked | Explained | Failed


# --- requests -----------------------------------------------------------------------------------


def encode_request(request: Request) -> bytes:
    """Return a request as bytes.

    Raises:
        PictureError: If the picture to read cannot be decoded.
    """
    if isinstance(request, Load):
        return _pack({"kind": "load", "path": str(request.path)})
    if isinstance(request, Check):
        paths = {"path": str(request.path), "drawings": str(request.drawings)}
        return _pack({"kind": "check"} | paths)
    if isinstance(request, Explain):
        asked = {"path": str(request.path), "digit": request.digit, "layer": request.layer}
        return _pack({"kind": "explain"} | asked, [request.image])
    header: dict[str, Any] = {"kind": "read", "paths": [str(path) for path in request.paths]}
    if isinstance(request.ink, Drawing):
        drawing = request.ink
        header |= {
            "size": [drawing.width, drawing.height],
            "pens": [stroke.width for stroke in drawing.strokes],
        }
        return _pack(header, [stroke.points for stroke in drawing.strokes])
    pixels = np.asarray(check_picture(request.ink))  # 8 bits, whatever the picture has
    return _pack(header, [pixels])


def decode_request(message: bytes) -> Request:
    """Return the request of a message.

    Raises:
        ValueError: If it is none. So does a wrong type or a missing entry, with errors of its own.
    """
    header, arrays = _unpack(message)
    if header["kind"] == "load":
        return Load(Path(header["path"]))
    if header["kind"] == "check":
        return Check(Path(header["path"]), Path(header["drawings"]))
    if header["kind"] == "explain":
        (image,) = arrays
        return Explain(Path(header["path"]), image, int(header["digit"]), int(header["layer"]))
    if header["kind"] != "read":
        raise ValueError(f"no request: {header['kind']!r}")
    paths = tuple(Path(path) for path in header["paths"])
    if "pens" in header:
        width, height = header["size"]
        strokes = [Stroke(*pair) for pair in zip(arrays, header["pens"], strict=True)]
        return Read(Drawing(width, height, strokes), paths)
    (pixels,) = arrays
    return Read(Image.fromarray(pixels), paths)


# --- replies ------------------------------------------------------------------------------------


def encode_reply(reply: Reply, strokes: Sequence[Stroke] = ()) -> bytes:
    """Return a reply as bytes.

    Args:
        reply: The reply.
        strokes: Those of the drawing that was read. Their places in it are sent.
    """
    if isinstance(reply, Loaded):
        return _pack({"kind": "loaded", "facts": asdict(reply.facts)})
    if isinstance(reply, Checked):
        read = [[key, digit, key in reply.doubtful] for key, digit in reply.read.items()]
        return _pack({"kind": "checked", "read": read})
    if isinstance(reply, Explained):
        counts = {"layer": reply.layer, "layers": reply.layers, "detectors": reply.detectors}
        return _pack({"kind": "explained"} | counts, [reply.deciding, reply.maps])
    if isinstance(reply, Failed):
        return _pack({"kind": "failed", "reason": reply.reason})
    reading = reply.reading
    place = {id(stroke): index for index, stroke in enumerate(strokes)}
    digits = [digit for answer in reading.answers for digit in answer.digits]
    header = {
        "kind": "read",
        "left_canvas": reading.left_canvas,
        "counts": [len(answer.digits) for answer in reading.answers],
        "digits": [_digit_to_json(digit, place) for digit in digits],
        "marks": [
            [[astuple(mark) for mark in row] for row in answer.marks] for answer in reading.answers
        ],
    }
    probabilities = np.array([digit.prediction.probabilities for digit in digits])
    images = np.array([digit.prediction.image for digit in digits], np.float32)
    return _pack(header, [probabilities, images])


def decode_reply(message: bytes, strokes: Sequence[Stroke] = ()) -> Reply:
    """Return the reply of a message.

    Args:
        message: The message.
        strokes: Those of the drawing that was sent to be read: the digits consist of these objects.

    Raises:
        ValueError: If it is none. So does a wrong type or a missing entry, with errors of its own.
    """
    header, arrays = _unpack(message)
    if header["kind"] == "loaded":
        return Loaded(NetworkFacts(**header["facts"]))
    if header["kind"] == "checked":
        doubtful = frozenset(int(key) for key, _, doubted in header["read"] if doubted)
        return Checked({int(key): int(digit) for key, digit, _ in header["read"]}, doubtful)
    if header["kind"] == "explained":
        deciding, maps = arrays
        numbers = [int(header[name]) for name in ("layer", "layers", "detectors")]
        return Explained(deciding, maps, *numbers)
    if header["kind"] == "failed":
        return Failed(str(header["reason"]))
    if header["kind"] != "read":
        raise ValueError(f"no reply: {header['kind']!r}")
    probabilities, images = arrays
    rows = zip(header["digits"], probabilities, images, strict=True)
    digits = [_digit_from_json(*row, strokes) for row in rows]
    answers = []
    for count, rows_of_marks in zip(header["counts"], header["marks"], strict=True):
        marks = tuple(tuple(_mark_from_json(*mark) for mark in row) for row in rows_of_marks)
        answers.append(Answer(tuple(digits[:count]), marks))
        digits = digits[count:]
    return ReadResult(Reading(tuple(answers), bool(header["left_canvas"])))


def _digit_to_json(digit: Digit, place: Mapping[int, int]) -> dict[str, Any]:
    prediction, rejection = digit.prediction, digit.prediction.rejection
    return {
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "digit_probability": prediction.digit_probability,
        "rejection": rejection and [rejection.kind, rejection.nearest],
        "read_box": prediction.box,
        "box": digit.box,
        "strokes": [place[id(stroke)] for stroke in digit.strokes],
        "row": digit.row,
    }


def _digit_from_json(
    values: Mapping[str, Any],
    probabilities: np.ndarray[Any, Any],
    image: np.ndarray[Any, Any],
    strokes: Sequence[Stroke],
) -> Digit:
    box, read_box, rejection = values["box"], values["read_box"], values["rejection"]
    prediction = Prediction(
        values["digit"],
        float(values["confidence"]),
        probabilities,
        image,
        float(values["digit_probability"]),
        Rejection(*rejection) if rejection else None,
        tuple(read_box) if read_box else None,
    )
    own = tuple(strokes[index] for index in values["strokes"])
    return Digit(prediction, tuple(box) if box else None, own, int(values["row"]))


def _mark_from_json(text: str, confidence: float, box: Sequence[int], place: int) -> Mark:
    left, top, right, bottom = map(int, box)
    return Mark(str(text), float(confidence), (left, top, right, bottom), int(place))


# --- bytes --------------------------------------------------------------------------------------


def _pack(header: dict[str, Any], arrays: Sequence[np.ndarray[Any, Any]] = ()) -> bytes:
    shapes = [[array.dtype.str, *array.shape] for array in arrays]
    text = json.dumps(header | {"arrays": shapes}).encode()
    length = len(text).to_bytes(LENGTH_BYTES, "little")
    return b"".join([length, text, *(np.ascontiguousarray(array).data for array in arrays)])


def _unpack(message: bytes) -> tuple[dict[str, Any], list[np.ndarray[Any, Any]]]:
    start = LENGTH_BYTES + int.from_bytes(message[:LENGTH_BYTES], "little")
    header = json.loads(message[LENGTH_BYTES:start])
    arrays = []
    for kind, *shape in header["arrays"]:
        dtype = np.dtype(kind)
        if dtype.kind not in "fu":
            raise ValueError(f"an array of numbers was expected, and not of {dtype}")
        end = start + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(message[start:end], dtype).reshape(shape))
        start = end
    if start != len(message):
        raise ValueError("a message is longer or shorter than it says")
    return header, arrays
