"""The weights that a run starts from, where ``init`` names a checkpoint file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError
from digitrec.models import checkpoint, ink_checkpoint, mark_checkpoint, string_checkpoint
from digitrec.models.checkpoint import checkpoint_file
from digitrec.models.network import Network
from digitrec.training.run_directory import CheckpointIdentity

__all__ = ["identify", "identify_file", "load_init"]

LOADERS: Mapping[str, Callable[[Path], Network]] = {
    "strings": string_checkpoint.load,
    "ink": ink_checkpoint.load,
    "marks": mark_checkpoint.load,
}
"""What reads checkpoint files for tasks other than digits."""


def load_init(config: TrainConfig) -> dict[str, Tensor] | None:
    """Read the weights of ``config.init``; None where a run starts from random ones.

    Returns:
        The state of a network as ``config.model`` builds it.

    Raises:
        DigitrecError: if there is no such checkpoint file, or it is of another network.
    """
    if config.init is None:
        return None
    try:
        file = checkpoint_file(Path(config.init).expanduser())
        if load := LOADERS.get(config.model.task):
            state, settings = load(file).state_dict(), ""
        else:
            loaded = checkpoint.load(file)
            state = loaded.network.state_dict()
            words = {"model": loaded.model} | {
                f"model.{name}": value for name, value in loaded.model_arguments.items()
            }
            settings = " ".join(f"{name}={value}" for name, value in words.items())
    except DigitrecError as error:
        raise DigitrecError(f"init={config.init}: {error}") from None
    expected = {key: value.shape for key, value in config.model.build().state_dict().items()}
    if {key: value.shape for key, value in state.items()} != expected:
        arguments = to_dict(config.model)
        here = " ".join([f"model={arguments.pop('name')}", *(
            f"model.{name}={value}" for name, value in arguments.items()
        )])  # fmt: skip
        raise ConfigError(
            f"init={config.init} holds another network than {here}"
            + (f"; write {settings}" if settings else "; choose the same model")
        )
    return state


def identify(path: str | None) -> CheckpointIdentity | None:
    """Return what identifies a checkpoint file, or the one in a run's folder."""
    if path is None:
        return None
    return identify_file(checkpoint_file(Path(path).expanduser()))


def identify_file(file: Path) -> CheckpointIdentity:
    """Return what identifies a checkpoint file."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return CheckpointIdentity(str(file.absolute()), digest[:16])
