"""Comparing methods that reject non-digits, at a threshold that keeps 99% of digits.

- maximum softmax: the highest probability of a digit (Hendrycks and Gimpel 2017, "A baseline for
  detecting misclassified and out-of-distribution examples in neural networks")
- energy: the logarithm of the sum of the logits' exponentials (Liu et al. 2020, "Energy-based
  out-of-distribution detection")
- ensemble: the maximum of the mean softmax of several networks (Lakshminarayanan et al. 2017,
  "Simple and scalable predictive uncertainty estimation using deep ensembles")
- exposure: either of the first two, for a network that was also trained on drawings that are not
  digits (Hendrycks et al. 2019, "Deep anomaly detection with outlier exposure")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.special import logsumexp, softmax

from digitrec.arrays import Float64Array
from digitrec.benchmarks.handwriting import chars74k
from digitrec.benchmarks.handwriting.chars74k import Characters
from digitrec.data.data_folder import find_data_folder
from digitrec.data.rendering.render import render
from digitrec.data.synthetic import nondigits
from digitrec.data.uci import digits as uci_digits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.imaging.normalise import normalise
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of

__all__ = ["report"]

KEPT = 0.99  # share of the validation writers' digits that are not rejected
RENDERINGS = 4  # of each pen digit
DRAWINGS = 200  # of each kind that is not a digit
SEED = 2026


@dataclass(frozen=True)
class Method:
    """What one method rejects.

    Attributes:
        name: The network and the method.
        rejected: Share that is rejected, by the kind of drawing; digits come first.
    """

    name: str
    rejected: Mapping[str, float]


def report(files: Sequence[Path], root: str | None) -> Iterator[str]:
    """Compare the methods; yield the lines of a table.

    Args:
        files: Checkpoint files of the networks.
        root: The data folder, as in `digitrec.data.uci.digits.read`.

    Raises:
        DigitrecError: if a file or the data cannot be read.
    """
    networks = {str(file): checkpoint.load(file) for file in files}
    samples = chars74k.read(find_data_folder(root).path / chars74k.FILE)
    methods = measure(networks, uci_digits.read(root), samples)
    for number, method in enumerate(methods, start=1):
        yield f"{number}  {method.name}"
    yield f"{'rejected':<18}" + "".join(f"{number:>9}" for number in range(1, len(methods) + 1))
    for kind in methods[0].rejected:
        yield f"{kind:<18}" + "".join(f"{method.rejected[kind]:9.2%}" for method in methods)


def measure(
    networks: Mapping[str, Checkpoint],
    digits: Sequence[uci_digits.PenDigit],
    samples: Characters | None,
) -> list[Method]:
    """Try each method with each network, and with the ensemble of all where there are several.

    Args:
        networks: Checkpoints, by the names that are shown.
        digits: Of the validation writers, who set the threshold, and of the test writers.
        samples: Chars74K's characters; None leaves them out.
    """
    drawn = _drawings(digits, samples)
    methods = []
    each: list[dict[str, Float64Array]] = []
    for name, trained in networks.items():
        exposed = "exposure, " if trained.rejection_threshold > 0 else ""
        logits = {
            kind: np.asarray(logits_of(trained.network, x), float) for kind, x in drawn.items()
        }
        each.append({kind: softmax(x / trained.temperature, axis=1) for kind, x in logits.items()})
        methods += [
            Method(f"{name}: {exposed}maximum softmax", _rejected(each[-1], _highest)),
            Method(f"{name}: {exposed}energy", _rejected(logits, _energy)),
        ]
    if len(each) > 1:
        mean = {kind: np.mean([one[kind] for one in each], axis=0) for kind in drawn}
        methods.append(Method("all together: maximum softmax", _rejected(mean, _highest)))
    return methods


def _highest(probabilities: Float64Array) -> Float64Array:
    highest: Float64Array = probabilities.max(axis=1)
    return highest


def _energy(logits: Float64Array) -> Float64Array:
    energy: Float64Array = logsumexp(logits, axis=1)
    return energy


def _rejected(
    outputs: dict[str, Float64Array], score: Callable[[Float64Array], Float64Array]
) -> dict[str, float]:
    """Return the share of each kind below the threshold, which keeps `KEPT` of the first kind."""
    (_, kept), *kinds = outputs.items()
    threshold = np.quantile(score(kept), 1 - KEPT)
    return {kind: float(np.mean(score(values) < threshold)) for kind, values in kinds}


def _drawings(
    digits: Sequence[uci_digits.PenDigit], samples: Characters | None
) -> dict[str, torch.Tensor]:
    """Return images, uint8 (N, 1, 28, 28), of each kind; the first kind sets the threshold."""
    rng = np.random.default_rng(SEED)
    found = {
        kind: _pen([digit for digit in digits if digit.writer in writers])
        for kind, writers in (
            ("", uci_digits.VALIDATION_WRITERS),
            ("pen digits", uci_digits.TEST_WRITERS),
        )
    }
    if samples is not None:
        letters = chars74k.clear_letters(samples)
        for kind, which in (("Chars74K digits", chars74k.DIGITS), ("its letters", letters)):
            found[kind] = _normalised(chars74k.drawn(samples, which, rng)[0])
    for make in nondigits.KINDS:
        drawings = [nondigits.draw(rng, kind=make) for _ in range(DRAWINGS)]
        found[make.__name__.replace("_", " ")] = _normalised(drawings)
    return found


def _pen(digits: Sequence[uci_digits.PenDigit]) -> torch.Tensor:
    images = render([digit.strokes for digit in digits], RENDERINGS, SEED)
    return torch.from_numpy(images)[:, None]


def _normalised(drawings: Sequence[Drawing]) -> torch.Tensor:
    images = [np.rint(normalise(rasterise_drawing(drawing)) * 255) for drawing in drawings]
    return torch.from_numpy(np.array(images, np.uint8))[:, None]
