"""What a training run is told: typed, with defaults, and checked before anything is read.

``CHOICES`` names what each group offers, the dataclasses of `choices`. A configuration
travels as a plain nested ``dict`` at the edges (YAML, the command line, a weights file) and as a
`TrainConfig` everywhere else: `digitrec.config.conversion` goes between the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from digitrec.config.checks import check, check_choice, check_fraction
from digitrec.config.choices import (
    Adadelta,
    Adam,
    AdamW,
    Affine,
    Augment,
    CnnModel,
    Constant,
    Data,
    DeepModel,
    DrawingsData,
    FastModel,
    Handwriting,
    LeNet5Model,
    Logger,
    MixData,
    MlFlow,
    MnistData,
    Model,
    NoAugment,
    NoLogger,
    OneCycle,
    Optimizer,
    PenData,
    Schedule,
    Sgd,
    Step,
    SyntheticData,
    TensorBoard,
    TinyModel,
)

__all__ = ["CHOICES", "HELD_OUT_IMAGES", "TrainConfig"]


_GROUPS: dict[str, tuple[type[Any], ...]] = {
    "data": (MnistData, SyntheticData, PenData, MixData, DrawingsData),
    "model": (CnnModel, LeNet5Model, FastModel, DeepModel, TinyModel),
    "optimizer": (Adadelta, Sgd, Adam, AdamW),
    "schedule": (OneCycle, Step, Constant),
    "augment": (NoAugment, Affine, Handwriting),
    "logger": (NoLogger, TensorBoard, MlFlow),
}
CHOICES: dict[str, dict[str, type[Any]]] = {
    group: {choice.name: choice for choice in choices} for group, choices in _GROUPS.items()
}

HELD_OUT_IMAGES = 5_000
"""How many of MNIST's training images are held out for validation, unless a run says otherwise.

Training, adaptation and benchmarks hold out the same images, so that a network is never judged by
images that it was trained on.
"""

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A whole run. What is not given takes the default below."""

    data: Data = field(default_factory=MnistData)
    model: Model = field(default_factory=CnnModel)
    optimizer: Optimizer = field(default_factory=Adadelta)
    schedule: Schedule = field(default_factory=OneCycle)
    augment: Augment = field(default_factory=Affine)
    logger: Logger = field(default_factory=NoLogger)
    epochs: int = 6
    batch_size: int = 128
    seed: int = 0
    validation: int = HELD_OUT_IMAGES  # training images held out; 0 trains on all
    label_smoothing: float = 0.0
    ema: float = 0.0  # decay of the weights' moving average; 0 keeps none
    score_test: bool = True  # false leaves the test set alone, as the trials of a search do
    device: str = "auto"  # auto, cpu, cuda, mps
    precision: str = "float32"  # of the forward pass: float32, bfloat16
    compile: bool = False
    threads: int | None = None  # of the CPU; PyTorch's own choice where not given
    save_seconds: float = 10.0  # between two saves of the state that a killed run resumes from
    experiment: str | None = None  # the folder of the run below experiments/; data-model if none
    run_dir: str | None = None  # the run's own folder, in place of experiments/<experiment>/…
    resume: str | None = None  # a run's folder, to go on with that run

    @property
    def refuses(self) -> bool:
        """Whether the network learns from what is no digit too, and can then refuse it."""
        return isinstance(self.data, MixData) and self.data.nondigits > 0

    def __post_init__(self) -> None:
        check(self.epochs >= 1, "epochs", "at least 1", self.epochs)
        check(self.batch_size >= 1, "batch_size", "at least 1", self.batch_size)
        check(0 <= self.seed < 2**63, "seed", "from 0 to 2**63 - 1", self.seed)
        check(self.validation >= 0, "validation", "0 or more", self.validation)
        check_fraction("label_smoothing", self.label_smoothing)
        check_fraction("ema", self.ema)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, PRECISIONS)
        check(self.threads is None or self.threads >= 1, "threads", "at least 1", self.threads)
        check(self.save_seconds >= 0, "save_seconds", "0 or more", self.save_seconds)
        if isinstance(self.data, SyntheticData):
            check(
                self.validation < self.data.train,
                "validation",
                f"below data.train={self.data.train}",
                self.validation,
            )
        if self.experiment is not None:
            check(
                self.experiment not in ("", ".", "..") and not set(self.experiment) & set("/\\"),
                "experiment",
                "the name of a folder",
                self.experiment,
            )
