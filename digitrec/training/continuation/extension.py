"""Resuming a run for more epochs than it was configured for."""

from __future__ import annotations

from dataclasses import replace

from digitrec.config.shell_words import path_setting
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError
from digitrec.message_text import counted
from digitrec.training.early_stopping import has_stopped_improving
from digitrec.training.run_directory import RunDir

__all__ = ["extend"]


def extend(folder: RunDir, config: TrainConfig, epochs: int) -> tuple[TrainConfig, RunDir | None]:
    """Return the configuration of the longer run, and the finished run that it continues.

    The longer run is what it would have been from its beginning, bit for bit, where the learning
    rate does not depend on the number of epochs. A run that has not ended goes on in its
    directory, to which the caller writes the configuration once the run goes on indeed; the record
    of a finished one stays as it is, and a new run goes on from its state.

    Args:
        folder: The directory of the run.
        config: Of the run.
        epochs: How many it is to have in all.

    Raises:
        ConfigError: if it cannot be extended; it names what can be done.
    """
    asked, finished = f"resume={folder.path} epochs={epochs}", folder.is_finished()
    longer = replace(config, epochs=epochs, resume=None)
    if epochs == config.epochs and not finished:
        return config, None
    if epochs <= config.epochs:
        raise ConfigError(
            f"{asked}: the run is configured for {counted(config.epochs, 'epoch')}; give a larger "
            "total"
        )
    if finished:
        begin = f"{path_setting('init', folder.path)} starts a new run from its weights"
    else:
        begin = "train it to its end; then init= starts a new run from its weights"
    if not config.schedule.extends:
        raise ConfigError(
            f"{asked}: schedule={config.schedule.name} has already brought the learning rate down "
            f"over {counted(config.epochs, 'epoch')} in all; {begin}"
        )
    state = folder.state()
    if finished and state is None:
        raise ConfigError(f"{asked}: its state was not kept when it ended; {begin}")
    if state and has_stopped_improving(state[0].rows, config.patience):
        raise ConfigError(
            f"{asked}: the run stopped early, after {config.patience} epochs without a better "
            f"validation accuracy; {begin}"
        )
    return (replace(longer, run_dir=None), folder) if finished else (longer, None)
