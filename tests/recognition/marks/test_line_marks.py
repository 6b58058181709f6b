from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.models.marks import MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.faint_bridges import with_faint_parts
from digitrec.recognition.marks.line_marks import FoundMark, find_marks
from digitrec.recognition.segmentation_graph import Answers


def block(left: int, top: int, right: int, bottom: int, number: int = 0) -> Piece:
    return Piece(left, top, np.ones((bottom - top, right - left), np.float32), number)


def leaning(left: int, top: int, right: int, bottom: int, number: int = 0) -> Piece:
    """A stroke from the left lower to the right upper corner."""
    height, width = bottom - top, right - left
    ink = np.zeros((height, width), np.float32)
    for row, middle in enumerate(np.linspace(width - 2, 1, height)):
        ink[row, max(0, round(middle) - 1) : round(middle) + 2] = 1
    return Piece(left, top, ink, number)


DIGITS = [block(40 * k, 10, 40 * k + 24, 50, k) for k in range(4)]
SLASH = leaning(26, 8, 38, 52, 9)
POINT, HIGH, BESIDE = block(30, 46, 34, 50), block(30, 2, 34, 6), block(400, 46, 404, 50)


def narrow(mark: str, sure: float = 0.95) -> Callable[[Uint8Array], Float64Array]:
    """Take everything narrow for a mark, and nothing else."""

    def read(windows: Uint8Array) -> Float64Array:
        answers = np.zeros((len(windows), NO_MARK + 1))
        for answer, window in zip(answers, windows, strict=True):
            is_narrow = np.count_nonzero((window > 150).any(axis=0)) < 6
            answer[MARKS.index(mark)] = sure if is_narrow else 1 - sure
            answer[NO_MARK] = 1 - answer[MARKS.index(mark)]
        return answers

    return read


def low(windows: Uint8Array) -> Float64Array:
    """Take everything low for a dash, and nothing else."""
    is_low = np.count_nonzero((windows > 150).any(axis=2), axis=1) < 4
    answers = np.zeros((len(windows), NO_MARK + 1))
    answers[:, MARKS.index("-")], answers[:, NO_MARK] = is_low, ~is_low
    return answers


def reads_as(probability: float, digit: int = 1) -> Answers:
    """Say of every piece that it is this digit with this probability, and none otherwise."""
    answer = np.zeros(11)
    answer[[digit, 10]] = probability, 1 - probability
    return defaultdict(lambda: answer)


def find(
    line: list[Piece], specks: list[Piece], read: Callable[[Uint8Array], Float64Array]
) -> tuple[list[Piece], list[FoundMark]]:
    ((rest, marks),) = find_marks([line], specks, reads_as(0.5), read)
    return rest, marks


def test_specks_and_pieces_of_a_line_may_be_marks_and_leave_it() -> None:
    rest, marks = find(DIGITS, [POINT], narrow("."))
    assert rest == DIGITS
    assert [(mark.text, mark.box, mark.confidence) for mark in marks] == [(".", POINT.box, 0.95)]
    rest, marks = find([*DIGITS, SLASH], [], narrow("/"))
    assert rest == DIGITS
    assert [mark.text for mark in marks] == ["/"]


def test_what_is_no_mark_stays_a_piece_or_a_speck() -> None:
    def none(windows: Uint8Array) -> Float64Array:
        return np.eye(NO_MARK + 1)[[NO_MARK] * len(windows)]

    rest, marks = find([*DIGITS, SLASH], [POINT], none)
    assert rest == [*DIGITS, SLASH]
    assert marks == []


def test_where_it_is_not_sure_which_mark_there_is_a_question_mark() -> None:
    def torn(windows: Uint8Array) -> Float64Array:
        answers = narrow(".")(windows)
        between = answers[:, 0] > 0.5
        answers[between, :2] = 0.48
        return answers

    _, (mark,) = find(DIGITS, [POINT], torn)
    assert (mark.text, mark.confidence) == ("?", 0.48)


def test_a_sure_digit_needs_a_surer_mark() -> None:
    line = [*DIGITS, SLASH]
    for digit, mark, expected in ((0.99, 0.7, []), (0.2, 0.7, ["/"]), (0.99, 0.87, ["/"])):
        ((_, marks),) = find_marks([line], [], reads_as(digit), narrow("/", mark))
        assert [one.text for one in marks] == expected


def test_beside_a_sure_mark_another_of_its_kind_may_be_less_sure() -> None:
    """Dates have two slashes, and the second may look more like a 1."""
    other = leaning(106, 8, 118, 48, 8)

    def second(mark: str, sure: float) -> Callable[[Uint8Array], Float64Array]:
        def read(windows: Uint8Array) -> Float64Array:
            answers = narrow("/")(windows)
            _, last = np.flatnonzero(answers[:, NO_MARK] < 0.5)
            answers[last] = 0
            answers[last, [MARKS.index(mark), NO_MARK]] = sure, 1 - sure
            return answers

        return read

    for mark, sure, expected in (("/", 0.6, "//"), ("/", 0.4, "/"), ("+", 0.6, "/")):
        line = [*DIGITS, SLASH, other]
        ((_, marks),) = find_marks([line], [], reads_as(0.99), second(mark, sure))
        assert "".join(one.text for one in marks) == expected


def test_what_is_surely_a_digit_unlike_marks_is_not_asked_about() -> None:
    seen: list[int] = []

    def read(windows: Uint8Array) -> Float64Array:
        seen.append(len(windows))
        return np.eye(NO_MARK + 1)[[NO_MARK] * len(windows)]

    for digits in (reads_as(0.95, digit=1), reads_as(0.95, digit=3), reads_as(0.85, digit=3)):
        assert find_marks([DIGITS], [POINT], digits, read) == [(DIGITS, [])]
    likes, unlike, unsure = seen
    assert likes == unsure == unlike + len(DIGITS)
    assert unlike > 0  # the speck may still be a mark


def test_an_upright_stroke_that_reads_as_a_digit_is_no_slash() -> None:
    upright = block(84, 8, 92, 52, 9)
    for stroke, expected in ((upright, []), (SLASH, ["/"])):
        ((rest, marks),) = find_marks([[*DIGITS, stroke]], [], reads_as(0.99), narrow("/"))
        assert [mark.text for mark in marks] == expected
        assert (stroke in rest) == (not expected)
    far = block(108, 8, 116, 52, 8)
    for sure, expected in ((0.95, "//"), (0.75, "")):  # beside another that leans, it is one
        ((_, marks),) = find_marks([[*DIGITS, SLASH, far]], [], reads_as(0.99), narrow("/", sure))
        assert "".join(mark.text for mark in marks) == expected
    ((_, marks),) = find_marks([[*DIGITS, upright]], [], reads_as(0.5), narrow("/"))
    assert [mark.text for mark in marks] == ["/"]  # a rejected digit may be badly drawn


def test_several_pieces_may_be_a_mark_whatever_each_reads_as() -> None:
    """A percent sign at the end, two pieces of which were joined and read as a 2."""
    slash, ring, other = block(170, 10, 174, 50), block(160, 12, 166, 20), block(178, 40, 184, 48)
    joined = Piece(160, 10, np.ones((40, 14), np.float32), 9, parts=(slash, ring))

    def whole_signs(windows: Uint8Array) -> Float64Array:
        """What is as wide as all three pieces is a percent sign, less sure than a digit is."""
        wide = [9 <= np.ptp(np.flatnonzero((one > 150).any(axis=0))) + 1 <= 11 for one in windows]
        answers = np.eye(NO_MARK + 1)[[NO_MARK] * len(windows)]
        answers[wide] = 0
        answers[wide, MARKS.index("%")], answers[wide, NO_MARK] = 0.7, 0.3
        answers[[(one > 150).sum() > 100 for one in windows]] = np.eye(NO_MARK + 1)[NO_MARK]
        return answers

    ((rest, marks),) = find_marks([[*DIGITS, joined, other]], [], reads_as(0.97, 0), whole_signs)
    assert [(mark.text, mark.box) for mark in marks] == [("%", (160, 10, 184, 50))]
    assert rest == DIGITS


def test_one_piece_that_looks_like_a_digit_is_no_percent_sign() -> None:
    line = [*DIGITS, SLASH]
    for mark, sure, expected in (("%", 0.99, []), ("%", 0.5, ["%"]), ("/", 0.99, ["/"])):
        ((_, marks),) = find_marks([line], [], reads_as(sure), narrow(mark, 0.98))
        assert [one.text for one in marks] == expected


def test_far_from_digits_and_beside_one_alone_there_is_no_point() -> None:
    assert find(DIGITS, [BESIDE], narrow("."))[1] == []
    assert find(DIGITS[:1], [POINT], narrow("."))[1] == []
    # A lone digit is read as it is recognized, whatever a speck looks like.
    alone = [DIGITS[0]]
    assert find(alone, [], narrow("/")) == (alone, [])


def test_a_line_that_would_lose_all_its_ink_keeps_it() -> None:
    bars = [block(20 * k, 10, 20 * k + 4, 50, k) for k in range(5)]
    assert find(bars, [], narrow("/")) == (bars, [])


def test_noise_is_no_row_of_points() -> None:
    rng = np.random.default_rng(0)
    dirt = [
        block(x, y, x + 3, y + 3)
        for x, y in zip(rng.integers(0, 150, 60), rng.integers(0, 60, 60), strict=True)
    ]
    assert find(DIGITS, dirt, narrow(".")) == (DIGITS, [])


def test_a_point_that_faint_ink_holds_to_a_digit_leaves_it() -> None:
    ink = np.zeros((44, 34), np.float32)
    ink[:40, :24] = 1
    ink[36:40, 30:] = 1
    ink[36:40, 24:30] = 0.2
    (held,) = with_faint_parts([Piece(0, 10, ink, 0)])
    (rest, marks) = find([held, *DIGITS[1:]], [], narrow("."))
    assert [mark.text for mark in marks] == ["."]
    assert [piece.box[0] for piece in rest] == [0, 40, 80, 120]
    assert rest[0].ink.shape[0] == 40
    # Where it is no mark, or less sure than it has to be if the digit reads worse without it, the
    # digit stays whole.
    line = [held, *DIGITS[1:]]
    assert find(line, [], narrow(".", 0.1)) == (line, [])
    better_whole = reads_as(0.5)
    better_whole[held] = reads_as(0.6)[held]
    for sure, kept in ((0.88, True), (0.95, False)):
        ((rest, _),) = find_marks([line], [], better_whole, narrow(".", sure))
        assert (rest == line) == kept


def test_each_line_has_the_marks_that_are_near_it() -> None:
    below = [Piece(p.left, p.top + 100, p.ink, p.component + 10) for p in DIGITS]
    point = Piece(POINT.left + 40, POINT.top + 100, POINT.ink, 30)
    found = find_marks([DIGITS, below], [POINT, point], reads_as(0.5), narrow("."))
    assert [[mark.box for mark in marks] for _, marks in found] == [[POINT.box], [point.box]]


def taken_for(mark: str, sure: float = 0.99) -> Callable[[Uint8Array], Float64Array]:
    """Take all that is asked about for this mark."""
    answer = np.zeros(NO_MARK + 1)
    answer[[MARKS.index(mark), NO_MARK]] = sure, 1 - sure
    return lambda windows: np.tile(answer, (len(windows), 1))


def texts(
    line: list[Piece],
    read: Callable[[Uint8Array], Float64Array],
    digits: dict[Piece, tuple[int, float]],
) -> str:
    """The marks of a line; of the pieces, those not named are surely 3s, which no mark is like."""
    answers: dict[Piece, Float64Array] = {}
    for piece in line:
        of_piece = digits.get(piece, (3, 0.99))
        for one in (piece, *piece.parts):
            digit, sure = digits.get(one, of_piece)
            answers[one] = np.full(11, (1 - sure) / 10)
            answers[one][digit] = sure
    ((_, marks),) = find_marks([line], [], answers, read)
    return "".join(mark.text for mark in marks)


def test_a_small_digit_is_no_mark_that_looks_like_another() -> None:
    small = block(166, 34, 174, 50, 9)
    for mark, digit, sure, expected in (
        (",", 1, 0.99, ","), (",", 8, 0.99, ""), (",", 9, 0.9, ""), ("+", 4, 0.97, "+"),
        ("+", 7, 0.88, ""), ("-", 1, 0.99, ""),
    ):  # fmt: skip
        assert texts([*DIGITS, small], taken_for(mark, sure), {small: (digit, 0.99)}) == expected
    assert texts([*DIGITS, small], taken_for(",", 0.7), {small: (8, 0.5)}) == ","


def test_the_bar_of_a_5_is_no_dash_but_a_bar_at_half_its_height_is_one() -> None:
    for top, digit, expected in ((14, 5, ""), (28, 5, "-"), (14, 6, "-"), (46, 2, "")):
        bar = block(146, top, 162, top + 4, 9)
        answers = {DIGITS[-1]: (digit, 0.99), bar: (10, 0.99)}
        assert texts([*DIGITS, bar], low, answers) == expected


def test_a_percent_sign_holds_no_small_digit_but_rings() -> None:
    line = [*DIGITS[:3], block(108, 30, 120, 50, 9)]
    for digit, expected in ((0, "%"), (5, "")):
        assert texts(line, taken_for("%"), {line[-1]: (digit, 0.99)}) == expected


def test_a_slash_leans_more_than_the_digits() -> None:
    row = [leaning(40 * k, 10, 40 * k + 14, 50, k) for k in range(4)]
    fives = dict.fromkeys(row, (5, 0.99))
    steep = leaning(-36, 8, -8, 52, 9)
    alike = leaning(-22, 8, -8, 52, 9)
    first = block(-70, 10, -46, 50, 8)
    for stroke, sure, expected in ((steep, 0.9, "/"), (alike, 0.65, ""), (alike, 0.9, "/")):
        line, ones = [first, stroke, *row], {first: (5, 0.99), stroke: (1, 0.99)}
        assert texts(line, taken_for("/", sure), fives | ones) == expected


def test_a_slash_that_looks_like_a_1_stands_between_digits() -> None:
    slash = leaning(166, 8, 178, 52, 9)
    after = block(190, 10, 214, 50, 10)
    one = {slash: (1, 0.99)}
    assert texts([*DIGITS, slash], taken_for("/"), one) == ""
    assert texts([*DIGITS, slash, after], taken_for("/"), one) == "/"
    assert texts([*DIGITS, slash], taken_for("/"), {slash: (1, 0.1)}) == "/"


def test_two_dashes_over_each_other_are_an_equals_sign() -> None:
    upper, lower = block(164, 20, 184, 24, 8), block(170, 30, 186, 34, 9)

    def dashes(windows: Uint8Array) -> Float64Array:
        """Of each bar alone; of both, none."""
        alone = [np.ptp(np.flatnonzero((one > 150).any(axis=1))) < 3 for one in windows]
        answers = np.eye(NO_MARK + 1)[[NO_MARK] * len(windows)]
        answers[alone] = np.eye(NO_MARK + 1)[MARKS.index("-")]
        return answers

    unlike = dict.fromkeys((upper, lower), (2, 0.1))
    assert texts([*DIGITS, upper, lower], dashes, unlike) == "="
    beside = block(186, 30, 202, 34, 9)
    assert texts([*DIGITS, upper, beside], dashes, dict.fromkeys((upper, beside), (2, 0.1))) == "--"
    ink = np.zeros((14, 20), np.float32)
    ink[:4] = ink[-4:] = ink[:, 9:11] = 1
    touching = Piece(164, 20, ink, 8)
    assert texts([*DIGITS, touching], taken_for("-"), {touching: (2, 0.1)}) == "="


def test_a_comma_before_a_closing_dash_may_be_unsure() -> None:
    ink = np.zeros((50, 34), np.float32)
    ink[:40, :24] = 1
    ink[36:, 28:] = 1
    digit, comma = block(160, 10, 184, 50, 8), block(188, 46, 194, 60, 8)
    joined = Piece(160, 10, ink, 8, parts=(digit, comma))
    dash = block(206, 30, 222, 34, 9)

    def read(windows: Uint8Array) -> Float64Array:
        """What is wide and low is a dash; what is as narrow as the comma, perhaps one."""
        answers = np.eye(NO_MARK + 1)[[NO_MARK] * len(windows)]
        for answer, window in zip(answers, windows, strict=True):
            rows, columns = (np.ptp(np.flatnonzero((window > 150).any(axis=i))) for i in (1, 0))
            if rows < 4 and columns > 4:
                answer[[MARKS.index("-"), NO_MARK]] = 0.95, 0.05
            elif columns < 4:
                answer[[MARKS.index(","), NO_MARK]] = 0.6, 0.4
        return answers

    named = {joined: (3, 0.8), digit: (3, 0.7), dash: (2, 0.1)}
    assert texts([*DIGITS, joined, dash], read, named) == ",-"
    after = block(240, 10, 264, 50, 10)
    assert texts([*DIGITS, joined, dash, after], read, named) == "-"


def bent(left: int, bow: int, number: int) -> Piece:
    """A stroke whose middle is this many pixels to the right of its ends."""
    ink = np.zeros((48, 16), np.float32)
    for row, along in enumerate(np.linspace(-1, 1, 48)):
        middle = 8 + round(bow * (0.5 - along**2))
        ink[row, middle - 1 : middle + 2] = 1
    return Piece(left, 6, ink, number).part(ink)


def test_strokes_that_bow_away_from_each_other_are_brackets() -> None:
    first, last = bent(-20, -8, 8), bent(164, 8, 9)
    ones = dict.fromkeys((first, last), (1, 0.99))
    none = taken_for("-", 0.0)
    assert texts([first, *DIGITS, last], none, ones) == "??"
    straight, alike = bent(164, 0, 9), bent(164, -8, 9)
    for other in (straight, alike):
        assert texts([first, *DIGITS, other], none, dict.fromkeys((first, other), (1, 0.99))) == ""
    swapped = [bent(-20, 8, 8), bent(164, -8, 9)]
    assert texts([*swapped, *DIGITS], none, dict.fromkeys(swapped, (1, 0.99))) == ""


def test_the_same_leaning_stroke_twice_is_a_printed_slash() -> None:
    def field(*strokes: Piece) -> str:
        line = [*DIGITS, *strokes]
        return texts(line, taken_for("-", 0.0), dict.fromkeys(strokes, (1, 0.99)))

    assert field(leaning(26, 8, 38, 52, 8), leaning(106, 8, 118, 52, 9)) == "//"
    assert field(leaning(26, 8, 38, 52, 8), leaning(106, 8, 116, 50, 9)) == ""
    assert field(block(30, 8, 34, 52, 8), block(110, 8, 114, 52, 9)) == ""
    assert field(leaning(106, 8, 118, 52, 8), leaning(164, 8, 176, 52, 9)) == ""
