"""Reading all digits of a page, and the marks between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.special import expit, logit

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.imaging.find_ink import (
    PageInk,
    finer_page_ink,
    page_ink,
    page_inks_by_colour,
    paper_pixels,
    without_print,
)
from digitrec.imaging.normalise import normalise
from digitrec.imaging.pixels import CheckedPicture, Picture, size_of
from digitrec.imaging.tiny_pictures import enlarge_tiny_page
from digitrec.imaging.white_noise import is_white_noise
from digitrec.recognition.best_path import Segment
from digitrec.recognition.blank_pictures import why_blank
from digitrec.recognition.ink_pieces import enclosing_box, find_pieces, typical_height
from digitrec.recognition.marks.line_marks import FoundMark
from digitrec.recognition.marks.mark_reader import MarkReader
from digitrec.recognition.marks.wide_spaces import spaces_between_form_boxes, wide_spaces
from digitrec.recognition.pages.hatching import without_hatching
from digitrec.recognition.pages.legibility import (
    are_sure_digits,
    illegible,
    is_mostly_legible,
    without_words,
)
from digitrec.recognition.pages.page_segmentation import InkLine, segment_page
from digitrec.recognition.pages.second_reading import (
    ReadLine,
    better_lines,
    clear_lines,
    is_unclear,
    unsure_part,
)
from digitrec.recognition.pages.small_print import small_print
from digitrec.recognition.pages.strong_ink import strong_page_ink
from digitrec.recognition.pages.turned_pages import (
    is_better_turned,
    likely_turns,
    turn_page,
    turn_picture,
)
from digitrec.recognition.results import Box, Mark, Page, Prediction
from digitrec.recognition.segmentation_graph import is_sure_digit
from digitrec.recognition.single_digits.digit_reader import DigitReader
from digitrec.recognition.single_digits.second_look import SURE_AT_ONCE, look_again
from digitrec.recognition.string_reader import StringReader
from digitrec.storage.loaded_once import LoadedOnce

if TYPE_CHECKING:
    import torch

__all__ = ["PageReader"]

# Ink of a page that becomes a digit only at a second look has to be at least this sure.
SURE_OF_ONE = 0.5
# The odds that ink is a digit are this many times higher if most other ink of its line is digits
# than if it is alone in a picture.
ODDS_BESIDE_DIGITS = 2
# If the network for single digits is not sure of such ink, the network for strings has a say, too.
# For digits, the log odds of the latter are about `USUAL_STRING_LOG_ODDS`. Their difference from
# that, at most `MAX_ABOVE_USUAL`, times `STRING_WEIGHT` is added to the log odds of the former. The
# weight is low because the two networks err alike. It was tuned on numbers beside letters and signs
# by the validation writers, and then halved because of pale ink, with test writers in view.
USUAL_STRING_LOG_ODDS, STRING_WEIGHT, MAX_ABOVE_USUAL = 4.5, 0.25, 1.0
LEGIBLE = 24  # pixels: if the digits of a reduced page are lower, it is reduced less
FINEST = 4096 * 4096  # pixels of a page that is reduced less, at most


class PageReader:
    """Reads pages with a network for single digits, and those for strings and for marks that ship.

    The latter two are loaded when they are first needed.
    """

    def __init__(
        self, digits: DigitReader, rejection_threshold: float, device: torch.device | str = "cpu"
    ) -> None:
        """Make a reader.

        Args:
            digits: Reads single digits.
            rejection_threshold: What is alone and has a lower digit probability is rejected.
            device: Where the networks for strings and for marks run.
        """
        self._digits, self._threshold = digits, rejection_threshold
        self._strings = LoadedOnce(lambda: StringReader.load(device=device))
        self._marks = LoadedOnce(lambda: MarkReader.load(device=device))

    def read(self, pixels: CheckedPicture, *, digits_only: bool = False) -> Page:
        """Read a picture as `digitrec.recognition.recognizer.Recognizer.read` does.

        Args:
            pixels: The picture.
            digits_only: Leave out marks and wide spaces.
        """
        page = self._read_as_it_lies(pixels, digits_only)
        for degrees in likely_turns(page, self._digits.recognize):
            upright = turn_picture(pixels, 360 - degrees)
            # Not by colour: what a colour leaves out would make a wrong turn look legible.
            turned = self._read_as_it_lies(upright, digits_only, by_colour=False)
            if is_better_turned(turned, page):
                return turn_page(turned, size_of(upright), degrees)
        return page

    def _read_as_it_lies(
        self, pixels: CheckedPicture, digits_only: bool, *, by_colour: bool = True
    ) -> Page:
        found = _legible_ink(pixels)
        enlarged, factor = enlarge_tiny_page(pixels, found.ink)
        if factor > 1:
            found = page_ink(enlarged)._replace(enlarged=factor)
        read_lines = self._read_ink(found, enlarged)
        if factor == 1:
            read_lines = self._read_again(read_lines, found, pixels, by_colour)
        if by_colour and not is_mostly_legible([line.digits for line in read_lines]):
            read_lines = self._legible_by_colour(read_lines, found, enlarged)
        lines, read = [line.ink for line in read_lines], [line.digits for line in read_lines]
        if _lies_in_noise(read, pixels):
            return Page(())
        if not is_mostly_legible(read):
            return Page(tuple(illegible(line) for line in read))
        read = [without_words(line) for line in read]
        read = _without_small_print(read, lines, found, enlarged)
        alone = sum(map(len, read)) <= 1 or _is_connected(lines)
        if alone and not any(line.marks for line in lines):
            return self._surest_of_one(read, pixels)
        if digits_only:
            return Page(tuple(read))
        marks = [
            _marks_of(digits, [_in_picture(mark, found) for mark in line.marks], pixels)
            for digits, line in zip(read, lines, strict=True)
        ]
        return Page(tuple(read), tuple(marks))

    def _read_ink(self, found: PageInk, pixels: CheckedPicture) -> list[ReadLine]:
        """Find the lines of the ink of a page, and read each."""
        lines = segment_page(
            found.ink, self._digits.class_probabilities, self._read_strings, self.read_marks
        )
        read = [ReadLine(line, self._decide_line(line.segments, found)) for line in lines]
        return _without_hatching(read, found, pixels)

    def _read_again(
        self,
        lines: list[ReadLine],
        found: PageInk,
        pixels: CheckedPicture,
        by_colour: bool,
    ) -> list[ReadLine]:
        """Read a page again, where what was read is not sure."""
        # Some of the ink may be print, which keeps a digit beside it from being read.
        parts = [line.box for line in lines if any(one.digit is None for one in line.digits)]
        rest = without_print(pixels, found, parts) if parts else None
        if rest is not None:
            again = self._read_ink(rest, pixels)
            has_digit = any(one.digit is not None for line in again for one in line.digits)
            return again if has_digit else lines
        # A single digit is looked at again as `recognize` does.
        several = sum(len(line.digits) for line in lines) > 1
        part = unsure_part(lines) if several else None
        finer = None if part is None else finer_page_ink(pixels, found, part)
        if finer is not None:
            lines = better_lines(lines, self._read_ink(finer, pixels))
        # What is pale may have been taken for ink, and kept digits from being read, or found.
        strong = strong_page_ink(pixels, found) if is_unclear(lines) else None
        if strong is not None:
            again = clear_lines(self._read_ink(strong, pixels))
            if sum(len(line.digits) for line in again) > 1:
                lines = better_lines(lines, again, of_all_ink=False)
        part = unsure_part(lines) if several else None
        # A stamp, or a line of another colour, may touch digits.
        for one in page_inks_by_colour(pixels, found, part) if by_colour and part else ():
            lines = better_lines(lines, self._read_ink(one, pixels), of_all_ink=False)
        return lines

    def _legible_by_colour(
        self, lines: list[ReadLine], found: PageInk, pixels: CheckedPicture
    ) -> list[ReadLine]:
        """Read the ink of one colour alone if it is digits, as marks among words of another."""
        everything = 0, 0, found.ink.shape[1], found.ink.shape[0]
        for one in page_inks_by_colour(pixels, found, everything):
            of_colour = self._read_ink(one, pixels)
            if are_sure_digits([digit for line in of_colour for digit in line.digits]):
                return of_colour
        return lines

    def _surest_of_one(self, read: list[tuple[Prediction, ...]], pixels: CheckedPicture) -> Page:
        """Read a picture with one digit at most as `recognize` does, where that is surer.

        read: what was read, of ink that is connected if it is more than one digit.
        """
        found = [one for line in read for one in line]
        sureness = [one.sureness if one.digit is not None else 0.0 for one in found]
        at_once = min(sureness, default=0.0)
        if at_once < SURE_AT_ONCE:
            first = self._digits.recognize(normalise(pixels)[None])[0]
            digit = look_again(pixels, first, self._digits.recognize)
            least = SURE_OF_ONE if first.digit is None else 0.0
            if digit.digit is not None and digit.sureness > max(at_once, least):
                return Page(((replace(digit, box=_box_of(found, pixels)),),))
        rejection = None if read else why_blank(pixels, many_digits=True)
        return Page(tuple(read), ((),) * len(read), rejection)

    def _read_strings(self, images: Sequence[Float32Array]) -> Sequence[Float32Array]:
        return self._strings().read(images)

    def read_marks(self, windows: Uint8Array) -> Float64Array:
        """Read windows with the network for marks, as `MarkReader.read` does."""
        return self._marks().read(windows)

    def _decide_line(self, line: list[Segment], page: PageInk) -> tuple[Prediction, ...]:
        """Make predictions of segments, with a lower threshold if most others are digits.

        The network for strings has a say where such a segment is doubtful. It has none where ink is
        alone, so that a single digit reads as `recognize` reads it.
        """
        alone = self._threshold
        # By Bayes' rule: the threshold that amounts to ``alone`` where the odds of a digit are
        # `ODDS_BESIDE_DIGITS` times higher.
        beside = alone / (alone + ODDS_BESIDE_DIGITS * (1 - alone))
        digit_probabilities = [
            max(float(segment.probabilities[:-1].sum()), 1e-300) for segment in line
        ]
        digits = sum(probability >= alone for probability in digit_probabilities)
        predictions = []
        for segment, probability in zip(line, digit_probabilities, strict=True):
            others = digits - (probability >= alone)
            is_beside = 2 * others > len(line) - 1
            digit_given_any = segment.probabilities[:-1] / probability
            prediction = Prediction.decided(
                digit_given_any,
                _by_both_networks(segment, probability) if is_beside else probability,
                segment.image,
                beside if is_beside else alone,
            )
            predictions.append(replace(prediction, box=page.in_picture(segment.box)))
        return tuple(predictions)


def _by_both_networks(segment: Segment, digit_probability: float) -> float:
    """Return how likely a segment is any digit by the networks for single digits and for strings.

    digit_probability: by the one for single digits; where that is sure, the other is not asked.
    """
    log_odds = segment.string_log_odds
    if log_odds is None or is_sure_digit(segment.probabilities):
        return digit_probability
    above_usual = min(log_odds - USUAL_STRING_LOG_ODDS, MAX_ABOVE_USUAL)
    return float(expit(logit(digit_probability) + STRING_WEIGHT * above_usual))


def _is_connected(lines: Sequence[InkLine]) -> bool:
    """Return whether all ink that may be digits is one connected component."""
    segments = [segment for line in lines for segment in line.segments]
    return len(frozenset[int]().union(*(segment.components for segment in segments))) == 1


def _box_of(found: Sequence[Prediction], pixels: CheckedPicture) -> Box:
    """Return the box of all that was found; else that of the whole picture."""
    boxes = [one.box for one in found if one.box]
    if boxes:
        return enclosing_box(boxes)
    return 0, 0, *size_of(pixels)


def _in_picture(mark: FoundMark, page: PageInk) -> Mark:
    return Mark(mark.text, mark.confidence, page.in_picture(mark.box), 0)


def _marks_of(
    line: tuple[Prediction, ...], marks: list[Mark], picture: CheckedPicture
) -> tuple[Mark, ...]:
    """Return the marks of a line, each in its place among the digits, and its wide spaces."""
    placed: list[tuple[Box, Mark | None]] = [(one.box, None) for one in line if one.box]
    placed += [(mark.box, mark) for mark in marks]
    placed.sort(key=lambda one: one[0][0] + one[0][2])
    on_line = [box for box, _ in placed]
    wide = wide_spaces(on_line, [mark is not None for _, mark in placed])
    in_form = spaces_between_form_boxes(picture, on_line, wide)
    spaces = {one.before: one for one in wide if one not in in_form}
    found, digits = [], 0
    for number, (_, mark) in enumerate(placed):
        if number in spaces:
            space = spaces[number]
            found.append(Mark(" ", space.confidence, space.box, digits))
        if mark is None:
            digits += 1
        else:
            found.append(replace(mark, place=digits))
    return tuple(found)


def _without_hatching(
    lines: list[ReadLine], found: PageInk, pixels: CheckedPicture
) -> list[ReadLine]:
    """Leave out lines of hatching on paper; who draws such lines on a plain background means 1s."""
    rest = [without_hatching(line) for line in lines]
    is_same = all(one is other for one, other in zip(rest, lines, strict=True))
    if is_same or paper_pixels(pixels, found) is None:
        return lines
    return [line for line in rest if line.digits or line.ink.marks]


def _lies_in_noise(lines: list[tuple[Prediction, ...]], picture: CheckedPicture) -> bool:
    """Return whether what was read lies in random noise."""
    boxes = [prediction.box for line in lines for prediction in line if prediction.box]
    if not boxes:
        return False
    whole = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    return is_white_noise(whole.crop(enclosing_box(boxes)))


def _without_small_print(
    read: list[tuple[Prediction, ...]],
    lines: Sequence[InkLine],
    found: PageInk,
    picture: CheckedPicture,
) -> list[tuple[Prediction, ...]]:
    """Reject the digits of print on paper that is smaller than the other digits of a page.

    read: what was read in each segment of the lines. found: the ink of the picture.
    """
    boxes = [segment.box for line in lines for segment in line.segments]
    is_digit = [one.digit is not None for line in read for one in line]
    printed = small_print(boxes, is_digit, found, picture)
    if not printed.any():
        return read
    of_lines = np.split(printed, np.cumsum([len(line) for line in read])[:-1])
    return [
        tuple(
            illegible((one,))[0] if is_printed else one
            for one, is_printed in zip(line, some.tolist(), strict=True)
        )
        for line, some in zip(read, of_lines, strict=True)
    ]


def _legible_ink(picture: Picture) -> PageInk:
    """Find the ink of a page; where digits are small in a large picture, it is reduced less."""
    page = page_ink(picture)
    if page.factor == 1 or not page.ink.any():
        return page
    pieces, _ = find_pieces(page.ink)
    height = typical_height(pieces) if pieces else 0.0
    least = math.ceil(math.sqrt(page.width * page.height / FINEST))
    factor = max(int(page.factor * height / LEGIBLE), least)
    return page_ink(picture, factor) if factor < page.factor else page
