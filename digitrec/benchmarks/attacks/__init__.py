"""Damaged files by the thousand, processes that are killed, and one recognizer under load."""

from __future__ import annotations

from digitrec.benchmarks.attacks.fuzz import attack_all
from digitrec.benchmarks.attacks.kills import kill_all
from digitrec.benchmarks.attacks.load import measure_load

__all__ = ["attack_all", "kill_all", "measure_load"]
