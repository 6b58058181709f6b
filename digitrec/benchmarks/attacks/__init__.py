"""Damaged and hostile files by the thousand, each opened in a process that is watched."""

from __future__ import annotations

from digitrec.benchmarks.attacks.fuzz import attack_all

__all__ = ["attack_all"]
