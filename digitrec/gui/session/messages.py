"""What the window tells the user, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError

if TYPE_CHECKING:
    from digitrec.gui.session.reader_messages import NetworkFacts
    from digitrec.recognition.results import Digit, Reading

__all__ = [
    "NOTHING_DRAWN",
    "Message",
    "error_text",
    "loading_message",
    "model_name",
    "network_summary",
    "percent",
    "reading_message",
]

UNSURE = 0.6  # below this confidence the second most probable digit is named too
MOST_SHOWN = 0.999  # a probability below 1 is not rounded to more
TOO_SMALL = "this is too small to read. Draw it larger."
MAX_EXPLAINED = 2  # explain at most this many digits one by one; of more, say how many there are


@dataclass(frozen=True)
class Message:
    """One line for the user.

    Attributes:
        text: The line. If it is empty, the window shows a tip.
        tone: "info", "good", "warning" or "error".
    """

    text: str = ""
    tone: str = "info"


NOTHING_DRAWN = Message("Nothing is drawn yet. Draw a digit or a number.", "warning")


def reading_message(reading: Reading, *, note: str | None = None) -> Message:
    """Tell the user what is doubtful in a reading. The text is empty if nothing is.

    Args:
        reading: What the networks read.
        note: What to tell first of the picture that was read; None if a drawing was.
    """
    doubt = _doubt_in_reading(reading, picture=note is not None)
    return Message(f"{note or ''} {doubt.text}".strip(), doubt.tone)


def _doubt_in_reading(reading: Reading, *, picture: bool) -> Message:
    if not reading.digits:
        if picture:
            return Message("The picture is blank: there is no ink in it.", "warning")
        if reading.left_canvas:
            return Message("Everything is outside the canvas. Draw inside it.", "warning")
        return NOTHING_DRAWN
    sentences = []
    doubtful = {
        number: sentence
        for number, digit in enumerate(reading.digits, 1)
        if (sentence := _doubt(digit))
    }
    if len(reading.digits) > MAX_EXPLAINED and all(map(_too_small, reading.digits)):
        sentences.append(TOO_SMALL[0].upper() + TOO_SMALL[1:])
    elif len(reading.digits) > 1 and all(_rejected(digit) for digit in reading.digits):
        sentences.append("Nothing here can be read. It does not look like digits.")
    elif len(doubtful) > MAX_EXPLAINED:
        sentences.append(_count_doubtful(reading.digits, len(doubtful)))
    elif len(reading.digits) > 1:
        sentences += [f"Digit {number}: {sentence}" for number, sentence in doubtful.items()]
    else:
        sentences += [sentence[0].upper() + sentence[1:] for sentence in doubtful.values()]
    if reading.left_canvas:
        sentences.append("The pen left the canvas. Only the part inside was read.")
    if any(reading.disagreeing):
        sentences.append("The networks disagree.")
    return Message(" ".join(sentences), "warning" if sentences else "info")


def model_name(path: Path) -> str:
    """Return a short name for a checkpoint file.

    The checkpoint of every run is called ``model.h5``, so the name of its folder is added. What
    learnt from the user's drawings is named so.
    """
    from digitrec.drawing.corrections import adapted_file

    if path == adapted_file(path):
        return "Your writing"
    return f"{path.parent.name}/{path.name}" if path.name == "model.h5" else path.name


def network_summary(facts: NetworkFacts) -> str:
    """Say in a few words what a network is: its experiment, its recipe and its accuracy."""
    parts = [facts.experiment, facts.recipe]
    if facts.adapted:
        parts = [f"learnt from {facts.adapted} of your drawings", facts.experiment]
    if facts.accuracy is not None and not facts.adapted:  # it was measured before that
        parts.append(f"{facts.accuracy:.2%}")
    if not facts.rejects:
        parts.append("never says “no digit”")
    return " · ".join(part for part in parts if part)


def loading_message(path: Path) -> Message:
    """Tell the user that a network is being loaded."""
    return Message(f"Loading {model_name(path)} …")


def error_text(error: BaseException) -> str:
    """Describe an error in one line."""
    if isinstance(error, DigitrecError):
        return str(error)
    if isinstance(error, OSError):
        return str(DigitrecError(f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")))
    return str(DigitrecError(f"Unexpected error: {type(error).__name__}: {error}"))


def percent(probability: float) -> str:
    """Write a probability in percent, without rounding a doubt away: at most 99.9% below 1."""
    return f"{min(probability, MOST_SHOWN) if probability < 1 else probability:.1%}"


def _rejected(digit: Digit) -> bool:
    rejection = digit.prediction.rejection
    return rejection is not None and rejection.kind == "not a digit"


def _too_small(digit: Digit) -> bool:
    rejection = digit.prediction.rejection
    return rejection is not None and rejection.kind == "too small"


def _doubt(digit: Digit) -> str:
    """Say what is doubtful in one digit. Empty if nothing is."""
    prediction, rejection = digit.prediction, digit.prediction.rejection
    if rejection is not None:
        if nearest := rejection.nearest_in_words:
            return f"this does not look like a digit. It is nearest to {nearest}."
        return {
            "blank": "there is no ink here.",
            "printed": "all ink here looks like print, frames or lines.",
            "not a digit": "this does not look like a digit.",
            "too small": TOO_SMALL,
            "too faint": "the ink is too faint to read.",
            "several digits": "these are several digits.",
        }[rejection.kind]
    if prediction.confidence < UNSURE:
        probabilities = prediction.probabilities.tolist()
        first, second = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])[:2]
        return (
            f"not sure: {first} ({percent(probabilities[first])}) "
            f"or {second} ({percent(probabilities[second])})."
        )
    return ""


def _count_doubtful(digits: Sequence[Digit], doubtful: int) -> str:
    """Say how many digits were rejected and how many are uncertain."""
    rejected = sum(digit.prediction.digit is None for digit in digits)
    parts = []
    if rejected:
        parts.append(
            f"{rejected} {'does' if rejected == 1 else 'do'} not look like "
            f"{'a digit' if rejected == 1 else 'digits'}"
        )
    if uncertain := doubtful - rejected:
        parts.append(f"{uncertain} {'is' if uncertain == 1 else 'are'} uncertain")
    return f"Of {len(digits)} digits, {' and '.join(parts)}."
