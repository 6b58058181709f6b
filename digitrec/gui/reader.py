"""What the threads do for the window. PyTorch and all that is slow is imported here."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from digitrec.drawing.strokes import Drawing
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.recognition.results import Reading

__all__ = ["Reader", "count_kept", "keep", "open_file", "save_file"]


class Reader:
    """The networks that are loaded, by the path of their weights."""

    def __init__(self) -> None:
        self._recognizers: dict[Path, Recognizer] = {}

    def load(self, path: Path) -> None:
        """Load a network; anew where it is loaded already, for its file may have changed.

        Raises:
            CheckpointError: if the file is missing or no usable checkpoint.
        """
        _load_libraries()
        import numpy as np
        import torch

        from digitrec.drawing.strokes import Drawing, Stroke
        from digitrec.recognition import read_drawing  # noqa: F401 (what the first reading needs)
        from digitrec.recognition.recognizer import Recognizer

        # One drawing is read no faster by two threads, and the window needs a processor meanwhile.
        torch.set_num_threads(1)
        recognizer = Recognizer.load(path)
        # The first time takes longer: better now than when somebody waits for it.
        self._recognizers[path] = recognizer
        self.read(Drawing(32, 32, [Stroke(np.array([(16, 4), (16, 28)]), 3)]), [path])

    def read(self, what: Drawing | Image.Image, paths: Sequence[Path]) -> Reading:
        """Read a drawing or a picture with networks that are loaded."""
        from digitrec.drawing.strokes import Drawing
        from digitrec.recognition.read_drawing import read_drawing, read_picture

        recognizers = [self._recognizers[path] for path in paths]
        if isinstance(what, Drawing):
            return read_drawing(what, recognizers)
        return read_picture(what, recognizers)


def open_file(source: Path | bytes) -> Drawing | Image.Image:
    """Open strokes or a picture; bytes are a picture from the clipboard.

    Raises:
        DigitrecError: one line that says what is wrong with it.
    """
    from digitrec.drawing import stroke_file
    from digitrec.imaging.picture_files import open_picture

    if isinstance(source, Path) and source.suffix.lower() == ".json":
        return stroke_file.load(source)
    name = source.name if isinstance(source, Path) else "the clipboard"
    return open_picture(source, name)


def save_file(path: Path, drawing: Drawing) -> Path:
    """Save a drawing: as strokes where the name ends in .json, else as a PNG, black on white.

    Returns the path.

    Raises:
        OSError: if the file cannot be written.
    """
    from PIL import Image

    from digitrec.drawing import stroke_file
    from digitrec.drawing.rasterise import rasterise_drawing
    from digitrec.storage.atomic import atomic_path

    if path.suffix.lower() == ".json":
        stroke_file.save(path, drawing)
        return path
    with atomic_path(path) as part:
        Image.fromarray(255 - rasterise_drawing(drawing)).save(part, "PNG")
    return path


def count_kept(store: Path | None) -> int:
    """Count the drawings kept; raises `DigitrecError` where their file is damaged."""
    # While the other thread loads PyTorch's libraries, which keeps one processor busy, this one
    # imports what else the first reading needs.
    for name in ("matplotlib.backends.backend_agg", "PIL.Image", "scipy.special"):
        importlib.import_module(name)

    from digitrec.drawing.corrections import default_path, load_drawings

    return len(load_drawings(store or default_path()))


def keep(store: Path | None, drawing: Drawing, label: int, key: int, said: str) -> tuple[str, int]:
    """Store a drawing; return what to say when it is, and how many there are now."""
    from digitrec.drawing.corrections import LabelledDrawing, add_drawing, default_path

    return said, add_drawing(store or default_path(), LabelledDrawing(drawing, label, key))


def _load_libraries() -> None:
    """Load PyTorch's libraries without stopping the other threads.

    ``import torch`` holds Python's lock for as long as the system takes to load hundreds of
    megabytes; a call through ctypes does not hold it, and what is loaded is not loaded again. Where
    this does not work, the import does it, and a stroke drawn meanwhile may come out angular.
    """
    if not sys.platform.startswith("linux") or "torch" in sys.modules:
        return
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    for name in ("libc10.so", "libtorch_cpu.so", "libtorch_python.so"):
        dlopen(str(Path(found.origin).parent / "lib" / name).encode(), 2)  # 2: RTLD_NOW
