"""Modules of the user's own: what they register is chosen like the package's, mistakes are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from plugin_modules import README, modules_of, written_in
from train_command import command

from digitrec.config import plugins
from digitrec.config.choice_names import groups
from digitrec.config.completion import complete
from digitrec.config.compose import compose, expand, search_of
from digitrec.config.conversion import from_dict, to_dict
from digitrec.config.plugins import advice_on_plugins, load_plugins, plugin_words
from digitrec.config.registry import choices
from digitrec.errors import ConfigError, UnknownChoiceError, UnregisteredChoiceError

EXAMPLE = modules_of(README.read_text(encoding="utf-8"))
WORDS = ["plugins=[my_nets]", "model=mine"]

HEAD = """
from dataclasses import dataclass
from digitrec.config.groups import Augmentation, Optimizer, Schedule
from digitrec.config.registry import register
"""
SCHEDULE = """
@register("{name}")
@dataclass(frozen=True, kw_only=True)
class {kind}(Schedule):
    {setting} = {default}

    def factor(self, step, steps_per_epoch, epochs):
        return 1.0
"""

Write = Callable[[Mapping[str, str]], None]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Write modules into the current folder, and forget them at the end."""
    with ExitStack() as held:
        yield lambda modules: held.enter_context(written_in(tmp_path, modules))


@pytest.fixture
def example(write: Write) -> None:
    write(EXAMPLE)


def schedule(name: str = "mine", setting: str = "rate: float", default: str = "0.5") -> str:
    kind = name.title()
    return HEAD + SCHEDULE.format(name=name, kind=kind, setting=setting, default=default)


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_plugins(text)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def test_the_example_is_about_thirty_lines() -> None:
    (source,) = EXAMPLE.values()
    assert len(source.strip().splitlines()) <= 36


@pytest.mark.usefixtures("example")
def test_a_choice_needs_no_file_of_yaml() -> None:
    config = compose([*WORDS, "model.width=64"])
    assert to_dict(config.model) == {"name": "mine", "width": 64}
    assert config.plugins == "my_nets"
    assert from_dict(to_dict(config)) == config
    assert "mine" in groups()["model"]
    with pytest.raises(ConfigError, match=r"^model\.width=0: must be"):
        compose([*WORDS, "model.width=0"])
    with pytest.raises(ConfigError, match=r"^no model is called 'mien'; did you mean mine"):
        compose(["plugins=my_nets", "model=mien"])
    with pytest.raises(ConfigError, match=r"^no setting is called model\.widht; did you mean"):
        compose([*WORDS, "model.widht=3"])


@pytest.mark.usefixtures("example")
def test_a_file_of_yaml_is_taken_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "configs" / "model" / "mine.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("defaults:\n  - /schema/model/mine@_here_\nwidth: 7\n")
    searched = f"hydra.searchpath=['{tmp_path / 'configs'}']"
    assert to_dict(compose([searched, *WORDS]).model)["width"] == 7


def test_several_modules_are_named_in_a_sweep_too(write: Write) -> None:
    write({**EXAMPLE, "my_schedules": schedule("slow")})
    words = ["plugins=[my_nets, my_schedules]", "model=mine,cnn", "schedule=slow"]
    jobs = expand(words).jobs
    assert list(jobs) == ["model=mine", "model=cnn"]
    assert {job.plugins for job in jobs.values()} == {"my_nets,my_schedules"}
    assert plugin_words() == ["--plugins", "my_nets,my_schedules"]


@pytest.mark.usefixtures("example")
def test_a_search_may_vary_their_settings() -> None:
    search = search_of(
        [*WORDS, "hparams=optuna", "model.width=choice(8,64)", "batch_size=32", "label_smoothing=0"]
    )
    assert "plugins=my_nets" in " ".join(search.words).replace('"', "")
    assert "model.width" in search.space


@pytest.mark.usefixtures("example")
def test_their_settings_are_completed() -> None:
    assert complete([*WORDS, "model.w"], [], True) == ["model.width="]
    assert "model=mine" in complete(["plugins=[my_nets]", "model="], [], True)
    assert complete(["plugins=[nowhere]", "model=mi"], [], True) == ["model=mine"]


def test_what_cannot_be_imported_does_not_stop_completion() -> None:
    assert complete(["plugins=[nowhere]", "model=ti"], [], True) == ["model=tiny"]


@pytest.mark.usefixtures("example")
def test_help_shows_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["--help", *WORDS], monkeypatch) == 0
    out = capsys.readouterr().out
    assert "width: 32" in out
    assert "mine" in out.partition("Settings")[0]
    assert "my_nets.py" in out


def test_a_module_that_is_not_there_is_told() -> None:
    assert refused("my_nest").startswith("plugins=my_nest: no module my_nest, neither in ")
    assert refused("a.b").startswith("plugins=a.b: no module a, neither in ")


@pytest.mark.usefixtures("example")
def test_the_nearest_module_is_suggested() -> None:
    assert refused("my_nest").endswith("nor installed; did you mean my_nets?")


@pytest.mark.parametrize("text", ["my_nets.py", "./my_nets", "", "a,,b", "a b", "1a"])
def test_plugins_are_names_of_modules(text: str) -> None:
    assert "name modules, with commas between them: my_nets" in refused(text)
    with pytest.raises(ConfigError, match="name modules"):
        from_dict({"plugins": text})


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("import nowhere_at_all", 1, "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("x = 1\nx.y", 2, "AttributeError: 'int' object has no attribute 'y'"),
        ("x = (", 1, "SyntaxError: '(' was never closed"),
        ("raise SystemExit(3)", 1, "SystemExit: 3"),
        (
            schedule("constant"),
            6,
            "ValueError: schedule=constant is registered by digitrec.training.schedules already",
        ),
        (
            HEAD + "\n@register('a')\nclass A(Schedule):\n    x: int = 3\n",
            7,
            "ValueError: A lacks @dataclass(frozen=True, kw_only=True) below @register",
        ),
        (
            HEAD + "\n@register('a')\n@dataclass(frozen=True)\nclass A(Schedule):\n    pass\n",
            7,
            "ValueError: A lacks the method factor",
        ),
        (
            HEAD + "\n@register('a')\ndef a():\n    pass\n",
            7,
            "ValueError: a must be a class derived from one of Data, Model, Optimizer, Schedule, "
            "Augmentation, Logger",
        ),
    ],
)
def test_a_fault_is_told_with_its_line(
    write: Write, source: str, line: int, expected: str, tmp_path: Path
) -> None:
    write({"faulty": source})
    message = refused("faulty")
    assert message.startswith(f"plugins=faulty: {tmp_path / 'faulty.py'}, line ")
    number, _, rest = message.partition(", line ")[2].partition(": ")
    assert abs(int(number) - line) <= 2  # of a decorated class, which line it is differs
    assert rest == expected
    assert "faulty" not in sys.modules


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            schedule(setting="rates: list[float]", default="None"),
            "ValueError: Mine.rates must be int, float, bool or str, or one of these | None",
        ),
        (
            HEAD
            + "\n@register('mine')\n@dataclass(frozen=True, kw_only=True)\nclass Mine(Schedule):\n"
            "    def factor(self, step, steps_per_epoch, epochs):\n        return 1.0\n\n"
            "    def __post_init__(self):\n        raise OSError('out of order')\n",
            "OSError: out of order",
        ),
    ],
)
def test_a_choice_is_checked_before_it_is_chosen(write: Write, source: str, expected: str) -> None:
    write({"faulty": source})
    assert refused("faulty").endswith(expected)
    assert "mine" not in choices("schedule")


def test_a_module_that_registers_nothing_is_no_plugin(write: Write) -> None:
    write({"empty": "x = 1"})
    assert "empty.py registers nothing; see digitrec/config/README.md" in refused("empty")


def test_settings_may_be_optional(write: Write) -> None:
    write({"optional": "import typing\n" + schedule("maybe", "a: typing.Optional[int]", "None")})
    config = compose(["plugins=optional", "schedule=maybe", "schedule.a=3"])
    assert to_dict(config.schedule) == {"name": "maybe", "a": 3}


# --- nothing is imported but what a command names ------------------------------------------------


@pytest.mark.usefixtures("example")
def test_a_recorded_configuration_names_its_plugins_and_imports_none() -> None:
    recorded = {"model": {"name": "mine"}, "plugins": "my_nets"}
    with pytest.raises(UnregisteredChoiceError, match="it was trained with plugins=my_nets: name"):
        from_dict(recorded)
    assert "my_nets" not in sys.modules
    load_plugins("my_nets")
    assert from_dict(recorded).model.name == "mine"
    with pytest.raises(UnknownChoiceError, match="did you mean mine") as caught:
        from_dict({"model": {"name": "mien"}, "plugins": "my_nets"})
    assert not isinstance(caught.value, UnregisteredChoiceError)


@pytest.mark.parametrize("recorded", [None, 3, "", "os; rm -rf", ["my_nets"], "a\nb", "../x"])
def test_what_a_file_names_is_repeated_only_if_it_is_a_name(recorded: object) -> None:
    assert advice_on_plugins(recorded) is None


def test_nothing_was_left_behind() -> None:
    assert plugins.LOADED == {}
    assert plugin_words() == []
