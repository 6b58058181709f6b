"""The marks between digits that a network tells apart, and the windows that it sees them in."""

from __future__ import annotations

__all__ = ["EQUALS", "MARKS", "NO_MARK", "WINDOW"]

MARKS = ".,-/:%+"
"""The classes of a `digitrec.models.network.MarkNetwork`, each the character that it stands for."""
EQUALS = "="
"""What two dashes, one over the other, stand for; it is no class."""
NO_MARK = len(MARKS)
"""The last class: a digit, a part of a character, dirt, or several characters at once."""
WINDOW = (32, 96)
"""Rows and columns of an image: two digits high, and six wide."""
