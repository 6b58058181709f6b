from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch

from digitrec.config.checks import DEVICES
from digitrec.errors import DigitrecError
from digitrec.models import device
from digitrec.models.device import bfloat16_cost, make_deterministic, pick_device, pick_precision


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back all of PyTorch's settings that making it deterministic touches."""
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory
    benchmark = torch.backends.cudnn.benchmark
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)
    torch.utils.deterministic.fill_uninitialized_memory = fill
    torch.backends.cudnn.benchmark = benchmark


def have(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def test_auto_is_a_device_that_works_here() -> None:
    assert torch.ones(2, device=pick_device("auto")).sum() == 2


def test_cpu_is_always_there() -> None:
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [
        (True, True, "cuda"),
        (True, False, "cuda"),
        (False, True, "mps"),
        (False, False, "cpu"),
    ],
)
def test_auto_takes_the_first_there_is(
    cuda: bool, mps: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, cuda=cuda, mps=mps)
    assert pick_device("auto") == torch.device(expected)


@pytest.mark.parametrize("name", DEVICES)
def test_each_device_can_be_named_where_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, cuda=True, mps=True)
    assert pick_device(name).type == (name if name != "auto" else "cuda")


@pytest.mark.parametrize(
    ("name", "mps", "left"),
    [("cuda", False, "cpu"), ("mps", False, "cpu"), ("cuda", True, "mps, cpu")],
)
def test_absent_device_is_refused_in_one_line(
    name: str, mps: bool, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, cuda=False, mps=mps)
    with pytest.raises(DigitrecError) as caught:
        pick_device(name)
    message = str(caught.value)
    assert message.startswith(f"device={name}: ")
    assert message.endswith(f"choose auto or {left}")
    assert len(message.splitlines()) == 1


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_are_as_many_as_asked_for(threads: int) -> None:
    make_deterministic(threads)
    assert torch.get_num_threads() == threads


@pytest.mark.usefixtures("restored")
def test_threads_stay_where_none_are_asked_for() -> None:
    torch.set_num_threads(3)
    make_deterministic(None)
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(("there", "free", "expected"), [(3, 2, 2), (3, 8, 3), (1, 1, 1)])
def test_threads_are_no_more_than_free_cores(
    there: int, free: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "free_cores", lambda: free)
    torch.set_num_threads(there)
    make_deterministic(None)
    assert torch.get_num_threads() == expected


@pytest.mark.usefixtures("restored")
def test_only_deterministic_algorithms_are_used() -> None:
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.benchmark = True
    make_deterministic(None)
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.backends.cudnn.benchmark


@pytest.mark.usefixtures("restored")
def test_workspace_of_cuda_is_set_where_the_user_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    make_deterministic(None)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    make_deterministic(None)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, "bfloat16"),
        ({"avx512_bf16": False, "amx_bf16": True}, "bfloat16"),
        ({"avx512_f": True}, "float32"),
        ({}, "float32"),
    ],
)
def test_precision_follows_what_the_processor_has_instructions_for(
    able: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    assert pick_precision("auto", torch.device("cpu")) == expected
    for chosen in ("float32", "bfloat16"):
        assert pick_precision(chosen, torch.device("cpu")) == chosen


def test_precision_is_float32_where_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert pick_precision("auto", torch.device("cpu")) == "float32"
    assert pick_precision("auto", torch.device("mps")) == "float32"


@pytest.mark.parametrize(("capability", "expected"), [((7, 5), "float32"), ((8, 0), "bfloat16")])
def test_precision_follows_the_generation_of_a_gpu(
    capability: tuple[int, int], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert pick_precision("auto", torch.device("cuda")) == expected


def test_bfloat16_is_timed_beside_float32() -> None:
    """Whichever this processor is faster at: the two do the same work."""
    assert 0.02 < bfloat16_cost(torch.device("cpu")) < 500
