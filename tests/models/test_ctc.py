from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.arrays import Float32Array
from digitrec.models.ctc import BLANK, CHARACTERS, CLASSES, NOT_A_DIGIT, costs, likeliest


def said(seed: int, columns: int, classes: tuple[int, ...] = (1, 7, BLANK)) -> Float32Array:
    """Log-probabilities (columns, classes) that leave all but a few classes out."""
    logits = np.full((columns, CLASSES), -40.0)
    logits[:, classes] = np.random.default_rng(seed).normal(0, 1.5, (columns, len(classes)))
    peaks = logits.max(axis=1, keepdims=True)
    whole = peaks + np.log(np.exp(logits - peaks).sum(axis=1, keepdims=True))
    return (logits - whole).astype(np.float32)


def spelt(path: tuple[int, ...]) -> str:
    """What columns that show these classes spell."""
    return "".join(CHARACTERS[kind] for kind, _ in itertools.groupby(path) if kind != BLANK)


def by_all_ways(answer: Float32Array, classes: tuple[int, ...] = (1, 7, BLANK)) -> dict[str, float]:
    """Probability of each text, summed over every way to spread it."""
    found: dict[str, float] = {}
    for path in itertools.product(classes, repeat=len(answer)):
        likely = math.exp(sum(float(answer[t, kind]) for t, kind in enumerate(path)))
        found[spelt(path)] = found.get(spelt(path), 0.0) + likely
    return found


def test_the_characters_are_the_classes_of_the_network() -> None:
    assert len(CHARACTERS) == CLASSES - 1 == BLANK
    assert CHARACTERS[NOT_A_DIGIT] == "?"
    assert CHARACTERS[:10] == "0123456789"


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), columns=st.integers(1, 6))
def test_costs_are_those_of_all_ways_to_spread_a_text(seed: int, columns: int) -> None:
    answer = said(seed, columns)
    expected = by_all_ways(answer)
    texts = [text for text in expected if text]
    for text, cost in zip(texts, costs(answer, texts), strict=True):
        assert math.exp(-cost) == pytest.approx(expected[text], rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("columns", [24, 320])
def test_costs_are_those_of_pytorch(columns: int) -> None:
    answer = said(columns, columns, tuple(range(CLASSES)))
    texts = ["1", "77", "0123456789", "?1?", "99990"]
    wanted = F.ctc_loss(
        torch.from_numpy(answer)[:, None].expand(-1, len(texts), -1),
        torch.tensor([CHARACTERS.index(character) for character in "".join(texts)]),
        torch.full((len(texts),), columns),
        torch.tensor([len(text) for text in texts]),
        blank=BLANK,
        reduction="none",
    )
    assert costs(answer, texts) == pytest.approx(wanted.tolist(), rel=1e-5)


def test_a_text_that_has_no_room_costs_infinitely_much() -> None:
    assert costs(said(0, 3), ["17", "117", "1717"]) == [
        pytest.approx(costs(said(0, 3), ["17"])[0]),
        math.inf,  # alike neighbours need a blank between them
        math.inf,
    ]


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), columns=st.integers(1, 6))
def test_the_likeliest_text_is_found(seed: int, columns: int) -> None:
    answer = said(seed, columns)
    expected = {text: likely for text, likely in by_all_ways(answer).items() if text}
    found = likeliest(answer, 8)
    assert found[0] == max(expected, key=lambda text: expected[text])
    assert len(set(found)) == len(found) <= 8
    assert set(found) <= set(expected)


def test_of_texts_no_more_are_given_than_asked_for() -> None:
    assert len(likeliest(said(3, 12), 2)) == 2


def test_nothing_but_blanks_is_no_text() -> None:
    blank = np.full((10, CLASSES), -30.0, np.float32)
    blank[:, BLANK] = 0
    assert likeliest(blank, 4) == []
