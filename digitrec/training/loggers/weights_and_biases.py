"""Logging a run to Weights & Biases."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.storage import atomic
from digitrec.storage.regular_files import read_text
from digitrec.training.loggers.logged_values import measured, outcome, run_artifacts
from digitrec.training.run_directory import MetricsRow, Result, RunDir, experiment_name

__all__ = ["WandBBackend"]


class WandBBackend:
    """A run in Weights & Biases; its id and the last logged epoch are in wandb.txt."""

    def __init__(self, config: TrainConfig, folder: RunDir, project: str, mode: str | None) -> None:
        import wandb

        self._wandb, self._folder = wandb, folder
        self._file = folder.path / "wandb.txt"
        known, self._told = secrets.token_hex(4), 0
        if self._file.exists():
            known, told = read_text(self._file).split()
            self._told = int(told)
        chosen: Any = mode
        self._run = wandb.init(
            project=project, group=experiment_name(config), name=folder.path.name, id=known,
            resume="allow", mode=chosen, dir=str(folder.path), config=to_dict(config),
            notes=config.notes, tags=config.tags.split(",") if config.tags else None,
            settings=wandb.Settings(silent=True, console="off"),
        )  # fmt: skip
        self._note()

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Log the new rows."""
        for row in rows:
            if row.epoch > self._told:
                self._run.log({"epoch": row.epoch, **measured(row)}, step=row.epoch)
                self._told = row.epoch
                self._note()

    def finish(self, result: Result) -> None:
        """Log the result of the run, the network and the plots."""
        self._run.summary.update(outcome(result))
        artifact = self._wandb.Artifact(f"model-{self._run.id}", type="model")
        for file in run_artifacts(self._folder):
            artifact.add_file(str(file))
        self._run.log_artifact(artifact)

    def close(self, status: str) -> None:
        """Let go; the run has this status."""
        self._run.finish(exit_code=0 if status == "finished" else 1)

    def _note(self) -> None:
        atomic.write_text(self._file, f"{self._run.id} {self._told}\n")
