from __future__ import annotations

from handwriting import stroke

from digitrec.gui.session.given_labels import GivenLabels


def test_a_label_belongs_to_the_very_strokes_it_was_given_to() -> None:
    labels, mine, equal = GivenLabels(), (stroke(7), stroke(1)), (stroke(7), stroke(1))
    assert labels.label_of(mine) is None
    labels.give(mine, 7)
    assert labels.label_of(mine) == 7
    assert labels.label_of(tuple(mine)) == 7
    assert labels.label_of(equal) is None
    assert labels.label_of(mine[:1]) is None


def test_a_corrected_label_keeps_the_key_of_its_drawing() -> None:
    labels, one, other = GivenLabels(), (stroke(7),), (stroke(1),)
    key = labels.give(one, 1)
    assert labels.give(one, 7) == key
    assert labels.label_of(one) == 7
    assert labels.give(other, 1) != key


def test_the_next_digit_without_a_label_is_to_the_right_and_then_from_the_left() -> None:
    labels, digits = GivenLabels(), [(stroke(digit),) for digit in (7, 0, 1)]
    labels.give(digits[1], 0)
    assert labels.next_unlabelled(digits, after=1) == 2
    labels.give(digits[2], 1)
    assert labels.next_unlabelled(digits, after=2) == 0
    labels.give(digits[0], 7)
    assert labels.next_unlabelled(digits, after=0) == 0
