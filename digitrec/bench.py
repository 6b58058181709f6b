"""Measure accuracy, speed and memory: python -m digitrec.bench WHAT"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from digitrec.config.command_parser import CommandParser
from digitrec.config.shared_options import CHECKPOINT_HELP
from digitrec.errors import DigitrecError
from digitrec.run_command import run_command
from digitrec.storage.resources import shipped_checkpoint

__all__ = ["main"]


def main(program: str = "python -m digitrec.bench") -> int:
    """Run one benchmark and print its table."""
    given = _arguments(program)
    benchmark = next(one for one in BENCHMARKS if one.name == given.what)
    options = Options(benchmark.name, given.settings, given.checkpoint or [], given.pictures)
    _check(benchmark, options)
    for line in benchmark.run(options):
        print(line, flush=True)
    return 0


@dataclass(frozen=True)
class Options:
    """What a benchmark is given.

    Attributes:
        what: The benchmark's name.
        settings: Words such as ``seed=1``.
        checkpoints: The checkpoint files that are named.
        pictures: A folder.
    """

    what: str
    settings: list[str]
    checkpoints: list[Path]
    pictures: Path | None

    @property
    def checkpoint(self) -> Path | None:
        """The checkpoint file; None for the one that ships."""
        return self.checkpoints[0] if self.checkpoints else None

    @property
    def files(self) -> list[Path]:
        """The checkpoint files; the one that ships where none is named."""
        return self.checkpoints or [shipped_checkpoint()]

    def data_root(self, name: str) -> str | None:
        """Return the folder of a data set by its name and the settings."""
        from digitrec.config.compose import compose

        root: str | None = getattr(compose([f"data={name}", *self.settings]).data, "root", None)
        return root

    def count(self, default: int) -> int:
        """Return the number of a benchmark that takes ``count=N`` alone."""
        given = dict(setting.partition("=")[::2] for setting in self.settings)
        if given.keys() - {"count"} or not given.get("count", "1").isdecimal():
            raise DigitrecError(f"{self.what} takes only count=N, a whole number")
        return int(given.get("count", default))


@dataclass(frozen=True)
class Benchmark:
    """A benchmark, and what it takes.

    Attributes:
        name: The word that chooses it.
        run: Returns its lines; its docstring is its help.
        settings: ``training``: all of a training; ``data``: ``data.root`` alone; ``own``: words of
            its own.
        checkpoints: How many checkpoint files.
        pictures: Whether it takes a folder for pictures, or of pictures.
    """

    name: str
    run: Callable[[Options], Iterable[str]]
    settings: Literal["none", "training", "data", "own"] = "none"
    checkpoints: Literal["none", "one", "several"] = "none"
    pictures: bool = False


def _check(benchmark: Benchmark, options: Options) -> None:
    """Check that a benchmark is given nothing that it does not take.

    Raises:
        DigitrecError: for the first word that would have no effect.
    """
    name = benchmark.name
    if options.settings and benchmark.settings == "none":
        raise DigitrecError(f"{name} takes no settings: leave out {options.settings[0]}")
    if benchmark.settings == "data":
        from digitrec.config.overrides import check_used

        check_used(options.settings, ("data.root",), f"bench {name}")
    if options.checkpoints and benchmark.checkpoints == "none":
        raise DigitrecError(f"{name} takes no checkpoint: leave out --checkpoint")
    if len(options.checkpoints) > 1 and benchmark.checkpoints != "several":
        raise DigitrecError(f"{name} takes one checkpoint: leave out {options.checkpoints[1]}")
    if options.pictures and not benchmark.pictures:
        raise DigitrecError(f"{name} makes no pictures: leave out --pictures")


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        description="Measure accuracy, speed and memory on this machine.",
        epilog="\n".join(f"{one.name:<10} {one.run.__doc__}" for one in BENCHMARKS),
        takes_plugins=True,
    )
    parser.add_argument(
        "what",
        choices=[one.name for one in BENCHMARKS],
        metavar="WHAT",
        help="one of the benchmarks below",
    )
    parser.add_argument(
        "settings", nargs="*", default=[], metavar="key=value",
        help=f"for {_names(settings=('training', 'data'))}: settings of digitrec train; for "
        f"{_names(settings=('own',))}: settings of their own, such as count=N",
    )  # fmt: skip
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", action="append",
        help=f"for {_names(checkpoints=('one', 'several'))}: {CHECKPOINT_HELP}; "
        f"{_names(checkpoints=('several',))} take several",
    )  # fmt: skip
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER",
        help="where hands writes confusion.png and failures.png, and train pareto.png; for paper, "
        "further pictures to read, with labels.json",
    )  # fmt: skip
    return parser.parse_args()


def _names(**wanted: tuple[str, ...]) -> str:
    """Return the names of the benchmarks that take one of these, in the order of the alphabet."""
    return ", ".join(
        sorted(
            one.name
            for one in BENCHMARKS
            if all(getattr(one, field) in values for field, values in wanted.items())
        )
    )


def train(options: Options) -> Iterable[str]:
    """Training seconds and accuracy of speedruns and others beside plain loops (speedrun=SEEDS)."""
    from digitrec.benchmarks.training.train import race

    return race(options.settings, options.pictures)


def threads(options: Options) -> Iterable[str]:
    """A training alone and beside another on the same cores, its threads waiting in two ways."""
    from digitrec.benchmarks.training.threads import side_by_side

    return side_by_side(options.settings)


def overhead(options: Options) -> Iterable[str]:
    """An epoch of the network fast, compared with a bare PyTorch loop."""
    from digitrec.benchmarks.training.overhead import training_overhead

    return training_overhead(options.settings)


def synthetic(options: Options) -> Iterable[str]:
    """Synthetic handwriting: images a second on one core."""
    from digitrec.benchmarks.synthetic import synthetic_images

    return [synthetic_images()]


def normalise(options: Options) -> Iterable[str]:
    """Normalising drawings of 280×280 pixels: drawings a second on one core."""
    from digitrec.benchmarks.normalise import normalisation

    return [normalisation()]


def predict(options: Options) -> Iterable[str]:
    """The command predict on PNG files of 280×280: files a minute, its start included."""
    from digitrec.benchmarks.predict import predict_files

    return [predict_files()]


def read(options: Options) -> Iterable[str]:
    """Reading one drawing, many, files, and a cold start, beside float32 and onnxruntime."""
    from digitrec.benchmarks.read import measure

    return measure()


def numbers(options: Options) -> Iterable[str]:
    """Reading numbers of pen digits by held-out writers, drawn and in pictures, and pages."""
    from digitrec.benchmarks.numbers import report
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(options.checkpoint)
    return report(recognizer, options.data_root("pen"), options.data_root("hands"))


def paper(options: Options) -> Iterable[str]:
    """Digits in form boxes, on lines, beside print, by held-out writers; and blank forms."""
    from digitrec.benchmarks.paper import report
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(options.checkpoint)
    return report(recognizer, options.pictures, options.data_root("hands"))


def memory(options: Options) -> Iterable[str]:
    """Peak memory of a default training of one epoch."""
    from digitrec.benchmarks.memory import training_memory

    return [training_memory(options.settings)]


def drawings(options: Options) -> Iterable[str]:
    """Accuracy and rejection on drawings and images that no network was trained on."""
    from digitrec.benchmarks.drawings import report
    from digitrec.recognition.recognizer import Recognizer

    return report(Recognizer.load(options.checkpoint), options.data_root("mnist_pen"))


def hands(options: Options) -> Iterable[str]:
    """Digits by people of laboratories that networks were not trained on (data=hands)."""
    from digitrec.benchmarks.handwriting.hands import report

    return report(options.files, options.data_root("hands"), options.pictures)


def rejection(options: Options) -> Iterable[str]:
    """Compare methods that reject non-digits, for one or several networks."""
    from digitrec.benchmarks.rejection.methods import report

    return report(options.files, options.data_root("pen"))


def curves(options: Options) -> Iterable[str]:
    """Compare rejection methods on left-out sources: letters and signs against digits."""
    from digitrec.benchmarks.rejection.curves import report

    return report(options.files, options.data_root("hands"))


def adaptation(options: Options) -> Iterable[str]:
    """Fine-tuning on five drawings of each digit, for each held-out writer."""
    from digitrec.benchmarks.adaptation import report

    return report(options.files[0], options.data_root("pen"))


def statistics(options: Options) -> Iterable[str]:
    """The tests of compare on simulated runs: false alarms, and power claimed and found."""
    from digitrec.benchmarks.statistical_tests import tables

    return tables()


def export(options: Options) -> Iterable[str]:
    """The formats of digitrec export, each loaded by its own program: size, time, answers."""
    from digitrec.benchmarks.export import measure
    from digitrec.models import checkpoint

    return measure(checkpoint.load(options.files[0]))


def serve(options: Options) -> Iterable[str]:
    """The service on this machine: pictures a second, time of a request, memory."""
    from digitrec.benchmarks.serve import measure

    return measure(options.checkpoint)


def gui(options: Options) -> Iterable[str]:
    """The window: time until it is up, until it reads, and from pen-up to the answer."""
    from digitrec.benchmarks.gui import measure

    return measure()


def soak(options: Options) -> Iterable[str]:
    """The window under 10,000 random actions, its reader killed 20 times: nothing drawn is lost."""
    from digitrec.benchmarks.soak import soak as soak_window

    return soak_window()


def attacks(options: Options) -> Iterable[str]:
    """Open 135,000 damaged files (percent=N, count=N, of=KIND, file=PATH), each watched."""
    from digitrec.benchmarks.attacks import attack_all

    return attack_all(options.settings)


def files(options: Options) -> Iterable[str]:
    """Reading 10,000 small PNG files (count=N): files a second, memory, a kill, Ray beside it."""
    from digitrec.benchmarks.files import measure_files

    return measure_files(options.count(10_000), options.checkpoint)


def kills(options: Options) -> Iterable[str]:
    """Kill training, exporting and others at 200 random moments (count=N, of=KIND, file=PATH)."""
    from digitrec.benchmarks.attacks import kill_all

    return kill_all(options.settings)


def load(options: Options) -> Iterable[str]:
    """10,000 readings (count=N) by one recognizer in 8 threads: answers, and growth of memory."""
    from digitrec.benchmarks.attacks import measure_load

    return measure_load(options.count(10_000))


BENCHMARKS = (
    Benchmark("train", train, settings="training", pictures=True),
    Benchmark("threads", threads, settings="training"),
    Benchmark("overhead", overhead, settings="training"),
    Benchmark("synthetic", synthetic),
    Benchmark("normalise", normalise),
    Benchmark("predict", predict),
    Benchmark("read", read),
    Benchmark("numbers", numbers, settings="data", checkpoints="one"),
    Benchmark("paper", paper, settings="data", checkpoints="one", pictures=True),
    Benchmark("memory", memory, settings="training"),
    Benchmark("drawings", drawings, settings="data", checkpoints="one"),
    Benchmark("hands", hands, settings="data", checkpoints="several", pictures=True),
    Benchmark("rejection", rejection, settings="data", checkpoints="several"),
    Benchmark("curves", curves, settings="data", checkpoints="several"),
    Benchmark("adaptation", adaptation, settings="data", checkpoints="one"),
    Benchmark("statistics", statistics),
    Benchmark("export", export, checkpoints="one"),
    Benchmark("serve", serve, checkpoints="one"),
    Benchmark("gui", gui),
    Benchmark("soak", soak),
    Benchmark("attacks", attacks, settings="own"),
    Benchmark("files", files, settings="own", checkpoints="one"),
    Benchmark("kills", kills, settings="own"),
    Benchmark("load", load, settings="own"),
)


if __name__ == "__main__":
    run_command(main)
