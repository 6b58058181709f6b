"""What the window says of a reading, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError

if TYPE_CHECKING:
    from digitrec.recognition.results import Digit, Reading

__all__ = ["Message", "explain", "in_words", "loading", "model_name", "percent"]

UNSURE = 0.6  # below that confidence the next best digit is worth telling
TOLD_ONE_BY_ONE = 2  # digits that there is something to say of; of more it takes too many lines


@dataclass(frozen=True)
class Message:
    """A line for the person at the window. tone: info, good, warning or error."""

    text: str = ""
    tone: str = "info"


def explain(reading: Reading, *, picture: bool = False) -> Message:
    """Say what there is to say about a reading; an empty text where all is well."""
    said = []
    if not reading.digits:
        if picture:
            said.append("The picture is blank: there is no ink in it.")
        elif reading.left_canvas:
            said.append("All of the drawing is outside the canvas: draw inside it.")
        else:
            said.append("Nothing is drawn yet: draw a digit, or a number.")
        return Message(said[0], "warning")
    about = {
        place: sentence
        for place, digit in enumerate(reading.digits, 1)
        if (sentence := _about(digit, picture))
    }
    if len(about) > TOLD_ONE_BY_ONE:
        said.append(_in_all(reading.digits, len(about)))
    elif len(reading.digits) > 1:
        said += [f"Digit {place}: {sentence}" for place, sentence in about.items()]
    else:
        said += [_capital(sentence) for sentence in about.values()]
    if reading.left_canvas:
        said.append("The pen left the canvas; only what is inside was read.")
    if any(reading.disagreeing):
        said.append("The networks disagree.")
    return Message(" ".join(said), "warning" if said else "info")


def model_name(path: Path) -> str:
    """Name weights briefly: every run calls its own ``model.h5``, in a folder of its own."""
    return f"{path.parent.name}/{path.name}" if path.name == "model.h5" else path.name


def loading(path: Path) -> Message:
    """Say that a network is being loaded."""
    return Message(f"Loading {model_name(path)} …")


def in_words(error: Exception) -> str:
    """Say in one line what an error is."""
    if isinstance(error, DigitrecError):
        return str(error)
    if isinstance(error, OSError):
        return str(DigitrecError(f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")))
    return str(DigitrecError(f"This should not have happened: {type(error).__name__}: {error}"))


def percent(probability: float) -> str:
    """Write a probability for people: never 100 % of what is not certain."""
    if 0.999 <= probability < 1:
        return "99.9 %"
    return f"{probability:.1%}".replace("%", " %")


def _about(digit: Digit, picture: bool) -> str:
    prediction = digit.prediction
    rejection = prediction.rejection
    if rejection is not None:
        if rejection.kind == "not a digit":
            return f"this looks like no digit; it is nearest to {rejection.nearest_in_words}."
        if rejection.kind == "blank":
            return f"{rejection}."
        return f"{'the ink is' if picture else 'this is'} {rejection}."
    if prediction.confidence < UNSURE:
        first, second = _best(prediction.probabilities.tolist())
        return (
            f"not sure: {first} ({percent(prediction.probabilities[first])}) "
            f"or {second} ({percent(prediction.probabilities[second])})."
        )
    return ""


def _in_all(digits: Sequence[Digit], doubtful: int) -> str:
    """Say of how many of the digits there is something to say."""
    refused = sum(digit.prediction.digit is None for digit in digits)
    said = []
    if refused:
        said.append(f"{refused} look{'s' if refused == 1 else ''} like no digit")
    if unsure := doubtful - refused:
        said.append(f"{unsure} {'is' if unsure == 1 else 'are'} uncertain")
    return f"Of {len(digits)}, {' and '.join(said)}."


def _best(probabilities: Sequence[float]) -> list[int]:
    return sorted(range(len(probabilities)), key=lambda i: -probabilities[i])[:2]


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
