from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import fill, small_disk
from sample_runs import made_up_environment, made_up_result

from digitrec.config.train_config import TrainConfig
from digitrec.data.sets.single import MnistData, SyntheticData
from digitrec.errors import DigitrecError, LockedError, RunFileError
from digitrec.models.architectures.digits import Deep, Tiny
from digitrec.training.augmentations import Affine
from digitrec.training.optimizers import Adadelta
from digitrec.training.run_directory import (
    Position,
    RunDir,
    SilentRunDir,
    check_target,
    experiment_name,
)
from digitrec.training.schedules import Step

ENVIRONMENT = made_up_environment(threads=2)

in_tmp = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which runs go below unless they say otherwise: an empty one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder() -> RunDir:
    return RunDir.create(TrainConfig(run_dir="run"), ENVIRONMENT)


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def refusal(config: TrainConfig) -> str:
    """Ask for a folder that cannot be had, and return the line that says so."""
    with pytest.raises(DigitrecError) as error:
        RunDir.create(config, ENVIRONMENT)
    return str(error.value)


# --- making -------------------------------------------------------------------------------------


def test_a_new_folder_has_its_configuration_and_environment(here: Path) -> None:
    run = RunDir.create(TrainConfig(model=Tiny(), data=SyntheticData()), ENVIRONMENT)
    assert everything(run.path) == ["config.yaml", "environment.json"]
    assert run.environment() == ENVIRONMENT
    assert run.result() is None
    assert not run.is_finished()
    assert run.state() is None
    assert run.path.parent == Path("experiments", "synthetic-tiny")
    assert [path.name for path in run.path.parent.iterdir()] == [run.path.name]


def test_no_two_runs_share_a_folder() -> None:
    paths = {RunDir.create(TrainConfig(experiment="same"), ENVIRONMENT).path for _ in range(20)}
    assert len(paths) == 20
    assert {path.parent for path in paths} == {Path("experiments/same")}


@pytest.mark.parametrize("place", ["run", "a/b/c", "with space [1]", "größer", "run/", "./x/../y"])
def test_a_run_goes_where_it_is_told(place: str) -> None:
    run = RunDir.create(TrainConfig(run_dir=place), ENVIRONMENT)
    assert everything(Path(place)) == ["config.yaml", "environment.json"]
    assert run.model.parent == Path(place)


def test_an_empty_folder_may_be_there_already(here: Path) -> None:
    (here / "run").mkdir()
    RunDir.create(TrainConfig(run_dir="run"), ENVIRONMENT)
    assert everything(here) == ["run", "run/config.yaml", "run/environment.json"]


def test_a_run_never_overwrites(here: Path) -> None:
    RunDir.create(TrainConfig(run_dir="run"), ENVIRONMENT)
    before = {name: (here / name).stat().st_mtime_ns for name in everything(here)}
    line = refusal(TrainConfig(run_dir="run", seed=1))
    assert "not empty" in line
    assert "resume=run" in line
    assert {name: (here / name).stat().st_mtime_ns for name in everything(here)} == before


def test_a_full_disk_is_named_by_the_folder_that_was_given(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        fill(disk)
        line = refusal(TrainConfig(run_dir=str(disk / "runs" / "one")))
        assert re.fullmatch(
            f"cannot make the run directory {disk}/runs/one: No space left on device: it needs "
            rf"0\.00\d MB, so make room in {disk}/runs; name another with run_dir=FOLDER",
            line,
        )
        assert everything(disk) == ["filling"]


def test_a_folder_of_something_else_is_no_run_to_resume(here: Path) -> None:
    (here / "photos").mkdir()
    (here / "photos" / "one.png").write_bytes(b"")
    line = refusal(TrainConfig(run_dir="photos"))
    assert "not empty" in line
    assert "resume" not in line


def test_a_folder_that_fills_up_meanwhile_is_left_alone(here: Path) -> None:
    """Between the check and the work an hour may pass, and the other run is first."""
    config = TrainConfig(run_dir="run")
    check_target(config)
    (here / "run").mkdir()
    (here / "run" / "config.yaml").write_text("another's")
    assert "not empty" in refusal(config)
    assert everything(here) == ["run", "run/config.yaml"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file", "is a file"),
        ("file/run", "file is not a folder"),
        ("file/a/b", "file is not a folder"),
        ("broken", "broken"),
        ("/proc/digitrec/run", "/proc"),
        ("/dev/null/run", "/dev/null is not a folder"),
        ("new/" + "x" * 300, "too long"),
        ("x" * 300, "too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_line_and_nothing_is_left(
    place: str, reason: str, here: Path
) -> None:
    (here / "file").write_text("content")
    (here / "broken").symlink_to("broken")
    line = refusal(TrainConfig(run_dir=place))
    assert reason in line
    assert "folder" in line.lower()
    assert everything(here) == ["broken", "file"]
    assert (here / "file").read_text() == "content"


def test_a_run_is_made_where_a_link_leads(here: Path) -> None:
    (here / "link").symlink_to("new")
    RunDir.create(TrainConfig(run_dir="link"), ENVIRONMENT)
    assert (here / "link").is_symlink()
    assert (here / "new" / "config.yaml").is_file()


def test_an_experiment_whose_folder_cannot_be_made_leaves_nothing(here: Path) -> None:
    assert "too long" in refusal(TrainConfig(experiment="x" * 300))
    assert everything(here) == []
    (here / "experiments").write_text("a file")
    assert "not a folder" in refusal(TrainConfig())
    assert everything(here) == ["experiments"]


def test_the_current_folder_is_no_new_one(here: Path) -> None:
    assert "current folder" in refusal(TrainConfig(run_dir="."))
    assert everything(here) == []


@pytest.mark.parametrize("place", ["file", "file/run", "full", "/proc/1/x"])
def test_the_check_before_the_work_finds_what_can_be_found(place: str, here: Path) -> None:
    (here / "file").write_text("content")
    (here / "full").mkdir()
    (here / "full" / "x").write_text("content")
    with pytest.raises(DigitrecError):
        check_target(TrainConfig(run_dir=place))


def test_the_check_makes_nothing(here: Path) -> None:
    check_target(TrainConfig(run_dir="a/b"))
    check_target(TrainConfig(experiment="new"))
    assert everything(here) == []


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (TrainConfig(), "mnist-cnn"),
        (TrainConfig(data=SyntheticData(), model=Deep()), "synthetic-deep"),
        (TrainConfig(experiment="fast"), "fast"),
    ],
)
def test_an_experiment_is_named_by_choice_or_by_what_it_is(config: TrainConfig, name: str) -> None:
    assert experiment_name(config) == name


# --- config.yaml --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        TrainConfig(optimizer=Adadelta(eps=1e-06, lr=1e300, weight_decay=5e-324)),
        TrainConfig(experiment="2024", run_dir=None),
        TrainConfig(experiment="yes"),
        TrainConfig(experiment="null"),
        TrainConfig(experiment="1e3"),
        TrainConfig(experiment="~"),
        TrainConfig(experiment="größer 数字 🙂"),
        TrainConfig(experiment=" - a: 'b' # \"c\" {d} [e], &f *g !h %i @j"),
        TrainConfig(data=MnistData(root="/a: b\\c")),
        TrainConfig(seed=2**63 - 1, threads=3, compile=True, ema=0.999, validation=0),
        TrainConfig(schedule=Step(gamma=0.1, every=7), augment=Affine(rotation=0.0)),
    ],
)
def test_a_configuration_comes_back_as_it_was(config: TrainConfig, tmp_path: Path) -> None:
    run = RunDir.create(config, ENVIRONMENT)
    assert RunDir.open(run.path) == (run, config)


@in_tmp
@given(
    experiment=st.none()
    | st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"),
        min_size=1,
        max_size=30,
    ).filter(lambda name: name not in (".", "..")),
    root=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    lr=st.floats(0, exclude_min=True, allow_infinity=False),
    seed=st.integers(0, 2**63 - 1),
)
def test_any_configuration_comes_back(
    experiment: str | None, root: str | None, lr: float, seed: int
) -> None:
    config = TrainConfig(
        experiment=experiment, data=MnistData(root=root), optimizer=Adadelta(lr=lr), seed=seed
    )
    run = RunDir.create(config, ENVIRONMENT)
    assert RunDir.open(run.path)[1] == config


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('epochs: ["a"', "is not valid YAML"),
        ("epochs: 3\n\tseed: 1", "is not valid YAML"),
        ("epochs: 2001-13-45", "is not valid YAML"),
        ("epochs: 0x_", "is not valid YAML"),
        ("!!python/object/apply:os.system ['touch owned']", "is not valid YAML"),
        ("? [a]\n: 1", "is not valid YAML"),
        ("\0", "is not valid YAML"),
        ("[" * 3000, "is not valid YAML"),
        ("", "holds no settings"),
        ("null", "holds no settings"),
        ("- epochs", "holds no settings"),
        ("epochs", "holds no settings"),
        ("epoch: 3", "does not know: epoch; use"),
        ("1: 2", "does not know: 1; use"),
        ("model: {name: tiny, width: 8}", "model.width"),
        ("model: {name: [tiny]}", "does not know: model=['tiny']; use"),
        ("model: {2: 3}", "model.2"),
        ("model: tiny", "model=tiny"),
        ("epochs: three", "epochs=three"),
        ("epochs: -3", "epochs=-3"),
        ("epochs: {}", "epochs"),
        ("experiment: ../..", "experiment"),
    ],
)
def test_a_damaged_configuration_is_one_line_that_names_the_file(
    content: str, reason: str, folder: RunDir, here: Path
) -> None:
    (folder.path / "config.yaml").write_text(content)
    with pytest.raises(DigitrecError) as error:
        RunDir.open(folder.path)
    assert str(error.value).startswith(str(folder.path / "config.yaml"))
    assert reason in str(error.value)
    assert not (here / "owned").exists()


def test_a_configuration_that_is_cut_off_takes_no_defaults_for_what_is_lost(here: Path) -> None:
    run = RunDir.create(TrainConfig(seed=7, epochs=3, notes="and so on ..."), ENVIRONMENT)
    whole = run.config_file.read_text()
    assert yaml.safe_load(whole)["seed"] == 7
    for length in range(4, len(whole.rstrip())):
        run.config_file.write_text(whole[:length])
        with pytest.raises(RunFileError, match=r"config\.yaml is damaged: "):
            RunDir.open(run.path)


def test_a_configuration_that_an_earlier_version_wrote_has_no_end_to_lose(folder: RunDir) -> None:
    folder.config_file.write_text("seed: 7\nepochs: 3\n")
    assert RunDir.open(folder.path)[1] == TrainConfig(seed=7, epochs=3)


@in_tmp
@given(content=st.binary(max_size=60) | st.text("- :{}[]'\"\n#&*!|>%@0x1_e.", max_size=30))
def test_no_content_of_config_yaml_raises_anything_else(
    content: bytes | str, folder: RunDir
) -> None:
    raw = content.encode() if isinstance(content, str) else content
    (folder.path / "config.yaml").write_bytes(raw)
    try:
        RunDir.open(folder.path)
    except DigitrecError as error:
        line = str(error)
        assert "config.yaml" in line


@pytest.mark.parametrize(
    ("name", "wrong", "problem"),
    [
        ("empty", "empty/config.yaml", "is missing"),
        ("file", "file", "is not a folder"),
        ("file/below", "file/below", "is not a folder"),
        ("nowhere", "nowhere", "does not exist"),
        ("odd", "odd/config.yaml", "cannot be read: Is a directory"),
        (300 * "n", f"{300 * 'n'}/config.yaml", "cannot be read: File name too long"),
    ],
)
def test_a_folder_without_a_configuration_cannot_be_opened(
    name: str, wrong: str, problem: str, here: Path
) -> None:
    (here / "empty").mkdir()
    (here / "file").write_text("content")
    (here / "odd" / "config.yaml").mkdir(parents=True)
    with pytest.raises(RunFileError) as caught:
        RunDir.open(Path(name))
    assert (caught.value.file, caught.value.problem) == (Path(wrong), problem)
    assert str(caught.value).startswith(f"{wrong} {problem}; name the folder of a run")


# --- locks --------------------------------------------------------------------------------------


def test_a_run_under_way_is_locked_and_stays_so_when_another_process_tries(
    folder: RunDir,
) -> None:
    other = RunDir(folder.path)
    with folder.lock():
        for _ in range(2):
            with pytest.raises(LockedError, match="run is under way"), other.lock():
                pass
    with other.lock():
        pass


def test_the_lock_of_a_run_that_can_be_resumed_may_stay(folder: RunDir) -> None:
    with folder.lock():
        folder.write_state(Position(), {})
    with folder.lock():
        folder.end()
    assert everything(folder.path) == ["config.yaml", "environment.json"]


def test_a_finished_run_loses_its_lock_where_open_files_cannot_be_removed(
    folder: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: a file that some process has open stays."""
    held = False
    unlink = Path.unlink

    def unlink_closed(path: Path, missing_ok: bool = False) -> None:
        if held and path.name == ".lock":
            raise PermissionError(13, "The process cannot access the file", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_closed)
    folder.write_state(Position(), {})
    with folder.lock():
        held = True
        folder.end()
        assert (folder.path / ".lock").exists()
        held = False
    assert everything(folder.path) == ["config.yaml", "environment.json"]


def test_a_run_is_finished_when_its_result_says_so(folder: RunDir) -> None:
    for status in ("running", "interrupted", "failed", "pruned"):
        folder.write_result(made_up_result(status=status))
        assert not folder.is_finished()
    folder.write_result(made_up_result(status="finished"))
    assert folder.is_finished()


def test_a_process_that_does_not_write_writes_no_file() -> None:
    writing = {name for name in vars(RunDir) if name.startswith("write_")} | {"end"}
    assert len(writing) >= 6
    assert writing == {name for name in vars(SilentRunDir) if not name.startswith("_")}
