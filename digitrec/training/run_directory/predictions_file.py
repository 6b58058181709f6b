"""predictions.h5: what the trained network says of each test image, to compare runs image by image.

Format version 1: root attributes ``format`` = "digitrec-predictions", ``format_version`` = 1,
``data`` and ``checksum`` (of the data set that the test images belong to); arrays ``logits``,
float32 (N, 10), and ``labels``, int64 (N,), in the order of the test set. Records of runs may keep
fewer bits of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitrec.arrays import FloatArray, IntArray, Uint8Array
from digitrec.errors import HDF5Error, RunFileError
from digitrec.storage import hdf5
from digitrec.training.run_directory.environment_file import DataIdentity
from digitrec.training.run_directory.typed_json import TRAIN_AGAIN

__all__ = ["Predictions", "read", "write"]

FORMAT, FORMAT_VERSION = "digitrec-predictions", 1


@dataclass(frozen=True, eq=False)
class Predictions:
    """The content of predictions.h5.

    Attributes:
        logits: Shape (N, 10), N at least 1; float32, or float16 in some records.
        labels: The digits that the images show, shape (N,).
        data: The data set that the test images belong to.
    """

    logits: FloatArray
    labels: IntArray
    data: DataIdentity

    @property
    def answers(self) -> Uint8Array:
        """The digit that each image is read as, shape (N,)."""
        answers: Uint8Array = self.logits.argmax(axis=1).astype(np.uint8)
        return answers


def write(file: Path, predictions: Predictions) -> None:
    """Write the file in one step."""
    attributes: dict[str, hdf5.Attribute] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "data": predictions.data.name,
        "checksum": predictions.data.checksum,
    }
    arrays = {
        "logits": predictions.logits.astype("<f4"),
        "labels": predictions.labels.astype("<i8"),
    }
    hdf5.write(file, attributes, arrays)


def read(file: Path) -> Predictions:
    """Read the file.

    Raises:
        RunFileError: If it is missing, damaged, or of another format version.
    """
    if not file.exists():
        raise RunFileError(file, "is missing", TRAIN_AGAIN)
    try:
        content = hdf5.read(file)
    except HDF5Error as error:
        raise RunFileError(file, error.problem, TRAIN_AGAIN) from None
    attributes = content.attributes
    if attributes.get("format") != FORMAT:
        raise RunFileError(file, "does not hold predictions", TRAIN_AGAIN)
    version = attributes.get("format_version")
    if version != FORMAT_VERSION:
        raise RunFileError(
            file,
            f"has format version {version}, and this version of digitrec reads {FORMAT_VERSION}",
            "use the version of digitrec that wrote it",
        )
    name, checksum = attributes.get("data"), attributes.get("checksum")
    logits, labels = content.arrays.get("logits"), content.arrays.get("labels")
    if not isinstance(name, str) or not isinstance(checksum, str):
        raise RunFileError(file, "is damaged: it does not name its data set", TRAIN_AGAIN)
    if (
        logits is None
        or labels is None
        or logits.dtype.kind != "f"
        or labels.dtype.kind not in "iu"
        or logits.ndim != 2
        or logits.shape[1] != 10
        or len(logits) == 0
        or labels.shape != (len(logits),)
        or not np.isfinite(logits).all()
        or not ((labels >= 0) & (labels <= 9)).all()
    ):
        raise RunFileError(
            file, "is damaged: its arrays are not logits and labels of digits", TRAIN_AGAIN
        )
    return Predictions(logits, labels, DataIdentity(name, checksum))
