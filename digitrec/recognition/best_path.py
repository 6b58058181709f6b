"""The best path through a segmentation graph: the digits of a line, and how sure each is.

Two networks read the line. The one for single digits reads ink that stands by itself. The one for
strings reads digits that touch or overlap as a whole, and gives the probability of any text. For
each text that one of them finds likely, dynamic programming finds the cheapest path that spells it.
The cost of a path also depends on the size of the digits, the gaps inside them, and the ink that is
cut. The text with the lowest total cost is chosen.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Float32Array, Float64Array
from digitrec.models.ctc import CHARACTERS, NOT_A_DIGIT, costs, likeliest
from digitrec.recognition.ink_pieces import bounding_box, joined_image, widest_gap
from digitrec.recognition.results import Box
from digitrec.recognition.segmentation_graph import AnsweredGraph, ClassProbabilities, Run

__all__ = ["TOO_LOW", "USUAL_HEIGHT", "Segment", "best_path"]

# Costs are negative logarithms of probabilities. They were tuned on numbers by the training
# writers; `_IS_NOT_A_DIGIT` on numbers and letters by the validation writers. Lengths are fractions
# of the height of the line's digits.
_MIN_PROBABILITY = 1e-4  # lower probabilities count as this one
_EACH = -0.18  # for each digit
_IS_NOT_A_DIGIT = 1.0  # for ink that is not a digit
_TOO_WIDE, _USUAL_WIDTH = 1.0, 0.67  # for each height that ink is wider than usual
TOO_LOW, USUAL_HEIGHT = 2.4, 0.86  # for each height that ink is lower than usual
_GAP = 8.0  # for each height of the gap between its pieces
# Weight of the cost of a string. `_STRING` applies where the network for single digits reads all
# digits of the string; `_STRING_ALONE` where only the network for strings can, as in ink that was
# cut.
_STRING, _STRING_ALONE = 0.1, 0.6
_STRING_MOST = 20.0  # the cost of a string counts as this at most
_IMPOSSIBLE = 50.0  # cost of a text that no column of the string can show
_TEXTS = 8  # likely texts by each of the two networks
_LIKELY = 3  # likely characters of a run, as the network for single digits reads it


@dataclass(frozen=True, eq=False)
class Segment:
    """Ink that is taken for one digit.

    Attributes:
        box: Where it is.
        components: Numbers of the connected components of ink that it has a part of.
        image: Shape (28, 28), what the network for single digits sees there.
        probabilities: What is read there, by both networks.
        string_log_odds: Logarithm of the odds that it is any digit, by the network for strings;
            None where that network was not asked, and where ``probabilities`` come from it alone.
    """

    box: Box
    components: frozenset[int]
    image: Float32Array
    probabilities: ClassProbabilities
    string_log_odds: float | None = None


def best_path(answered: AnsweredGraph, log_probabilities: Sequence[Float32Array]) -> list[Segment]:
    """Find the digits of a line, from left to right; all ink is in one of the segments.

    Args:
        answered: The hypotheses, and what the network for single digits reads in them.
        log_probabilities: What the network for strings answers to each of
            ``answered.strings()``, shape (columns, classes).
    """
    strings = dict(zip(answered.unclear, log_probabilities, strict=True))
    segments: list[Segment] = []
    runs = sorted(answered.graph.runs)
    for block in answered.graph.blocks:
        if block in strings:
            first, last = (bisect_left(runs, (end, 0)) for end in block)
            inside = [_hypothesis(answered, run) for run in runs[first:last]]
            segments += _segments_of_string(answered, block, inside, strings[block])
        else:
            segments.append(_segment(answered, block, answered.answers[block]))
    return segments


@dataclass(frozen=True, eq=False)
class _Hypothesis:
    """That a run of pieces is one digit.

    Attributes:
        run: Its pieces.
        cost: What its size and place cost.
        answer: What the network for single digits reads there; None where other ink touches the
            run, because that network would see it cut off.
    """

    run: Run
    cost: float
    answer: ClassProbabilities | None

    def character_cost(self, index: int) -> float:
        """Return what it costs that the run is this character."""
        rare = _IS_NOT_A_DIGIT if index == NOT_A_DIGIT else 0.0
        if self.answer is None:
            return rare
        return rare - math.log(max(float(self.answer[index]), _MIN_PROBABILITY))


def _hypothesis(answered: AnsweredGraph, run: Run) -> _Hypothesis:
    pieces, unit = answered.graph.pieces_of(run), answered.graph.height
    left, top, right, bottom = bounding_box(pieces)
    width, height = (right - left) / unit, (bottom - top) / unit
    cost = _EACH + _TOO_WIDE * max(0.0, width - _USUAL_WIDTH)
    cost += TOO_LOW * max(0.0, USUAL_HEIGHT - height)
    cost += _GAP * (widest_gap(pieces) / unit) + pieces[0].cut_cost
    return _Hypothesis(run, cost, answered.answers.get(run))


def _segment(
    answered: AnsweredGraph,
    run: Run,
    probabilities: ClassProbabilities,
    string_log_odds: float | None = None,
) -> Segment:
    pieces = answered.graph.pieces_of(run)
    return Segment(
        bounding_box(pieces),
        frozenset(piece.component for piece in pieces),
        joined_image(pieces),
        probabilities,
        string_log_odds,
    )


def _segments_of_string(
    answered: AnsweredGraph,
    block: Run,
    hypotheses: Sequence[_Hypothesis],
    log_probabilities: Float32Array,
) -> list[Segment]:
    """Choose the likely text of a block whose path costs least, and return the path's runs.

    hypotheses: those of the block, in the order of their runs.
    """
    texts = likeliest(log_probabilities, _TEXTS) + _texts_of_single_digits(hypotheses, block)
    texts = list(dict.fromkeys(texts))
    string_costs = costs(log_probabilities, texts) if texts else []
    # A string without room for a text says nothing about it: the other network then reads it alone.
    read = [one for one in hypotheses if one.answer is not None]
    paths = [
        _cheapest_path(read if cost == math.inf else hypotheses, block, text)
        for text, cost in zip(texts, string_costs, strict=True)
    ]
    totals = [
        spent + _weight(path) * min(cost, _STRING_MOST)
        for (spent, path), cost in zip(paths, string_costs, strict=True)
    ]
    if not totals or min(totals) == math.inf:
        # Neither network finds a text, or every text has more characters than there are pieces.
        nothing = np.full(len(CHARACTERS), 1e-9)
        nothing[NOT_A_DIGIT] = 1 - 1e-8
        return [_segment(answered, block, nothing)]
    best = int(np.argmin(totals))
    text, path = texts[best], paths[best][1]
    spent = _costs_of_others(log_probabilities, text, string_costs[best])
    has_room = string_costs[best] < math.inf
    return [
        _segment(
            answered,
            one.run,
            _probabilities(one.answer, costs_here),
            _log_odds(costs_here) if has_room and one.answer is not None else None,
        )
        for one, costs_here in zip(path, spent, strict=True)
    ]


def _weight(path: Sequence[_Hypothesis]) -> float:
    """Return the weight of a string's cost, relative to that of the path that spells it."""
    return _STRING if all(one.answer is not None for one in path) else _STRING_ALONE


def _costs_of_others(log_probabilities: Float32Array, text: str, cost: float) -> Float64Array:
    """Return what it adds to the cost of a text to put each character at each of its places.

    Where the string has fewer columns than the text needs, ``cost`` is infinite, and no character
    costs more than another.

    Returns:
        Shape (characters of the text, 11).
    """
    if cost == math.inf:
        return np.zeros((len(text), len(CHARACTERS)))
    others = [text[:i] + other + text[i + 1 :] for i in range(len(text)) for other in CHARACTERS]
    spent = np.array(costs(log_probabilities, others)).reshape(len(text), -1)
    return np.minimum(spent - cost, _IMPOSSIBLE)


def _probabilities(
    answer: ClassProbabilities | None, string_costs: Float64Array
) -> ClassProbabilities:
    """Combine what both networks read at one place of a string.

    answer: of the network for single digits, if it can read the place. string_costs: (11,), the
    cost of the string with each character at this place, minus the cost of the chosen text.
    """
    if answer is None:
        likely: ClassProbabilities = np.exp(-string_costs)
        likely /= likely.sum()
        return likely
    # For ink that stands free, the network for single digits decides whether it is a digit at all.
    digits = answer[:NOT_A_DIGIT] * np.exp(
        -_STRING * np.minimum(string_costs[:NOT_A_DIGIT], _STRING_MOST)
    )
    digits *= answer[:NOT_A_DIGIT].sum() / max(float(digits.sum()), 1e-300)
    return np.append(digits, answer[NOT_A_DIGIT])


def _log_odds(string_costs: Float64Array) -> float:
    """Return the logarithm of the odds of any digit at one place of a string.

    string_costs: (11,), as for `_probabilities`.
    """
    any_digit = np.logaddexp.reduce(-string_costs[:NOT_A_DIGIT])
    return float(any_digit + string_costs[NOT_A_DIGIT])


def _texts_of_single_digits(hypotheses: Sequence[_Hypothesis], block: Run) -> list[str]:
    """Return the cheapest texts by the network for single digits alone (beam search)."""
    beams: dict[int, list[tuple[float, str]]] = {block[0]: [(0.0, "")]}
    for stop in range(block[0] + 1, block[1] + 1):
        found: dict[str, float] = {}
        for one in hypotheses:
            if one.run[1] != stop or one.answer is None or one.run[0] not in beams:
                continue
            for index in np.argsort(-one.answer, kind="stable")[:_LIKELY].tolist():
                cost = one.cost + one.character_cost(index)
                for before, text in beams[one.run[0]]:
                    longer = text + CHARACTERS[index]
                    found[longer] = min(found.get(longer, math.inf), before + cost)
        if found:
            ranked = sorted((cost, text) for text, cost in found.items())
            beams[stop] = ranked[:_TEXTS]
    return [text for _, text in beams.get(block[1], [])]


def _cheapest_path(
    hypotheses: Sequence[_Hypothesis], block: Run, text: str
) -> tuple[float, list[_Hypothesis]]:
    """Return the cost of the cheapest path over a block that spells a text, and the path.

    Without such a path the cost is infinite. Hypotheses are in the order of their runs.
    """
    characters = [CHARACTERS.index(character) for character in text]
    least = np.full((block[1] + 1, len(text) + 1), math.inf)  # by pieces and characters so far
    least[block[0], 0] = 0.0
    last: dict[tuple[int, int], _Hypothesis] = {}
    for one in hypotheses:
        start, stop = one.run
        for i, index in enumerate(characters):
            if least[start, i] == math.inf:
                continue
            cost = least[start, i] + one.cost + one.character_cost(index)
            if cost < least[stop, i + 1]:
                least[stop, i + 1] = cost
                last[stop, i + 1] = one
    path: list[_Hypothesis] = []
    place = (block[1], len(text))
    while place in last:
        path.append(last[place])
        place = (last[place].run[0], place[1] - 1)
    return float(least[block[1], len(text)]), path[::-1]
