"""What each group of the configuration offers: one dataclass a choice, with defaults and limits."""

from __future__ import annotations

from dataclasses import dataclass

from digitrec.config.checks import check, check_fraction

__all__ = [
    "Adadelta",
    "Adam",
    "AdamW",
    "Affine",
    "Augment",
    "CnnModel",
    "Constant",
    "Data",
    "DeepModel",
    "DrawingsData",
    "FastModel",
    "Handwriting",
    "LeNet5Model",
    "Logger",
    "MixData",
    "MlFlow",
    "MnistData",
    "Model",
    "NoAugment",
    "NoLogger",
    "OneCycle",
    "Optimizer",
    "PenData",
    "Schedule",
    "Sgd",
    "Step",
    "SyntheticData",
    "TensorBoard",
    "TinyModel",
]

# --- data: where the images come from ---------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MnistData:
    """MNIST from ``root``, else from the folder DIGITREC_DATA names, else downloaded."""

    name: str = "mnist"
    root: str | None = None


@dataclass(frozen=True, kw_only=True)
class SyntheticData:
    """Handwriting made from stroke models; nothing is downloaded."""

    name: str = "synthetic"
    train: int = 30_000  # images, those held out for validation among them
    test: int = 5_000
    seed: int = 0  # of the handwriting; the run's own seed draws nothing here

    def __post_init__(self) -> None:
        check(self.train >= 10, "data.train", "at least 10", self.train)
        check(self.test >= 1, "data.test", "at least 1", self.test)
        check(0 <= self.seed < 2**31, "data.seed", "from 0 to 2147483647", self.seed)


@dataclass(frozen=True, kw_only=True)
class PenData:
    """Pen strokes of digits by thirty writers, drawn as on a window's canvas.

    Found as MNIST is. Writers are kept apart: 24 train, 3 validate, 3 test.
    """

    name: str = "pen"
    root: str | None = None
    renderings: int = 4  # drawings of each digit, each at another size, with another pen
    rewrite: float = 0.0  # how freely those to train on are written once more, strokes varied

    def __post_init__(self) -> None:
        _check_pen(self.renderings, self.rewrite)


@dataclass(frozen=True, kw_only=True)
class MixData:
    """MNIST with pen strokes and more mixed in; tested on MNIST.

    Each of ``mnist`` to ``drawings`` is a weight: what part of an epoch comes from there.
    """

    name: str = "mnist_pen"
    root: str | None = None
    mnist: float = 0.6
    pen: float = 0.4
    synthetic: float = 0.0
    nondigits: float = 0.0  # letters, scribbles and more, to learn to refuse
    drawings: float = 0.0  # those put right in the window
    drawings_path: str | None = None  # their file; the user's own where not given
    epoch: int = 60_000  # images that an epoch takes from all together
    renderings: int = 4  # of each pen digit
    rewrite: float = 0.0  # how freely pen digits to train on are written once more

    def __post_init__(self) -> None:
        for source, weight in self.weights.items():
            check(0 <= weight < float("inf"), f"data.{source}", "0 or more", weight)
        check(any(self.weights.values()), "data", "a mix with a weight above 0", self.weights)
        check(self.epoch >= 1, "data.epoch", "at least 1", self.epoch)
        _check_pen(self.renderings, self.rewrite)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each source, by its name."""
        sources = ("mnist", "pen", "synthetic", "nondigits", "drawings")
        return {source: getattr(self, source) for source in sources}


def _check_pen(renderings: int, rewrite: float) -> None:
    check(1 <= renderings <= 100, "data.renderings", "from 1 to 100", renderings)
    check(0 <= rewrite <= 2, "data.rewrite", "from 0 to 2", rewrite)


@dataclass(frozen=True, kw_only=True)
class DrawingsData:
    """Drawings put right in the window, from ``path``, else from the user's data folder."""

    name: str = "drawings"
    path: str | None = None


# --- model: the arguments are those of the class of the same name in model.py ------------------


@dataclass(frozen=True, kw_only=True)
class CnnModel:
    """The classic of the Keras example."""

    name: str = "cnn"
    pool_dropout: float = 0.25
    dense_dropout: float = 0.5

    def __post_init__(self) -> None:
        check_fraction("model.pool_dropout", self.pool_dropout)
        check_fraction("model.dense_dropout", self.dense_dropout)


@dataclass(frozen=True, kw_only=True)
class LeNet5Model:
    """LeCun's network of 1998."""

    name: str = "lenet5"


def _check_width(value: int) -> None:
    # The upper bound keeps a weights file of unknown origin from asking for all the memory.
    check(
        2 <= value <= 1024 and value % 2 == 0, "model.width", "an even number from 2 to 1024", value
    )


@dataclass(frozen=True, kw_only=True)
class FastModel:
    """Made to train fast."""

    name: str = "fast"
    width: int = 32

    def __post_init__(self) -> None:
        _check_width(self.width)


@dataclass(frozen=True, kw_only=True)
class DeepModel:
    """Made to be accurate."""

    name: str = "deep"
    width: int = 32
    dropout: float = 0.2

    def __post_init__(self) -> None:
        _check_width(self.width)
        check_fraction("model.dropout", self.dropout)


@dataclass(frozen=True, kw_only=True)
class TinyModel:
    """Under 10,000 parameters."""

    name: str = "tiny"


# --- optimizer ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """What all optimizers have."""

    name: str
    lr: float
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check(self.lr > 0, "optimizer.lr", "above 0", self.lr)
        check(self.weight_decay >= 0, "optimizer.weight_decay", "0 or more", self.weight_decay)


@dataclass(frozen=True, kw_only=True)
class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012); a run's default."""

    name: str = "adadelta"
    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction("optimizer.rho", self.rho)
        check(self.eps > 0, "optimizer.eps", "above 0", self.eps)


@dataclass(frozen=True, kw_only=True)
class Sgd(Optimizer):
    """Stochastic gradient descent with (Nesterov) momentum (Sutskever et al. 2013)."""

    name: str = "sgd"
    lr: float = 0.05
    weight_decay: float = 5e-4
    momentum: float = 0.9
    nesterov: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction("optimizer.momentum", self.momentum)
        if self.nesterov:
            check(self.momentum > 0, "optimizer.momentum", "above 0 with nesterov", self.momentum)


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Adam (Kingma & Ba 2015)."""

    name: str = "adam"
    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction("optimizer.beta1", self.beta1)
        check_fraction("optimizer.beta2", self.beta2)
        check(self.eps > 0, "optimizer.eps", "above 0", self.eps)


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    name: str = "adamw"
    weight_decay: float = 1e-2


# --- schedule: the learning rate over the run, as a factor of optimizer.lr ---------------------


@dataclass(frozen=True, kw_only=True)
class OneCycle:
    """Up and down once along cosines (Smith & Topin 2018)."""

    name: str = "onecycle"
    warmup: float = 0.3  # part of the run that goes up
    start: float = 0.04  # factor at the first step
    end: float = 0.001  # factor at the last step

    def __post_init__(self) -> None:
        check_fraction("schedule.warmup", self.warmup)
        check(0 <= self.start <= 1, "schedule.start", "from 0 to 1", self.start)
        check(0 <= self.end <= 1, "schedule.end", "from 0 to 1", self.end)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Times ``gamma`` after every ``every`` epochs."""

    name: str = "step"
    gamma: float = 0.7
    every: int = 1

    def __post_init__(self) -> None:
        check(0 < self.gamma <= 1, "schedule.gamma", "above 0, at most 1", self.gamma)
        check(self.every >= 1, "schedule.every", "at least 1", self.every)


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The same learning rate throughout."""

    name: str = "constant"


# --- augment -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class NoAugment:
    """The images as they are."""

    name: str = "none"


@dataclass(frozen=True, kw_only=True)
class Affine:
    """Random affine maps; each value is the largest in either direction, drawn uniformly."""

    name: str = "affine"
    rotation: float = 10.0  # degrees
    scale: float = 0.1  # part of the size, along each axis on its own
    shear: float = 0.1  # pixels to the side a pixel of height: slant
    shift: float = 2.0  # pixels, along each axis on its own

    def __post_init__(self) -> None:
        check(0 <= self.rotation <= 180, "augment.rotation", "0 to 180 degrees", self.rotation)
        check_fraction("augment.scale", self.scale)
        check(0 <= self.shear <= 2, "augment.shear", "from 0 to 2", self.shear)
        check(0 <= self.shift <= 14, "augment.shift", "from 0 to 14 pixels", self.shift)


@dataclass(frozen=True, kw_only=True)
class Handwriting(Affine):
    """How hands and pens vary: affine maps, wavering lines, thicker and thinner pens, gaps."""

    name: str = "handwriting"
    shear: float = 0.15
    shift: float = 1.5
    elastic: float = 0.5  # pixels that places waver by, as a standard deviation
    thickness: float = 0.3  # of a pixel that lines grow or shrink by on each side, at most
    blur: float = 0.3  # part of the way to the mean of 3×3 pixels, at most
    erasure: float = 0.03  # part of the images that a spot is erased from

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 <= self.elastic <= 5, "augment.elastic", "from 0 to 5 pixels", self.elastic)
        check_fraction("augment.thickness", self.thickness)
        check_fraction("augment.blur", self.blur)
        check_fraction("augment.erasure", self.erasure)


# --- logger: who else is told of a run; its folder stays the record -----------------------------


@dataclass(frozen=True, kw_only=True)
class NoLogger:
    """The run's folder alone."""

    name: str = "none"


@dataclass(frozen=True, kw_only=True)
class TensorBoard:
    """Curves for TensorBoard, in the folder ``tensorboard`` of the run's."""

    name: str = "tensorboard"


@dataclass(frozen=True, kw_only=True)
class MlFlow:
    """A run in an MLflow store; a local SQLite file by default."""

    name: str = "mlflow"
    store: str = "sqlite:///experiments/mlflow.db"  # MLflow's tracking URI


# --- what each group offers -------------------------------------------------------------------

Data = MnistData | SyntheticData | PenData | MixData | DrawingsData
Model = CnnModel | LeNet5Model | FastModel | DeepModel | TinyModel
Schedule = OneCycle | Step | Constant
Augment = NoAugment | Affine  # Handwriting is one too
Logger = NoLogger | TensorBoard | MlFlow
