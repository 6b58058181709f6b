"""The segmentation graph of a line: which runs of neighbouring pieces may be one digit.

Where a handwritten digit ends is not known before it is read: digits touch, overlap and fall apart.
So ink that may be several digits is cut wherever they may touch, and each run of neighbouring
pieces is a hypothesis: an edge of the graph, from its first piece to the one after its last. A path
along such edges is a reading of the line, and `digitrec.recognition.best_path` finds the best one
(LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition",
section VII).

Two networks are asked while the graph is made, each about many lines at once. So there are three
steps, and each returns an object that does not change:

    build_graph(line, …)        SegmentationGraph; its images() are for the network for digits
    .with_answers(answers)      AnsweredGraph; its strings() are for the network for strings
    best_path(…, answers)       the digits
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from digitrec.arrays import Float32Array, Float64Array
from digitrec.imaging.normalise import normalise_string
from digitrec.models.ctc import NOT_A_DIGIT
from digitrec.recognition.ink_pieces import (
    Piece,
    bounding_box,
    joined_image,
    joined_ink,
    shares_columns,
    widest_gap,
)

__all__ = [
    "LOOKS_LIKE_DIGIT",
    "WIDE",
    "AnsweredGraph",
    "Answers",
    "ClassProbabilities",
    "ReadDigits",
    "Run",
    "best_digit_probability",
    "build_graph",
    "digit_cost",
    "is_sure_digit",
    "looks_like_digit",
    "may_be_several",
]

ClassProbabilities = Float64Array
"""Shape (11,): of each digit and, last, of "not a digit"; they sum to 1."""
ReadDigits = Callable[[Float32Array], Sequence[ClassProbabilities]]
"""Reads images (N, 28, 28) made by `normalise_ink`, and returns probabilities (11,) for each."""
Answers = Mapping[Piece, ClassProbabilities]
"""What the network for single digits reads in each piece."""
Run = tuple[int, int]
"""Neighbouring pieces: index of the first, and of the one after the last."""

# Lengths are fractions of the height of the line's digits, unless another unit is given.
WIDE = 1.05  # wider ink is always cut
_NARROW = 0.4  # narrower ink is never cut
# Ink that is wider than `_RULED_LINE` and, averaged over its columns, thinner than
# `_RULED_THICKNESS` is a ruled line, not digits.
_RULED_LINE, _RULED_THICKNESS = 12.0, 0.12
_LOWEST_CUT = 12  # pixels: lower ink is too coarse to cut
_MIN_PROBABILITY = 1e-9  # lower probabilities of a digit cost as much as this one
_SURE_DIGIT = 0.95  # ink with at least this probability of a digit is surely a digit
LOOKS_LIKE_DIGIT = 0.9  # ink with at least this one is a digit, unless a mark is even likelier
_APART = 0.16  # pieces of different components with a wider gap are not one digit
_LONGEST_RUN = 10  # pieces of a digit at most; its width bounds them too, so no digit has as many
_WIDEST = 1.5  # width of a digit
_LONGEST_BLOCK = 12.0  # a wider block is read in several parts, because time grows with its length


def best_digit_probability(answer: ClassProbabilities) -> float:
    """Return the probability of the most probable digit."""
    return float(answer[:NOT_A_DIGIT].max())


def is_sure_digit(answer: ClassProbabilities) -> bool:
    """Tell whether ink is surely a digit: it is not cut, and its height shows that of others."""
    return best_digit_probability(answer) >= _SURE_DIGIT


def looks_like_digit(answer: ClassProbabilities) -> bool:
    """Tell whether ink reads as a digit, so that it is a mark only if that is even likelier."""
    return best_digit_probability(answer) >= LOOKS_LIKE_DIGIT


def digit_cost(answer: ClassProbabilities) -> float:
    """Return what it costs to take ink for its most probable digit: -log of that probability."""
    return -math.log(max(best_digit_probability(answer), _MIN_PROBABILITY))


@dataclass(frozen=True, eq=False)
class SegmentationGraph:
    """The hypotheses of a line. Make one with `build_graph`.

    Attributes:
        pieces: From left to right, by their middles.
        height: Height of the line's digits, in pixels.
        runs: Each run of pieces that may be one digit.
        known: What was read in runs that are a whole component, or several components that were
            read together.
        unread: The other runs that the network for single digits can read. It cannot read a run
            that holds only a part of a component, because the component would be cut off.
        blocks: The pieces from left to right, divided where no run reaches across. What is read on
            one side of such a place does not depend on the other side.
    """

    pieces: tuple[Piece, ...]
    height: float
    runs: tuple[Run, ...]
    known: Mapping[Run, ClassProbabilities]
    unread: tuple[Run, ...]
    blocks: tuple[Run, ...]

    def pieces_of(self, run: Run) -> tuple[Piece, ...]:
        """Return the pieces of a run."""
        return self.pieces[run[0] : run[1]]

    def images(self) -> list[Float32Array]:
        """Return what the network for single digits has still to read, shape (28, 28) each."""
        return [joined_image(self.pieces_of(run)) for run in self.unread]

    def with_answers(self, answers: Sequence[ClassProbabilities]) -> AnsweredGraph:
        """Return the graph that knows the answers to `images`, which come in the same order."""
        read = {**self.known, **dict(zip(self.unread, answers, strict=True))}
        return AnsweredGraph(
            self, read, tuple(block for block in self.blocks if self._is_unclear(block, read))
        )

    def _is_unclear(self, block: Run, answers: Mapping[Run, ClassProbabilities]) -> bool:
        """Tell whether the network for single digits does not settle what a block is."""
        # A single piece may lack an answer: it may be a part of a component whose other parts lie
        # beyond a piece of another component.
        if block[1] - block[0] > 1 or block not in answers:
            return True
        piece = self.pieces[block[0]]
        sure = is_sure_digit(answers[block])
        wide = piece.ink.shape[1] > WIDE * self.height
        return (wide or not sure) and not _is_ruled_line(piece, self.height)


@dataclass(frozen=True, eq=False)
class AnsweredGraph:
    """A segmentation graph, and what the network for single digits reads in its runs.

    Attributes:
        graph: The hypotheses.
        answers: What is read in each run that was.
        unclear: The blocks that the network for strings has to read, from left to right.
    """

    graph: SegmentationGraph
    answers: Mapping[Run, ClassProbabilities]
    unclear: tuple[Run, ...]

    def strings(self) -> list[Float32Array]:
        """Return what the network for strings has to read, shape (28, W) each."""
        return [normalise_string(joined_ink(self.graph.pieces_of(block))) for block in self.unclear]


def build_graph(
    line: Sequence[Piece],
    height: float,
    answers: Mapping[Piece, ClassProbabilities],
    joined_answers: Mapping[frozenset[Piece], ClassProbabilities] | None = None,
) -> SegmentationGraph:
    """Cut the pieces of a line where digits may touch, and list the runs that may be one digit.

    Args:
        line: Connected components.
        height: Height of the line's digits, in pixels.
        answers: What the network for single digits reads in each component.
        joined_answers: What it has read in sets of components, each joined to one image.
    """
    parts: list[tuple[Piece, Piece, int]] = []  # with the component, and how many parts it has
    for component in line:
        cut = [component]
        if may_be_several(component, answers[component], height):
            cut = component.cut_along_seams(height)
        parts += [(part, component, len(cut)) for part in cut]
    parts.sort(key=lambda part: part[0].box[0] + part[0].box[2])
    pieces = tuple(part for part, _, _ in parts)
    known: dict[Run, ClassProbabilities] = {}
    for i, (_, component, count) in enumerate(parts):
        if [other for _, other, _ in parts[i : i + count]] == [component] * count:
            known[i, i + count] = answers[component]
    runs = [
        (start, stop)
        for start in range(len(pieces))
        for stop in range(start + 1, min(start + _LONGEST_RUN, len(pieces)) + 1)
        if (start, stop) in known
        or stop == start + 1
        or (
            _may_be_one_digit(pieces[start:stop], height)
            and not _holds_raised_digit(pieces[start:stop], answers, height)
        )
    ]
    runs += [run for run in known if run[1] - run[0] > _LONGEST_RUN]
    sizes = Counter(piece.component for piece in pieces)
    blocks = [
        part
        for block in _independent_blocks(runs, len(pieces))
        for part in _divided(block, pieces, height)
    ]
    ends = [stop for _, stop in blocks]
    runs = [run for run in runs if run[1] <= ends[bisect_right(ends, run[0])]]
    within = set(runs)
    known = {run: answer for run, answer in known.items() if run in within}
    if joined_answers:
        of_sets = ((run, joined_answers.get(frozenset(pieces[slice(*run)]))) for run in runs)
        known |= {run: answer for run, answer in of_sets if answer is not None}
    unread = [run for run in runs if run not in known and _is_whole(pieces[slice(*run)], sizes)]
    return SegmentationGraph(pieces, height, tuple(runs), known, tuple(unread), tuple(blocks))


def may_be_several(component: Piece, answer: ClassProbabilities, height: float) -> bool:
    """Tell from its reading whether a component may be more than one character.

    height: Of the line's digits, in pixels.
    """
    width = component.ink.shape[1] / height
    if width <= _NARROW or height < _LOWEST_CUT or _is_ruled_line(component, height):
        return False
    return width > WIDE or not is_sure_digit(answer)


def _is_ruled_line(piece: Piece, height: float) -> bool:
    width = int(piece.ink.shape[1])
    thickness = float(piece.ink.sum()) / width
    return width > _RULED_LINE * height and thickness < _RULED_THICKNESS * height


def _may_be_one_digit(pieces: Sequence[Piece], height: float) -> bool:
    left, _, right, _ = bounding_box(pieces)
    return right - left < _WIDEST * height and widest_gap(pieces) / height < _APART


def _holds_raised_digit(pieces: Sequence[Piece], answers: Answers, height: float) -> bool:
    """Tell whether a run has two sure digits side by side, one of them small: raised cents."""
    sure = [piece for piece in pieces if piece in answers and is_sure_digit(answers[piece])]
    return any(
        not (one.is_tall(height) and other.is_tall(height)) and not shares_columns(one, other)
        for one, other in combinations(sure, 2)
    )


def _is_whole(pieces: Sequence[Piece], sizes: Mapping[int, int]) -> bool:
    """Tell whether pieces have all parts of their components; sizes: how many each has."""
    held = Counter(piece.component for piece in pieces)
    return all(sizes[component] == count for component, count in held.items())


def _independent_blocks(runs: Sequence[Run], count: int) -> list[Run]:
    """Divide a number of pieces where no run reaches across."""
    reached = list(range(1, count + 1))  # by the runs that begin at each piece
    for start, stop in runs:
        reached[start] = max(reached[start], stop)
    blocks = []
    start = reach = 0
    for stop in range(1, count + 1):
        reach = max(reach, reached[stop - 1])
        if reach <= stop:
            blocks.append((start, stop))
            start = stop
    return blocks


def _divided(block: Run, pieces: Sequence[Piece], height: float) -> list[Run]:
    """Divide a block that is too wide in two where that costs least, and again."""
    todo, done = [block], []
    while todo:
        start, stop = todo.pop()
        left, _, right, _ = bounding_box(pieces[start:stop])
        if right - left <= _LONGEST_BLOCK * height or stop - start == 1:
            done.append((start, stop))
            continue
        low, high = left + (right - left) / 4, right - (right - left) / 4
        inner = [i for i in range(start + 1, stop) if low < pieces[i].left < high]
        # The widest gap is the best place, and the cheapest cut where there is no gap.
        best = max(
            inner or range(start + 1, stop),
            key=lambda i: (_gap_before(i, pieces), -pieces[i].cut_cost),
        )
        todo += [(best, stop), (start, best)]
    return done


def _gap_before(i: int, pieces: Sequence[Piece]) -> int:
    """Return how far a piece is from the one before it in pixels; 0 where they overlap."""
    return max(0, pieces[i].left - pieces[i - 1].box[2])
