"""Reading normalised images of single digits, with the network of a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Float32Array, Float64Array, LogitsFunction
from digitrec.errors import CheckpointError
from digitrec.models.calibration import calibrated
from digitrec.models.checkpoint import Checkpoint, NumpyCheckpoint
from digitrec.models.rejection import digit_probability
from digitrec.recognition.results import Prediction
from digitrec.recognition.single_digits.digit_engines import DigitEngine
from digitrec.recognition.single_digits.rotation_averaging import average_rotations

if TYPE_CHECKING:
    from digitrec.recognition.segmentation_graph import ClassProbabilities

__all__ = ["BATCH", "DigitReader"]

# Images through the network at once. On one processor, 512 at once are read a fifth slower, because
# layers fall out of the cache; and 16 at once a tenth slower.
BATCH = 128
# An image with this digit probability in fewer bits is a digit in float32 too, and needs no second
# look at the picture (`second_look.SURE_AT_ONCE`).
CLEARLY_DIGIT = 0.95


class DigitReader:
    """The network of a checkpoint, with its calibration and its digit probability.

    Where it is not sure, it averages over rotations of the image (`rotation_averaging`).

    Where there is a network in fewer bits than float32 (int8, bfloat16), it reads an image by that
    first, in a third or half of the time. If rounding could change the answer, it reads the image
    again in float32, so that digits and rejections are those of float32.
    """

    def __init__(self, trained: Checkpoint | NumpyCheckpoint, engine: DigitEngine) -> None:
        """Make a reader.

        Args:
            trained: Where the temperature and the rejection threshold are.
            engine: What computes its network.
        """
        self._temperature = trained.temperature
        self._threshold = trained.rejection_threshold
        self._clearly_digit = max((self._threshold + 1) / 2, CLEARLY_DIGIT)
        self._engine = engine

    def recognize(self, images: Float32Array, batch_invariant: bool = False) -> list[Prediction]:
        """Read images, and decide which of them are digits; arguments as for `read`."""
        probabilities, digit_probabilities = self.read(images, batch_invariant)
        rows = zip(probabilities, digit_probabilities.tolist(), images, strict=True)
        return [Prediction.decided(*row, self._threshold) for row in rows]

    def read(
        self, images: Float32Array, batch_invariant: bool = False, *, exact: bool = False
    ) -> tuple[Float64Array, Float64Array]:
        """Read images in batches.

        Args:
            images: Shape (N, 28, 28), made by `digitrec.imaging.normalise.normalise`.
            batch_invariant: Give an image the same answer, to the last bit, whatever images are
                beside it. For a few images that may take as long as for 16.
            exact: Compute in float32 alone.

        Returns:
            Calibrated probabilities of the digits, shape (N, 10); and the probability that an image
            is any digit, shape (N,), 1 where the rejection threshold is 0.
        """
        if exact or self._engine.coarse is None:
            return self._answers(self._read_exactly(images, batch_invariant))
        return self._read_coarsely(self._engine.coarse, images, batch_invariant)

    def _read_coarsely(
        self, coarse: LogitsFunction, images: Float32Array, batch_invariant: bool
    ) -> tuple[Float64Array, Float64Array]:
        """Read images in fewer bits, and again in float32 what is not clear then."""
        answers = self._answers(self._logits(coarse, images, batch_invariant))
        probabilities, digit_probabilities = answers
        clear = probabilities.max(axis=1) >= self._engine.clear
        clear &= digit_probabilities >= self._clearly_digit
        if not clear.all():
            doubtful = np.flatnonzero(~clear)
            again = self._answers(self._read_exactly(images[doubtful], batch_invariant))
            probabilities[doubtful], digit_probabilities[doubtful] = again
        return answers

    def _read_exactly(self, images: Float32Array, batch_invariant: bool) -> Float64Array:
        """Return logits in float32 of images (N, 28, 28), averaged over rotations where unsure."""
        exact = self._engine.exact
        return average_rotations(
            images, lambda some: self._logits(exact, some, batch_invariant), self._answers
        )

    def class_probabilities(self, images: Float32Array) -> list[ClassProbabilities]:
        """Read images in float32; return for each one distribution with "not a digit" in it."""
        probabilities, digit_probabilities = self.read(images, exact=True)
        return list(
            np.column_stack([probabilities * digit_probabilities[:, None], 1 - digit_probabilities])
        )

    def _logits(
        self, network: LogitsFunction, images: Float32Array, batch_invariant: bool
    ) -> Float64Array:
        count, images, at_once = len(images), images[:, None], BATCH
        if batch_invariant and self._engine.tile > 1:
            at_once = self._engine.tile
            images = np.pad(images, ((0, -count % at_once), (0, 0), (0, 0), (0, 0)))
        if len(images) <= at_once:
            answer = network(images)
        else:
            starts = range(0, len(images), at_once)
            answer = np.concatenate([network(images[k : k + at_once]) for k in starts])
        logits = answer[:count].astype(np.float64)
        if not np.isfinite(logits).all():
            raise CheckpointError(
                "the network gives no finite answer to a picture; use another checkpoint file"
            )
        return logits

    def _answers(self, logits: Float64Array) -> tuple[Float64Array, Float64Array]:
        probabilities = calibrated(logits, self._temperature)
        if self._threshold == 0:
            # The network was not trained on non-digits, so its logits say nothing about them.
            return probabilities, np.ones(len(logits))
        return probabilities, digit_probability(logits)
