from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from config_checks import CHOICES

from digitrec.config.choice_names import UNNAMED, groups
from digitrec.config.compose import compose, composed_yaml, show
from digitrec.config.conversion import to_dict
from digitrec.config.shell_words import command
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError
from digitrec.models.architectures.digits import LeNet5
from digitrec.storage.resources import configs
from digitrec.training.optimizers import Adadelta, Sgd

EXPERIMENTS = [file.stem for file in sorted(configs().glob("experiment/*.yaml"))]
CHOSEN = [(group, name) for group, choices in CHOICES.items() for name in choices]

# All that people can type. Who changes this list changes the command line, and tells them so.
TOP = [
    "data",
    "model",
    "optimizer",
    "schedule",
    "augment",
    "logger",
    "epochs",
    "patience",
    "batch_size",
    "seed",
    "validation",
    "label_smoothing",
    "ema",
    "teacher",
    "teacher_share",
    "teacher_temperature",
    "clip_norm",
    "score_test",
    "device",
    "precision",
    "compile",
    "threads",
    "save_seconds",
    "experiment",
    "run_dir",
    "resume",
    "init",
    "notes",
    "tags",
    "plugins",
]
IN_GROUPS = {
    "data=mnist": ["root"],
    "data=synthetic": ["train", "test", "seed"],
    "data=pen": ["root", "renderings", "stroke_augmentation"],
    "data=unipen": ["root", "renderings", "stroke_augmentation", "leave_out"],
    "data=mnist_pen": [
        *("root", "mnist", "pen", "synthetic", "nondigits", "drawings"),
        *("drawings_path", "epoch", "renderings", "stroke_augmentation"),
    ],
    "data=hands": [
        *("root", "mnist", "uci", "unipen", "synthetic", "nondigits", "letters", "epoch"),
        *("renderings", "stroke_augmentation", "added_strokes", "low_quality", "leave_out"),
    ],
    "data=drawings": ["path"],
    "data=folder": ["root", "held_out", "seed", "writer"],
    "data=mix": [
        *("root", "mnist", "pen", "synthetic", "nondigits", "drawings"),
        *("drawings_path", "epoch", "renderings", "stroke_augmentation"),
        *("folder", "folder_path", "held_out", "seed", "writer"),
    ],
    "data=strings": ["root", "count", "seed"],
    "data=ink": ["root", "count", "seed"],
    "data=marks": ["root", "count", "seed", "leave_out"],
    "model=cnn": ["pool_dropout", "dense_dropout"],
    "model=lenet5": [],
    "model=fast": ["width"],
    "model=fixed_filters": ["width"],
    "model=fine_filters": ["width"],
    "model=deep": ["width", "dropout"],
    "model=accurate": ["width", "dropout"],
    "model=tiny": [],
    "model=compact": [],
    "model=ensemble": ["members"],
    "model=strings": ["width", "dropout"],
    "model=ink": ["width", "context"],
    "model=marks": ["width"],
    "optimizer=adadelta": ["lr", "weight_decay", "rho", "eps"],
    "optimizer=sgd": ["lr", "weight_decay", "momentum", "nesterov"],
    "optimizer=adam": ["lr", "weight_decay", "beta1", "beta2", "eps"],
    "optimizer=adamw": ["lr", "weight_decay", "beta1", "beta2", "eps"],
    "schedule=onecycle": ["warmup", "start", "end"],
    "schedule=step": ["gamma", "every"],
    "schedule=constant": [],
    "augment=none": [],
    "augment=affine": ["rotation", "scale", "shear", "shift"],
    "augment=handwriting": [
        "rotation",
        "scale",
        "shear",
        "shift",
        "elastic",
        "thickness",
        "blur",
        "erasure",
    ],
    "logger=none": [],
    "logger=tensorboard": [],
    "logger=mlflow": ["store"],
    "logger=wandb": ["project", "mode"],
    "logger=several": ["names", "store", "project", "mode"],
}


def refused(*words: str) -> str:
    """Check that the words are refused in one line; return it."""
    with pytest.raises(ConfigError) as caught:
        compose(words)
    message = str(caught.value)
    assert message
    assert len(message.splitlines()) == 1
    return message


def test_settings_of_the_command_line_are_these() -> None:
    assert list(yaml.safe_load(composed_yaml([]))) == TOP


def test_choices_of_the_command_line_are_these() -> None:
    assert {f"{group}={name}" for group, name in CHOSEN} == set(IN_GROUPS)


def test_each_choice_has_a_file_and_each_file_a_choice() -> None:
    files = {
        group: sorted(file.stem for file in configs().glob(f"{group}/*.yaml")) for group in CHOICES
    }
    assert files == {group: sorted(choices) for group, choices in CHOICES.items()}
    assert {
        group: sorted({*groups()[group], *UNNAMED.get(group, "").split()}) for group in CHOICES
    } == files


def test_groups_name_the_experiments_too() -> None:
    assert [*groups()["experiment"]] == EXPERIMENTS
    assert list(groups()) == sorted([*CHOICES, "experiment", "hparams"])


def test_no_words_give_the_defaults() -> None:
    assert compose([]) == TrainConfig()


@pytest.mark.parametrize(("group", "name"), CHOSEN)
def test_choosing_gives_the_defaults_of_the_choice(group: str, name: str) -> None:
    words = [f"{group}={name}"]
    if name in ("strings", "ink", "marks"):  # model and data are of one task
        words.append(f"{'data' if group == 'model' else 'model'}={name}")
    words += ["augment=none"] if name in ("ink", "marks") else []
    config = compose(words)
    chosen = dict(word.split("=") for word in words)
    assert config == TrainConfig(**{key: CHOICES[key][value]() for key, value in chosen.items()})
    shared = ["limit"] if group == "data" else []
    assert list(to_dict(config)[group]) == ["name", *shared, *IN_GROUPS[f"{group}={name}"]]


def needed(experiment: str) -> list[str]:
    """Return the words without which an experiment is not whole."""
    return ["teacher=model.h5"] if experiment == "distilled" else []


def test_an_experiment_says_which_setting_it_needs() -> None:
    with pytest.raises(ConfigError) as caught:
        compose(["experiment=distilled"])
    message = str(caught.value)
    assert message.startswith("teacher=FILE is missing: ")
    assert message.endswith(f": {command('ensemble', 'experiments/accurate/*')}")
    assert "\n" not in message


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_experiment_composes_and_names_its_folder(name: str) -> None:
    config = compose([f"experiment={name}", *needed(name)])
    assert config.experiment == name
    assert config != TrainConfig(experiment=name)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_experiment_leaves_the_last_word_to_the_user(name: str) -> None:
    model = "model.width=20" if name == "distilled" else "model=lenet5"  # whose width it sets
    words = [f"experiment={name}", *needed(name), "epochs=77", model]
    words += (
        ["data=mnist"] if name in ("strings", "ink", "marks") else []
    )  # of the task of the model
    words += ["optimizer.lr=2", "ema=0.5"]
    for order in (words, words[::-1]):
        config = compose(order)
        assert (config.epochs, config.ema, config.optimizer.lr) == (77, 0.5, 2.0)
        assert getattr(config.model, "width", None) == 20 or config.model == LeNet5()
        assert config.experiment == name


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["epochs=3", "seed=7"], TrainConfig(epochs=3, seed=7)),
        (["epochs=3", "epochs=4"], TrainConfig(epochs=4)),
        (["optimizer.lr=2"], TrainConfig(optimizer=Adadelta(lr=2.0))),
        (["optimizer=sgd", "optimizer.nesterov=false"], TrainConfig(optimizer=Sgd(nesterov=False))),
        (["run_dir=2024"], TrainConfig(run_dir="2024")),
        (["run_dir='a, b=c'"], TrainConfig(run_dir="a, b=c")),
        (["resume=some where/run"], TrainConfig(resume="some where/run")),
        (["threads=null"], TrainConfig()),
        (["compile=true"], TrainConfig(compile=True)),
        (["run_dir=${device}-${model.name}"], TrainConfig(run_dir="auto-cnn")),
        (["run_dir=a=b [c] {d} #e"], TrainConfig(run_dir="a=b [c] {d} #e")),
        (["run_dir=a,b"], TrainConfig(run_dir="a,b")),
        (["run_dir=007"], TrainConfig(run_dir="007")),
        (["run_dir=1e5"], TrainConfig(run_dir="1e5")),
        (["run_dir=true"], TrainConfig(run_dir="true")),
        (["run_dir=null"], TrainConfig()),
        (["tags=wide, try2"], TrainConfig(tags="wide,try2")),
        (["tags=[wide,try2]"], TrainConfig(tags="wide,try2")),
        (
            ["notes=half the rate, twice the batch (x=2)"],
            TrainConfig(notes="half the rate, twice the batch (x=2)"),
        ),
        (["device=cuda:1"], TrainConfig(device="cuda:1")),
        (["++epochs=3"], TrainConfig(epochs=3)),
    ],
)
def test_words_give(words: list[str], expected: TrainConfig) -> None:
    assert compose(words) == expected


def test_environment_is_read_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITREC_TEST_SEED", "12")
    assert compose(["run_dir=${oc.env:DIGITREC_TEST_SEED}"]).run_dir == "12"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["epoch=3"], "no setting is called epoch; did you mean epochs?"),
        (["optimiser=sgd"], "no setting is called optimiser; did you mean optimizer?"),
        (["batchsize=3"], "no setting is called batchsize; did you mean batch_size?"),
        (["optimizer=sdg"], "no optimizer is called 'sdg'; did you mean sgd?"),
        (["experiment=fas"], "no experiment is called 'fas'; did you mean fast?"),
        (["model=Cnn"], "no model is called 'Cnn'; did you mean cnn?"),
        (
            ["data=synthetic", "data.root=x"],
            "data.root is a setting of data=mnist or data=pen or data=unipen or data=folder or "
            "data=mnist_pen or data=mix or data=hands or data=strings or data=ink or data=marks, "
            "and not of the data chosen here",
        ),
        (
            ["model.width=64"],
            "model.width is a setting of model=fast or model=fixed_filters or "
            "model=fine_filters or model=deep or model=accurate or model=strings or "
            "model=ink or model=marks, and not of the model chosen here",
        ),
        (["foo"], "cannot read 'foo': settings are written key=value, as in epochs=3"),
        (["fast"], "cannot read 'fast': settings are written key=value; write experiment=fast"),
        (["epochs"], "cannot read 'epochs': settings are written key=value; write epochs=VALUE"),
        (["epochs = 3"], "cannot read 'epochs = 3': write epochs=3"),
        (["epochs:3"], "cannot read 'epochs:3': write epochs=3"),
        (["epochs=[1"], "cannot read 'epochs=[1': write one value, as in epochs=6"),
        (["lr=0.5"], "no setting is called lr; did you mean optimizer.lr?"),
        (["learning_rate=1"], "no setting is called learning_rate; did you mean optimizer.lr?"),
        (
            ["momentum=0.9"],
            "no setting is called momentum; did you mean optimizer.momentum (of optimizer=sgd)?",
        ),
        (["momentun=0.9"], "no setting is called momentun; did you mean optimizer.momentum?"),
        (["output_dir=x"], "no setting is called output_dir; did you mean run_dir?"),
        (["dataset=mnist"], "no setting is called dataset; did you mean data?"),
        (
            ["+experiment=fast"],
            "+experiment=fast: experiment already exists, so it takes no +; write experiment=fast",
        ),
        (["optimizer.name=sgd"], "optimizer.name=sgd: write optimizer=sgd"),
        (["device=gpu"], "device=gpu: did you mean cuda?"),
        (["device=gpu1"], "device=gpu1: did you mean cuda:1?"),
        (["device=cuda1"], "device=cuda1: did you mean cuda:1?"),
        (["device=CPU"], "device=CPU: did you mean cpu?"),
        (["seed=1,2"], "seed=1,2: one run takes one value; --multirun makes a run of each"),
        (["epochs=1.5"], "epochs=1.5: must be a whole number"),
        (["epochs=0"], "epochs=0: must be at least 1"),
        (["compile=yes"], "compile=yes: must be true or false"),
        (["device=cdua"], "device=cdua: did you mean cuda?"),
    ],
)
def test_mistake_is_told_in_these_words(words: list[str], expected: str) -> None:
    assert refused(*words) == expected


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["+bla=1"], ["no setting is called bla", "choose from", "epochs"]),
        (["~nope"], ["no setting is called nope"]),
        (["~optimizer=sgd"], ["optimizer=sgd"]),
        (["+optimizer.lrr=1"], ["optimizer.lrr", "did you mean optimizer.lr"]),
        (["optimizer.momentun=1"], ["optimizer.momentun", "optimizer.momentum"]),
        (["+epochs=3"], ["epochs"]),
        (["+experiment=fast"], ["experiment"]),
        (["run_dir=${nowhere}"], ["nowhere"]),
        (["run_dir=${oc.env:DIGITREC_NOT_SET}"], ["DIGITREC_NOT_SET"]),
        (["run_dir=${"], ["run_dir=${"]),
        (["epochs=[1"], ["epochs=[1"]),
        (["model=null"], ["model"]),
        (["experiment=2024"], ["experiment"]),
        (["=3"], ["key=value"]),
        (["model="], ["model", "choose from"]),
        (["model=a/b"], ["a/b"]),
        (["model=[cnn,b]"], ["model", "one choice", "model=cnn,b"]),
        (["epochs.x=3"], ["epochs.x"]),
        (["hydra.foo=3"], ["hydra.foo"]),
        (["data=synthetic", "data.train=100"], ["validation=5000", "data.train=100"]),
        (["optimizer={lr: 0}"], ["optimizer.lr=0"]),
    ],
)
def test_mistake_is_named(words: list[str], parts: list[str]) -> None:
    message = refused(*words)
    for part in parts:
        assert part in message


@pytest.mark.parametrize("word", ["data.root=~/x", 'data.root="~/x"', "run_dir=~/x", "resume=~"])
def test_a_path_in_the_home_folder_is_there(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    config = compose([word])
    found = {getattr(config.data, "root", None), config.run_dir, config.resume}
    assert found & {"/home/someone/x", "/home/someone"}


def test_known_words_are_listed_once() -> None:
    listed = refused("zzz=1").partition("choose from ")[2].split(", ")
    assert sorted(listed) == sorted(TOP)


def test_mistake_leaves_nothing_behind() -> None:
    refused("epoch=3")
    assert compose([]) == TrainConfig()


def test_composed_yaml_is_the_whole_configuration() -> None:
    words = ["experiment=fast", "seed=3"]
    assert yaml.safe_load(composed_yaml(words)) == to_dict(compose(words))


@pytest.mark.parametrize("module", ["digitrec", "digitrec.config.compose", "digitrec.train"])
def test_command_line_opens_without_pytorch(module: str) -> None:
    code = f"import sys, {module}; print([name for name in sys.modules if name == 'torch'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Remove the handlers that Hydra adds, which write to the output of one test."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers


@pytest.mark.parametrize("what", ["cfg:job", "cfg:all", "info:defaults", "info:plugins"])
@pytest.mark.usefixtures("logging_as_it_was")
def test_what_hydra_made_of_the_words_is_shown(
    what: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    show(["epochs=3", "run_dir=a b"], what)
    shown = capsys.readouterr().out
    if what == "cfg:job":
        assert yaml.safe_load(shown)["epochs"] == 3
        assert yaml.safe_load(shown)["run_dir"] == "a b"
    assert shown
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_shown_of_a_mistake() -> None:
    with pytest.raises(ConfigError, match="epochs=0"):
        show(["epochs=0"], "cfg:job")


@pytest.mark.parametrize("what", ["cfg:job", "info:all", "info:searchpath"])
def test_what_is_shown_to_an_output_that_is_full_or_closed_is_an_error(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError):
        show([], what)
