"""Reading pictures without PyTorch, as importing it takes longer than reading hundreds."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.arrays import Float32Array
from digitrec.imaging.pixels import Picture, check_picture
from digitrec.models.checkpoint import NumpyCheckpoint, load_with_numpy
from digitrec.recognition.results import Page, Prediction
from digitrec.recognition.single_digits.digit_engines import (
    DigitEngine,
    digit_engine_by_numpy,
    digit_engine_by_onnx_runtime,
)
from digitrec.recognition.single_digits.digit_reader import DigitReader
from digitrec.recognition.single_digits.second_look import look_again
from digitrec.storage.loaded_once import LoadedOnce
from digitrec.storage.resources import shipped_checkpoint

if TYPE_CHECKING:
    from digitrec.recognition.pages.page_reader import PageReader
    from digitrec.recognition.recognizer import Recognizer

__all__ = ["TorchFreeRecognizer"]


class TorchFreeRecognizer:
    """Reads pictures and pages as a `Recognizer` does. Make one with `load`.

    It computes by NumPy or ONNX Runtime. Pages are read by PyTorch where the latter is missing.
    """

    def __init__(
        self,
        trained: NumpyCheckpoint,
        engine: DigitEngine,
        path: Path | None,
        *,
        by_onnx_runtime: bool = False,
    ) -> None:
        self._made_of = trained, path, by_onnx_runtime
        self._digits = DigitReader(trained, engine)
        self._pages = LoadedOnce(partial(_page_reader, trained, engine, path))

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _made, self._made_of  # for pickle and copies: what computes is made anew

    @classmethod
    def load(
        cls, path: Path | None = None, *, by_onnx_runtime: bool = False
    ) -> TorchFreeRecognizer | None:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Args:
            path: Of the file.
            by_onnx_runtime: Compute single digits by ONNX Runtime, which takes longer than NumPy to
                be imported, and less time for each image.

        Returns:
            None where its network needs PyTorch; with ``by_onnx_runtime``, also where ONNX Runtime
            is not installed, or does not compute it in int8.

        Raises:
            CheckpointError: if the file is missing, or is not a usable checkpoint.
        """
        trained = load_with_numpy(path or shipped_checkpoint())
        if trained is None:
            return None
        if not by_onnx_runtime:
            return cls(trained, digit_engine_by_numpy(trained), path)
        engine = digit_engine_by_onnx_runtime(trained)
        if engine is None or not engine.coarse:
            return None
        return cls(trained, engine, path, by_onnx_runtime=True)

    def recognize_normalised(
        self, images: Float32Array, *, batch_invariant: bool = False
    ) -> list[Prediction]:
        """Read images as `Recognizer.recognize_normalised` does."""
        return self._digits.recognize(images, batch_invariant)

    def look_again(self, picture: Picture, first: Prediction) -> Prediction:
        """Read a picture again, as `Recognizer.look_again` does."""
        return look_again(picture, first, partial(self.recognize_normalised, batch_invariant=True))

    def read(self, image: Picture, *, digits_only: bool = False) -> Page:
        """Read a page as `Recognizer.read` does."""
        return self._pages().read(check_picture(image), digits_only=digits_only)


def _made(
    trained: NumpyCheckpoint, path: Path | None, by_onnx_runtime: bool
) -> TorchFreeRecognizer:
    """Make a recognizer of what another was made of, perhaps where ONNX Runtime is missing."""
    engine = digit_engine_by_onnx_runtime(trained) if by_onnx_runtime else None
    engine = engine or digit_engine_by_numpy(trained)
    return TorchFreeRecognizer(trained, engine, path, by_onnx_runtime=by_onnx_runtime)


def _page_reader(
    trained: NumpyCheckpoint, engine: DigitEngine, path: Path | None
) -> PageReader | Recognizer:
    # NumPy takes long for the pieces of a page.
    by_runtime = engine if engine.coarse else digit_engine_by_onnx_runtime(trained)
    if by_runtime is not None:
        from digitrec.recognition.pages.page_reader import PageReader

        return PageReader(DigitReader(trained, by_runtime), trained.rejection_threshold)
    from digitrec.recognition.recognizer import Recognizer

    return Recognizer.load(path)
