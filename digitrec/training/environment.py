"""Find out where and with what a run is trained, so that it can be repeated."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from digitrec.config.train_config import TrainConfig, modules_of_plugins
from digitrec.training.run_directory import DataIdentity, Environment, GitState, Origins
from digitrec.training.seeding import SCHEME

__all__ = ["describe"]

PACKAGES = ("digitrec", "torch", "numpy", "scipy", "h5py", "hydra-core", "pillow")
NO_ORIGINS = Origins()


def describe(
    device: torch.device, config: TrainConfig, data: DataIdentity, origins: Origins = NO_ORIGINS
) -> Environment:
    """Return the environment of a run that begins now in this process.

    Args:
        device: Where the network is trained.
        config: The configuration of the run.
        data: The data set that it is trained on.
        origins: The networks that its network comes from.
    """
    return Environment(
        versions={"python": platform.python_version()} | {p: _version(p) for p in PACKAGES},
        platform=platform.platform(),
        device=device.type,
        device_name=_device_name(device),
        threads=torch.get_num_threads(),
        deterministic_algorithms=torch.are_deterministic_algorithms_enabled(),
        git=_git(),
        data=data,
        seeding={"seed": config.seed, **SCHEME},
        command=tuple(sys.argv),
        init=origins.init,
        teacher=origins.teacher,
        mean_of=tuple(origins.mean_of),
        members=tuple(origins.members),
        plugins={
            name: hashlib.sha256(file.read_bytes()).hexdigest()[:16]
            for name, file in modules_of_plugins(config).items()
        },
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _git() -> GitState | None:
    """Return the state of the checkout that this code is in; None if it is in none."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / ".git").exists():
        return None  # installed: a repository further up would be somebody else's

    def ask(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *words],
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout.strip()

    try:
        return GitState(ask("rev-parse", "HEAD"), bool(ask("status", "--porcelain")))
    except (OSError, subprocess.SubprocessError):
        return None
