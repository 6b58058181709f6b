"""What a training run is told: typed, with defaults, and checked before anything is read.

Each group of the configuration holds one of the choices that are registered in it
(`digitrec.config.registry`). A configuration travels as a plain nested ``dict`` at the edges (YAML,
the command line, a checkpoint file) and as a `TrainConfig` everywhere else:
`digitrec.config.conversion` goes between the two.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from digitrec.config.checks import check, check_choice, check_device, check_fraction
from digitrec.config.groups import GROUPS, Augmentation, Data, Logger, Model, Optimizer, Schedule
from digitrec.config.plugins import plugin_names
from digitrec.config.registry import choices
from digitrec.errors import ConfigError

__all__ = ["HELD_OUT_IMAGES", "PRECISIONS", "TrainConfig", "modules_of_plugins"]

HELD_OUT_IMAGES = 5_000
"""How many of MNIST's training images are held out for validation, unless a run says otherwise.

Training, adaptation and benchmarks hold out the same images, so that a network is never judged by
images that it was trained on.
"""

PRECISIONS = ("float32", "bfloat16", "auto")
MAX_THREADS = 1024  # more than the cores of any one machine help to train
# By task: what has no labels, and what is known of pictures that an augmentation would not move.
WITHOUT_LABELS = {"strings": "strings have", "ink": "ink has"}
NOT_MOVED = {"ink": "ink", "marks": "place in a line"}


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All settings of a run, with their defaults."""

    data: Data = field(default_factory=lambda: choices("data")["mnist"]())
    model: Model = field(default_factory=lambda: choices("model")["cnn"]())
    optimizer: Optimizer = field(default_factory=lambda: choices("optimizer")["adadelta"]())
    schedule: Schedule = field(default_factory=lambda: choices("schedule")["onecycle"]())
    augment: Augmentation = field(default_factory=lambda: choices("augment")["affine"]())
    logger: Logger = field(default_factory=lambda: choices("logger")["none"]())
    epochs: int = 6
    patience: int | None = None  # stop after this many epochs without better validation accuracy
    batch_size: int = 128
    seed: int = 0
    validation: int = HELD_OUT_IMAGES  # training images held out; 0 trains on all
    label_smoothing: float = 0.0
    ema: float = 0.0  # decay of the exponential moving average of the weights; 0 keeps none
    teacher: str | None = None  # a checkpoint file, or a run's folder, of a network to learn from
    teacher_share: float = 0.9  # share of the loss that is the difference from the teacher
    teacher_temperature: float = 3.0  # divides the logits of both in that difference
    clip_norm: float | None = None  # gradients are scaled down to this norm at most
    score_test: bool = True  # false leaves the test set alone, as the trials of a search do
    device: str = "auto"  # auto, cpu, cuda, mps; cuda:1 is the second GPU
    precision: str = "float32"  # of the forward pass: float32, bfloat16, or auto by the device
    compile: bool = False
    threads: int | None = None  # of the CPU; by default as many as there are free cores
    save_seconds: float = 10.0  # between two saves of the state that a killed run resumes from
    experiment: str | None = None  # the run's folder in experiments/; data-model if none
    run_dir: str | None = None  # the run's own folder, in place of experiments/<experiment>/…
    resume: str | None = None  # a run's folder, to resume that run
    init: str | None = None  # a checkpoint file, or a run's folder, to start from its weights
    notes: str | None = None  # a remark, for compare to show
    tags: str | None = None  # comma-separated words, for compare to select by
    plugins: str | None = None  # comma-separated modules that register choices of your own

    @property
    def rejects(self) -> bool:
        """Whether the network is also trained on non-digits, and can therefore reject."""
        return self.data.has_nondigits

    def __post_init__(self) -> None:
        self._check_values()
        self._check_task()
        self._check_teacher()
        self._check_augmentation()
        self._check_experiment()

    def _check_values(self) -> None:
        """Check each setting by itself, and that the data have as many images as are held out."""
        check(self.epochs >= 1, "epochs", "at least 1", self.epochs)
        check(self.patience is None or self.patience >= 1, "patience", "at least 1", self.patience)
        if self.patience is not None and not self.validation:
            raise ConfigError(
                "patience= needs validation images, and validation=0 leaves none; leave one of "
                "them out"
            )
        check(
            self.tags is None or all(re.fullmatch(r"[^\s\[\]]+", t) for t in self.tags.split(",")),
            "tags", "comma-separated words, such as wide,try2", self.tags,
        )  # fmt: skip
        if self.plugins is not None:
            plugin_names(self.plugins)
        check(self.batch_size >= 1, "batch_size", "at least 1", self.batch_size)
        check(0 <= self.seed < 2**63, "seed", "from 0 to 2**63 - 1", self.seed)
        check(self.validation >= 0, "validation", "0 or more", self.validation)
        check_fraction("label_smoothing", self.label_smoothing)
        check_fraction("ema", self.ema)
        check(0 <= self.teacher_share <= 1, "teacher_share", "from 0 to 1", self.teacher_share)
        softened = self.teacher_temperature
        check(0.1 <= softened <= 100, "teacher_temperature", "from 0.1 to 100", softened)
        check(self.clip_norm is None or self.clip_norm > 0, "clip_norm", "above 0", self.clip_norm)
        check_device(self.device)
        check_choice("precision", self.precision, PRECISIONS)
        possible = self.threads is None or 1 <= self.threads <= MAX_THREADS
        check(possible, "threads", f"from 1 to {MAX_THREADS}", self.threads)
        check(self.save_seconds >= 0, "save_seconds", "0 or more", self.save_seconds)
        limit = self.data.limit
        check(limit is None or limit >= 1, "data.limit", "at least 1", limit)
        self.data.check_validation(self.validation)

    def _check_task(self) -> None:
        """Check that the model, the data and the loss are of one task."""
        if self.data.task != self.model.task:
            raise ConfigError(
                f"model={self.model.name} reads {self.model.task}, and data={self.data.name} holds "
                f"{self.data.task}: choose a model and a data set of one kind"
            )
        if self.label_smoothing and (without := WITHOUT_LABELS.get(self.model.task)):
            raise ConfigError(
                f"label_smoothing={self.label_smoothing}: {without} no labels to smooth; leave it "
                "out"
            )

    def _check_teacher(self) -> None:
        if self.teacher == "":
            from digitrec.config.shell_words import command  # which loads Hydra

            raise ConfigError(
                "teacher=FILE is missing: the checkpoint file of a trained network to learn from, "
                "such as that of an ensemble, made by: "
                + command("ensemble", "experiments/accurate/*")
            )
        if self.teacher is not None and self.model.task != "digits":
            raise ConfigError(
                f"teacher={self.teacher}: only networks for single digits can learn from a "
                f"teacher, and model={self.model.name} is not one; leave teacher out"
            )

    def _check_augmentation(self) -> None:
        if self.augment.name != "none" and (known := NOT_MOVED.get(self.model.task)):
            raise ConfigError(
                f"augment={self.augment.name} moves the pictures but not the {known} that goes "
                "with them; write augment=none"
            )

    def _check_experiment(self) -> None:
        if self.experiment is not None:
            check(
                self.experiment not in ("", ".", "..") and not set(self.experiment) & set("/\\"),
                "experiment",
                "the name of a folder",
                self.experiment,
            )


def modules_of_plugins(config: TrainConfig) -> dict[str, Path]:
    """Return the files of the modules, other than the package's own, that define its choices."""
    chosen = (getattr(config, group) for group in GROUPS)
    names = {type(choice).__module__ for choice in chosen} - {"__main__"}
    files = {
        name: getattr(sys.modules.get(name), "__file__", None)
        for name in sorted(names)
        if not name.startswith("digitrec.")
    }
    return {name: Path(file) for name, file in files.items() if file}
