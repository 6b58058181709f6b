"""Pages of PDF documents as pictures, drawn by PDFium, the PDF reader of Chromium.

PDFium is a large C++ library that the limits here cannot contain. Therefore it is used only where
its package is installed, and only for files that the user names, never for bytes from a network.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import os
from pathlib import Path
from threading import Lock

from PIL import Image

from digitrec.errors import PictureError

__all__ = ["PdfPages", "reads_pdf"]

INSTALL = "PDF needs the package pypdfium2: pip install 'digitrec[pdf]'"
_PIXELS_PER_POINT = 200 / 72  # a page is drawn at 200 dpi
_MAX_PIXELS = 12_000_000  # of a page; one that would have more is drawn at a lower resolution
_PDFIUM = Lock()  # it is not safe to use in two threads at once


def reads_pdf() -> bool:
    """Tell whether the package that reads PDF is installed."""
    return importlib.util.find_spec("pypdfium2") is not None


def _why_unread(path: Path) -> str | None:
    """Say why PDFium does not open a document; None where it does, or does not say.

    The error of the package does not tell. A document without pages fails in the same way as one
    that cannot be opened, and then its reason is that of the last document that failed.
    """
    from pypdfium2 import raw

    reasons = {
        raw.FPDF_ERR_FORMAT: "it is damaged",
        raw.FPDF_ERR_PASSWORD: "it needs a password; save a copy without one",
        raw.FPDF_ERR_SECURITY: "PDFium cannot decrypt it; save a copy that is not encrypted",
    }
    with _PDFIUM:
        document = raw.FPDF_LoadDocument(os.fsencode(path) + b"\0", None)
        if not document:
            return reasons.get(raw.FPDF_GetLastError())
        pages = raw.FPDF_GetPageCount(document)
        raw.FPDF_CloseDocument(document)
    return None if pages > 0 else "it has no pages"


class PdfPages:
    """A PDF document whose pages are drawn one by one; close it afterwards.

    Args:
        path: Of the file.
        name: What it is called in errors.

    Raises:
        PictureError: if the package is missing, or the file is damaged, needs a password, or has no
            pages.
    """

    def __init__(self, path: Path, name: str) -> None:
        try:
            import pypdfium2
        except ImportError:
            raise PictureError(INSTALL, name) from None
        try:
            with _PDFIUM:
                self._document = pypdfium2.PdfDocument(path)
                self._draw_forms()
                self.count = len(self._document)
        except pypdfium2.PdfiumError as error:
            why = _why_unread(path) or error
            raise PictureError(f"the PDF cannot be read: {why}", name) from None

    def _draw_forms(self) -> None:
        """Have the contents of form fields drawn; PDFium must be told before it opens a page."""
        # PDFium cannot draw XFA forms, and for these the package logs at length how to build a
        # PDFium that can. Such a form may have fields of the usual kind too, which are drawn.
        logging.getLogger("pypdfium2").setLevel(logging.ERROR)
        self._document.init_forms()

    def close(self) -> None:
        """Close the file."""
        with _PDFIUM:
            self._document.close()

    def draw(self, number: int) -> Image.Image:
        """Draw a page, the first is 1, as an RGB image."""
        with _PDFIUM:
            page = self._document[number - 1]
            width, height = page.get_size()  # points
            finest = math.sqrt(_MAX_PIXELS / max(width * height, 1.0))
            bitmap = page.render(scale=min(_PIXELS_PER_POINT, finest))
            picture: Image.Image = bitmap.to_pil().convert("RGB")
            bitmap.close()
            page.close()
        return picture
