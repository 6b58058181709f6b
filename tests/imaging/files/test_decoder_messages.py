from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitrec.imaging.files.decoder_messages import without_pillow_warnings

READ = """
import sys
from pathlib import Path
from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import open_picture

try:
    open_picture(Path(sys.argv[1]), "it")
except PictureError as error:
    print(error)
"""


SPEAK = """
import sys
from PIL import Image

try:
    Image.open(sys.argv[1]).load()
except OSError:
    pass
"""


def standard_error(program: str, path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    return done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="libtiff is a part of Pillow's library there")
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "group4"])
def test_libtiff_does_not_speak_of_damaged_files(compression: str, tmp_path: Path) -> None:
    noise = (np.random.default_rng(0).random((60, 80)) * 255).astype(np.uint8)
    path = tmp_path / "damaged.tif"
    picture = Image.fromarray(noise).convert("1" if compression == "group4" else "L")
    picture.save(path, compression=compression)
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : third + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert standard_error(SPEAK, path), "a file of which Pillow alone says nothing shows nothing"
    assert standard_error(READ, path) == ""


def test_warnings_of_pillow_alone_are_ignored_and_only_meanwhile() -> None:
    def warn(module: str) -> None:
        warnings.warn_explicit("half a tag", UserWarning, "file.py", 1, module)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filters = [*warnings.filters]
        with without_pillow_warnings(), without_pillow_warnings():
            warn("PIL.TiffImagePlugin")
            with pytest.raises(UserWarning):
                warn("PILLAR")
        assert [*warnings.filters] == filters
        with pytest.raises(UserWarning):
            warn("PIL.TiffImagePlugin")


def test_what_other_threads_filter_meanwhile_stays() -> None:
    with warnings.catch_warnings():
        with without_pillow_warnings():
            warnings.filterwarnings("ignore", "of another library")
            set_meanwhile = warnings.filters[0]
        assert set_meanwhile in warnings.filters
        with without_pillow_warnings():
            warnings.resetwarnings()
        assert [*warnings.filters] == []
