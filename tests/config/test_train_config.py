from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from config_checks import CHOICES, refused, settings_of

from digitrec.config.checks import nearest
from digitrec.config.conversion import choice_from_dict, from_dict, to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.data.sets.single import SyntheticData
from digitrec.errors import ConfigError
from digitrec.models.network import Network

# A value just outside each limit. What is checked on a group stands for all choices with that key.
OUT_OF_RANGE = [
    ("data.train", 9),
    ("data.test", 0),
    ("data.count", 0),
    ("data.count", 0),
    ("data.seed", -1),
    ("data.seed", 2**31),
    ("data.renderings", 0),
    ("data.renderings", 101),
    ("data.stroke_augmentation", -0.1),
    ("data.stroke_augmentation", 2.1),
    ("data.leave_out", "apb,"),
    ("data.leave_out", "apb,apb"),
    ("data.mnist", -0.1),
    ("data.uci", -0.1),
    ("data.unipen", float("nan")),
    ("data.letters", float("inf")),
    ("data.added_strokes", 1.1),
    ("data.low_quality", 1.1),
    ("data.pen", -0.1),
    ("data.pen", float("inf")),
    ("data.synthetic", -1),
    ("data.nondigits", -1),
    ("data.drawings", -1),
    ("data.folder", -1),
    ("data.held_out", 0.0),
    ("data.held_out", 1.1),
    ("data.writer", "(a"),
    ("data.epoch", 0),
    ("model.pool_dropout", -0.1),
    ("model.pool_dropout", 1.0),
    ("model.dense_dropout", -0.1),
    ("model.dense_dropout", 1),
    ("model.dropout", -0.1),
    ("model.dropout", 1.0),
    ("model.width", 0),
    ("model.width", 33),
    ("model.width", 1026),
    ("model.context", 0),
    ("model.context", 3),
    ("model.members", ""),
    ("model.members", '[{"name": "tiny"}]'),
    ("model.members", f"[{','.join(17 * ['{}'])}]"),
    ("model.members", '[{"name": "tiny"}, {"name": "ensemble"}]'),
    ("model.members", '[{"name": "tiny"}, {"name": "strings"}]'),
    ("optimizer.lr", 0),
    ("optimizer.lr", -1.0),
    ("optimizer.weight_decay", -1e-9),
    ("optimizer.rho", -0.1),
    ("optimizer.rho", 1.0),
    ("optimizer.momentum", -0.1),
    ("optimizer.momentum", 0.0),  # Nesterov's needs some
    ("optimizer.momentum", 1.0),
    ("optimizer.beta1", -0.1),
    ("optimizer.beta1", 1.0),
    ("optimizer.beta2", -0.1),
    ("optimizer.beta2", 1.0),
    ("optimizer.eps", 0.0),
    ("schedule.warmup", -0.1),
    ("schedule.warmup", 1.0),
    ("schedule.start", -0.1),
    ("schedule.start", 1.1),
    ("schedule.end", -0.1),
    ("schedule.end", 1.1),
    ("schedule.gamma", 0.0),
    ("schedule.gamma", 1.1),
    ("schedule.every", 0),
    ("augment.rotation", -1),
    ("augment.rotation", 180.5),
    ("augment.scale", -0.1),
    ("augment.scale", 1),
    ("augment.shear", -0.1),
    ("augment.shear", 2.1),
    ("augment.shift", -1),
    ("augment.shift", 14.1),
    ("augment.elastic", -0.1),
    ("augment.elastic", 5.1),
    ("augment.thickness", -0.1),
    ("augment.thickness", 1),
    ("augment.blur", 1.0),
    ("augment.erasure", 1.0),
    ("epochs", 0),
    ("patience", 0),
    ("tags", "a,,b"),
    ("plugins", "a,,b"),
    ("logger.mode", "sometimes"),
    ("logger.names", "tensorboard,none"),
    ("logger.names", "tensorboard,tensorboard"),
    ("batch_size", 0),
    ("seed", -1),
    ("seed", 2**63),
    ("validation", -1),
    ("label_smoothing", -0.1),
    ("label_smoothing", 1.0),
    ("ema", -0.1),
    ("ema", 1.0),
    ("teacher_share", -0.1),
    ("teacher_share", 1.1),
    ("teacher_temperature", 0.0),
    ("teacher_temperature", 101.0),
    ("device", "gpu"),
    ("device", ""),
    ("clip_norm", 0),
    ("clip_norm", -1.0),
    ("precision", "float16"),
    ("threads", 0),
    ("threads", 1025),
    ("save_seconds", -1),
    ("experiment", ""),
    ("experiment", "."),
    ("experiment", ".."),
    ("experiment", "a/b"),
    ("experiment", "a\\b"),
]
UNLIMITED = {
    "data.root",
    "data.path",
    "data.drawings_path",
    "data.folder_path",
    "data.limit",  # of all data sets; checked below
    "optimizer.nesterov",
    "compile",
    "score_test",
    "logger.store",
    "run_dir",
    "resume",
    "init",
    "teacher",
    "notes",
    "logger.project",
}


def cases() -> list[tuple[str, type[Any], str, Any]]:
    """Group, choice, key and value of each case of OUT_OF_RANGE, for each choice with that key."""
    return [
        (group, kind, key, value)
        for group, _, key, value in ((*s.rpartition("."), v) for s, v in OUT_OF_RANGE)
        if group
        for kind in CHOICES[group].values()
        if key in settings_of(kind)
    ]


@pytest.mark.parametrize("group", CHOICES)
def test_each_choice_is_listed_under_its_own_name(group: str) -> None:
    for name, kind in CHOICES[group].items():
        assert kind().name == name
        assert choice_from_dict(group, {"name": name}) == kind()


@pytest.mark.parametrize("name", CHOICES["model"])
def test_each_model_builds_the_network_of_its_settings(name: str) -> None:
    model = CHOICES["model"][name]()
    assert isinstance(model.build(), Network)


def test_model_and_data_must_be_of_one_task() -> None:
    with pytest.raises(ConfigError, match="model=strings reads strings, and data=mnist holds"):
        TrainConfig(model=CHOICES["model"]["strings"]())


@pytest.mark.parametrize(("group", "kind", "key", "value"), cases())
def test_group_value_out_of_range(group: str, kind: type[Any], key: str, value: Any) -> None:
    message = refused({group: {"name": kind().name, key: value}})
    assert message.startswith(f"{group}.{key}=")
    with pytest.raises(ConfigError, match=f"{group}.{key}="):
        kind(**{key: value})


@pytest.mark.parametrize(("key", "value"), [case for case in OUT_OF_RANGE if "." not in case[0]])
def test_value_out_of_range(key: str, value: Any) -> None:
    assert refused({key: value}).startswith(f"{key}=")
    with pytest.raises(ConfigError, match=f"^{key}="):
        TrainConfig(**{key: value})


def test_each_setting_has_a_limit_tested_or_none() -> None:
    owned = {
        f"{group}.{key}"
        for group, choices in CHOICES.items()
        for kind in choices.values()
        for key in settings_of(kind)
    }
    alone = set(to_dict(TrainConfig())) - set(CHOICES)
    assert {key for key, _ in OUT_OF_RANGE} | UNLIMITED == owned | alone


def test_momentum_may_be_none_without_nesterov() -> None:
    sgd = choice_from_dict("optimizer", {"name": "sgd", "momentum": 0, "nesterov": False})
    assert sgd.momentum == 0


def test_validation_stays_below_the_synthetic_images() -> None:
    data = {"name": "synthetic", "train": 100}
    assert from_dict({"data": data, "validation": 99}).data == SyntheticData(train=100)
    message = refused({"data": data, "validation": 100})
    assert "validation=100" in message
    assert "data.train=100" in message


@pytest.mark.parametrize("limit", [0, -1])
def test_at_least_one_example_is_trained_on(limit: int) -> None:
    message = refused({"data": {"name": "synthetic", "limit": limit}})
    assert message == f"data.limit={limit}: must be at least 1"


def test_nearest_names_a_few_or_all() -> None:
    known = ["adadelta", "sgd", "adam", "adamw"]
    assert nearest("sdg", known) == "did you mean sgd?"
    assert nearest("adma", known) == "did you mean adam or adamw?"
    assert nearest("zzz", iter(known)) == "choose from adadelta, sgd, adam, adamw"


def test_configuration_does_not_change() -> None:
    config = TrainConfig()
    for owner in (config, config.data, config.model, config.optimizer, config.schedule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            owner.name = "other"
