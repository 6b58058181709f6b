from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from digitrec.recognition.results import (
    Answer,
    Digit,
    Mark,
    Page,
    Prediction,
    Reading,
    Rejection,
    with_article,
)

IMAGE = np.zeros((28, 28), np.float32)


def prediction(digit: int | None, confidence: float = 0.9) -> Prediction:
    rejection = Rejection("not a digit", 3) if digit is None else None
    return Prediction(digit, confidence, np.full(10, 0.1), IMAGE, rejection=rejection)


@pytest.mark.parametrize(
    ("rejection", "sentence"),
    [
        (Rejection("blank"), "nothing is drawn"),
        (Rejection("printed"), "all ink looks like print, frames or lines"),
        (Rejection("not a digit", 7), "not a digit; nearest to a 7"),
        (Rejection("not a digit", 8), "not a digit; nearest to an 8"),
        (Rejection("too small"), "too small to read; draw it larger"),
        (Rejection("too faint"), "too faint to tell from the paper"),
    ],
)
def test_the_reason_is_the_rejection_in_words(rejection: Rejection, sentence: str) -> None:
    assert Prediction(None, 0.1, np.full(10, 0.1), IMAGE, rejection=rejection).reason == sentence


def test_a_digit_has_no_reason() -> None:
    assert prediction(4).reason is None


def test_a_digit_has_its_article() -> None:
    assert [with_article(digit) for digit in (1, 7, 8)] == ["a 1", "a 7", "an 8"]


def test_ink_that_no_network_read_may_be_any_digit() -> None:
    unread = Prediction.unread(IMAGE, Rejection("too faint"))
    assert (unread.digit, unread.text, unread.confidence) == (None, "", 0.1)
    np.testing.assert_array_equal(unread.probabilities, np.full(10, 0.1))
    assert unread.digit_probability == 0


def test_the_text_of_a_page_has_a_question_mark_for_what_is_not_a_digit() -> None:
    page = Page(((prediction(1), prediction(None)), (prediction(0),)))
    assert page.text == "1?\n0"
    assert [p.digit for p in page.digits] == [1, None, 0]


def test_marks_stand_in_their_places_in_the_text() -> None:
    box = (0, 0, 1, 1)
    minus, point, unsure = Mark("-", 0.9, box, 0), Mark(".", 0.9, box, 1), Mark("?", 0.4, box, 2)
    space = Mark(" ", 0.8, box, 1)
    page = Page(
        ((prediction(3), prediction(1)), (prediction(None), prediction(2))),
        ((minus, point, unsure), (space,)),
    )
    assert page.text == "-3.1?\n? 2"
    assert [len(line) for line in page.in_order] == [5, 3]
    assert [p.digit for p in page.digits] == [3, 1, None, 2]
    assert (minus.reason, unsure.reason) == (None, "a mark, but unclear which")
    digits = [Digit(p, None, row=row) for row, line in enumerate(page.lines) for p in line]
    assert Answer(tuple(digits), page.marks).text == page.text


def test_an_answer_is_as_sure_as_all_its_digits_together() -> None:
    answer = Answer((Digit(prediction(1, 0.5), None), Digit(prediction(2, 0.8), None)))
    assert answer.text == "12"
    assert answer.confidence == pytest.approx(0.4)
    assert Answer(()).confidence == 0


def test_networks_that_read_something_else_than_the_first_disagree() -> None:
    answers = [Answer((Digit(prediction(digit), None),)) for digit in (4, 4, None)]
    reading = Reading(tuple(answers))
    assert reading.disagreeing == (False, False, True)
    assert reading.digits == answers[0].digits


def test_results_can_be_imported_without_pytorch() -> None:
    program = "import sys, digitrec.recognition.results; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
