"""A data folder with UCI's pen digits and UNIPEN's characters, both small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_unipen import Sample, digits, write

from digitrec.data.unipen import cache


@pytest.fixture
def hands_root(
    pen_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, forget: Callable[[], None]
) -> str:
    """Thirty writers of UCI with two digits each; nine of abc, one of xyz with ten each.

    One writer of abc and one of let write the letters A and o, and a plus.
    """
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    write(pen_root, "abc", {f"w{k}": digits(k) for k in range(9)})
    write(pen_root, "xyz", {"w": digits(9)})
    stroke = [(0, 0), (300, 700), (600, 20)]
    letters: list[Sample] = [("A", [stroke, [(100, 300), (500, 320)]]), ("o", [stroke])]
    for source in ("abc", "let"):
        write(pen_root, source, {"w0": letters[:1]}, part="1b")
        write(pen_root, source, {"w0": letters[1:]}, part="1c")
        plus: Sample = ("+", [[(0, 300), (600, 310)], [(300, 0), (310, 600)]])
        write(pen_root, source, {"w0": [plus]}, part="1d")
    return str(pen_root)
