"""A training alone, and beside another that started with it, on the same cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from digitrec.errors import DigitrecError
from digitrec.threads import OWN

__all__ = ["side_by_side"]

TRAINING = (
    "data=synthetic", "data.train=14_000", "data.test=100", "validation=100", "model=fast",
    "augment=none", "epochs=1",
)  # fmt: skip
WAITING: dict[str, dict[str, str]] = {
    "as digitrec does": {},
    # GNU's and LLVM's own defaults
    "by spinning": {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"},
}
"""How threads wait for each other."""


def side_by_side(words: Sequence[str]) -> Iterator[str]:
    """Train alone and beside another, with threads that wait as digitrec's do, and by spinning.

    Args:
        words: Settings of training, ``key=value``.

    Yields:
        A line for each way of waiting: seconds of training, the longer ones of two, and their
        ratio.

    Raises:
        DigitrecError: if a training fails.
    """
    for name, variables in WAITING.items():
        alone, beside = (max(_train(count, words, variables)) for count in (1, 2))
        ratio = beside / alone
        yield (
            f"threads wait {name:<18}{alone:7.2f} s alone, {beside:7.2f} s beside another: "
            f"{ratio:.1f} times as long"
        )


def _train(count: int, words: Sequence[str], variables: Mapping[str, str]) -> list[float]:
    """Start ``count`` trainings at once, and return the seconds of each."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place, str(number)) for number in range(count)]
        command = [sys.executable, "-m", "digitrec.train", *TRAINING, *words]
        children = [
            subprocess.Popen(
                [*command, f"run_dir={folder}"],
                env={**kept, **variables},
                stdout=subprocess.DEVNULL,
            )
            for folder in folders
        ]
        ended = [child.wait() for child in children]
        if any(ended):
            raise DigitrecError(f"a training ended with exit code {max(ended, key=abs)}")
        results = [json.loads((folder / "result.json").read_text("utf-8")) for folder in folders]
    return [result["train_seconds"] for result in results]
