"""Words of a sweep or a search: many configurations from one command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from digitrec import train
from digitrec.config.compose import compose, expand, search_of
from digitrec.errors import ConfigError
from digitrec.storage.resources import configs


def test_sweep_is_all_combinations_as_if_each_were_alone() -> None:
    sweep = expand(["model=cnn,fast", "epochs=3", "seed=range(2)", "optimizer=glob(a*)"])
    names = [
        f"model={model} seed={seed} optimizer={optimizer}"
        for model in ("cnn", "fast")
        for seed in (0, 1)
        for optimizer in ("adadelta", "adam", "adamw")
    ]
    assert list(sweep.jobs) == names
    for name, config in sweep.jobs.items():
        assert config == compose([*name.split(), "epochs=3"])
    assert sweep.launcher == {}


def test_sweep_over_nothing_is_one_job() -> None:
    assert list(expand(["seed=4", "~epochs"]).jobs.values()) == [compose(["seed=4"])]


def test_last_word_counts_in_a_sweep_too() -> None:
    sweep = expand(["seed=1,2", "seed=3,4", "model=fast"])
    assert {config.seed for config in sweep.jobs.values()} == {3, 4}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["epoch=3,4"], "no setting is called epoch; did you mean epochs?"),
        (["seed=0,-1"], "seed=-1: must be from 0 to 2**63 - 1"),
        (
            ["run_dir=run", "seed=0,1"],
            "run_dir= is of one run; leave it out, each job gets a folder of its own",
        ),
        (["model=cnn,fst"], "no model is called 'fst'; did you mean fast?"),
        (
            ["seed=0,1", "hydra/launcher=joblib"],
            "hydra/launcher=joblib: choose from parallel, slurm",
        ),
        (
            ["hydra/launcher=parallel", "hydra.launcher.job=2"],
            "no setting is called hydra.launcher.job; see configs/hydra for those of launchers",
        ),
        (
            ["optimizer.lr=interval(0,1)"],
            "optimizer.lr=interval(0,1): a sweep takes single values; hparams=optuna searches",
        ),
    ],
)
def test_mistake_in_a_sweep_is_told_before_any_job(words: list[str], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(words)
    assert str(caught.value) == expected


@pytest.mark.parametrize("name", [file.stem for file in configs().glob("hydra/launcher/*.yaml")])
def test_launcher_of_a_sweep(name: str) -> None:
    sweep = expand([f"hydra/launcher={name}", "seed=0,1"])
    assert sweep.launcher["name"] == name
    assert expand([f"hydra/launcher={name}", "+hydra.launcher.x=3"]).launcher["x"] == 3


def test_choices_of_the_users_own_folder_are_for_sweeps_and_searches_too(tmp_path: Path) -> None:
    (tmp_path / "my choices/model").mkdir(parents=True)
    (tmp_path / "my choices/model/mine.yaml").write_text("name: deep\nwidth: 48\n")
    option = f"--config-dir={tmp_path / 'my choices'}"
    words = train._plain(["-m", option, "model=mine,fast"])
    assert [config.model.name for config in expand(words).jobs.values()] == ["deep", "fast"]
    folder = option.partition("=")[2]
    words = train._plain(["--config-dir", folder, "hparams=optuna", "model=mine"])
    assert search_of(words).base.model.width == 48
    for word in ("", str(tmp_path / "none")):
        with pytest.raises(ConfigError, match="there is no such folder"):
            train._plain(["--config-dir", word])
