from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import PictureError
from digitrec.gui.session.reader_messages import (
    Check,
    Checked,
    Explain,
    Explained,
    Failed,
    Load,
    Loaded,
    NetworkFacts,
    Read,
    ReadResult,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)
from digitrec.recognition.results import Answer, Digit, Mark, Prediction, Reading, Rejection

PATHS = (Path("/nets/mine.h5"), Path("/nets/é 2.h5"))
NUMBERS = st.floats(-1e6, 1e6)
STROKES = st.lists(
    st.builds(
        lambda points, width: Stroke(np.array(points), width),
        st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5),
        st.floats(0.1, 50),
    ),
    max_size=4,
)


# --- requests -----------------------------------------------------------------------------------


def test_a_path_arrives() -> None:
    assert decode_request(encode_request(Load(PATHS[1]))) == Load(PATHS[1])


@given(STROKES, st.integers(1, 5000), st.integers(1, 5000))
def test_a_drawing_arrives(strokes: list[Stroke], width: int, height: int) -> None:
    sent = Read(Drawing(width, height, strokes), PATHS)
    arrived = decode_request(encode_request(sent))
    assert isinstance(arrived, Read)
    assert arrived.paths == PATHS
    assert isinstance(arrived.ink, Drawing)
    assert (arrived.ink.width, arrived.ink.height) == (width, height)
    for one, other in zip(arrived.ink.strokes, strokes, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        assert one.width == other.width


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK"])
def test_a_picture_arrives_in_8_bits(mode: str) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    picture = Image.fromarray(colours).convert(mode)
    arrived = decode_request(encode_request(Read(picture, PATHS[:1])))
    assert isinstance(arrived, Read)
    assert isinstance(arrived.ink, Image.Image)
    expected = {"1": "L", "L": "L", "LA": "RGBA", "RGBA": "RGBA"}.get(mode, "RGB")
    assert arrived.ink.mode == expected
    np.testing.assert_array_equal(np.asarray(arrived.ink), np.asarray(picture.convert(expected)))


def test_a_picture_that_cannot_be_read_is_not_sent() -> None:
    with pytest.raises(PictureError, match="empty"):
        encode_request(Read(Image.new("L", (0, 5)), PATHS))


# --- replies ------------------------------------------------------------------------------------


def test_what_is_said_of_a_network_arrives() -> None:
    for facts in (NetworkFacts(), NetworkFacts("shipped", "deep", 0.9967, rejects=False)):
        assert decode_reply(encode_reply(Loaded(facts))) == Loaded(facts)
    assert decode_reply(encode_reply(Failed("it is damaged"))) == Failed("it is damaged")


def reading(strokes: list[Stroke]) -> Reading:
    rng = np.random.default_rng(1)

    def prediction(digit: int | None, rejection: Rejection | None = None) -> Prediction:
        probabilities = rng.dirichlet(np.ones(10))
        image = rng.random((28, 28)).astype(np.float32)
        box = (1, 2, 3, 4) if digit == 7 else None
        return Prediction(digit, 0.75, probabilities, image, 0.5, rejection, box)

    first = (
        Digit(prediction(7), (0.5, 1.5, 20.0, 30.0), (strokes[2], strokes[0])),
        Digit(prediction(None, Rejection("not a digit", 8)), (0.0, 1.0, 2.0, 3.0), (strokes[1],)),
    )
    second = (Digit(prediction(None, Rejection("too small")), None, row=2),)
    marks = ((Mark("-", 0.75, (1, 2, 3, 4), 0), Mark(" ", 0.5, (5, 6, 7, 8), 1)),)
    return Reading((Answer(first, marks), Answer(()), Answer(second)), left_canvas=True)


def test_a_reading_arrives_with_the_strokes_it_was_made_of() -> None:
    strokes = [Stroke(np.array([[i, i]]), 3) for i in range(3)]
    sent = reading(strokes)
    reply = decode_reply(encode_reply(ReadResult(sent), strokes), strokes)
    assert isinstance(reply, ReadResult)
    arrived = reply.reading
    assert arrived.left_canvas
    assert [len(answer.digits) for answer in arrived.answers] == [2, 0, 1]
    assert [answer.text for answer in arrived.answers] == ["-7 ?", "", "?"]
    assert [astuple(mark) for mark in arrived.answers[0].marks[0]] == [
        ("-", 0.75, (1, 2, 3, 4), 0),
        (" ", 0.5, (5, 6, 7, 8), 1),
    ]
    for one, other in zip(arrived.answers, sent.answers, strict=True):
        for a, b in zip(one.digits, other.digits, strict=True):
            assert (a.box, a.row) == (b.box, b.row)
            assert [*map(id, a.strokes)] == [*map(id, b.strokes)]
            np.testing.assert_array_equal(a.prediction.image, b.prediction.image)
            np.testing.assert_array_equal(a.prediction.probabilities, b.prediction.probabilities)
            for name in ("digit", "confidence", "digit_probability", "rejection", "box"):
                assert getattr(a.prediction, name) == getattr(b.prediction, name)


def test_the_checks_of_labels_arrive() -> None:
    request = Check(Path("/nets/ä b.h5"), Path("/my/drawings.h5"))
    assert decode_request(encode_request(request)) == request
    sent = Checked({2**64 - 1: 7, 3: 0}, frozenset([3]))
    assert decode_reply(encode_reply(sent)) == sent


def test_an_explanation_arrives() -> None:
    image = np.random.default_rng(0).random((28, 28), np.float32)
    request = decode_request(encode_request(Explain(PATHS[0], image, 7, 2)))
    assert isinstance(request, Explain)
    assert (request.path, request.digit, request.layer) == (PATHS[0], 7, 2)
    np.testing.assert_array_equal(request.image, image)
    maps = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    reply = decode_reply(encode_reply(Explained(image, maps, 1, 6, 32)))
    assert isinstance(reply, Explained)
    assert (reply.layer, reply.layers, reply.detectors) == (1, 6, 32)
    np.testing.assert_array_equal(reply.deciding, image)
    np.testing.assert_array_equal(reply.maps, maps)


def test_a_message_is_small() -> None:
    strokes = [Stroke(np.zeros((100, 2)), 3) for _ in range(3)]
    assert len(encode_request(Read(Drawing(500, 400, strokes), PATHS))) < 3 * 1600 + 500
    assert len(encode_reply(ReadResult(reading(strokes)), strokes)) < 3 * (3136 + 80) + 1200


# --- what is none -------------------------------------------------------------------------------


def changed(message: bytes, **entries: object) -> bytes:
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length]) | entries
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "little") + text + message[4 + length :]


def test_anything_else_is_refused() -> None:
    strokes = [Stroke(np.zeros((4, 2)), 3)]
    request = encode_request(Read(Drawing(9, 9, strokes), PATHS))
    for bad in (
        changed(request, kind="run"),
        changed(request, arrays=[["|O", 8]]),
        changed(request, arrays=[["<f8", 3, 2]]),
        changed(request, arrays=[["<f8", 400, 2]]),
        request[:-1],
        request + b"x",
        b"",
    ):
        with pytest.raises(ValueError, match=r".*"):
            decode_request(bad)
    with pytest.raises(ValueError, match="no reply"):
        decode_reply(changed(encode_reply(Failed("")), kind="load"))
