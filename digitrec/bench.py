"""Measure speed and memory: python -m digitrec.bench WHAT

Each figure is measured beside what it is compared with, in one run, on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.config.compose import compose
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError, run_command

__all__ = ["main"]

REPEATS = 5


def main(program: str = "python -m digitrec.bench") -> int:
    """Run one benchmark and print its table."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Measure speed and memory on this machine.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:<10} {job.__doc__}" for name, job in BENCHMARKS.items()),
    )
    parser.add_argument("what", choices=BENCHMARKS)
    parser.add_argument(
        "settings",
        nargs="*",
        metavar="key=value",
        help=f"settings of digitrec.train, for {', '.join(sorted(TAKE_SETTINGS))}",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        action="append",
        help=f"weights, for {', '.join(sorted(TAKE_CHECKPOINT))}; those that ship by default; "
        "rejection takes several",
    )
    given = parser.parse_args()
    if given.settings and given.what not in TAKE_SETTINGS:
        raise DigitrecError(f"{given.what} takes no settings: leave out {given.settings[0]}")
    if given.checkpoint and given.what not in TAKE_CHECKPOINT:
        raise DigitrecError(f"{given.what} takes no weights: leave out --checkpoint")
    checkpoints = given.checkpoint or []
    if len(checkpoints) > 1 and given.what != "rejection":
        raise DigitrecError(f"{given.what} takes one file of weights: leave out {checkpoints[1]}")
    BENCHMARKS[given.what](Arguments(given.settings, checkpoints))
    return 0


class Arguments(NamedTuple):
    """What a benchmark is told."""

    settings: list[str]
    checkpoints: list[Path]

    @property
    def checkpoint(self) -> Path | None:
        """The weights; None for those that ship."""
        return self.checkpoints[0] if self.checkpoints else None


def overhead(arguments: Arguments) -> None:
    """An epoch of `fast` beside a bare PyTorch loop: same network, batch, precision, data."""
    import torch
    import torch.nn.functional as F

    from digitrec.data.dataset import DataSet
    from digitrec.models.architectures import Fast
    from digitrec.models.device import make_deterministic, pick_device
    from digitrec.training.learner import Learner
    from digitrec.training.loop import learn
    from digitrec.training.run_directory import Position, RunDir
    from digitrec.training.signals import StopRequest

    config = compose(
        ["model=fast", "augment=none", "epochs=1", "validation=0", *arguments.settings]
    )
    make_deterministic(config.threads)
    device = pick_device(config.device)
    dataset = config.data.load(config.validation)
    train = dataset.train.to(device)

    def bare() -> None:
        network = Fast().build().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0)
        network.train()
        order = torch.randperm(len(train)).to(device)
        for batch in torch.split(order, config.batch_size)[: len(train) // config.batch_size]:
            images = train.images[batch].float().div_(255)
            with torch.autocast(
                device.type, torch.bfloat16, enabled=config.precision == "bfloat16"
            ):
                logits = network(images)
            loss = F.cross_entropy(logits.float(), train.labels[batch])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        loss.item()  # waits for the device

    def whole(folder: RunDir, dataset: DataSet) -> None:
        learn(config, Learner(config, device), dataset, Position(), folder, StopRequest())

    with tempfile.TemporaryDirectory() as place:
        folder = RunDir(Path(place))
        _compare("bare PyTorch loop", bare, "digitrec's loop", lambda: whole(folder, dataset))
    print(
        f"one epoch of {len(train):,} images, batch {config.batch_size}, {config.precision}, ",
        end="",
    )
    print(f"{device.type}, {torch.get_num_threads()} threads; state saved and metrics written")


def synthetic(arguments: Arguments) -> None:
    """Synthetic handwriting, images a second on one core."""
    from digitrec.data.synthetic.digits import generate

    _rate("synthetic images", lambda: len(generate(5_000, seed=0)[0]))


def normalise(arguments: Arguments) -> None:
    """Normalising drawings of 280×280 pixels, pictures a second on one core."""
    from digitrec.imaging.normalise import normalise as normalised

    drawings = [ink for ink, _ in _drawings(200)]
    _rate("drawings of 280×280", lambda: len([normalised(ink) for ink in drawings]))


def predict(arguments: Arguments) -> None:
    """The command digitrec.predict on PNG files of 280×280, files a minute, start included."""
    from PIL import Image

    count = 5_000
    with tempfile.TemporaryDirectory() as place:
        for index, (ink, _) in enumerate(_drawings(count)):
            Image.fromarray(255 - ink).save(Path(place, f"{index:05}.png"))
        command = [sys.executable, "-m", "digitrec.predict", place, "--json"]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
    print(
        f"{count:,} PNG files of 280×280 in {seconds:.1f} s: {60 * count / seconds:,.0f} a minute"
    )


def numbers(arguments: Arguments) -> None:
    """Numbers of 2 to 6 pen digits of held-out writers, and pages of them, read."""
    from digitrec.benchmarks.numbers import measure_numbers, measure_pages, measure_touching
    from digitrec.data import pen_digits
    from digitrec.data.synthetic.page_photographs import Paper
    from digitrec.recognition.recognizer import Recognizer

    root = _data_root("pen", arguments.settings)
    digits = [
        digit for digit in pen_digits.read(root) if digit.writer in pen_digits.HELD_OUT_WRITERS
    ]
    recognizer = Recognizer.load(arguments.checkpoint)
    print(f"numbers: {measure_numbers(recognizer, digits)}")
    print(f"pairs that touch: {measure_touching(recognizer, digits)}")
    for paper in get_args(Paper):
        figures = measure_pages(recognizer, digits, paper=paper)
        print(f"lines of photographed pages, {paper}: {figures}")


def memory(arguments: Arguments) -> None:
    """Peak memory of a default training, of one epoch; settings change it."""
    with tempfile.TemporaryDirectory() as place:
        words = ["epochs=1", f"run_dir={place}/run", *arguments.settings]
        command = [sys.executable, "-m", "digitrec.train", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    print(f"peak resident memory of {' '.join(command[1:3])}: {peak / 1e9:.2f} GB")


def drawings(arguments: Arguments) -> None:
    """Accuracy and rejection on drawings and images that no network was trained on."""
    from digitrec.benchmarks.drawings import measure
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(arguments.checkpoint)
    for row in measure(recognizer, _data_root("mnist_pen", arguments.settings)):
        verdict = "" if row.reached else "  missed"
        print(f"{row.what:<50} {row.value:<30} {row.aim:>8}{verdict}")


def rejection(arguments: Arguments) -> None:
    """Methods that reject what is not a digit, compared, for one or several networks."""
    from digitrec.benchmarks import chars74k
    from digitrec.benchmarks.rejection import measure
    from digitrec.data import pen_digits
    from digitrec.data.data_folder import find_data_folder
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    root = _data_root("pen", arguments.settings)
    files = arguments.checkpoints or [shipped_checkpoint()]
    networks = {str(file): checkpoint.load(file) for file in files}
    samples = chars74k.read(find_data_folder(root).path / chars74k.FILE)
    methods = measure(networks, pen_digits.read(root), samples)
    for number, method in enumerate(methods, start=1):
        print(f"{number}  {method.name}")
    print(f"{'rejected':<18}" + "".join(f"{number:>9}" for number in range(1, len(methods) + 1)))
    for kind in methods[0].rejected:
        print(f"{kind:<18}" + "".join(f"{method.rejected[kind]:9.2%}" for method in methods))


def adaptation(arguments: Arguments) -> None:
    """Fine-tuning on five drawings of each digit, for each held-out writer."""
    from digitrec.benchmarks.adaptation import SEEDS, measure
    from digitrec.config.train_config import HELD_OUT_IMAGES
    from digitrec.data import pen_digits
    from digitrec.data.sets import MnistData
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    root = _data_root("pen", arguments.settings)
    digits = [
        digit for digit in pen_digits.read(root) if digit.writer in pen_digits.HELD_OUT_WRITERS
    ]
    mnist = MnistData(root=root).load(HELD_OUT_IMAGES)
    trained = checkpoint.load(arguments.checkpoint or shipped_checkpoint())
    gains = []
    for seed in range(SEEDS):
        for gain in measure(trained, digits, mnist, seed):
            gains.append(gain)
            print(gain)
    before, after = sum(g.wrong_before for g in gains), sum(g.wrong_after for g in gains)
    print(
        f"{before} wrong before, {after} after ({after / max(before, 1):.0%}); "
        f"{statistics.mean(gain.seconds for gain in gains):.1f} s each"
    )


def simulations(arguments: Arguments) -> None:
    """The tests of compare on simulated runs: false alarms, and power claimed and found."""
    from digitrec.benchmarks.false_alarms import tables

    for line in tables():
        print(line, flush=True)


def gui(arguments: Arguments) -> None:
    """The drawing window: time until it is up, until it reads, from pen-up to the answer."""
    from digitrec.benchmarks.window import measure

    measure()


def _data_root(name: str, settings: list[str]) -> str | None:
    root: str | None = getattr(compose([f"data={name}", *settings]).data, "root", None)
    return root


BENCHMARKS: dict[str, Callable[[Arguments], None]] = {
    "overhead": overhead,
    "synthetic": synthetic,
    "normalise": normalise,
    "predict": predict,
    "numbers": numbers,
    "memory": memory,
    "drawings": drawings,
    "rejection": rejection,
    "adaptation": adaptation,
    "statistics": simulations,
    "gui": gui,
}
TAKE_CHECKPOINT = {"numbers", "drawings", "rejection", "adaptation"}
TAKE_SETTINGS = {"overhead", "memory"} | TAKE_CHECKPOINT


def _compare(name: str, base: Callable[[], None], other: str, run: Callable[[], None]) -> None:
    """Time two jobs in turn, so that a change of the machine's speed meets both."""
    times: dict[str, list[float]] = {name: [], other: []}
    for repeat in range(REPEATS + 1):
        for label, job in ((name, base), (other, run)):
            started = time.perf_counter()
            job()
            if repeat:  # the first of each warms up
                times[label].append(time.perf_counter() - started)
    for label, seconds in times.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(f"{label:<20} {statistics.median(seconds):7.2f} s   ({spread}, {REPEATS} times)")
    ratios = [mine / bare for bare, mine in zip(times[name], times[other], strict=True)]
    print(f"{'ratio':<20} {statistics.median(ratios):7.3f}     (median of pairs)")


def _rate(what: str, job: Callable[[], int]) -> None:
    """Print how many things a second a job gets done; it returns how many it did."""
    job()
    rates = []
    for _ in range(REPEATS):
        started = time.process_time()
        count = job()
        rates.append(count / (time.process_time() - started))
    print(f"{statistics.median(rates):,.0f} {what} a second of one core (median of {REPEATS})")


def _drawings(count: int) -> Iterator[tuple[Uint8Array, int]]:
    """Draw digits as in a window of 280×280; ink coverage, and the digit."""
    from digitrec.data.synthetic.digits import draw

    rng = np.random.default_rng(0)
    for index in range(count):
        yield rasterise_drawing(draw(index % 10, rng)), index % 10


if __name__ == "__main__":
    run_command(main)
