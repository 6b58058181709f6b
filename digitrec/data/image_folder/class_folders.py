"""Finding the pictures in a folder with a folder for each class, as torchvision's ImageFolder has.

The folders of the classes are ``0`` to ``9``, and ``none`` for non-digits. They are in the folder
itself, or in its folders ``train``, ``validation`` and ``test``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitrec.config.checks import nearest
from digitrec.config.setting_words import setting_word
from digitrec.data.dataset import NO_DIGIT
from digitrec.data.parts import Part
from digitrec.errors import DigitrecError
from digitrec.imaging.files.picture_files import is_picture_file

__all__ = ["PARTS", "ClassFolders", "find", "has_nondigits", "last_change"]

NONE = "none"
LABELS = {str(digit): digit for digit in range(10)} | {NONE: NO_DIGIT}
PARTS = {"train": Part.TRAINING, "validation": Part.VALIDATION, "test": Part.TEST}

ADVICE = "make a folder for each class, 0 to 9, and one named none for non-digits"


@dataclass(frozen=True)
class ClassFolders:
    """The pictures of a folder, not opened yet.

    Attributes:
        root: The folder.
        names: Paths of the pictures below it, with ``/`` on every system, sorted.
        labels: Of each picture, a digit or `NO_DIGIT`.
        parts: Of each picture; empty where the folder leaves it to digitrec to split them.
        others: How many of the files are not pictures, or not in the folder of a class.
    """

    root: Path
    names: Sequence[str]
    labels: Sequence[int]
    parts: Sequence[Part]
    others: int


def find(root: str | None, *, only_test: bool = False) -> ClassFolders:
    """Find the pictures of all classes.

    Args:
        root: The folder.
        only_test: Use all pictures for the test; classes may then be missing.

    Raises:
        DigitrecError: if there is no such folder, a folder in it is not that of a class, a class
            that is trained on is missing, or a class has no picture.
    """
    folder = _checked(root)
    split = [name for name in _folders(folder) if name in PARTS]
    names: list[str] = []
    labels: list[int] = []
    parts: list[Part] = []
    others = _files(folder)
    if split:
        for name in _folders(folder):
            if name not in PARTS:
                raise DigitrecError(
                    f"{folder / name} stands beside {split[0]}; {nearest(name, PARTS)}"
                )
    for part in sorted(split) or [""]:
        place = folder / part
        found, rest = _pictures(place, complete=part in ("", "train") and not only_test)
        others += rest + (_files(place) if part else 0)
        for name, label in found:
            names.append(f"{part}/{name}" if part else name)
            labels.append(label)
            parts += [PARTS[part]] if part else []
    return ClassFolders(folder, names, labels, parts, others)


def has_nondigits(root: str | None) -> bool:
    """Tell whether there is a folder of pictures without a digit to train on."""
    return bool(root) and any((Path(str(root)) / part / NONE).is_dir() for part in ("", "train"))


def last_change(root: str | None) -> int:
    """Return when the newest file or folder was changed, in nanoseconds since 1970; 0 for none."""
    if not root or not Path(root).is_dir():
        return 0
    newest = 0
    for place, _, names in os.walk(root):
        for path in (place, *(os.path.join(place, name) for name in names)):  # noqa: PTH118
            newest = max(newest, os.lstat(path).st_mtime_ns)
    return newest


def _checked(root: str | None) -> Path:
    if not root:
        setting = setting_word("data.root", "FOLDER")
        raise DigitrecError(f"{setting} names the folder of your pictures: {ADVICE}")
    folder = Path(root)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise DigitrecError(f"{folder} {what}; {ADVICE}")
    return folder


def _pictures(folder: Path, *, complete: bool) -> tuple[list[tuple[str, int]], int]:
    """Return name and label of the pictures of all classes, and the number of other files."""
    classes = _folders(folder)
    if not classes:
        raise DigitrecError(f"{folder} holds no folder of a class; {ADVICE}")
    for name in classes:
        if name not in LABELS:
            raise DigitrecError(
                f"{folder / name} is not the folder of a class; {nearest(name, LABELS)}"
            )
    missing = [name for name in LABELS if name != NONE and name not in classes]
    if missing and complete:
        raise DigitrecError(
            f"{folder} lacks the folders {', '.join(missing)}; a network is trained on all digits"
        )
    found: list[tuple[str, int]] = []
    others = 0
    for name in classes:
        files = sorted(_below(folder / name))
        pictures = [file for file in files if is_picture_file(folder / name / file)]
        if not pictures:
            raise DigitrecError(f"{folder / name} holds no picture; add some, or remove the folder")
        others += len(files) - len(pictures)
        found += [(f"{name}/{picture}", LABELS[name]) for picture in pictures]
    return found, others


def _folders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and _is_shown(entry))


def _files(folder: Path) -> int:
    return sum(entry.is_file() and _is_shown(entry) for entry in folder.iterdir())


def _is_shown(entry: Path) -> bool:
    return not entry.name.startswith(".")


def _below(folder: Path) -> Iterator[str]:
    """Return the files in a folder and below, which are not hidden, as relative paths with /."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield (Path(place) / name).relative_to(folder).as_posix()
