"""Where and with what a run takes place: what one needs to know to repeat it."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from digitrec.training.seeding import SCHEME

__all__ = ["describe"]

PACKAGES = ("digitrec", "torch", "numpy", "scipy", "h5py", "hydra-core", "pillow")


def describe(device: torch.device, seed: int, data: str, checksum: str) -> dict[str, Any]:
    """Return what environment.json holds."""
    return {
        "versions": {"python": platform.python_version()} | {p: _version(p) for p in PACKAGES},
        "platform": platform.platform(),
        "device": device.type,
        "device_name": _device_name(device),
        "threads": torch.get_num_threads(),
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "git": _git(),
        "data": {"name": data, "checksum": checksum},
        "seeding": {"seed": seed} | SCHEME,
        "command": sys.argv,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _git() -> dict[str, Any] | None:
    """Return the commit the code is at, and whether it was changed since; None outside git."""
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
        return {"commit": ask("rev-parse", "HEAD"), "changed": bool(ask("status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return None
