"""From the ink of a page to its lines and digits: the stages in their order.

    ink ─ find_pieces ─ join_parts ─ cut_tall_pieces ─ group_into_lines ─┬─ build_graph ─ best_path
                                                                         └─ find_marks
                                                                            find_touching_marks

Three networks are asked in between, each about all lines of the page at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.recognition.best_path import Segment, best_path
from digitrec.recognition.broken_digits import join_parts, possible_parts
from digitrec.recognition.ink_pieces import (
    Piece,
    find_pieces,
    joined_image,
    typical_height,
)
from digitrec.recognition.line_segmentation import (
    group_into_lines,
    hanging_pieces,
    without_specks,
)
from digitrec.recognition.marks.faint_bridges import with_faint_parts
from digitrec.recognition.marks.line_marks import FoundMark, ReadMarks, find_marks
from digitrec.recognition.marks.touching_marks import MarkedLine, find_touching_marks
from digitrec.recognition.segmentation_graph import (
    Answers,
    ClassProbabilities,
    ReadDigits,
    build_graph,
)
from digitrec.recognition.touching_lines import cut_tall_pieces, find_tall_pieces

__all__ = ["InkLine", "segment_page"]

ReadStrings = Callable[[Sequence[Float32Array]], Sequence[Float32Array]]
"""Reads images (28, W) made by `normalise_string`, and returns log-probabilities (columns, classes)
for each; the classes are those of a `digitrec.models.network.StringNetwork`.
"""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, eq=False)
class InkLine:
    """What the ink of a line is taken for.

    Attributes:
        segments: Ink that is taken for digits, or for nothing, from left to right.
        marks: Ink that is taken for marks between them, from left to right.
    """

    segments: list[Segment]
    marks: list[FoundMark]


def segment_page(
    ink: Float32Array, read_digits: ReadDigits, read_strings: ReadStrings, read_marks: ReadMarks
) -> list[InkLine]:
    """Split ink into lines, from top to bottom, and lines into digits and marks.

    Args:
        ink: Shape (H, W), in [0, 1], as `digitrec.imaging.find_ink.page_ink` finds it.
        read_digits: The network for single digits; it is called four times at most.
        read_strings: The network for strings; it is called once at most.
        read_marks: The network for marks; it is called twice at most.

    Returns:
        The lines. All ink but specks is in one of their segments or marks.
    """

    pieces, specks = find_pieces(ink)
    if not pieces:
        return []
    read = _read_pieces(with_faint_parts(pieces), read_digits)
    marked, answers = _take_marks(read, specks, read_digits, read_marks)
    graphs = [build_graph(line, typical_height(line), answers, read.of_sets) for line, _ in marked]
    of_graphs = _read_at_once(_stacking(read_digits), [graph.images() for graph in graphs])
    answered = [graph.with_answers(some) for graph, some in zip(graphs, of_graphs, strict=True)]
    strings = _read_at_once(read_strings, [graph.strings() for graph in answered])
    return [
        InkLine(best_path(graph, some), marks)
        for graph, some, (_, marks) in zip(answered, strings, marked, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _ReadPieces:
    """The pieces of a page, broken ones joined and tall ones cut, as single digits.

    Attributes:
        pieces: The pieces.
        answers: What the network for single digits reads in each, and in its faint parts.
        of_sets: What it reads in sets of pieces that may be the parts of one digit.
    """

    pieces: list[Piece]
    answers: Answers
    of_sets: Mapping[frozenset[Piece], ClassProbabilities]


def _read_pieces(pieces: list[Piece], read_digits: ReadDigits) -> _ReadPieces:
    """Join and cut connected components as they read best, with two calls of the network."""
    read = _stacking(read_digits)
    answers = dict(zip(pieces, read([piece.image for piece in pieces]), strict=True))
    faint = [part for piece in pieces for part in piece.parts]
    tall = find_tall_pieces(pieces, answers)
    candidates = possible_parts(pieces, answers)
    of_tall, of_candidates, of_faint = _read_at_once(
        read,
        [
            [part.image for one in tall for part in one.parts.values()],
            [joined_image(parts) for parts in candidates],
            [part.image for part in faint],
        ],
    )
    answers |= zip(faint, of_faint, strict=True)
    pieces, answers = join_parts(pieces, answers, candidates, of_candidates)
    pieces, answers = cut_tall_pieces(pieces, answers, tall, of_tall)
    of_sets = dict(zip(map(frozenset, candidates), of_candidates, strict=True))
    return _ReadPieces(pieces, answers, of_sets)


def _take_marks(
    read: _ReadPieces, specks: Sequence[Piece], read_digits: ReadDigits, read_marks: ReadMarks
) -> tuple[list[MarkedLine], Answers]:
    """Group pieces into lines, and take the marks out of these.

    Returns:
        The lines, and what the network for single digits reads in each of their pieces.
    """
    lines = without_specks(group_into_lines(read.pieces))
    on_lines = {piece for line in lines for piece in line}
    specks = [*specks, *(piece for piece in read.pieces if piece not in on_lines)]
    hanging = hanging_pieces(lines)
    marked = find_marks(lines, specks, read.answers, read_marks, hanging)
    of_marks = {piece for _, marks in marked for mark in marks for piece in mark.pieces}
    lines, marked = _without_lines(lines, marked, of_marks.intersection(hanging))
    heights = [typical_height(line) for line in lines]
    marked, of_rests = find_touching_marks(marked, heights, read.answers, read_digits, read_marks)
    return marked, {**read.answers, **of_rests}


def _without_lines(
    lines: list[list[Piece]], marked: list[MarkedLine], gone: AbstractSet[Piece]
) -> tuple[list[list[Piece]], list[MarkedLine]]:
    """Leave out the lines of a single piece that turned out to be of a mark of another line."""
    kept = [number for number, line in enumerate(lines) if gone.isdisjoint(line)]
    return [lines[number] for number in kept], [marked[number] for number in kept]


def _stacking(
    read: ReadDigits,
) -> Callable[[Sequence[Float32Array]], Sequence[ClassProbabilities]]:
    """Return what reads images (28, 28) that are not stacked yet."""
    return lambda images: read(np.stack(images))


def _read_at_once(
    read: Callable[[list[Float32Array]], Sequence[_Answer]],
    groups: Sequence[Sequence[Float32Array]],
) -> list[list[_Answer]]:
    """Read groups of images, such as those of each line, with one call; return their answers."""
    images = [image for group in groups for image in group]
    answers = iter(read(images) if images else [])
    return [list(islice(answers, len(group))) for group in groups]
