"""The choices that are registered in each group of the configuration, and how one is added.

A choice is a frozen dataclass. Its fields are its settings, typed and with defaults; its methods
make the thing that is chosen. It is registered where it is defined, under the name that chooses it:

    @register("mine")
    @dataclass(frozen=True, kw_only=True)
    class Mine(Model):
        width: int = 32

        def build(self) -> nn.Module: ...

``BUILT_IN`` names the modules that register the package's own choices, each of which has a YAML
file, ``configs/model/mine.yaml``. They are imported on first use, and none of them imports PyTorch
before it is asked to make something: ``--help`` does not wait for it. Modules of the user's own are
imported where a command names them (`digitrec.config.plugins`); a YAML file is optional there.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from digitrec.config.groups import GROUPS, Choice

__all__ = ["BUILT_IN", "all_or_nothing", "choices", "register", "settings_of"]

BUILT_IN = {
    "data": (
        "digitrec.data.sets.single",
        "digitrec.data.sets.folder",
        "digitrec.data.sets.mixes",
        "digitrec.data.sets.composed",
    ),
    "model": (
        "digitrec.models.architectures.digits",
        "digitrec.models.architectures.ensemble",
        "digitrec.models.architectures.strings",
        "digitrec.models.architectures.ink",
        "digitrec.models.architectures.marks",
    ),
    "optimizer": ("digitrec.training.optimizers",),
    "schedule": ("digitrec.training.schedules",),
    "augment": ("digitrec.training.augmentations",),
    "logger": ("digitrec.training.loggers.choices",),
}


CHOICES: dict[str, dict[str, type[Any]]] = {group: {} for group in GROUPS}
"""The classes of each group, by the names that choose them, in the order of registration."""

ChoiceType = TypeVar("ChoiceType", bound=type[Choice])


def register(name: str) -> Callable[[ChoiceType], ChoiceType]:
    """Return the decorator that makes a class one of the choices of its group.

    Args:
        name: What it is to be chosen by.

    Raises:
        ValueError: if another class has that name, a setting lacks a default, or the class is not a
            whole choice.
    """

    def add(kind: ChoiceType) -> ChoiceType:
        _check_class(kind)
        known = CHOICES[kind.group].get(name)
        if known is not None and (known.__module__, known.__qualname__) != (
            kind.__module__,
            kind.__qualname__,
        ):
            raise ValueError(f"{kind.group}={name} is registered by {known.__module__} already")
        settings_of(kind)
        kind.name = name
        CHOICES[kind.group][name] = kind
        return kind

    return add


def _check_class(kind: Any) -> None:
    if not (isinstance(kind, type) and issubclass(kind, tuple(GROUPS.values()))):
        bases = ", ".join(group.__name__ for group in GROUPS.values())
        raise ValueError(f"{kind.__name__} must be a class derived from one of {bases}")
    if "__dataclass_params__" not in vars(kind):
        raise ValueError(
            f"{kind.__name__} lacks @dataclass(frozen=True, kw_only=True) below @register"
        )
    if missing := sorted(getattr(kind, "__abstractmethods__", ())):
        raise ValueError(f"{kind.__name__} lacks the method {missing[0]}")


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Undo what is registered within, if an exception ends it."""
    before = {group: dict(kinds) for group, kinds in CHOICES.items()}
    try:
        yield
    except BaseException:
        for group, kinds in before.items():
            CHOICES[group].clear()
            CHOICES[group].update(kinds)
        raise


def choices(group: str) -> Mapping[str, type[Any]]:
    """Return the choices of a group, by their names.

    The package's own come first, in the order of ``BUILT_IN``, whichever was imported first.
    """
    place = {module: number for number, module in enumerate(BUILT_IN[group])}
    for module in place:
        importlib.import_module(module)
    kinds = CHOICES[group].items()
    return dict(sorted(kinds, key=lambda one: place.get(one[1].__module__, len(place))))


def settings_of(kind: type[Choice]) -> dict[str, Any]:
    """Return the settings of a choice with their defaults.

    Raises:
        ValueError: if a setting has no default.
    """
    settings = {}
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING:
            raise ValueError(f"{kind.__name__}.{field.name} needs a default value")
        settings[field.name] = field.default
    return settings
