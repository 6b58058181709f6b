"""Words of a sweep or a search: many configurations from one command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from places import obedient

from digitrec.config.compose import compose, expand, search_of
from digitrec.config.search_path import search_path
from digitrec.config.search_space import Interval
from digitrec.errors import ConfigError
from digitrec.storage.resources import configs


def test_sweep_is_all_combinations_as_if_each_were_alone() -> None:
    sweep = expand(["model=cnn,fast", "epochs=3", "seed=range(2)", "optimizer=glob(adam*)"])
    names = [
        f"model={model} seed={seed} optimizer={optimizer}"
        for model in ("cnn", "fast")
        for seed in (0, 1)
        for optimizer in ("adam", "adamw")
    ]
    assert list(sweep.jobs) == names
    for name, config in sweep.jobs.items():
        assert config == compose([*name.split(), "epochs=3"])
    assert sweep.launcher == {}


def test_sweep_over_nothing_is_one_job() -> None:
    assert list(expand(["seed=4"]).jobs.values()) == [compose(["seed=4"])]


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
            "run_dir= names the folder of one run; leave it out: each job gets its own folder",
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


def test_slurm_takes_more_settings_and_parallel_only_its_own() -> None:
    words = ["hydra/launcher=slurm", "+hydra.launcher.x=3"]
    assert expand(words).launcher["x"] == 3
    with pytest.raises(ConfigError, match=r"hydra\.launcher\.x; parallel has only jobs"):
        expand(["hydra/launcher=parallel", "+hydra.launcher.x=3"])


# What had no effect, and was accepted. The words are for one run where no other purpose is named.
NO_EFFECT = [
    ("~augment", "augment=none"),
    ("~schedule", "schedule=constant"),
    ("~logger", "logger=none"),
    ("~optimizer", "choose from adadelta, adam, adamw, sgd"),
    ("~optimizer=sgd", "choose from adadelta"),
    ("~optimizer.lr", "leave optimizer.lr out for its default"),
    ("~epochs", "leave epochs out for its default"),
    ("~threads", "write threads=null"),
    ("~experiment", "leave experiment= out"),
    ("~hydra/launcher", "no effect"),
    ("hydra.run.dir=x", "run_dir=FOLDER"),
    ("hydra.sweep.dir=x", "experiments/"),
    ("hydra.sweep.subdir=x", "experiments/"),
    ("hydra.job.chdir=true", "run_dir=FOLDER"),
    ("hydra.job.name=x", "no effect"),
    ("hydra.output_subdir=x", "config.yaml"),
    ("hydra.mode=MULTIRUN", "--multirun"),
    ("hydra.verbose=true", "leave it out"),
    ("+hydra.job.env_set.X=1", "no effect"),
    ("hydra/job_logging=default", "no effect"),
    ("hydra/sweeper=optuna", "hparams=optuna"),
    ("hydra/launcher=parallel", "add --multirun"),
    ("hydra.launcher.jobs=2", "add --multirun"),
    ("hparams.trials=3", "add hparams=optuna"),
]


@pytest.mark.parametrize(("word", "advice"), NO_EFFECT)
def test_what_would_have_no_effect_is_rejected_with_what_to_write(word: str, advice: str) -> None:
    for build in (compose, expand, search_of):
        if "launcher" in word and build is not compose:
            continue
        if word.startswith("hparams") and build is search_of:
            continue
        with pytest.raises(ConfigError) as caught:
            build([word])
        assert advice in str(caught.value)
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (
            "optimizer.lr=intervall(0,1)",
            "cannot read 'optimizer.lr=intervall(0,1)': no function is called intervall; did you "
            "mean interval?",
        ),
        (
            "optimizer.lr=interval(0.1)",
            "cannot read 'optimizer.lr=interval(0.1)': interval is written as in interval(0.1, 1)",
        ),
        (
            "epochs=max(1,2)",
            "cannot read 'epochs=max(1,2)': write one value, as in epochs=6",
        ),
        (
            "batch_size=interval(16,128)",
            "batch_size=interval(16,128): batch_size takes whole numbers; write "
            "'batch_size=int(interval(16,128))'",
        ),
        (
            "hparams.trails=3",
            "no setting is called hparams.trails; did you mean trials?",
        ),
        (
            "hparams.space.ema=interval(0.9,0.99)",
            "hparams.space.ema: to search over one more setting, write 'ema=interval(LOW,HIGH)'",
        ),
    ],
)
def test_mistake_in_a_search_space_is_told_with_what_to_write(word: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        search_of(["hparams=optuna", word])
    assert str(caught.value) == expected


def test_search_draws_whole_numbers_and_fractions_as_they_are_written() -> None:
    words = ["hparams=optuna", "batch_size=int(interval(16,128))", "optimizer.lr=interval(1,2)"]
    space = search_of(words).space
    assert space["batch_size"] == Interval(16, 128, whole=True)
    assert space["optimizer.lr"] == Interval(1, 2)


def test_search_drops_a_setting_of_its_file() -> None:
    words = ["hparams=optuna", "experiment=strings", "~hparams.space.label_smoothing"]
    assert set(search_of(words).space) == {"optimizer.lr", "batch_size"}
    with pytest.raises(ConfigError, match="strings have no labels to smooth; leave it out"):
        search_of(words[:2])


@pytest.mark.parametrize(
    "word", ["augment=none", "schedule=constant", "logger=none", "threads=null", "run_dir=x"]
)
def test_what_is_advised_is_accepted(word: str) -> None:
    compose([word])


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["+hydra.launcher.jobs=2"], "choose one with hydra/launcher=parallel or slurm"),
        (["hydra/launcher=parallel", "hydra.launcher.name=slurm"], "hydra/launcher=NAME"),
    ],
)
def test_setting_of_no_launcher_is_rejected(words: list[str], advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(words)
    assert advice in str(caught.value)


def test_text_of_a_sweep_varies_and_a_quoted_one_does_not() -> None:
    jobs = expand(["data.root=a,b"]).jobs.values()
    assert [getattr(config.data, "root", None) for config in jobs] == ["a", "b"]
    (job,) = expand(["data.root='a,b'"]).jobs.values()
    assert getattr(job.data, "root", None) == "a,b"


def test_choices_of_the_users_own_folder_are_for_sweeps_and_searches_too(tmp_path: Path) -> None:
    (tmp_path / "my choices/model").mkdir(parents=True)
    (tmp_path / "my choices/model/mine.yaml").write_text("name: deep\nwidth: 48\n")
    folder = str(tmp_path / "my choices")
    words = [*search_path([folder]), "model=mine,fast"]
    assert [config.model.name for config in expand(words).jobs.values()] == ["deep", "fast"]
    words = [*search_path([folder]), "hparams=optuna", "model=mine"]
    assert search_of(words).base.model.width == 48
    for word in ("", str(tmp_path / "none")):
        with pytest.raises(ConfigError, match="there is no such folder"):
            search_path([word])


OPEN = """
import sys
from digitrec.config.compose import compose
from digitrec.config.search_path import search_path
from digitrec.errors import ConfigError
for words in (lambda: search_path(sys.argv[1:]), lambda: [f"hydra.searchpath={sys.argv[1:]}"]):
    try:
        compose(words())
    except ConfigError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="chmod closes no folder there")
def test_a_folder_of_choices_that_cannot_be_opened_is_not_taken_for_empty(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(0o000)
    asked = [*obedient(), sys.executable, "-c", OPEN, str(closed)]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    reason = f"{closed}: this folder cannot be opened; allow it, or name another"
    assert told == [f"--config-dir {reason}", f"hydra.searchpath: {reason}"]
