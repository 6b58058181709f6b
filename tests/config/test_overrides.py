"""Words of the command line that have no effect or no sense are rejected, with what to write."""

from __future__ import annotations

import warnings

import pytest

from digitrec.config.compose import compose, expand, search_of
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError

MODELS = (
    "accurate, cnn, compact, deep, ensemble, fast, fine_filters, fixed_filters, ink, lenet5, "
    "marks, strings, tiny"
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        # no choice of a group
        ("augment=null", "augment=null: every run has a choice of augment; write augment=none"),
        ("augment=off", "augment=off: every run has a choice of augment; write augment=none"),
        ("schedule=null", "every run has a choice of schedule; write schedule=constant"),
        ("model=null", f"model=null: every run has a choice of model; choose from {MODELS}"),
        ("model={}", "model={}: every run has a choice of model; choose from " + MODELS),
        ("experiment=null", "experiment=null: to choose none, leave experiment= out"),
        ("hparams=null", "hparams=null: to choose none, leave hparams= out"),
        # a path, or settings, in the place of a choice
        ("model={name: fast}", "model={name: fast}: write model=fast"),
        ("model=configs/model/fast.yaml", "not a path; did you mean fast?"),
        ("model=fast.yaml", "model=fast.yaml: model takes the name of a choice, not a path; "),
        ("experiment=deep.yml", "not a path; did you mean deep?"),
        ("data=./pictures", "not a path; choose from "),
        ("data=./pictures", "; data.root=./pictures names a folder"),
        (r"data=C:\pics\mnist", r"a path; did you mean mnist?; 'data.root=C:\pics\mnist' names"),
        ("model=fast,", "cannot read 'model=fast,': write one value, as in model=cnn"),
        # in other letters
        ("data=MNIST", "no data is called 'MNIST'; did you mean mnist?"),
        ("optimizer=SGD", "no optimizer is called 'SGD'; did you mean sgd?"),
        # numbers that are not written as one
        ("epochs=null", "epochs=null: must be a whole number"),
        ("epochs=True", "epochs=true: must be a whole number"),
        ("epochs=1e1", "epochs=10.0: must be a whole number; write epochs=10"),
        ("epochs='3'", "epochs=3: must be a whole number; write epochs=3 without quotes"),
        ("seed=01", "seed=01: must be a whole number; write seed=1"),
        ("seed=0x10", "seed=0x10: must be a whole number"),
        ("device=1", "device=1: did you mean cuda:1?"),
        # paths without a value: what a shell makes of run_dir=$UNSET
        ("run_dir=", "run_dir= has no value: leave it out, or name a path"),
        ("run_dir=''", "run_dir= has no value: leave it out, or name a path"),
        ("resume=", "resume= has no value: leave it out, or name a path"),
        ("init=", "init= has no value: leave it out, or name a path"),
        ("data.root=", "data.root= has no value: leave it out, or name a path"),
        # tags that would become others
        ("tags=a b", "tags=a b: must be comma-separated words, such as wide,try2"),
        ("tags=[a", "tags=[a: must be comma-separated words, such as wide,try2"),
        ("tags=a,,b", "tags=a,,b: must be comma-separated words, such as wide,try2"),
        # empty lists
        ("tags=[]", "must be comma-separated words, such as wide,try2"),
        ("logger=[]", "write logger=none"),
        ("logger=[ ]", "write logger=none"),
        ("logger=[,]", "write logger=none"),
        ("augment=[]", "write augment=none"),
        # several loggers
        ("logger=tensorboard,wandb", "one word without spaces: write 'logger=[tensorboard,wandb]'"),
        ("logger=[tensorboard,", "one word without spaces: write 'logger=[tensorboard,NAME]'"),
        # several choices, which Hydra would mix in one run
        ("experiment=[fast,deep]", "for a run of each, write --multirun experiment=fast,deep"),
        ("+experiment=[fast,deep]", "for a run of each, write --multirun experiment=fast,deep"),
        ("experiment=[fast]", "takes one choice, without brackets; write experiment=fast"),
        ("experiment=[]", "experiment=[]: to choose none, leave experiment= out"),
        ("data=[mnist, pen]", "for a run of each, write --multirun data=mnist,pen"),
        ("model=[cnn]", "model takes one choice, without brackets; write model=cnn"),
        ("model=[[cnn]]", "model takes one choice, without brackets; write model=cnn"),
        ("model='[cnn]'", "model takes one choice, without brackets; write model=cnn"),
        ("hparams=[optuna]", "hparams takes one choice, without brackets; write hparams=optuna"),
        # names of other trainers, and of no setting
        ("wandb=true", "no setting is called wandb; did you mean logger=wandb?"),
        ("name=x", "no setting is called name; did you mean run_dir?"),
        ("ckpt_path=x", "no setting is called ckpt_path; did you mean resume?"),
        ("val_size=10", "no setting is called val_size; did you mean validation?"),
        ("early_stopping.patience=3", "did you mean patience?"),
        ("epochs.x=1", "no setting is called epochs.x; did you mean epochs?"),
        ("x.y=1", "no setting is called x.y; choose from data, model, optimizer,"),
        # Hydra's own words
        ("hydra.searchpath=[nowhere]", "hydra.searchpath: there is no folder nowhere"),
        ("run_dir=${x}", "${x} refers to a setting, but no setting is called x"),
        ("notes=${x}", "${x} refers to a setting, but no setting is called x"),
    ],
)  # fmt: skip
def test_a_word_without_effect_is_answered_with_one_that_has(word: str, expected: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigError) as caught:
            compose([word])
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_answer_to_a_wrong_word_is_taken() -> None:
    words = ["augment=none", "schedule=constant", "model=fast", "epochs=10", "seed=1"]
    quoted = "logger=['tensorboard', 'wandb']"
    assert compose([quoted]) == compose(["logger=[tensorboard,wandb]"])
    config = compose([*words, "logger=[tensorboard,wandb]", "tags=[a, b]", "device=cuda:1"])
    assert (config.augment.name, config.schedule.name, config.model.name) == tuple(
        word.partition("=")[2] for word in words[:3]
    )
    assert (config.epochs, config.seed, config.tags, config.device) == (10, 1, "a,b", "cuda:1")


def test_a_very_long_word_is_shortened_and_takes_no_time() -> None:
    for word in ("x" * 100_000 + "=1", "model=" + "x" * 100_000, "epochs=" + "9" * 5_000 + ".5"):
        with pytest.raises(ConfigError) as caught:
            compose([word])
        assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("experiment=[fast,deep]", "for a run of each, write experiment=fast,deep"),
        ("model=[cnn],deep", "model takes one choice, without brackets; write model=cnn"),
        ("model=choice([cnn],deep)", "model takes one choice, without brackets; write model=cnn"),
        ("logger=[tensorboard,wandb],none", "several loggers are one word of their own"),
        ("hydra/launcher=[parallel]", "without brackets; write hydra/launcher=parallel"),
        ("hydra/launcher=parallel,slurm", "the jobs of a sweep have one launcher"),
    ],
)
def test_a_job_of_a_sweep_has_one_choice(word: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand([word])
    assert expected in str(caught.value)


def test_a_trial_of_a_search_has_one_choice() -> None:
    with pytest.raises(ConfigError, match=r"in each trial; write 'model=choice\(cnn,deep\)'$"):
        search_of(["hparams=optuna", "model=[cnn,deep]"])


@pytest.mark.parametrize("word", ["seed=range(0)", "seed=range(3,3)"])
def test_a_sweep_over_nothing_is_no_sweep(word: str) -> None:
    with pytest.raises(ConfigError, match=r"^seed: there are no values to sweep over"):
        expand([word])


def test_notes_may_be_empty() -> None:
    assert compose(["notes="]) == TrainConfig(notes="")
