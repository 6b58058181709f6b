"""Find the run folders that a user names: folders, patterns, or names of experiments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from digitrec.config.checks import nearest
from digitrec.config.shell_words import command
from digitrec.errors import DigitrecError
from digitrec.storage.path_patterns import matching_paths
from digitrec.training.run_directory import EXPERIMENTS, RUN_FILES

__all__ = ["find_runs"]


def find_runs(words: Sequence[str]) -> list[Path]:
    """Return the folders of the runs that arguments name.

    Args:
        words: Folders of runs or of many runs, patterns of such, or names of experiments. If there
            are no words, all runs in ``experiments/`` are meant.

    Raises:
        DigitrecError: for the first word that means no run.
    """
    if not words:
        found = _runs_below(EXPERIMENTS) if EXPERIMENTS.is_dir() else []
        if not found:
            raise DigitrecError(
                f"there are no runs in {EXPERIMENTS}/; {command('train')} makes one"
            )
        return found
    # By their real places, because two words may mean the same run.
    return list({path.resolve(): path for word in words for path in _runs_of(word)}.values())


def _runs_of(word: str) -> list[Path]:
    """Return the runs that one word means: a path or a pattern first, else an experiment."""
    if not word.strip():
        raise DigitrecError(
            "an empty argument names no run; leave it out to compare all runs in experiments/"
        )
    experiment = [str(EXPERIMENTS / word), str(EXPERIMENTS / "*" / word)]
    for places in ([word], experiment):
        folders = [Path(match) for place in places for match in _folders_matching(place)]
        if folders:
            found = [path for folder in folders for path in _runs_below(folder)]
            if found:
                return found
            raise DigitrecError(f"{word}: there are no runs in this folder")
    if os.path.exists(word):  # noqa: PTH110 (Path's raises for a word too long to be a name)
        raise DigitrecError(f"{word} is a file; name the folder of a run")
    known = sorted({path.parent.name for path in _runs_below(EXPERIMENTS)})
    advice = nearest(word, known) if known else f"{command('train')} makes runs"
    raise DigitrecError(f"{word} is neither a folder nor an experiment; {advice}")


def _folders_matching(place: str) -> list[str]:
    """Return the folder that a path is, or the folders that a pattern matches."""
    names = [place] if os.path.isdir(place) else matching_paths(place)  # noqa: PTH112
    return [name for name in sorted(names) if os.path.isdir(name)]  # noqa: PTH112


def _runs_below(folder: Path) -> list[Path]:
    """Return the folder of a run itself, or all runs anywhere below a folder, sorted by name.

    A folder that cannot be listed counts as a run, for it may hold some: opening it says why not.
    """
    found: list[Path] = []

    def add(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # it was removed a moment ago
            found.append(Path(error.filename))

    for place, folders, files in os.walk(folder, onerror=add):
        if not RUN_FILES.isdisjoint(files):
            found.append(Path(place))
            folders.clear()
        # Hidden are folders that are being made, and what other commands put beside runs.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    return found
