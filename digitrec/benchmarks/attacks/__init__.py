"""Damaged and hostile files by the thousand, each opened in a process that is watched."""

from __future__ import annotations

from digitrec.benchmarks.attacks.fuzz import attack_all
from digitrec.benchmarks.attacks.mutations import KINDS
from digitrec.benchmarks.attacks.readers import READERS

__all__ = ["KINDS", "READERS", "attack_all"]
