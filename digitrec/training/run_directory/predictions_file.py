"""predictions.h5: the network's output for each test image, to compare runs image by image.

Single digits
-------------
Format version 2: root attributes ``format`` = "digitrec-predictions", ``format_version`` = 2,
``data`` and ``checksum`` (of the data set that the test images belong to); arrays ``logits``,
float32 (N, 10), and ``labels``, int64 (N,), in the order of the test set. Records of runs may keep
fewer bits of both. Where images depend on each other, there are the array ``clusters``, integers
(N,), the same for images that belong together, and the attribute ``clustered_by``, "writer" or
"digit"; files of earlier versions lack both.

Strings, ink and marks
----------------------
Format version 2: the same attributes with ``format`` = "digitrec-string-predictions"; arrays
``texts`` and ``answers``, uint8 (N, M), what each image shows and what is read in it, as classes
from left to right; 255 fills the rows up. The classes are those of `digitrec.models.ctc`; of marks,
one for each window, those of `digitrec.models.marks`; of ink, one for each picture, 1 where the ink
is found and else 0.

In files of version 1 texts have a variable length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitrec.arrays import FloatArray, IntArray, NamedArrays, Uint8Array
from digitrec.data.clusters import ClusteredBy, Clusters
from digitrec.errors import RunFileError
from digitrec.storage import hdf5
from digitrec.training.run_directory.environment_file import DataIdentity
from digitrec.training.run_directory.typed_json import TRAIN_AGAIN
from digitrec.training.run_directory.versioned_hdf5 import read_versioned

__all__ = ["Predictions", "StringPredictions", "read", "write"]

FORMAT, STRING_FORMAT, FORMAT_VERSION = "digitrec-predictions", "digitrec-string-predictions", 2
CLUSTERED_BY: tuple[ClusteredBy, ...] = ("writer", "digit")
FILLING = 255  # after the end of a string


@dataclass(frozen=True, eq=False)
class Predictions:
    """The content of predictions.h5.

    Attributes:
        logits: Shape (N, 10), N at least 1; float32, or float16 in some records.
        labels: The digits that the images show, shape (N,).
        data: The data set that the test images belong to.
        clusters: Which test images depend on each other, if the file tells.
    """

    logits: FloatArray
    labels: IntArray
    data: DataIdentity
    clusters: Clusters | None = None

    @property
    def answers(self) -> Uint8Array:
        """The digit that each image is read as, shape (N,)."""
        answers: Uint8Array = self.logits.argmax(axis=1).astype(np.uint8)
        return answers

    def arrays(self) -> NamedArrays:
        """Return what is compared bit for bit when a run is reproduced."""
        return {"logits": self.logits, "labels": self.labels}


@dataclass(frozen=True, eq=False)
class StringPredictions:
    """The content of predictions.h5 of a network that reads strings or marks, or finds ink.

    Attributes:
        labels: What each image shows: classes from left to right, shape (N, M), then 255.
        answers: What is read in each image, shape (N, M).
        data: The data set that the test images belong to.
    """

    labels: Uint8Array
    answers: Uint8Array
    data: DataIdentity

    @classmethod
    def of(
        cls, shown: Sequence[Sequence[int]], read: Sequence[Sequence[int]], data: DataIdentity
    ) -> StringPredictions:
        """Take the classes that each image shows, and those that are read in it."""
        longest = max(map(len, [*shown, *read]))
        labels, answers = (
            np.array([[*text, *[FILLING] * (longest - len(text))] for text in texts], np.uint8)
            for texts in (shown, read)
        )
        return cls(labels, answers, data)

    def arrays(self) -> NamedArrays:
        """Return what is compared bit for bit when a run is reproduced."""
        return {"texts": self.labels, "answers": self.answers}


def write(file: Path, predictions: Predictions | StringPredictions) -> None:
    """Write the file in one step."""
    strings = isinstance(predictions, StringPredictions)
    attributes: dict[str, hdf5.Attribute] = {
        "format": STRING_FORMAT if strings else FORMAT,
        "format_version": FORMAT_VERSION,
        "data": predictions.data.name,
        "checksum": predictions.data.checksum,
    }
    arrays = predictions.arrays()
    if isinstance(predictions, Predictions) and predictions.clusters:
        arrays["clusters"] = predictions.clusters.numbers
        attributes["clustered_by"] = predictions.clusters.by
    hdf5.write(file, attributes, arrays)


def read(file: Path) -> Predictions | StringPredictions:
    """Read the file.

    Raises:
        RunFileError: If it is missing, damaged, or of another format version.
    """
    if not file.exists():
        raise RunFileError(file, "is missing", TRAIN_AGAIN)
    content = read_versioned(
        file, FORMAT, STRING_FORMAT, version=FORMAT_VERSION, advice=TRAIN_AGAIN
    )
    attributes = content.attributes
    name, checksum = attributes.get("data"), attributes.get("checksum")
    if not isinstance(name, str) or not isinstance(checksum, str):
        raise RunFileError(file, "is damaged: it does not name its data set", TRAIN_AGAIN)
    identity = DataIdentity(name, checksum)
    if attributes["format"] == STRING_FORMAT:
        return _strings(file, content.arrays, identity)
    return _digits(file, content.arrays, identity, attributes.get("clustered_by"))


def _digits(
    file: Path, arrays: NamedArrays, identity: DataIdentity, clustered_by: object
) -> Predictions:
    logits, labels = arrays.get("logits"), arrays.get("labels")
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
    return Predictions(logits, labels, identity, _clusters(file, arrays, len(labels), clustered_by))


def _clusters(file: Path, arrays: NamedArrays, images: int, by: object) -> Clusters | None:
    numbers = arrays.get("clusters")
    if numbers is None:
        return None
    if (
        numbers.dtype.kind not in "iu"
        or numbers.shape != (images,)
        or not isinstance(by, str)
        or by not in CLUSTERED_BY
    ):
        raise RunFileError(
            file, "is damaged: its array clusters does not say which images belong together",
            TRAIN_AGAIN,
        )  # fmt: skip
    found = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
    clusters = Clusters(found, CLUSTERED_BY[CLUSTERED_BY.index(by)])
    if clusters.by == "writer" and clusters.count < 2:
        raise RunFileError(file, "is damaged: its images are by one writer alone", TRAIN_AGAIN)
    return clusters


def _strings(file: Path, arrays: NamedArrays, identity: DataIdentity) -> StringPredictions:
    texts, answers = arrays.get("texts"), arrays.get("answers")
    if (
        texts is None
        or answers is None
        or texts.dtype != np.uint8
        or answers.dtype != np.uint8
        or texts.ndim != 2
        or texts.size == 0
        or answers.shape != texts.shape
    ):
        raise RunFileError(
            file, "is damaged: its arrays are not strings and answers to them", TRAIN_AGAIN
        )
    return StringPredictions(texts, answers, identity)
