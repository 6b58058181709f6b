"""Which device a run uses, and what makes PyTorch give the same numbers there every time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

import torch

from digitrec.config.checks import check_device
from digitrec.config.setting_words import setting_word
from digitrec.errors import DigitrecError
from digitrec.message_text import counted
from digitrec.threads import free_cores

__all__ = [
    "bfloat16_cost",
    "default_state",
    "make_deterministic",
    "pick_device",
    "pick_precision",
    "usable_device",
]


def pick_device(name: str) -> torch.device:
    """Return the device that ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps`` stands for here.

    ``auto`` is the first available of CUDA, MPS and the CPU; ``cuda:1`` the second CUDA device.

    Raises:
        DigitrecError: if a device is named that this machine or this build of PyTorch lacks.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, usable in there.items() if usable))
    kind, _, number = name.partition(":")
    if not there[kind]:
        usable = ", ".join(kind for kind, usable in there.items() if usable)
        raise DigitrecError(
            f"{setting_word('device', name)}: this machine has none that PyTorch can use; choose "
            f"auto or {usable}"
        )
    if number and int(number) >= (count := torch.cuda.device_count()):
        known = ", ".join(f"cuda:{index}" for index in range(count))
        asked = setting_word("device", name)
        raise DigitrecError(
            f"{asked}: this machine has only {counted(count, 'CUDA device')}; choose {known}"
        )
    return torch.device(name)


def usable_device(device: torch.device | str) -> torch.device:
    """Return a device that a user's program names, as `pick_device` does.

    Raises:
        DigitrecError: if there is no such device, or this machine lacks it.
    """
    if not isinstance(device, torch.device):
        check_device(str(device))
        return pick_device(device)
    if device.type == "cuda":
        pick_device(str(device))
    elif device.type == "mps":
        pick_device("mps")
    return device


def pick_precision(name: str, device: torch.device) -> str:
    """Return ``float32`` or ``bfloat16``; ``auto`` stands for one of them.

    It is bfloat16 where the device has instructions for it: CUDA devices from Ampere on, and
    processors with AVX-512 BF16 or AMX. Nothing is timed, so that the same device always gives the
    same weights.
    """
    if name != "auto":
        return name
    if device.type == "cuda":
        has = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        ask = getattr(torch.cpu, "get_capabilities", dict)  # which older versions lack
        able: dict[str, object] = ask() if device.type == "cpu" else {}
        has = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return "bfloat16" if has else "float32"


@contextlib.contextmanager
def default_state() -> Iterator[None]:
    """Build and run networks as if the caller had set nothing in PyTorch.

    Within it there is no autocast, and a new tensor that names no device is on the CPU.
    """
    with contextlib.ExitStack() as held:
        for kind in ("cpu", "cuda", "mps"):
            if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
                held.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":  # setting one makes each call slower
            held.enter_context(torch.device("cpu"))
        yield


def make_deterministic(threads: int | None) -> None:
    """Have PyTorch use only algorithms that give bit-identical results on the same machine.

    The number of CPU threads is part of that: sums are split by it. None stands for as many as
    there are free cores.
    """
    # CUDA's matrix library reads this when it starts; without it PyTorch refuses to use it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Meant to expose reads of memory that nobody wrote; costs a write of each new tensor.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    _use_threads(threads)


def _use_threads(threads: int | None) -> None:
    """Use this number of CPU threads.

    None stands for as many as PyTorch would take, but no more than there are free cores.
    """
    if threads is None and (free := free_cores()) is not None:
        threads = min(torch.get_num_threads(), free)
    if threads is not None:
        torch.set_num_threads(threads)


def bfloat16_cost(device: torch.device) -> float:
    """Return how many times as long a convolution takes in bfloat16 as in float32.

    Processors without instructions for it do it by far slower ones.
    """
    images, layer = torch.zeros(32, 32, 14, 14), torch.nn.Conv2d(32, 32, 3)
    images = images.to(device, memory_format=torch.channels_last)
    layer = layer.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def seconds(enabled: bool) -> float:
        started = time.perf_counter()
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=enabled):
            float(layer(images).sum())  # waits for the device
        return time.perf_counter() - started

    # The first of each warms up.
    fast, plain = (min([seconds(enabled) for _ in range(4)][1:]) for enabled in (True, False))
    return fast / plain
