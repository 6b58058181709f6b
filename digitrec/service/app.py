"""The application: pictures in, the JSON of ``digitrec predict`` out, and the page to draw in.

===================== ============================================================================
``POST /predict``     one digit in each picture
``POST /read``        all digits of each picture, line by line
``GET /``             the page to draw in, in which the same network answers in the browser
``GET /healthz``      whether it is up, and with what
``GET /openapi.json`` this table for programs
===================== ============================================================================

Pictures are the body of a request (``Content-Type: image/png``), or the files of a form. A picture
of several that cannot be read has an ``error`` in its place; where none can be, the answer is 422.
In the address, ``?page=2`` reads the second page of each, and ``?digits_only=1``, of ``/read``
alone, leaves out the marks between digits, as `Recognizer.read` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.datastructures import QueryParams
from fastapi.responses import HTMLResponse, JSONResponse

from digitrec import __version__
from digitrec.config.checks import nearest
from digitrec.errors import DigitrecError, PictureError
from digitrec.export_formats.html_page import render_html_page
from digitrec.message_text import shorten
from digitrec.recognition.answer_rows import page_row, prediction_row
from digitrec.recognition.read_files import ReadOptions
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Page, PictureResult
from digitrec.service.body_limit import BodyLimit
from digitrec.service.limits import Limits
from digitrec.service.openapi import LINES, PARAMETERS, PREDICTION, described, responses
from digitrec.service.picture_queue import PictureQueue, QueueFullError

__all__ = ["create_app"]

_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


def _read_options(given: QueryParams, *, lines: bool) -> ReadOptions:
    """Return how the parameters of an address ask to read pictures.

    Raises:
        HTTPException: if there is no such parameter, or it cannot have that value.
    """
    known = list(PARAMETERS) if lines else ["page"]
    for name, count in Counter(name for name, _ in given.multi_items()).items():
        if name not in known:
            raise HTTPException(
                400, f"there is no parameter {shorten(name)}; {nearest(name, known)}"
            )
        if count > 1:
            raise HTTPException(400, f"the parameter {name} is given {count} times")
    page, digits_only = given.get("page", "1"), given.get("digits_only", "0").lower()
    if not re.fullmatch(r"[0-9]{1,9}", page) or int(page) < 1:
        raise HTTPException(400, f"page={shorten(page)}: must be a whole number from 1 on")
    if digits_only not in _BOOLEANS:
        raise HTTPException(400, f"digits_only={shorten(digits_only)}: must be 1 or 0")
    return ReadOptions(lines, int(page), _BOOLEANS[digits_only])


def create_app(recognizer: Recognizer, limits: Limits) -> FastAPI:
    """Make the application that reads with a recognizer.

    Args:
        recognizer: The network; two threads read with it.
        limits: What a request and a picture may be, and how many may wait.

    Returns:
        An ASGI application, which reads from its start to its end (its lifespan).
    """
    queue: list[PictureQueue] = []
    try:
        drawing_page: str | None = render_html_page(recognizer.checkpoint)
    except DigitrecError:
        drawing_page = None  # the network has a layer that the page does not know

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        queue.append(PictureQueue(recognizer, limits))
        queue[0].start()
        try:
            yield
        finally:
            await queue.pop().stop()

    app = FastAPI(
        title="digitrec",
        version=__version__,
        description="Reads handwritten digits in pictures.",
        lifespan=running,
        # Its pages of documentation would load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit, limits=limits)

    @app.post("/predict", openapi_extra=described("page"), responses=responses(PREDICTION))
    async def predict(request: Request) -> JSONResponse:
        """Read one digit in each picture."""
        return await _answer(request, queue[0], limits, lines=False)

    @app.post("/read", openapi_extra=described("page", "digits_only"), responses=responses(LINES))
    async def read(request: Request) -> JSONResponse:
        """Read the lines of digits in each picture."""
        return await _answer(request, queue[0], limits, lines=True)

    # A program that watches a service asks for the head alone.
    @app.head("/", response_class=HTMLResponse, include_in_schema=False)
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def draw() -> HTMLResponse:
        if drawing_page is None:
            raise HTTPException(404, "the network of this checkpoint cannot run in a page")
        return HTMLResponse(drawing_page)

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        """Tell that the service is up."""
        trained = recognizer.checkpoint
        return {
            "status": "ok",
            "version": __version__,
            "model": trained.model,
            "waiting": queue[0].waiting,
        }

    return app


async def _answer(
    request: Request, queue: PictureQueue, limits: Limits, *, lines: bool
) -> JSONResponse:
    """Read the pictures of a request: a row for each, as JSON."""
    options = _read_options(request.query_params, lines=lines)
    pictures = await _pictures(request, limits)
    try:
        answers = await queue.read(pictures, options)
    except QueueFullError:
        raise HTTPException(
            503, "too many pictures wait: try again later", {"Retry-After": "1"}
        ) from None
    except TimeoutError:
        raise HTTPException(504, f"it took longer than {limits.seconds:g} s") from None
    rows = [_row(name, found) for (name, _), found in zip(pictures, answers, strict=True)]
    if all("error" in row for row in rows):
        raise HTTPException(422, "; ".join(row["error"] for row in rows))
    return JSONResponse(rows)


def _row(name: str, found: PictureResult) -> dict[str, Any]:
    """Return what is answered about a picture."""
    if isinstance(found, PictureError):
        return {"file": name, "error": str(found)}
    return page_row(name, found) if isinstance(found, Page) else prediction_row(name, found)


async def _pictures(request: Request, limits: Limits) -> Sequence[tuple[str, bytes]]:
    """Return the name and the content of each picture of a request."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("image/") or kind == "application/octet-stream":
        pictures = [("picture", await request.body())]
    elif kind == "multipart/form-data":
        pictures = []
        async with request.form(max_files=10_000, max_fields=100) as form:
            for _, value in form.multi_items():
                if not isinstance(value, str):
                    name = value.filename or f"picture {len(pictures) + 1}"
                    pictures.append((name, await value.read()))
    else:
        raise HTTPException(
            415, "send a picture with its Content-Type, such as image/png, or a form with files"
        )
    if not pictures:
        raise HTTPException(422, "the form has no file")
    if len(pictures) > limits.pictures:
        raise HTTPException(
            413, f"the request has {len(pictures)} pictures, more than {limits.pictures}"
        )
    return pictures
