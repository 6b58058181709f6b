"""Comparing ways to reject non-digits, on sources of handwriting that are left out.

Each way gives an image a score; below a threshold the image is rejected. The threshold is set so
that a given fraction of the correctly read digits is rejected. The best way is the one that then
rejects the most letters and signs. Some ways use the logits, others the features, which are the
input of the last layer:

- maximum softmax: Hendrycks and Gimpel 2017, "A baseline for detecting misclassified and
  out-of-distribution examples in neural networks"
- energy: Liu et al. 2020, "Energy-based out-of-distribution detection"
- Mahalanobis: the distance of the features to the nearest class mean (Lee et al. 2018, "A simple
  unified framework for detecting out-of-distribution samples and adversarial attacks")
- neighbours: the distance to the fifth nearest of the training features, all of length 1 (Sun et
  al. 2022, "Out-of-distribution detection with deep nearest neighbors")
- virtual logit: energy, less what the features have outside the subspace of the training features
  (Wang et al. 2022, "ViM: out-of-distribution with virtual-logit matching")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.special import logsumexp
from torch import nn

from digitrec.arrays import Float32Array, Float64Array, Int64Array
from digitrec.benchmarks.handwriting.hands import is_clear_letter, is_clear_sign, read_all, unseen
from digitrec.data.hands import sources
from digitrec.data.hands.sources import SourceCharacters
from digitrec.data.parts import Part
from digitrec.data.rendering.render import Variation, render
from digitrec.errors import DigitrecError
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import Network
from digitrec.recognition.recognizer import Recognizer

__all__ = ["report"]

REJECTED = (0.001, 0.002, 0.003, 0.005, 0.01)
"""The fractions of digits that are rejected."""
# The distance to the `NEIGHBOURS`-th nearest of `REFERENCES` training features is used.
NEIGHBOURS, REFERENCES = 5, 12_000
SUBSPACE = 64  # dimensions of the training features that count as known
SEED = 2026

Score = Callable[[Float64Array], Float64Array]
"""A function of features (N, C) that returns scores (N,), higher for images more like a digit."""


@dataclass(frozen=True)
class Curve:
    """What one way rejects.

    Attributes:
        way: Its name.
        letters: For each of `REJECTED`, the fraction of letters unlike digits that is rejected.
        signs: The same, of signs unlike digits.
    """

    way: str
    letters: Sequence[float]
    signs: Sequence[float]


def report(files: Sequence[Path], root: str | None) -> Iterator[str]:
    """Compare the ways for each network; yield the lines of a table.

    Args:
        files: Checkpoint files of the networks.
        root: The data folder, as in `digitrec.data.hands.sources.digits`.

    Raises:
        DigitrecError: if a network knows all sources, or the data cannot be read.
    """
    yield f"{'letters / signs rejected, where so many digits are:':<60}"
    yield f"{'':<24}" + "".join(f"{share:>17.1%}" for share in REJECTED)
    for file in files:
        yield str(file)
        for curve in measure_curves(checkpoint.load(file), root):
            pairs = zip(curve.letters, curve.signs, strict=True)
            yield f"{curve.way:<24}" + "".join(f"{a:>9.1%} /{b:>6.1%}" for a, b in pairs)


def measure_curves(trained: Checkpoint, root: str | None = None) -> list[Curve]:
    """Compare the ways with one network, on the sources that it does not know.

    Args:
        trained: The network; some sources must have been left out of its training.
        root: The data folder, as in `digitrec.data.hands.sources.digits`.

    Raises:
        DigitrecError: if the network knows all sources, or the data cannot be read.
    """
    network = SplitNetwork.of(trained.network)
    left_out = unseen(trained, root)
    known, labels = _training_features(network, left_out, root)
    digits, true = _features(network, trained, sources.digits(root), left_out, str.isdecimal)
    right = network.logits(digits).argmax(axis=1) == true
    others = sources.nondigits(root)
    letters, _ = _features(network, trained, others, left_out, is_clear_letter)
    signs, _ = _features(network, trained, others, left_out, is_clear_sign)
    curves = []
    for way, score in _scores(network, known, labels).items():
        thresholds = np.quantile(score(digits[right]), REJECTED)
        found = (score(letters), score(signs))
        shares = [[float(np.mean(one < t)) for t in thresholds] for one in found]
        curves.append(Curve(way, *shares))
    return curves


@dataclass(frozen=True, eq=False)
class SplitNetwork:
    """A network in two parts: what makes the features (N, C), and the linear layer after it."""

    body: nn.Module
    weight: Float64Array  # (10, C)
    bias: Float64Array  # (10,)

    @classmethod
    def of(cls, network: Network) -> SplitNetwork:
        layers = list(network.layers.children())
        if not layers or not isinstance(layers[-1], nn.Linear):
            raise DigitrecError("the network does not end in a linear layer, whose input is needed")
        last = layers[-1]
        body = Network(nn.Sequential(*layers[:-1])).eval()  # which normalises its input, too
        weight, bias = (part.detach().double().numpy() for part in (last.weight, last.bias))
        return cls(body, weight, bias)

    def logits(self, features: Float64Array) -> Float64Array:
        return features @ self.weight.T + self.bias

    def features(self, images: Float32Array) -> Float64Array:
        """Return the features of images (N, 28, 28) in [0, 1]."""
        tensor = torch.from_numpy(images)[:, None]
        with torch.inference_mode():
            parts = [self.body(batch).double().numpy() for batch in torch.split(tensor, 250)]
        return np.concatenate(parts)


def _scores(network: SplitNetwork, known: Float64Array, labels: Int64Array) -> Mapping[str, Score]:
    """Return the ways, fitted to the training features (N, C) and their labels (N,)."""
    means = np.stack([known[labels == digit].mean(axis=0) for digit in range(10)])
    spread = known - means[labels]
    precision = np.linalg.pinv(spread.T @ spread / len(spread))
    chosen = np.random.default_rng(SEED).permutation(len(known))[:REFERENCES]
    references = _unit(known[chosen])
    origin = -np.linalg.pinv(network.weight) @ network.bias  # where all logits are about 0
    centred = known - origin
    _, vectors = np.linalg.eigh(centred.T @ centred)
    outside = vectors[:, :-SUBSPACE] if len(vectors) > SUBSPACE else vectors[:, :0]

    def energy(x: Float64Array) -> Float64Array:
        return np.asarray(logsumexp(network.logits(x), axis=1))

    def softmax(x: Float64Array) -> Float64Array:
        return np.asarray(network.logits(x).max(axis=1) - energy(x))

    def mahalanobis(x: Float64Array) -> Float64Array:
        each = [np.einsum("ni,ij,nj->n", x - mean, precision, x - mean) for mean in means]
        return np.asarray(-np.min(each, axis=0))

    def neighbours(x: Float64Array) -> Float64Array:
        parts = np.array_split(_unit(x), max(1, len(x) // 500))
        return np.concatenate(
            [
                np.partition(part @ references.T, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS]
                for part in parts
            ]
        )

    def beyond(x: Float64Array) -> Float64Array:
        return np.asarray(np.linalg.norm((x - origin) @ outside, axis=1))

    scale = float(network.logits(known).max(axis=1).mean() / max(beyond(known).mean(), 1e-9))

    def virtual_logit(x: Float64Array) -> Float64Array:
        return energy(x) - scale * beyond(x)

    def both(x: Float64Array) -> Float64Array:
        return _standard(energy, known)(x) + _standard(neighbours, known)(x)

    return {
        "maximum softmax": softmax,
        "energy": energy,
        "Mahalanobis": mahalanobis,
        "neighbours": neighbours,
        "virtual logit": virtual_logit,
        "energy and neighbours": both,
    }


def _standard(score: Score, known: Float64Array) -> Score:
    """Return a score with mean 0 and standard deviation 1 over some of the training features."""
    some = score(known[:: max(1, len(known) // 4000)])
    mean, spread = float(some.mean()), float(some.std()) or 1.0
    return lambda x: (score(x) - mean) / spread


def _unit(x: Float64Array) -> Float64Array:
    unit: Float64Array = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    return unit


def _training_features(
    network: SplitNetwork, left_out: Sequence[str], root: str | None
) -> tuple[Float64Array, Int64Array]:
    """Return features and labels of the training digits, each drawn once."""
    written = [
        digits.of(Part.TRAINING)
        for name, digits in sources.digits(root).items()
        if name not in left_out
    ]
    images = [render(one.strokes, 1, SEED, Variation(stroke_augmentation=0.5)) for one in written]
    labels = np.concatenate([one.labels for one in written])
    pixels = np.concatenate(images).astype(np.float32) / np.float32(255)
    return network.features(pixels), labels


def _features(
    network: SplitNetwork,
    trained: Checkpoint,
    written: Mapping[str, SourceCharacters],
    left_out: Sequence[str],
    wanted: Callable[[str], bool],
) -> tuple[Float64Array, Int64Array]:
    """Return features and labels of some characters of the sources that are left out."""
    recognizer = Recognizer(trained)
    images, labels = [], []
    for source in left_out:
        if source in written:
            keep = np.array([wanted(one) for one in written[source].characters], bool)
            chosen = written[source].select(keep)
            images += [one.image for one in read_all(recognizer, chosen.strokes, source)]
            labels.append(chosen.labels)
    if not images:
        raise DigitrecError(f"{', '.join(left_out)}: no letters and signs to reject")
    return network.features(np.stack(images)), np.concatenate(labels)
