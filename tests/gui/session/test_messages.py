from __future__ import annotations

import numpy as np
import pytest

from digitrec.errors import DigitrecError
from digitrec.gui.session.messages import (
    Message,
    error_text,
    network_summary,
    percent,
    reading_message,
)
from digitrec.gui.session.reader_messages import NetworkFacts
from digitrec.recognition.results import Answer, Digit, Prediction, Reading, Rejection

TOO_SMALL, TOO_FAINT, BLANK = Rejection("too small"), Rejection("too faint"), Rejection("blank")


def digit(
    value: int | None = 7, confidence: float = 0.99, rejection: Rejection | None = None
) -> Digit:
    best = 7 if value is None else value
    probabilities = np.full(10, (1 - confidence) / 9)
    probabilities[best] = confidence
    image = np.zeros((28, 28), np.float32)
    return Digit(Prediction(value, confidence, probabilities, image, rejection=rejection), None)


def said(*digits: Digit, left: bool = False, note: str | None = None) -> str:
    message = reading_message(Reading((Answer(digits),), left), note=note)
    assert message.tone == ("warning" if message.text else "info")
    return message.text


def test_a_confident_reading_gives_no_message() -> None:
    assert said(digit()) == ""
    assert said(digit(1), digit(2), note="") == ""


def test_each_kind_of_rejection_has_a_sentence() -> None:
    no_digit = digit(None, 0.4, Rejection("not a digit", 7))
    assert said(no_digit) == "This does not look like a digit. It is nearest to a 7."
    assert said(digit(None, 0.1, TOO_SMALL)) == "This is too small to read. Draw it larger."
    assert said(digit(None, 0.1, TOO_FAINT), note="") == ("The ink is too faint to read.")
    assert said(digit(None, 0.1, BLANK)) == "There is no ink here."
    printed = digit(None, 0.1, Rejection("printed"))
    assert said(printed, note="") == "All ink here looks like print, frames or lines."
    an_eight = digit(None, 0.4, Rejection("not a digit", 8))
    assert said(an_eight) == "This does not look like a digit. It is nearest to an 8."


def test_in_a_number_the_digit_is_named() -> None:
    no_digit = digit(None, 0.4, Rejection("not a digit", 7))
    assert said(digit(), no_digit) == (
        "Digit 2: this does not look like a digit. It is nearest to a 7."
    )


def test_many_doubtful_digits_are_counted() -> None:
    no_digit, unsure = digit(None, 0.4, Rejection("not a digit", 7)), digit(7, 0.5)
    assert said(no_digit, digit(), unsure, no_digit) == (
        "Of 4 digits, 2 do not look like digits and 1 is uncertain."
    )
    assert (
        said(no_digit, unsure, unsure)
        == "Of 3 digits, 1 does not look like a digit and 2 are uncertain."
    )
    assert said(*[unsure] * 3) == "Of 3 digits, 3 are uncertain."
    assert said(digit(), *[no_digit] * 3, left=True) == (
        "Of 4 digits, 3 do not look like digits. "
        "The pen left the canvas. Only the part inside was read."
    )


def test_noise_gives_one_message() -> None:
    no_digit = digit(None, 0.4, Rejection("not a digit", 7))
    assert said(no_digit, no_digit) == "Nothing here can be read. It does not look like digits."
    assert said(*[no_digit] * 9, note="").startswith("Nothing here can be read.")
    assert said(*[digit(None, 0.1, TOO_SMALL)] * 2).startswith("Digit 1: this is too small")
    assert said(*[digit(None, 0.1, TOO_SMALL)] * 3) == "This is too small to read. Draw it larger."


def test_a_network_is_summarised() -> None:
    facts = NetworkFacts("shipped", "deep, mnist_pen, 40 epochs", 0.99671)
    assert network_summary(facts) == "shipped · deep, mnist_pen, 40 epochs · 99.67%"
    assert network_summary(NetworkFacts(rejects=False)) == "never says “no digit”"
    assert network_summary(NetworkFacts()) == ""


def test_an_uncertain_digit_names_the_two_most_probable() -> None:
    unsure = digit(7, 0.5)
    unsure.prediction.probabilities[1] += 0.2
    assert said(unsure) == "Not sure: 7 (50.0%) or 1 (25.6%)."


def test_nothing_to_read_gives_a_message() -> None:
    assert said() == "Nothing is drawn yet. Draw a digit or a number."
    assert said(left=True) == "Everything is outside the canvas. Draw inside it."
    assert said(note="") == "The picture is blank: there is no ink in it."


def test_ink_that_is_cut_off_gives_a_message() -> None:
    assert said(digit(), left=True) == "The pen left the canvas. Only the part inside was read."


def test_networks_that_disagree_give_a_message() -> None:
    reading = Reading((Answer((digit(7),)), Answer((digit(1),))))
    assert reading_message(reading).text == "The networks disagree."


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "0.0%"),
        (0.1234, "12.3%"),
        (0.99961, "99.9%"),
        (1 - 1e-12, "99.9%"),
        (1, "100.0%"),
    ],
)
def test_percent(probability: float, text: str) -> None:
    assert percent(probability) == text


def test_an_error_is_one_line_that_names_its_file() -> None:
    assert error_text(DigitrecError("x.h5 is empty")) == "x.h5 is empty"
    missing = FileNotFoundError(2, "No such file or directory", "a.png")
    assert error_text(missing) == "a.png: No such file or directory"
    assert error_text(ValueError("one\ntwo")) == "Unexpected error: ValueError: one two"


def test_what_is_to_know_of_a_picture_comes_first() -> None:
    sure, blank = Reading((Answer((digit(),)),)), Reading((Answer(()),))
    assert reading_message(sure, note="Page 1.") == Message("Page 1.")
    assert reading_message(blank, note="Page 1.").text.startswith("Page 1. The picture is blank")
