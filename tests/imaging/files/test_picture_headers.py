from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from digitrec.imaging.files.picture_headers import webp_size


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08"}])
def test_the_size_of_a_webp_picture_is_told_by_its_first_bytes(options: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (71, 302)).save(buffer, "webp", **options)
    assert webp_size(buffer.getvalue()[:30]) == (71, 302)
    assert webp_size(b"RIFF") is None
