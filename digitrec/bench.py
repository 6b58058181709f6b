"""Measure accuracy, speed and memory: python -m digitrec.bench WHAT"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from digitrec.config.command_parser import CommandParser
from digitrec.errors import DigitrecError, run_command

__all__ = ["main"]


def main(program: str = "python -m digitrec.bench") -> int:
    """Run one benchmark and print its table."""
    given = _arguments(program)
    if given.settings and given.what not in TAKE_SETTINGS:
        raise DigitrecError(f"{given.what} takes no settings: leave out {given.settings[0]}")
    if given.what in TAKE_CHECKPOINT - TAKE_OWN_WORDS:
        from digitrec.config.overrides import check_used

        check_used(given.settings, ("data.root",), f"bench {given.what}")
    if given.checkpoint and given.what not in TAKE_CHECKPOINT:
        raise DigitrecError(f"{given.what} takes no checkpoint: leave out --checkpoint")
    checkpoints = given.checkpoint or []
    if len(checkpoints) > 1 and given.what not in TAKE_SEVERAL_CHECKPOINTS:
        raise DigitrecError(f"{given.what} takes one checkpoint: leave out {checkpoints[1]}")
    if given.pictures and given.what not in ("hands", "paper", "train"):
        raise DigitrecError(f"{given.what} makes no pictures: leave out --pictures")
    for line in BENCHMARKS[given.what](Options(given.settings, checkpoints, given.pictures)):
        print(line, flush=True)
    return 0


class Options(NamedTuple):
    """What a benchmark is given."""

    settings: list[str]
    checkpoints: list[Path]
    pictures: Path | None = None

    @property
    def checkpoint(self) -> Path | None:
        """The checkpoint file; None for the one that ships."""
        return self.checkpoints[0] if self.checkpoints else None


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        description="Measure accuracy, speed and memory on this machine.",
        epilog="\n".join(f"{name:<10} {job.__doc__}" for name, job in BENCHMARKS.items()),
        takes_plugins=True,
    )
    parser.add_argument("what", choices=BENCHMARKS, metavar="WHAT", help="one of those below")
    parser.add_argument(
        "settings", nargs="*", metavar="key=value",
        help=f"settings of digitrec train, for {', '.join(sorted(TAKE_SETTINGS - TAKE_OWN_WORDS))};"
        f" words of their own, such as count=N, for {', '.join(sorted(TAKE_OWN_WORDS))}",
    )  # fmt: skip
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", action="append",
        help=f"checkpoint file, for {', '.join(sorted(TAKE_CHECKPOINT))}; the one that ships by "
        f"default; {', '.join(sorted(TAKE_SEVERAL_CHECKPOINTS))} take several",
    )  # fmt: skip
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER",
        help="where hands puts confusion.png and failures.png, and train pareto.png; pictures that "
        "paper reads too, with labels.json",
    )  # fmt: skip
    return parser.parse_args()


def overhead(options: Options) -> Iterable[str]:
    """An epoch of the network fast, compared with a bare PyTorch loop."""
    from digitrec.benchmarks.speed import training_overhead

    return training_overhead(options.settings)


def train(options: Options) -> Iterable[str]:
    """Training seconds and accuracy of speedruns and others beside plain loops (speedrun=SEEDS)."""
    from digitrec.benchmarks.training.race import race

    return race(options.settings, options.pictures)


def threads(options: Options) -> Iterable[str]:
    """A training alone and beside another on the same cores, its threads waiting in two ways."""
    from digitrec.benchmarks.training.side_by_side import side_by_side

    return side_by_side(options.settings)


def synthetic(options: Options) -> Iterable[str]:
    """Synthetic handwriting: images a second on one core."""
    from digitrec.benchmarks.speed import synthetic_images

    return [synthetic_images()]


def normalise(options: Options) -> Iterable[str]:
    """Normalising drawings of 280×280 pixels: drawings a second on one core."""
    from digitrec.benchmarks.speed import normalisation

    return [normalisation()]


def predict(options: Options) -> Iterable[str]:
    """The command predict on PNG files of 280×280: files a minute, its start included."""
    from digitrec.benchmarks.speed import predict_files

    return [predict_files()]


def read(options: Options) -> Iterable[str]:
    """Reading one drawing, many, files, and a cold start, beside float32 and onnxruntime."""
    from digitrec.benchmarks.reading import measure

    return measure()


def memory(options: Options) -> Iterable[str]:
    """Peak memory of a default training of one epoch."""
    from digitrec.benchmarks.memory import training_memory

    return [training_memory(options.settings)]


def numbers(options: Options) -> Iterator[str]:
    """Reading numbers of pen digits by held-out writers, drawn and in pictures, and pages."""
    from digitrec.benchmarks import numbers as measured
    from digitrec.benchmarks.handwriting import held_out
    from digitrec.data.synthetic.page_photographs import Paper
    from digitrec.recognition.recognizer import Recognizer

    digits = held_out.digits(_data_root("pen", options.settings))
    recognizer = Recognizer.load(options.checkpoint)
    yield f"numbers: {measured.measure_numbers(recognizer, digits)}"
    yield f"pairs that touch: {measured.measure_touching(recognizer, digits)}"
    for paper in get_args(Paper):
        tally = measured.measure_pages(recognizer, digits, paper=paper)
        yield f"lines of photographed pages, {paper}: {tally}"
    yield f"rows of drawings: {measured.measure_drawn_rows(recognizer, digits)}"
    yield f"rows that touch: {measured.measure_touching_rows(recognizer, digits)}"
    root = _data_root("hands", options.settings)
    lettered = measured.measure_lettered(recognizer, digits, held_out.letters(root))
    yield f"numbers with a letter: {lettered}"
    marks = held_out.marks(root)
    for kind in measured.MARKED:
        yield f"{kind}: {measured.measure_marked(recognizer, digits, marks, kind)}"


def paper(options: Options) -> Iterator[str]:
    """Digits in form boxes, on lines, beside print, by held-out writers; and blank forms."""
    from digitrec.benchmarks.paper import measure_composites, measure_pictures
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(options.checkpoint)
    if options.pictures:
        yield from measure_pictures(recognizer, options.pictures)
    yield from measure_composites(recognizer, _data_root("hands", options.settings))


def drawings(options: Options) -> Iterator[str]:
    """Accuracy and rejection on drawings and images that no network was trained on."""
    from digitrec.benchmarks.drawings import measure
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(options.checkpoint)
    for figure in measure(recognizer, _data_root("mnist_pen", options.settings)):
        missed = "" if figure.reached else "  missed"
        yield f"{figure.what:<50} {figure.value:<30} {figure.aim:>8}{missed}"


def hands(options: Options) -> Iterator[str]:
    """Digits by people of laboratories that networks were not trained on (data=hands)."""
    from digitrec.benchmarks.handwriting.hands import (
        FIGURE_NAMES,
        mean_figures,
        measure,
        slashed_zeros,
        unseen,
    )
    from digitrec.models import checkpoint
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.storage.resources import shipped_checkpoint

    root = _data_root("hands", options.settings)
    readings = []
    yield f"{'source':<8}{'digits':>7}{'writers':>9}" + "".join(f"{n:>10}" for n in FIGURE_NAMES)
    for file in options.checkpoints or [shipped_checkpoint()]:
        trained = checkpoint.load(file)
        recognizer = Recognizer(trained)
        for source in unseen(trained, root):
            reading = measure(recognizer, source, root)
            readings.append(reading)
            counts = f"{len(reading.digits):>7,}{len(set(reading.digits.writers)):>9}"
            yield f"{source:<8}{counts}{reading.figures}"
        read, count = slashed_zeros(recognizer)
        yield f"{file}: {read} of {count} ellipses with a slash are a 0"
    yield f"{'mean':<24}{mean_figures([reading.figures for reading in readings])}"
    if options.pictures:
        from digitrec.benchmarks.handwriting.hands_pictures import draw_confusion, draw_failures

        options.pictures.mkdir(parents=True, exist_ok=True)
        draw_confusion(options.pictures / "confusion.png", readings)
        draw_failures(options.pictures / "failures.png", readings)
        yield f"pictures in {options.pictures}"


def rejection(options: Options) -> Iterator[str]:
    """Methods that reject what is not a digit, compared, for one or several networks."""
    from digitrec.benchmarks.handwriting import chars74k
    from digitrec.benchmarks.rejection.methods import measure
    from digitrec.data.data_folder import find_data_folder
    from digitrec.data.uci import digits as uci_digits
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    root = _data_root("pen", options.settings)
    files = options.checkpoints or [shipped_checkpoint()]
    networks = {str(file): checkpoint.load(file) for file in files}
    samples = chars74k.read(find_data_folder(root).path / chars74k.FILE)
    methods = measure(networks, uci_digits.read(root), samples)
    for number, method in enumerate(methods, start=1):
        yield f"{number}  {method.name}"
    yield f"{'rejected':<18}" + "".join(f"{number:>9}" for number in range(1, len(methods) + 1))
    for kind in methods[0].rejected:
        yield f"{kind:<18}" + "".join(f"{method.rejected[kind]:9.2%}" for method in methods)


def curves(options: Options) -> Iterator[str]:
    """Methods that reject, compared on sources left out: letters and signs against digits."""
    from digitrec.benchmarks.rejection.curves import REJECTED, measure_curves
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    root = _data_root("hands", options.settings)
    yield f"{'letters / signs rejected, where so many digits are:':<60}"
    yield f"{'':<24}" + "".join(f"{share:>17.1%}" for share in REJECTED)
    for file in options.checkpoints or [shipped_checkpoint()]:
        yield str(file)
        for curve in measure_curves(checkpoint.load(file), root):
            pairs = zip(curve.letters, curve.signs, strict=True)
            yield f"{curve.way:<24}" + "".join(f"{a:>9.1%} /{b:>6.1%}" for a, b in pairs)


def adaptation(options: Options) -> Iterable[str]:
    """Fine-tuning on five drawings of each digit, for each held-out writer."""
    from digitrec.benchmarks.adaptation import report
    from digitrec.benchmarks.handwriting import held_out
    from digitrec.config.train_config import HELD_OUT_IMAGES
    from digitrec.data.sets.single import MnistData
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    root = _data_root("pen", options.settings)
    digits = held_out.digits(root)
    mnist = MnistData(root=root).load(HELD_OUT_IMAGES)
    trained = checkpoint.load(options.checkpoint or shipped_checkpoint())
    return report(trained, digits, mnist)


def simulations(options: Options) -> Iterable[str]:
    """The tests of compare on simulated runs: false alarms, and power claimed and found."""
    from digitrec.benchmarks.false_alarms import tables

    return tables()


def export(options: Options) -> Iterable[str]:
    """The formats of digitrec export, each loaded by its own program: size, time, answers."""
    from digitrec.benchmarks.exports import measure
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    return measure(checkpoint.load(options.checkpoint or shipped_checkpoint()))


def serve(options: Options) -> Iterable[str]:
    """The service on this machine: pictures a second, time of a request, memory."""
    from digitrec.benchmarks.service_load import measure

    return measure(options.checkpoint)


def gui(options: Options) -> Iterable[str]:
    """The window: time until it is up, until it reads, and from pen-up to the answer."""
    from digitrec.benchmarks.window import measure

    measure()
    return []


def soak(options: Options) -> Iterable[str]:
    """The window under 10,000 random actions, its reader killed 20 times: nothing drawn is lost."""
    from digitrec.benchmarks.window_soak import soak as soak_window

    return soak_window()


def files(options: Options) -> Iterable[str]:
    """Reading 10,000 small PNG files (count=N): files a second, memory, a kill, Ray beside it."""
    from digitrec.benchmarks.many_files import measure_files

    return measure_files(_number("files", "count", 10_000, options.settings), options.checkpoint)


def attacks(options: Options) -> Iterable[str]:
    """Open 135,000 damaged files (percent=N, count=N, of=KIND, file=PATH), each watched."""
    from digitrec.benchmarks.attacks import attack_all

    return attack_all(options.settings)


def kills(options: Options) -> Iterable[str]:
    """Kill training, exporting and others at 200 random moments (count=N, of=KIND, file=PATH)."""
    from digitrec.benchmarks.attacks import kill_all

    return kill_all(options.settings)


def load(options: Options) -> Iterable[str]:
    """10,000 readings (count=N) by one recognizer in 8 threads: answers, and growth of memory."""
    from digitrec.benchmarks.attacks import measure_load

    return measure_load(_number("load", "count", 10_000, options.settings))


BENCHMARKS: dict[str, Callable[[Options], Iterable[str]]] = {
    "train": train,
    "threads": threads,
    "overhead": overhead,
    "synthetic": synthetic,
    "normalise": normalise,
    "predict": predict,
    "read": read,
    "numbers": numbers,
    "paper": paper,
    "memory": memory,
    "drawings": drawings,
    "hands": hands,
    "rejection": rejection,
    "curves": curves,
    "adaptation": adaptation,
    "statistics": simulations,
    "export": export,
    "serve": serve,
    "gui": gui,
    "soak": soak,
    "attacks": attacks,
    "files": files,
    "kills": kills,
    "load": load,
}
TAKE_SEVERAL_CHECKPOINTS = {"curves", "hands", "rejection"}
TAKE_TRAINING = {"train", "threads", "overhead", "memory"}  # settings of a training alone
TAKE_OWN_WORDS = {"attacks", "files", "kills", "load"}  # and no settings of a training
TAKE_SETTINGS = TAKE_TRAINING | TAKE_SEVERAL_CHECKPOINTS | TAKE_OWN_WORDS | {
    "numbers", "paper", "drawings", "adaptation",
}  # fmt: skip
TAKE_CHECKPOINT = (TAKE_SETTINGS - TAKE_TRAINING - TAKE_OWN_WORDS) | {"export", "files", "serve"}


def _number(what: str, name: str, default: int, settings: list[str]) -> int:
    """Return the one whole number that a benchmark takes."""
    given = dict(setting.partition("=")[::2] for setting in settings)
    if given.keys() - {name} or not given.get(name, "1").isdecimal():
        raise DigitrecError(f"{what} takes {name}=N alone, a whole number")
    return int(given.get(name, default))


def _data_root(name: str, settings: list[str]) -> str | None:
    """Return the folder of the data that the settings name."""
    from digitrec.config.compose import compose

    root: str | None = getattr(compose([f"data={name}", *settings]).data, "root", None)
    return root


if __name__ == "__main__":
    run_command(main)
