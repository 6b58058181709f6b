"""The application, asked over real HTTP."""

from __future__ import annotations

import contextlib
import io
import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitrec import Recognizer, __version__
from digitrec.errors import DigitrecError
from digitrec.export_formats.html_page import render_html_page
from digitrec.recognition.answer_rows import page_row, prediction_row
from digitrec.recognition.results import Mark, Page, Prediction
from digitrec.service import app as application
from digitrec.service.limits import HELD

Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def service(serve: Serve) -> Any:
    return serve()


@pytest.fixture(scope="module")
def small(serve: Serve) -> Any:
    return serve(megabytes=2)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_picture_is_read_as_the_recognizer_reads_it(service: Any, pictures: list[bytes]) -> None:
    recognizer = Recognizer.load()
    found = []
    for content in pictures:
        status, rows = service.post("/predict", content)
        assert status == 200
        expected = prediction_row("picture", recognizer.recognize(opened(content)))
        # Of a batch, the last digits differ.
        for name in ("confidence", "probabilities"):
            expected[name] = pytest.approx(expected[name], abs=2e-6)
        assert rows == [expected]
        found.append(rows[0]["digit"])
    assert found == [3, 1, 4, None, None]
    assert rows[0]["reason"] == "nothing is drawn"


def test_all_digits_of_a_picture_are_read(service: Any, pictures: list[bytes]) -> None:
    side_by_side = np.hstack([np.asarray(opened(content)) for content in pictures[:3]])
    file = io.BytesIO()
    Image.fromarray(side_by_side).save(file, "PNG")
    status, (row,) = service.post("/read", file.getvalue())
    assert (status, row["text"]) == (200, "314")
    expected = page_row("picture", Recognizer.load().read(Image.fromarray(side_by_side)))
    assert [d["box"] for d in row["lines"][0]] == [list(d["box"]) for d in expected["lines"][0]]


def test_a_turned_picture_is_read_upright(service: Any, pictures: list[bytes]) -> None:
    upright = np.hstack([np.asarray(opened(content)) for content in 2 * pictures[:3]])
    turned = Image.fromarray(upright).rotate(90, expand=True)
    file = io.BytesIO()
    turned.save(file, "PNG")
    status, (row,) = service.post("/read", file.getvalue())
    assert (status, row["text"], row["reason"]) == (200, "314314", None)
    expected = page_row("picture", Recognizer.load().read(turned))
    assert [d["box"] for d in row["lines"][0]] == [list(d["box"]) for d in expected["lines"][0]]


def test_several_pictures_of_a_form_stay_in_order(service: Any, pictures: list[bytes]) -> None:
    files = {"a.png": pictures[2], "not.png": b"no picture", "c.png": pictures[0]}
    status, rows = service.post_form("/predict", files)
    assert status == 200
    assert [(row["file"], row.get("digit")) for row in rows] == [
        ("a.png", 4), ("not.png", None), ("c.png", 3)
    ]  # fmt: skip
    assert rows[1] == {
        "file": "not.png",
        "error": "not.png: not an image file that Pillow can read",
    }


@pytest.mark.parametrize(
    ("body", "kind", "status", "detail"),
    [
        (b"text", "text/plain", 415, "send a picture with its Content-Type"),
        (b"text", "", 415, "send a picture with its Content-Type"),
        (b"no", "image/png", 422, "picture: not an image file that Pillow can read"),
        (
            b"%PDF-1.7\n",
            "image/png",
            422,
            "picture: a PDF document, which is read only from a file",
        ),
        (b"", "image/png", 422, "picture: an empty file"),
        (b"--B--\r\n", "multipart/form-data; boundary=B", 422, "the form has no file"),
        (b"damaged", "multipart/form-data; boundary=B", 400, ""),
        (b"damaged", "multipart/form-data", 400, "Missing boundary in multipart."),
        (b"x" * 2_000_001, "image/png", 413, "the request has more than 2 MB"),
    ],
)
def test_what_cannot_be_read_is_told(
    small: Any, body: bytes, kind: str, status: int, detail: str
) -> None:
    found, answer = small.post("/predict", body, kind)
    assert found == status
    assert answer["detail"].startswith(detail)
    assert small.ask("GET", "/healthz")[0] == 200


def test_a_picture_with_too_many_pixels_or_a_form_with_too_many_pictures(
    serve: Serve, pictures: list[bytes]
) -> None:
    small = serve(pictures=2, megapixels=0.05)
    status, answer = small.post("/predict", pictures[0])
    assert (status, answer["detail"]) == (
        422,
        "picture: the image has 280×280 pixels, more than 0.05 million; reduce it first",
    )
    assert small.post("/predict", pictures[4])[0] == 200
    files = {f"{i}.png": pictures[4] for i in range(3)}
    status, answer = small.post_form("/predict", files)
    assert (status, answer["detail"]) == (413, "the request has 3 pictures, more than 2")


def test_a_body_of_unknown_length_is_limited_too(serve: Serve) -> None:
    port = serve(megabytes=0.1).port
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(12):
            connection.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_bodies_that_are_being_sent_are_limited_together(
    serve: Serve, pictures: list[bytes]
) -> None:
    service = serve(megabytes=0.05, seconds=60)
    head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
    with contextlib.ExitStack() as clients:
        for _ in range(HELD):
            address = "127.0.0.1", service.port
            client = clients.enter_context(socket.create_connection(address))
            client.sendall(f"{head}Content-Length: 50000\r\n\r\n".encode() + b"x" * 49_990)
        status = 200
        while status == 200:
            status, answer, headers = service.ask(
                "POST", "/predict", pictures[0], {"Content-Type": "image/png"}
            )
        line = "too many requests are being sent or answered: try again later"
        assert (status, answer["detail"]) == (503, line)
        assert headers["retry-after"] == "1"
    while status == 503:
        status, _ = service.post("/predict", pictures[0])
    assert status == 200


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=B", None])
@pytest.mark.parametrize("body", [b"ZZ\r\n", b"2\r\nxx\r\nZZ\r\n", b"2\r\nxx\r\n"])
def test_a_request_that_breaks_off_leaves_no_traceback(
    service: Any, kind: str | None, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    head = "POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += f"Content-Type: {kind}\r\n\r\n" if kind else "\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        if b"ZZ" in body:
            assert connection.recv(1000).startswith(b"HTTP/1.1 400")
    assert service.ask("GET", "/healthz")[0] == 200  # after whatever the other request brought
    assert [record.message for record in caplog.records if record.exc_info] == []


def test_a_request_that_is_sent_slowly_is_ended(serve: Serve) -> None:
    port = serve(seconds=0.5).port
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\nabc".encode())
        started = time.monotonic()
        assert connection.recv(1000).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - started < 10


def scan(pictures: list[bytes]) -> bytes:
    """Make a TIFF file with a page for each picture."""
    file, (first, *others) = io.BytesIO(), [opened(content) for content in pictures]
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def test_a_page_is_chosen(service: Any, pictures: list[bytes]) -> None:
    pages = scan(pictures[:3])
    read = [service.post(f"/predict?page={page}", pages)[1][0]["digit"] for page in (1, 2, 3)]
    assert read == [3, 1, 4]
    status, (row,) = service.post("/read?page=3&digits_only=true", pages)
    assert (status, row["text"]) == (200, "4")
    status, answer = service.post("/predict?page=4", pages)
    assert (status, answer["detail"]) == (422, "picture: the image has 3 pages; there is no page 4")


def test_marks_are_left_out(serve: Serve, pictures: list[bytes]) -> None:
    asked: list[bool] = []

    class Asked:
        checkpoint = Recognizer.load().checkpoint

        def read(self, picture: Any, *, digits_only: bool) -> Page:
            asked.append(digits_only)
            return Page((), ())

    service = serve(Asked())
    for words in ("", "?digits_only=1", "?digits_only=False"):
        assert service.post(f"/read{words}", pictures[0])[0] == 200
    assert asked == [False, True, False]


@pytest.mark.parametrize(
    ("words", "detail"),
    [
        ("/predict?digits_only=1", "there is no parameter digits_only; choose from page"),
        ("/predict?pages=2", "there is no parameter pages; did you mean page?"),
        ("/read?lines=1", "there is no parameter lines; choose from page, digits_only"),
        ("/predict?page=0", "page=0: must be a whole number from 1 on"),
        ("/predict?page=", "page=: must be a whole number from 1 on"),
        ("/predict?page=two", "page=two: must be a whole number from 1 on"),
        ("/predict?page=1&page=2", "the parameter page is given 2 times"),
        ("/read?digits_only=maybe", "digits_only=maybe: must be 1 or 0"),
    ],
)
def test_a_parameter_that_is_none_is_told(
    service: Any, pictures: list[bytes], words: str, detail: str
) -> None:
    assert service.post(words, pictures[0]) == (400, {"detail": detail})


def test_a_program_that_watches_asks_for_the_head(service: Any) -> None:
    for path in ("/", "/healthz", "/openapi.json"):
        status, text, headers = service.ask("HEAD", path)
        assert (status, text) == (200, "")
        assert int(headers["content-length"]) > 0


def test_the_page_is_at_the_root(service: Any) -> None:
    status, text, headers = service.ask("GET", "/")
    assert (status, text) == (200, render_html_page(Recognizer.load().checkpoint))
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_a_network_that_no_page_knows_has_none(
    serve: Serve, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> str:
        raise DigitrecError("the network has a layer that only --torch-export can write")

    monkeypatch.setattr(application, "render_html_page", fail)
    service = serve()
    assert service.ask("GET", "/")[0] == 404
    assert service.post("/predict", pictures[0])[0] == 200


def test_health_and_openapi(service: Any) -> None:
    status, answer, _ = service.ask("GET", "/healthz")
    assert (status, answer) == (
        200, {"status": "ok", "version": __version__, "model": "deep", "waiting": 0}
    )  # fmt: skip
    schema = service.ask("GET", "/openapi.json")[1]
    assert list(schema["paths"]) == ["/predict", "/read", "/healthz"]
    body = schema["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "image/*"}
    responses = schema["paths"]["/predict"]["post"]["responses"]
    assert {"200", "400", "408", "413", "415", "422", "503", "504"} <= set(responses)
    assert "the form has no file" in responses["422"]["description"]
    # These pages would load scripts from elsewhere.
    assert service.ask("GET", "/docs")[0] == 404
    assert service.ask("GET", "/predict")[0] == 405


def undescribed(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """Return the fields of an answer that its schema lacks."""
    if isinstance(value, list | tuple):
        return [field for one in value for field in undescribed(one, schema["items"], where)]
    if not isinstance(value, dict):
        return []
    known = schema["properties"]
    missing = [f"{where}{name}" for name in value if name not in known]
    return missing + [
        field
        for name in set(value) & set(known)
        for field in undescribed(value[name], known[name], f"{where}{name}.")
    ]


def test_openapi_describes_each_field_of_the_answers(service: Any) -> None:
    digit = Prediction(7, 1.0, np.full(10, 0.1), np.zeros((28, 28), np.float32), box=(0, 0, 1, 1))
    page = Page(((digit,),), ((Mark(".", 0.9, (1, 0, 2, 1), 1),),))
    paths = service.ask("GET", "/openapi.json")[1]["paths"]
    answers = {"/predict": prediction_row("a.png", digit), "/read": page_row("a.png", page)}
    for path, row in answers.items():
        good = paths[path]["post"]["responses"]["200"]["content"]["application/json"]
        assert undescribed([row], good["schema"]) == []
