"""Putting a learner where its run was stopped, and saying what has changed since."""

from __future__ import annotations

import sys

from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.message_text import printable, shorten
from digitrec.training.learner import Learner
from digitrec.training.run_directory import CheckpointIdentity, Environment, Position, RunDir

__all__ = ["restore"]

MAX_SHOWN = 400  # characters of a value in a warning


def restore(
    folder: RunDir, learner: Learner, surroundings: Environment, config: TrainConfig
) -> Position:
    """Put a learner where its run was stopped; warn of what could make the run go on differently.

    Args:
        folder: The directory of that run.
        learner: Of the same configuration; it stays as it is where no state was saved.
        surroundings: In which the run goes on.
        config: Of the run that goes on.

    Returns:
        How far the run has come.

    Raises:
        DigitrecError: if the data, the teacher, or the weights that it is to begin with again are
            others than those it began with.
        RunFileError: if the saved state is damaged, or of another configuration.
    """
    recorded = folder.environment()
    if recorded.data != surroundings.data:
        raise DigitrecError(
            f"{folder.path} was trained on other data ({recorded.data}) than is here now "
            f"({surroundings.data}); point DIGITREC_DATA at the original data"
        )
    _check_network_file(f"teacher={config.teacher}", recorded.teacher, surroundings.teacher, folder)
    if not folder.has_state:  # it begins again
        _check_network_file(f"init={config.init}", recorded.init, surroundings.init, folder)
    for key in ("versions", "device", "device_name"):
        before, now = getattr(recorded, key), getattr(surroundings, key)
        if before != now:
            print(
                f"warning: {key} changed since the run began, from {_shown(before)} to "
                f"{_shown(now)}: the weights may differ in their last digits from those of an "
                "uninterrupted run",
                file=sys.stderr,
            )
    state = folder.state()
    if state is None:
        return Position()
    position, arrays = state
    if position.epoch > config.epochs:
        raise folder.foreign_state(f"it is after {position.epoch} epochs, of {config.epochs}")
    try:
        learner.load_state(arrays)
    except (LookupError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise folder.foreign_state(shorten(str(error).strip())) from None
    return position


def _check_network_file(
    setting: str,
    recorded: CheckpointIdentity | None,
    now: CheckpointIdentity | None,
    folder: RunDir,
) -> None:
    """Check that a checkpoint file is the one that a run began with."""
    if recorded is not None and (now is None or now.checksum != recorded.checksum):
        raise DigitrecError(
            f"{setting} holds a different network from the one that the run in {folder.path} began "
            f"with; put back the file with checksum {recorded.checksum}"
        )


def _shown(value: object) -> str:
    return printable(str(value)[:MAX_SHOWN])
