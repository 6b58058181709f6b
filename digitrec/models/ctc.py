"""Connectionist temporal classification (CTC): how probable texts are by a `StringNetwork`.

A text can be spread over the columns of an image in many ways: each column shows a character, goes
on with the same one, or is blank. The probability of a text is the sum over all of these (Graves,
Fernández, Gomez & Schmidhuber 2006, "Connectionist temporal classification").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float32Array

__all__ = ["BLANK", "CHARACTERS", "CLASSES", "NOT_A_DIGIT", "costs", "likeliest"]


CHARACTERS = "0123456789?"
"""The characters of a text, in the order of the network's classes; ? is for non-digits."""
NOT_A_DIGIT, BLANK, CLASSES = 10, 11, 12
"""The classes beside the ten digits, and how many there are with the digits."""
_RARE = -7.0  # logarithm of a probability below which a column's class is not followed up


def costs(log_probabilities: Float32Array, texts: Sequence[str]) -> list[float]:
    """Return minus the logarithm of the probability of each text; infinity where it is impossible.

    Args:
        log_probabilities: (columns, classes), logarithms of the probabilities for one image.
        texts: At least one, each of one character at least.
    """
    lengths = np.array([len(text) for text in texts])
    # What a text can show one after the other: its characters, with blanks around each.
    shown = np.full((len(texts), 2 * int(lengths.max()) + 1), BLANK)
    for row, text in zip(shown, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [CHARACTERS.index(character) for character in text]
    steps = log_probabilities.astype(np.float64)[:, shown]  # (columns, texts, shown)
    # The blank between two characters can be left out if they differ.
    differ = (shown[:, 2:] != BLANK) & (shown[:, 2:] != shown[:, :-2])
    leap = np.where(differ, 0.0, -np.inf)
    reached = np.full(shown.shape, -np.inf)  # logarithm of the probability of being there
    reached[:, :2] = steps[0, :, :2]
    for step in steps[1:]:
        before = reached.copy()
        reached[:, 1:] = np.logaddexp(before[:, 1:], before[:, :-1])
        reached[:, 2:] = np.logaddexp(reached[:, 2:], before[:, :-2] + leap)
        reached += step
    each = np.arange(len(texts))
    ends = np.logaddexp(reached[each, 2 * lengths], reached[each, 2 * lengths - 1])
    found: list[float] = (-ends).tolist()
    return found


def likeliest(log_probabilities: Float32Array, count: int) -> list[str]:
    """Return the most likely texts, at most ``count``, by prefix beam search.

    Hannun, Maas, Jurafsky & Ng 2014, "First-pass large vocabulary continuous speech recognition
    using bi-directional recurrent DNNs", without a language model.

    Args:
        log_probabilities: (columns, classes), as for `costs`.
        count: Of texts.

    Returns:
        The texts, the most likely first; none of them is empty.
    """
    never = -math.inf
    # Of each prefix, the logarithms of its probability with and without a blank at its end.
    beams: dict[str, tuple[float, float]] = {"": (0.0, never)}
    for column in log_probabilities.astype(np.float64).tolist():
        grown: dict[str, list[float]] = defaultdict(lambda: [never, never])
        kinds = [(kind, step) for kind, step in enumerate(column) if step > _RARE]
        for prefix, (blank, other) in beams.items():
            either = _log_sum(blank, other)
            for kind, step in kinds:
                if kind == BLANK:
                    found = grown[prefix]
                    found[0] = _log_sum(found[0], either + step)
                    continue
                character = CHARACTERS[kind]
                repeated = prefix.endswith(character)
                if repeated:
                    found = grown[prefix]
                    found[1] = _log_sum(found[1], other + step)
                found = grown[prefix + character]
                found[1] = _log_sum(found[1], (blank if repeated else either) + step)
        total = {prefix: _log_sum(*both) for prefix, both in grown.items()}
        ranked = sorted(total, key=lambda prefix: -total[prefix])[: 2 * count]
        beams = {
            prefix: (grown[prefix][0], grown[prefix][1])
            for prefix in ranked
            if total[prefix] > never
        }
    return [prefix for prefix in beams if prefix][:count]


def _log_sum(one: float, other: float) -> float:
    """Return the logarithm of the sum of two numbers whose logarithms are given."""
    low, high = (one, other) if one < other else (other, one)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))
