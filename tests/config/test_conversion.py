from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import yaml
from config_checks import CHOICES, refused, settings_of
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.config.checks import DEVICES
from digitrec.config.conversion import choice_from_dict, flatten, from_dict, to_dict
from digitrec.config.train_config import PRECISIONS, TrainConfig
from digitrec.errors import ConfigError
from digitrec.training.augmentations import Affine
from digitrec.training.optimizers import AdamW

fractions = st.floats(0, 1, exclude_max=True)
positive = st.floats(0, exclude_min=True, allow_infinity=False)
widths = st.integers(1, 512).map(lambda half: 2 * half)
RANGES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "data": {
        "limit": st.none() | st.integers(1),
        "root": st.none() | st.text(),
        "train": st.integers(10, 10**9),
        "test": st.integers(1, 10**9),
        "seed": st.integers(0, 2**31 - 1),
        "mnist": st.floats(0.1, 1e6),
        "pen": st.floats(0, 1e6),
        "synthetic": st.floats(0, 1e6),
        "nondigits": st.floats(0, 1e6),
        "uci": st.floats(0, 1e6),
        "unipen": st.floats(0, 1e6),
        "letters": st.floats(0, 1e6),
        "added_strokes": fractions,
        "low_quality": fractions,
        "drawings": st.floats(0, 1e6),
        "drawings_path": st.none() | st.text(),
        "path": st.none() | st.text(),
        "folder": st.floats(0, 1e6),
        "folder_path": st.none() | st.text(),
        "held_out": st.floats(0, 1, exclude_min=True),
        "writer": st.sampled_from([None, r"^(\w+)_", "[a-z]+"]),
        "epoch": st.integers(1),
        "renderings": st.integers(1, 100),
        "leave_out": st.sampled_from(["apb", "apb,ibm", "ibm, val ,uqb"]),
        "stroke_augmentation": st.floats(0, 2),
    },
    "model": {
        "pool_dropout": fractions,
        "dense_dropout": fractions,
        "dropout": fractions,
        "width": widths,
        "context": st.sampled_from([1, 2]),
        "members": st.lists(
            st.sampled_from(['{"name": "tiny"}', '{"name": "deep", "width": 4}']),
            min_size=2,
            max_size=16,
        ).map(lambda members: f"[{','.join(members)}]"),
    },
    "optimizer": {
        "lr": positive,
        "weight_decay": st.floats(0, allow_infinity=False),
        "rho": fractions,
        "eps": positive,
        "momentum": st.floats(0, 1, exclude_min=True, exclude_max=True),
        "nesterov": st.booleans(),
        "beta1": fractions,
        "beta2": fractions,
    },
    "schedule": {
        "warmup": fractions,
        "start": st.floats(0, 1),
        "end": st.floats(0, 1),
        "gamma": st.floats(0, 1, exclude_min=True),
        "every": st.integers(1),
    },
    "augment": {
        "rotation": st.floats(0, 180),
        "scale": fractions,
        "shear": st.floats(0, 2),
        "shift": st.floats(0, 14),
        "elastic": st.floats(0, 5),
        "thickness": fractions,
        "blur": fractions,
        "erasure": fractions,
    },
    "logger": {
        "store": st.text(),
        "project": st.text(),
        "mode": st.sampled_from([None, "online", "offline"]),
        "names": st.permutations(["tensorboard", "mlflow", "wandb"]).map(",".join),
    },
}
REST: dict[str, st.SearchStrategy[Any]] = {
    "epochs": st.integers(1),
    "batch_size": st.integers(1),
    "seed": st.integers(0, 2**63 - 1),
    "validation": st.integers(0, 9),  # below the fewest that synthetic data can have
    "label_smoothing": fractions,
    "ema": fractions,
    "teacher": st.none() | st.text(min_size=1),
    "teacher_share": st.floats(0, 1),
    "teacher_temperature": st.floats(0.1, 100),
    "clip_norm": st.none() | st.floats(0, exclude_min=True, allow_infinity=False),
    "device": st.sampled_from(DEVICES),
    "precision": st.sampled_from(PRECISIONS),
    "compile": st.booleans(),
    "score_test": st.booleans(),
    "threads": st.none() | st.integers(1, 1024),
    "save_seconds": st.floats(0, allow_infinity=False),
    "experiment": st.none() | st.text("abc.-_ 0é", min_size=1).filter(lambda s: s.strip(".")),
    "run_dir": st.none() | st.text(),
    "resume": st.none() | st.text(),
    "init": st.none() | st.text(),
    "notes": st.none() | st.text(),
    "tags": st.sampled_from([None, "wide", "wide,try2"]),
    "patience": st.none() | st.integers(1),
    "plugins": st.sampled_from([None, "my_nets", "my_nets,more.of_them"]),
}


def one_of_group(group: str) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(kind, **{key: RANGES[group][key] for key in to_dict(kind()) if key != "name"})
        for kind in CHOICES[group].values()
        if getattr(kind, "task", "digits") == "digits"
    )


def make(**values: Any) -> TrainConfig:
    """Make a configuration, without patience where there are no images to measure it on."""
    return TrainConfig(**values | ({} if values["validation"] else {"patience": None}))


configs = st.builds(make, **{group: one_of_group(group) for group in CHOICES}, **REST)


@given(configs)
@settings(max_examples=50, deadline=None)
def test_round_trip(config: TrainConfig) -> None:
    assert from_dict(to_dict(config)) == config


@given(configs)
@settings(max_examples=25, deadline=None)
def test_round_trip_through_yaml(config: TrainConfig) -> None:
    assert from_dict(yaml.safe_load(yaml.safe_dump(to_dict(config)))) == config


def test_to_dict_is_plain() -> None:
    plain = to_dict(TrainConfig(augment=Affine(shear=0.5)))
    assert plain["augment"] == {
        "name": "affine",
        "rotation": 10.0,
        "scale": 0.1,
        "shear": 0.5,
        "shift": 2.0,
    }
    assert plain["epochs"] == 6
    assert list(plain)[: len(CHOICES)] == list(CHOICES)


def test_nothing_given_is_all_defaults() -> None:
    assert from_dict({}) == TrainConfig()
    assert from_dict(dict.fromkeys(CHOICES)) == TrainConfig()


def test_group_given_without_its_name_is_the_default_choice() -> None:
    config = from_dict({"optimizer": {"lr": 0.5}, "augment": {}})
    assert config == TrainConfig(optimizer=dataclasses.replace(TrainConfig().optimizer, lr=0.5))


def test_choice_from_dict_takes_the_choice_its_name_says() -> None:
    assert choice_from_dict("optimizer", {"name": "adamw", "lr": 1}) == AdamW(lr=1.0)


ALONE = {key: hint for key, hint in settings_of(TrainConfig).items() if key not in CHOICES}
WRONG: dict[Any, tuple[list[Any], str]] = {
    int: ([1.5, 2.0, True, "3", None, [1], math.nan], "a whole number"),
    float: (["0.1", False, None, {}], "a number"),
    bool: ([0, 1, "yes", None], "true or false"),
    str: ([True, None, ["cpu"]], "a text"),
    int | None: ([1.5, False, "3"], "a whole number"),
    float | None: (["0.1", False, {}], "a number"),
    str | None: ([False, ["a"], {}], "a text"),
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, hint in ALONE.items() for value in WRONG[hint][0]]
)
def test_wrong_type(key: str, value: Any) -> None:
    message = refused({key: value}).partition("; write ")[0]
    assert message.endswith(f"must be {WRONG[ALONE[key]][1]}")


@pytest.mark.parametrize(
    ("group", "name", "key", "value"),
    [
        (group, name, key, value)
        for group, choices in CHOICES.items()
        for name, kind in choices.items()
        for key, hint in settings_of(kind).items()
        for value in WRONG[hint][0]
    ],
)
def test_wrong_type_in_a_group(group: str, name: str, key: str, value: Any) -> None:
    message = refused({group: {"name": name, key: value}}).partition("; write ")[0]
    assert message.startswith(f"{group}.{key}=")
    assert message.endswith(f"must be {WRONG[settings_of(CHOICES[group][name])[key]][1]}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
@pytest.mark.parametrize("key", ["label_smoothing", "save_seconds"])
def test_numbers_are_finite(key: str, value: float) -> None:
    assert "must be a finite number" in refused({key: value})
    assert "must be a finite number" in refused({"optimizer": {"lr": value}})


@given(st.integers(1, 10**300))
@settings(deadline=None)
def test_whole_number_passes_where_a_number_is_wanted(value: int) -> None:
    lr = from_dict({"optimizer": {"lr": value}}).optimizer.lr
    assert type(lr) is float
    assert lr == float(value)


@pytest.mark.parametrize(("read", "name"), [(2024, "2024"), (-3, "-3")])
@pytest.mark.parametrize("key", ["experiment", "run_dir", "resume"])
def test_name_that_yaml_reads_as_a_number_is_a_name(key: str, read: float, name: str) -> None:
    assert getattr(from_dict({key: read}), key) == name


def test_a_name_whose_spelling_yaml_has_lost_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"run_dir=100000\.0: must be a text"):
        from_dict({"run_dir": 1e5})


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"epoch": 3}, ["epoch;", "epochs"]),
        ({"optimiser": "sgd"}, ["optimiser;", "optimizer"]),
        ({"qqq": 3}, ["qqq;", "choose from", "epochs", "resume"]),
        ({3: 4}, ["3;", "choose from"]),
        ({None: 4}, ["None;"]),
        ({"optimizer": {"lrr": 3}}, ["optimizer.lrr;", "optimizer.lr"]),
        ({"model": {"width": 8}}, ["model.width", "model=fast or "]),
        ({"optimizer": {"name": "sgd", "rho": 0.5}}, ["optimizer.rho", "optimizer=adadelta"]),
        ({"data": {1: 2}}, ["data.1;"]),
        ({"optimizer": {"name": "sdg"}}, ["optimizer", "'sdg'", "sgd"]),
        ({"model": {"name": "vgg"}}, ["model", "'vgg'", "choose from", "cnn, lenet5, fast"]),
        ({"model": {"name": None}}, ["model", "None"]),
        ({"model": {"name": 5}}, ["model", "5"]),
        ({"model": {"name": ["cnn"]}}, ["model", "cnn"]),
        ({"model": {"name": {}}}, ["model"]),
        ({"model": "cn"}, ["model=cn", "did you mean cnn?"]),
        ({"model": 3}, ["model=3", "choose from"]),
        ({"data": []}, ["data=[]", "mnist"]),
        ({"run_dir": ["a\nb"]}, ["run_dir=", "a text"]),
    ],
)
def test_mistake_is_named_in_one_line(values: dict[Any, Any], parts: list[str]) -> None:
    message = refused(values)
    for part in parts:
        assert part in message


def test_message_of_several_lines_becomes_one() -> None:
    assert refused({"device": "c\npu\t"}) == "device=c pu : did you mean cpu?"


@given(st.dictionaries(st.text() | st.integers(), st.none() | st.booleans() | st.text()))
@settings(deadline=None)
def test_nonsense_is_refused(values: dict[Any, Any]) -> None:
    if set(values) <= set(to_dict(TrainConfig())):
        return
    refused(values)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=4,
    ),
    st.sampled_from(list(CHOICES)),
)
@settings(deadline=None)
def test_group_of_any_value_is_refused_or_default(value: Any, group: str) -> None:
    for values in (value, {"name": value}, {"name": next(iter(CHOICES[group])), "width": value}):
        try:
            config = choice_from_dict(group, values)
        except ConfigError:
            continue
        assert type(config) in CHOICES[group].values()


def test_nested_values_are_flattened_with_dots() -> None:
    nested = {"a": 1, "b": {"c": None, "d": {"e": [2]}}, "f": {}}
    assert flatten(nested) == {"a": 1, "b.c": None, "b.d.e": [2]}
    assert flatten(to_dict(TrainConfig()))["optimizer.lr"] == TrainConfig().optimizer.lr
