"""The marks between digits that a network tells apart, and the windows that it sees them in."""

from __future__ import annotations

__all__ = ["MARKS", "NO_MARK", "OTHER_SIGN", "SURE", "WINDOW"]

MARKS = ".,-/:%+"
"""The classes of a `digitrec.models.network.MarkNetwork`, each the character that it stands for."""
NO_MARK = len(MARKS)
"""The last class: a digit, a part of a character, dirt, or several characters at once."""
OTHER_SIGN = NO_MARK + 1
"""No class, but a label: a sign that is neither a digit nor one of `MARKS`, such as a bracket or $.

Each mark is as likely there as any other, so that it is told from digits, and read as "?".
"""
SURE = 0.6
"""Probability of one mark among the marks; below it, it is not sure which it is."""
WINDOW = (32, 48)
"""Rows and columns of an image: two digits high, and three wide."""
