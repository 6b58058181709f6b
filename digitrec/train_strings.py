"""Train the network that reads digits that touch: python -m digitrec.train_strings"""

from __future__ import annotations

import argparse
import hashlib
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError, run_command

if TYPE_CHECKING:
    from digitrec.models.networks import StringNetwork

__all__ = ["main"]

HELD_OUT = 2_000  # strings of held-out writers and scans that are read after each epoch


def main(program: str = "python -m digitrec.train_strings") -> int:
    """Run the command."""
    given = _arguments(program)
    if given.output.exists():
        raise DigitrecError(f"{given.output} is there already; name another file with --output")
    if not given.output.parent.is_dir():
        raise DigitrecError(f"{given.output}: there is no folder {given.output.parent}")

    import torch

    from digitrec.data import mnist_files, pen_digits
    from digitrec.data.string_sets import make_strings
    from digitrec.models import string_checkpoint
    from digitrec.models.device import make_deterministic
    from digitrec.training import environment
    from digitrec.training.string_learner import Settings, accuracy, learn

    make_deterministic(given.threads)
    settings = Settings(count=given.count, epochs=given.epochs, seed=given.seed)
    print(f"making {settings.count:,} strings", flush=True)
    processes = torch.get_num_threads()
    made = make_strings(settings.count, settings.seed, given.root, processes=processes)
    held_out = make_strings(HELD_OUT, settings.seed, given.root, held_out=True)
    read_right = 0.0

    def ended(epoch: int, loss: float, seconds: float, network: StringNetwork) -> None:
        nonlocal read_right
        read_right = accuracy(network, held_out)
        print(
            f"epoch {epoch}/{settings.epochs}  loss {loss:.4f}  {read_right:.2%} of "
            f"{HELD_OUT:,} held-out strings right  {seconds:.0f} s",
            flush=True,
        )

    network = learn(made, settings, ended)
    data = f"{mnist_files.read(given.root).checksum} {pen_digits.SHA256}"
    checksum = hashlib.sha256(data.encode()).hexdigest()[:16]
    surroundings = environment.describe(torch.device("cpu"), settings.seed, "strings", checksum)
    provenance = {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "config": vars(settings),
        "data": surroundings["data"],
        "metrics": {"held_out_accuracy": read_right},
        "versions": surroundings["versions"],
        "commit": surroundings["git"]["commit"] if surroundings["git"] else None,
    }
    narrow = made[0].images[:8].float() / 255
    string_checkpoint.save(given.output, network, narrow, provenance)
    print(f"weights {given.output}")
    return 0


def _arguments(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Train the network that reads digits that touch or run into each other, from "
        "strings made of pen digits, scans and synthetic handwriting.",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("strings.h5"), metavar="FILE",
        help="where the weights go; string_checkpoint.h5 by default",
    )  # fmt: skip
    parser.add_argument(
        "--root", metavar="FOLDER", help="the folder of the data, as data.root in training"
    )
    parser.add_argument("--count", type=_positive, default=200_000, help="strings to make")
    parser.add_argument("--epochs", type=_positive, default=6, help="how often each is learnt from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=_positive, help="of the processor; all by default")
    return parser.parse_args()


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


if __name__ == "__main__":
    run_command(main)
