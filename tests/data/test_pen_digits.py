from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lzw import compress
from small_pen import HEADER, segment, written

from digitrec.data import pen_digits
from digitrec.data.canvas_placement import place_on_canvas
from digitrec.data.pen_digits import PenDigit, parse
from digitrec.data.sets import PenData
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.imaging import normalise


def refusal(text: str) -> str:
    with pytest.raises(DigitrecError) as caught:
        parse(text, "some.tra")
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


# Parsing


def test_strokes_are_turned_upright() -> None:
    (digit,) = parse(HEADER + segment(7, 12, [(10, 490), (20, 480)], [(5, 0)]), "t")
    assert (digit.label, digit.writer) == (7, 12)
    assert [stroke.tolist() for stroke in digit.strokes] == [[[10, 10], [20, 20]], [[5, 500]]]


coordinates = st.tuples(st.integers(0, 500), st.integers(0, 500))
samples = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.integers(1, 30),
        st.lists(st.lists(coordinates, min_size=1, max_size=4), min_size=1, max_size=3),
    ),
    max_size=4,
)


@given(samples)
def test_what_is_written_is_what_is_read(wanted: list[tuple[int, int, list[list[tuple]]]]) -> None:
    text = HEADER + "".join(segment(label, by, *strokes) for label, by, strokes in wanted)
    read = parse(text, "t")
    assert [(d.label, d.writer) for d in read] == [(label, by) for label, by, _ in wanted]
    for digit, (_, _, strokes) in zip(read, wanted, strict=True):
        assert [[(x, 500 - y) for x, y in s.tolist()] for s in digit.strokes] == strokes


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("nonsense", 1, "unexpected: nonsense"),
        ('.SEGMENT DIGIT 0 ? "x"\n', 1, "digit in quotes"),
        ('.SEGMENT DIGIT 0 ? "12"\n', 1, "digit in quotes"),
        (".PEN_DOWN\n 1 2\n.PEN_UP\n", 1, "unexpected: .PEN_DOWN"),
        (segment(1, 1, [(1, 2)]).replace(" 1  2", " 1  two"), 4, "unexpected: 1 two"),
        (segment(1, 1, [(1, 2)]).replace(" 1  2\n", ""), 4, "unexpected: .PEN_UP"),
        (segment(1, 1, [(1, 2)]).replace(".PEN_UP\n", ""), 5, "unexpected: .DT"),
        (segment(1, 1), 4, "lacks"),
        (segment(1, 1, [(1, 2)]).replace(".COMMENT 1 1  3\n", ""), 7, "lacks"),
    ],
)
def test_what_is_no_such_text_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    message = refusal(text)
    assert message.startswith(f"some.tra, line {line}: ")
    assert what in message


@given(st.text(st.sampled_from('.SEGMENTDI01 "?\nPEN_UPOWC'), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    message = "t, line "
    try:
        parse(text, "t")
    except DigitrecError as error:
        message = str(error)
    assert message.startswith("t, line ")


# Writers


def test_writers_are_in_one_part_each() -> None:
    parts = [pen_digits.TRAINING_WRITERS, pen_digits.VALIDATION_WRITERS, pen_digits.TEST_WRITERS]
    assert sorted(sum(parts, ())) == list(range(1, 31))
    assert len(pen_digits.HELD_OUT_WRITERS) == 6
    assert set(pen_digits.HELD_OUT_WRITERS) == set(
        pen_digits.VALIDATION_WRITERS + pen_digits.TEST_WRITERS
    )


def test_the_data_set_is_split_by_writer(pen_root: Path) -> None:
    config = PenData(root=str(pen_root), renderings=3)
    dataset = config.load(validation=5)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [144, 18, 18]
    assert dataset.test.labels.tolist() == [0, 1] * 9
    test, checksum = config.load_test()
    assert checksum == dataset.checksum
    assert torch.equal(test.images, dataset.test.images)


def test_nothing_held_out_trains_on_the_validation_writers_too(pen_root: Path) -> None:
    dataset = PenData(root=str(pen_root), renderings=1).load(validation=0)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [54, 0, 6]
    assert dataset.validation.images.shape == (0, 1, 28, 28)


def test_renderings_differ_and_are_repeatable() -> None:
    digits = [PenDigit(1, 1, (np.array([[0.0, 0.0], [9.0, 60.0]]),))]
    images, labels = pen_digits.render(digits, 5, seed=3)
    assert images.shape == (5, 28, 28)
    assert images.dtype == np.uint8
    assert labels.tolist() == [1] * 5
    assert len({image.tobytes() for image in images}) == 5
    assert np.array_equal(images, pen_digits.render(digits, 5, seed=3)[0])
    assert not np.array_equal(images, pen_digits.render(digits, 5, seed=4)[0])


def test_strokes_need_no_search_for_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strokes become the images that pictures of them would, without a search for paper."""
    digits = [
        PenDigit(label, 1, tuple(stroke.points for stroke in draw(label, rng).strokes))
        for label, rng in zip(range(10), np.random.default_rng(0).spawn(10), strict=True)
    ]
    rng = np.random.default_rng(4)
    pictures = [rasterise_drawing(place_on_canvas(digit.strokes, rng)) for digit in digits * 3]
    expected = np.rint([normalise.normalise(picture) * 255 for picture in pictures])
    monkeypatch.setattr(normalise, "to_ink", None)
    images, _ = pen_digits.render(digits, 3, seed=4)
    assert np.array_equal(images, expected)


def test_only_those_to_train_on_are_written_once_more(pen_root: Path) -> None:
    plain, varied = (
        PenData(root=str(pen_root), renderings=2, stroke_augmentation=freedom).load(validation=5)
        for freedom in (0.0, 1.0)
    )
    assert not torch.equal(plain.train.images, varied.train.images)
    assert torch.equal(plain.train.labels, varied.train.labels)
    assert torch.equal(plain.validation.images, varied.validation.images)
    assert torch.equal(plain.test.images, varied.test.images)


# Files


def test_a_named_root_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"^data\.root: .* lacks pendigits/pendigits-orig\.tra"):
        PenData(root=str(tmp_path)).check()
    (tmp_path / "pendigits").mkdir()
    (tmp_path / "pendigits" / "pendigits-orig.tra.Z").touch()
    with pytest.raises(DigitrecError, match=r"only the \.Z, which needs unpacking"):
        pen_digits.read(str(tmp_path))


def test_a_damaged_file_of_a_named_root_is_refused_and_kept(pen_root: Path) -> None:
    (pen_root / pen_digits.FILE).write_text(written(1))
    with pytest.raises(DigitrecError, match="is damaged"):
        pen_digits.read(str(pen_root))
    assert (pen_root / pen_digits.FILE).read_text() == written(1)


@pytest.fixture
def mirror() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A server of the archive; what it serves can be changed."""
    served = {"/pendigits-orig.tra.Z": compress(written(2).encode())}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(pen_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DIGITREC_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("digitrec.data.data_folder.cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / pen_digits.FILE


def test_without_a_root_the_archive_is_downloaded_once(
    cache: Path, mirror: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, served = mirror
    monkeypatch.setattr(pen_digits, "MIRRORS", (f"{address}nowhere/", address))
    digits = pen_digits.read()
    assert len(digits) == 60
    assert cache.read_bytes() == written(2).encode()
    served.clear()
    assert len(pen_digits.read()) == 60


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    cache: Path, mirror: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pen_digits, "MIRRORS", (mirror[0],))
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"half a file")
    assert len(pen_digits.read()) == 60


@pytest.mark.parametrize("content", [b"", b"<html>", compress(b"another file"), b"\x1f\x9d\x90"])
def test_what_is_not_the_archive_is_refused(
    content: bytes,
    cache: Path,
    mirror: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, served = mirror
    monkeypatch.setattr(pen_digits, "MIRRORS", (address,))
    served["/pendigits-orig.tra.Z"] = content
    with pytest.raises(DigitrecError, match=r"cannot download .*that are not the file.*data\.root"):
        pen_digits.read()
    assert not cache.exists()


@pytest.mark.mnist
def test_the_original_file() -> None:
    digits = pen_digits.read()
    assert len(digits) == 7494
    assert {d.writer for d in digits} == set(range(1, 31))
    assert sum(len(d.strokes) for d in digits) == 9433
    everything = np.concatenate([points for d in digits for points in d.strokes])
    assert everything.min() >= 0
    assert everything.max() <= pen_digits.TABLET


@pytest.mark.mnist
def test_the_original_file_survives_compress() -> None:
    from digitrec.data.data_folder import find_data_folder

    text = (find_data_folder(None).path / pen_digits.FILE).read_bytes()
    assert pen_digits._unpack(compress(text)) == text
