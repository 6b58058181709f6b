"""Packages that parts of digitrec need and that not everyone has: the extras of ``pip install``."""

from __future__ import annotations

import importlib.util

from digitrec.errors import DigitrecError

__all__ = ["need"]


def need(what: str, extra: str, *packages: str) -> None:
    """Check that the packages of an extra are there.

    Args:
        what: Needs them, such as ``--onnx``.
        extra: Of digitrec, that installs them.
        packages: Their modules.

    Raises:
        DigitrecError: one line that names the first one that is missing, and how to install it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise DigitrecError(
                f"{what} needs the package {package}: pip install 'digitrec[{extra}]'"
            )
