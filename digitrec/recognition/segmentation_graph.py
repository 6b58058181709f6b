"""The digits of one line: hypotheses over its pieces of ink, and the sequence that costs least.

Each run of neighbouring pieces is a hypothesis. Ink that stands by itself is read by the network
for single digits; digits that touch or reach over each other are read whole, as strings, by a
network of their own, which also says how likely any other text is. Size, gaps and the ink that a
seam crosses speak too, and dynamic programming finds the sequence of hypotheses that costs least
(LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition",
section VII: the best path through the segmentation graph).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Float32Array, Float64Array
from digitrec.imaging.normalise import normalise_ink, normalise_string
from digitrec.models.ctc import CHARACTERS, costs, likeliest
from digitrec.recognition.touching_digits import reduced, seams

__all__ = ["Box", "Lattice", "Piece", "Segment"]

Answer = Float64Array
"""(11,) probabilities of each digit and, last, of none; they sum to 1."""
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are past the last."""
Run = tuple[int, int]  # of pieces: the first, and the one past the last

NONE = len(CHARACTERS) - 1

# Lengths are shares of the height of the line's digits where they do not say otherwise.
_WIDE = 1.05  # ink wider than this is cut whatever the network says of it
_NARROW = 0.4  # ink narrower than this is never cut
_RULE = 12.0  # ink wider than this is no row of digits
_LOWEST_CUT = 12  # pixels: lower ink is too coarse to cut
_SURE = 0.95
_SEAM_ROWS = 40  # ink is cut at this resolution
_SHARED_INK = 0.03  # where a seam crosses ink, this much is on both sides
_SLIVER = 0.02  # of the height squared: less ink is not cut off
_APART = 0.16  # pieces of different ink further apart than this are no one digit
_RUN = 5  # pieces in a digit
_WIDEST = 1.5  # of a digit

# Costs are negative logarithms of probability, set on numbers by the training writers.
_LEAST = 1e-4  # probability that is told from less
_EACH = -0.18  # for a digit
_NO_DIGIT = 3.2  # for ink that is none
_TOO_WIDE = 1.0  # for each height that ink is wider than 0.67
_TOO_LOW = 2.4  # for each height that ink is lower than 0.86
_GAP = 8.0  # for each height of white between its pieces
_CUT = 0.2  # for a seam
_CROSSING = 3.2  # for each height of ink that a seam crosses
_STRING = 0.1  # weight of what a string costs,
_STRING_MOST = 20.0  # and the most that it does
_IMPOSSIBLE = 50.0  # what a text costs that no column can show
_TEXTS = 8  # texts of a string that are looked into, and as many of its pieces alone
_DIGITS = 3  # that a piece alone may be


@dataclass(frozen=True, eq=False)
class Piece:
    """Ink that is not divided further: a component or what seams leave of one.

    ink: (h, w), 0 where it is another's. cut: what the seam on its left costs, 0 without one.
    """

    left: int
    top: int
    ink: Float32Array
    component: int
    cut: float = 0.0

    @property
    def box(self) -> Box:
        """Where it is."""
        height, width = self.ink.shape
        return self.left, self.top, self.left + width, self.top + height


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of the ink taken for one digit: its place, what a network sees there, the answer."""

    box: Box
    image: Float32Array
    answer: Answer


@dataclass(frozen=True, eq=False)
class _Hypothesis:
    """That a run of pieces is one digit.

    cost: of its size and place. answer: what is read there; None where other ink touches it, so
    that the network for single digits is not to be trusted.
    """

    run: Run
    cost: float
    answer: Answer | None

    def character(self, kind: int) -> float:
        """Return the cost of its being that character."""
        if self.answer is None:
            return 0.0
        rare = _NO_DIGIT if kind == NONE else 0.0
        return rare - math.log(max(float(self.answer[kind]), _LEAST))


class Lattice:
    """Hypotheses of one line. Asks for images to be read, twice, and then knows the digits."""

    def __init__(self, line: list[Piece], height: float, whole: dict[Piece, Answer]) -> None:
        self._height = height
        parts = []
        for piece in line:
            cut = _cut(piece, height) if self._suspect(piece, whole[piece]) else [piece]
            parts += [(part, piece, len(cut)) for part in cut]
        parts.sort(key=lambda part: part[0].box[0] + part[0].box[2])
        self._pieces = [part for part, _, _ in parts]
        self._all = Counter(part.component for part in self._pieces)
        self._read: dict[Run, Answer] = {}
        for i, (_, piece, count) in enumerate(parts):
            if [other for _, other, _ in parts[i : i + count]] == [piece] * count:
                self._read[i, i + count] = whole[piece]
        self._runs = [
            run
            for i in range(len(parts))
            for run in ((i, j) for j in range(i + 1, min(i + _RUN, len(parts)) + 1))
            if run in self._read or run[1] == i + 1 or self._possible(*run)
        ]
        self._runs += [run for run in self._read if run[1] - run[0] > _RUN]
        self._unread = [r for r in self._runs if r not in self._read and self._is_whole(*r)]
        self._blocks = list(self._parted())

    def images(self) -> list[Float32Array]:
        """What the network for single digits has still to read, (28, 28) each."""
        return [normalise_ink(self._ink(*run)) for run in self._unread]

    def strings(self, answers: Iterator[Answer]) -> list[Float32Array]:
        """Take the answers to `images`; return what is to be read as strings, (28, W) each."""
        self._read |= {run: next(answers) for run in self._unread}
        return [
            normalise_string(self._ink(*block)) for block in self._blocks if self._unsure(block)
        ]

    def best(self, answers: Iterator[Float32Array]) -> list[Segment]:
        """Take the answers to `strings` and find the digits, left to right."""
        segments: list[Segment] = []
        for block in self._blocks:
            if self._unsure(block):
                segments += self._string(block, next(answers))
            else:
                segments.append(self._segment(block, self._read[block]))
        return segments

    # --- hypotheses -----------------------------------------------------------------------------

    def _suspect(self, piece: Piece, answer: Answer) -> bool:
        width = piece.ink.shape[1] / self._height
        if not _NARROW < width < _RULE or self._height < _LOWEST_CUT:
            return False
        return width > _WIDE or float(answer[:NONE].max()) < _SURE

    def _is_whole(self, start: int, stop: int) -> bool:
        """Whether no ink of a run hangs together with ink outside it."""
        held = Counter(piece.component for piece in self._pieces[start:stop])
        return all(self._all[component] == count for component, count in held.items())

    def _parted(self) -> Iterator[Run]:
        """Part the pieces where no run reaches across: what is on one side says nothing of the
        other.
        """
        start = reach = 0
        for stop in range(1, len(self._pieces) + 1):
            reach = max([reach, *(end for begin, end in self._runs if begin == stop - 1)])
            if reach <= stop:
                yield start, stop
                start = stop

    def _unsure(self, block: Run) -> bool:
        """Whether the network for single digits does not settle what a block is."""
        # One piece may be no hypothesis of the other network's: what seams left of ink whose other
        # parts lie beyond a piece that is none of it.
        if block[1] - block[0] > 1 or block not in self._read:
            return True
        width = self._pieces[block[0]].ink.shape[1] / self._height
        sure = float(self._read[block][:NONE].max()) >= _SURE
        return width < _RULE and (width > _WIDE or not sure)

    def _box(self, start: int, stop: int) -> Box:
        boxes = np.array([piece.box for piece in self._pieces[start:stop]])
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        return left, top, right, bottom

    def _gap(self, start: int, stop: int) -> float:
        """Widest white gap between pieces of a run that no seam parted."""
        widest, right = 0, self._pieces[start].box[2]
        for before, piece in zip(
            self._pieces[start : stop - 1], self._pieces[start + 1 : stop], strict=True
        ):
            if piece.component != before.component:
                widest = max(widest, piece.left - right)
            right = max(right, piece.box[2])
        return widest / self._height

    def _possible(self, start: int, stop: int) -> bool:
        left, _, right, _ = self._box(start, stop)
        return right - left < _WIDEST * self._height and self._gap(start, stop) < _APART

    def _ink(self, start: int, stop: int) -> Float32Array:
        left, top, right, bottom = self._box(start, stop)
        ink = np.zeros((bottom - top, right - left), np.float32)
        for piece in self._pieces[start:stop]:
            x, y = piece.left - left, piece.top - top
            height, width = piece.ink.shape
            place = ink[y : y + height, x : x + width]
            np.maximum(place, piece.ink, out=place)  # pieces share ink along seams
        return ink

    def _hypothesis(self, run: Run) -> _Hypothesis:
        left, top, right, bottom = self._box(*run)
        width, height = (right - left) / self._height, (bottom - top) / self._height
        cost = _EACH + _TOO_WIDE * max(0.0, width - 0.67) + _TOO_LOW * max(0.0, 0.86 - height)
        cost += _GAP * self._gap(*run) + self._pieces[run[0]].cut
        return _Hypothesis(run, cost, self._read.get(run))

    def _segment(self, run: Run, answer: Answer) -> Segment:
        return Segment(self._box(*run), normalise_ink(self._ink(*run)), answer)

    # --- the best path --------------------------------------------------------------------------

    def _string(self, block: Run, log_probabilities: Float32Array) -> list[Segment]:
        """Choose among the likely texts of a block the one that costs least, and its path."""
        inside = [run for run in self._runs if block[0] <= run[0] and run[1] <= block[1]]
        hypotheses = [self._hypothesis(run) for run in sorted(inside)]
        texts = likeliest(log_probabilities, _TEXTS) + _alone(hypotheses, block)
        texts = list(dict.fromkeys(texts))
        paths = [_path(hypotheses, block, text) for text in texts]
        string = costs(log_probabilities, texts) if texts else []
        totals = [
            path[0] + _STRING * min(cost, _STRING_MOST)
            for path, cost in zip(paths, string, strict=True)
        ]
        if not totals or min(totals) == math.inf:
            # Fewer pieces than any text has characters: it is nothing that can be read.
            nothing = np.full(len(CHARACTERS), 1e-9)
            nothing[NONE] = 1 - 1e-8
            return [self._segment(block, self._read.get(block, nothing))]
        best = int(np.argmin(totals))
        text, path = texts[best], paths[best][1]
        others = [
            text[:i] + other + text[i + 1 :] for i in range(len(text)) for other in CHARACTERS
        ]
        spent = np.array(costs(log_probabilities, others)).reshape(len(text), -1)
        spent = np.minimum(spent - string[best], _IMPOSSIBLE)
        return [
            self._segment(one.run, _judged(one.answer, string_costs))
            for one, string_costs in zip(path, spent, strict=True)
        ]


def _judged(answer: Answer | None, string_costs: Answer) -> Answer:
    """Probabilities of the characters at one place of a string, (11,).

    string_costs: (11,) of the string with each of them there, beside that of the string chosen.
    """
    if answer is None:
        likely: Answer = np.exp(-string_costs)
        likely /= likely.sum()
        return likely
    # Whether ink that stands free is a digit at all is for the network for single digits to say.
    digits = answer[:NONE] * np.exp(-_STRING * np.minimum(string_costs[:NONE], _STRING_MOST))
    digits *= answer[:NONE].sum() / max(float(digits.sum()), 1e-300)
    return np.append(digits, answer[NONE])


def _alone(hypotheses: Sequence[_Hypothesis], block: Run) -> list[str]:
    """Return the texts that cost least by the network for single digits alone."""
    beams: dict[int, list[tuple[float, str]]] = {block[0]: [(0.0, "")]}
    for stop in range(block[0] + 1, block[1] + 1):
        found: dict[str, float] = {}
        for one in hypotheses:
            if one.run[1] != stop or one.answer is None or one.run[0] not in beams:
                continue
            for kind in np.argsort(-one.answer[:NONE], kind="stable")[:_DIGITS].tolist():
                cost = one.cost + one.character(kind)
                for before, text in beams[one.run[0]]:
                    longer = text + CHARACTERS[kind]
                    found[longer] = min(found.get(longer, math.inf), before + cost)
        if found:
            ranked = sorted((cost, text) for text, cost in found.items())
            beams[stop] = ranked[:_TEXTS]
    return [text for _, text in beams.get(block[1], [])]


def _path(
    hypotheses: Sequence[_Hypothesis], block: Run, text: str
) -> tuple[float, list[_Hypothesis]]:
    """Return the path over a block that spells a text and costs least; infinity without one.

    Hypotheses are in the order of their runs.
    """
    kinds = [CHARACTERS.index(character) for character in text]
    least = np.full((block[1] + 1, len(text) + 1), math.inf)
    least[block[0], 0] = 0.0
    before: dict[tuple[int, int], _Hypothesis] = {}
    for one in hypotheses:
        start, stop = one.run
        for i, kind in enumerate(kinds):
            if least[start, i] == math.inf:
                continue
            cost = least[start, i] + one.cost + one.character(kind)
            if cost < least[stop, i + 1]:
                least[stop, i + 1] = cost
                before[stop, i + 1] = one
    path: list[_Hypothesis] = []
    place = (block[1], len(text))
    while place in before:
        path.append(before[place])
        place = (before[place].run[0], place[1] - 1)
    return float(least[block[1], len(text)]), path[::-1]


# --- seams --------------------------------------------------------------------------------------


def _cut(piece: Piece, height: float) -> list[Piece]:
    """Cut a piece along seams from top to bottom that cross little ink."""
    rows, columns = piece.ink.shape
    factor = max(1, round(height / _SEAM_ROWS))
    paths, crossed_ink = seams(reduced(piece.ink, factor), height / factor)
    costs = _CUT + _CROSSING * crossed_ink
    if len(paths) == 0:
        return [piece]
    edges = np.repeat(paths, factor, axis=1)[:, :rows] * factor  # (seams, rows)
    least = _SLIVER * height * height
    place = np.arange(columns)
    ink, out, cut = piece.ink, [], 0.0
    shared = round(_SHARED_INK * height)
    for edge, cost in zip(edges, costs.tolist(), strict=True):
        crossed = piece.ink[np.arange(rows), np.minimum(edge, columns - 1)] > 0.5
        reach = np.where(crossed, shared, 0)
        before = np.where(place < (edge + reach)[:, None], ink, np.float32(0))
        after = np.where(place >= (edge - reach)[:, None], ink, np.float32(0))
        if before.sum() < least or after.sum() < least:
            continue
        out.append(_trimmed(before, piece, cut))
        ink, cut = after, cost
    return [*out, _trimmed(ink, piece, cut)]


def _trimmed(part: Float32Array, piece: Piece, cut: float) -> Piece:
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    ink = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Piece(piece.left + int(columns[0]), piece.top + int(rows[0]), ink, piece.component, cut)
