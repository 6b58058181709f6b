"""Load networks and read with them. Called in a background thread, because it is slow.

PyTorch is imported here, inside of functions, after the window is shown.
"""

from __future__ import annotations

import ctypes
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

__all__ = ["LoadedNetworks"]


class LoadedNetworks:
    """The networks that are loaded, by the path of their checkpoint file."""

    def __init__(self) -> None:
        self._recognizers: dict[Path, Recognizer] = {}

    def load(self, path: Path) -> None:
        """Load a network. One that is loaded already is loaded again: its file may have changed.

        Raises:
            CheckpointError: If the file does not exist or is not a usable checkpoint.
        """
        _load_torch_libraries()
        import numpy as np
        import torch

        from digitrec.drawing.strokes import Drawing, Stroke
        from digitrec.recognition import read_drawing  # noqa: F401 (needed by the first reading)
        from digitrec.recognition.recognizer import Recognizer

        # A second thread would not read one drawing faster, and the window needs a processor too.
        torch.set_num_threads(1)
        self._recognizers[path] = Recognizer.load(path)
        # The first reading is the slowest: do it now, not when somebody waits for the answer.
        self.read(Drawing(32, 32, [Stroke(np.array([(16, 4), (16, 28)]), 3)]), [path])

    def read(self, ink: Drawing | Image.Image, paths: Sequence[Path]) -> Reading:
        """Read a drawing or a picture with networks that are loaded, given by their paths."""
        from digitrec.drawing.strokes import Drawing
        from digitrec.recognition.read_drawing import read_drawing, read_picture

        recognizers = [self._recognizers[path] for path in paths]
        if isinstance(ink, Drawing):
            return read_drawing(ink, recognizers)
        return read_picture(ink, recognizers)


def _load_torch_libraries() -> None:
    """Load the shared libraries of PyTorch without blocking the other threads.

    ``import torch`` holds Python's global lock while the system loads hundreds of megabytes. A call
    through ctypes does not hold it, and the import then finds the libraries loaded. On systems
    where this is not done, the import loads them, and a stroke drawn meanwhile may have corners.
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
