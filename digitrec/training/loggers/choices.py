"""The choices of a logger, with their settings; several at once are one of the choices."""

from __future__ import annotations

import netrc
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from digitrec.config.checks import check_choice
from digitrec.config.choice_names import explain_unknown_choice, names_in
from digitrec.config.groups import Logger
from digitrec.config.registry import choices, register
from digitrec.errors import ConfigError, DigitrecError
from digitrec.storage.optional_packages import need

if TYPE_CHECKING:
    from digitrec.config.train_config import TrainConfig
    from digitrec.training.loggers.log import Backend
    from digitrec.training.run_directory import RunDir

__all__ = ["NoLogger", "Several"]


@register("none")
@dataclass(frozen=True, kw_only=True)
class NoLogger(Logger):
    """The run directory alone."""


@register("tensorboard")
@dataclass(frozen=True, kw_only=True)
class TensorBoard(Logger):
    """Curves for TensorBoard, in the folder ``tensorboard`` of the run directory."""

    def check(self) -> None:
        """Check that TensorBoard is installed."""
        need("logger=tensorboard", "tensorboard", "tensorboard")

    def start(self, config: TrainConfig, folder: RunDir) -> Backend:
        """Write the run's curves from the first epoch on."""
        from digitrec.training.loggers.tensorboard import TensorBoardBackend

        return TensorBoardBackend(config, folder)


@register("mlflow")
@dataclass(frozen=True, kw_only=True)
class MlFlow(Logger):
    """A run in an MLflow store; a local SQLite file by default.

    Attributes:
        store: MLflow's tracking URI.
    """

    store: str = "sqlite:///experiments/mlflow.db"

    def check(self) -> None:
        """Check that MLflow and what its store needs are installed."""
        need("logger=mlflow", "mlflow", "mlflow", "sqlalchemy", "alembic")

    def start(self, config: TrainConfig, folder: RunDir) -> Backend:
        """Make the run in the store, or find the one that it has there."""
        from digitrec.training.loggers.mlflow import MlFlowBackend

        return MlFlowBackend(config, folder, self.store)


@register("wandb")
@dataclass(frozen=True, kw_only=True)
class WandB(Logger):
    """A run in Weights & Biases.

    Attributes:
        project: The project there.
        mode: ``online``, or ``offline`` to write into the run directory, for ``wandb sync``; by
            default what the environment variable WANDB_MODE says, or else online.
    """

    project: str = "digitrec"
    mode: str | None = None

    def __post_init__(self) -> None:
        if self.mode is not None:
            check_choice("logger.mode", self.mode, ("online", "offline"))

    def check(self) -> None:
        """Check that the package is installed and, in online mode, that a user is logged in."""
        need("logger=wandb", "wandb", "wandb")
        mode = self.mode or os.environ.get("WANDB_MODE", "online")
        if mode == "online" and not _has_wandb_key():
            raise DigitrecError(
                "logger=wandb: nobody is logged in to Weights & Biases; run wandb login, or write "
                "logger.mode=offline"
            )

    def start(self, config: TrainConfig, folder: RunDir) -> Backend:
        """Start the run there, or resume the one that it has there."""
        from digitrec.training.loggers.weights_and_biases import WandBBackend

        return WandBBackend(config, folder, self.project, self.mode)


@register("several")
@dataclass(frozen=True, kw_only=True)
class Several(Logger):
    """Several loggers at once, as ``logger=[tensorboard,wandb]`` chooses them.

    Attributes:
        names: Of the loggers, with commas between them.
        store: As of MLflow.
        project: As of Weights & Biases.
        mode: As of Weights & Biases.
    """

    names: str = "tensorboard,mlflow"
    store: str = MlFlow.store
    project: str = WandB.project
    mode: str | None = None

    def __post_init__(self) -> None:
        names = self.names.split(",")
        for name in names:
            if name not in names_in("logger"):
                raise ConfigError(explain_unknown_choice("logger", name))
        if "none" in names:
            raise ConfigError(f"logger.names={self.names}: none stands alone")
        if len(set(names)) < len(names):
            raise ConfigError(f"logger.names={self.names}: each logger is named once")
        used = {field.name for name in names for field in fields(choices("logger")[name])}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in {"names", *used} and value != field.default:
                key = f"logger.{field.name}={value}"
                raise ConfigError(f"{key}: none of the loggers {self.names} has this setting")

    @property
    def loggers(self) -> Sequence[Logger]:
        """The loggers, each with its settings."""
        made = []
        for name in self.names.split(","):
            kind = choices("logger")[name]
            mine = {field.name for field in fields(kind)} & {field.name for field in fields(self)}
            made.append(kind(**{key: getattr(self, key) for key in mine}))
        return made

    def check(self) -> None:
        """Check each of them."""
        for logger in self.loggers:
            logger.check()


def _has_wandb_key() -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        return netrc.netrc().authenticators("api.wandb.ai") is not None
    except (OSError, netrc.NetrcParseError):
        return False
