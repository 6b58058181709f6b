"""What is registered in a module of one's own is a choice like the package's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from digitrec.config import registry
from digitrec.config.compose import compose
from digitrec.config.conversion import choice_from_dict, from_dict, to_dict
from digitrec.config.groups import GROUPS, Schedule
from digitrec.config.registry import choices, register
from digitrec.errors import ConfigError
from digitrec.models.checkpoint import load
from digitrec.training.run import run

# One of each, as a user would write it: a class with its settings, registered where it is defined.
MODULE = """
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from digitrec.config.checks import check
from digitrec.config.groups import Augmentation, Data, Logger, Model, Optimizer, Schedule
from digitrec.config.registry import register
from digitrec.data.dataset import split_off_validation
from digitrec.data.synthetic import digits
from digitrec.models.network import Network


@register("linear")
@dataclass(frozen=True, kw_only=True)
class Linear(Model):
    width: int = 8

    def __post_init__(self) -> None:
        check(self.width >= 1, "model.width", "at least 1", self.width)

    def build(self) -> Network:
        layers = nn.Sequential(nn.Flatten(), nn.Linear(784, self.width), nn.Linear(self.width, 10))
        return Network(layers)


@register("plain_sgd")
@dataclass(frozen=True, kw_only=True)
class PlainSgd(Optimizer):
    lr: float = 0.1

    def build(self, parameters):
        return torch.optim.SGD(parameters, lr=self.lr)


@register("inverted")
@dataclass(frozen=True, kw_only=True)
class Inverted(Augmentation):
    part: float = 0.5

    def __call__(self, images, generator):
        chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < self.part
        return torch.where(chosen, 1 - images, images)


@register("halving")
@dataclass(frozen=True, kw_only=True)
class Halving(Schedule):
    def factor(self, step, steps_per_epoch, epochs):
        return 0.5 ** (step // steps_per_epoch)


@register("few_digits")
@dataclass(frozen=True, kw_only=True)
class FewDigits(Data):
    count: int = 60

    def load(self, validation):
        train, test = digits.generate(self.count, 7), digits.generate(20, 8)
        return split_off_validation(self.name, "0123456789abcdef", train, test, validation)

    def load_test(self):
        dataset = self.load(0)
        return dataset.test, dataset.checksum


@register("notes")
@dataclass(frozen=True, kw_only=True)
class Notes(Logger):
    file: str = "notes.txt"

    def start(self, config, folder):
        return Notebook(folder.path / self.file)


class Notebook:
    def __init__(self, path):
        self.path = path

    def update(self, rows):
        self.path.write_text(f"{len(rows)} epochs")

    def finish(self, result):
        pass

    def close(self, status):
        pass
"""
ADDED = {
    "model": "linear",
    "optimizer": "plain_sgd",
    "augment": "inverted",
    "schedule": "halving",
    "data": "few_digits",
    "logger": "notes",
}
WORDS = [f"{group}={name}" for group, name in ADDED.items()]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import a module with one of each, which has a YAML file in a folder of the user's."""
    (tmp_path / "own_choices.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = {group: dict(choices(group)) for group in GROUPS}
    for group, name in ADDED.items():
        file = tmp_path / "configs" / group / f"{name}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(f"defaults:\n  - /schema/{group}/{name}@_here_\n")
    yield importlib.import_module("own_choices")
    del sys.modules["own_choices"]
    for group, kinds in before.items():
        registry.CHOICES[group].clear()
        registry.CHOICES[group].update(kinds)


def test_one_of_each_trains_and_is_recorded(
    own: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    searched = f"hydra.searchpath=['{tmp_path / 'configs'}']"
    words = [searched, *WORDS, "model.width=3", "validation=10", "epochs=2", "run_dir=run"]
    config = compose(words)
    assert config.model == own.Linear(width=3)
    assert from_dict(to_dict(config)) == config
    result = run(config)
    assert result.model == "linear"
    assert result.data == "few_digits"
    assert (tmp_path / "run" / "notes.txt").read_text() == "2 epochs"
    trained = load(tmp_path / "run" / "model.h5")
    assert (trained.model, trained.model_arguments) == ("linear", {"width": 3})


def test_settings_of_ones_own_are_checked(own: ModuleType) -> None:
    with pytest.raises(ConfigError, match=r"model\.width=0: must be at least 1"):
        choice_from_dict("model", {"name": "linear", "width": 0})
    with pytest.raises(ConfigError, match=r"optimizer\.lr=fast: must be a number"):
        choice_from_dict("optimizer", {"name": "plain_sgd", "lr": "fast"})


def test_choices_come_in_one_order_whichever_module_was_imported_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = list(choices("model"))
    kinds = dict(reversed(choices("model").items()))
    monkeypatch.setitem(registry.CHOICES, "model", kinds)
    assert list(choices("model"))[-2:] == ["ink", "marks"]
    assert {*choices("model")} == {*names}
    assert names[0] == "cnn"


def test_a_name_is_given_once() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Other(Schedule):
        def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
            return 1.0

    choices("schedule")
    with pytest.raises(ValueError, match=r"schedule=constant is registered by digitrec\."):
        register("constant")(Other)


def test_a_setting_needs_a_default() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Other(Schedule):
        rate: float

        def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
            return self.rate

    with pytest.raises(ValueError, match=r"Other\.rate needs a default"):
        register("other")(Other)
