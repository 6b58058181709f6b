"""Loggers, read back with their own programs' APIs; the run's folder stays the record."""

from __future__ import annotations

import csv
import json
import shutil
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from digitrec.config.compose import compose
from digitrec.errors import DigitrecError
from digitrec.training.loggers.choices import MlFlow, NoLogger, Several, TensorBoard, WandB
from digitrec.training.loggers.tensorboard import _silence_writing_thread
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, Result, RunDir

SMALL = (
    "data=synthetic", "data.train=200", "data.test=40", "validation=40", "model=tiny",
    "epochs=3", "batch_size=32", "threads=1", "run_dir=run",
)  # fmt: skip

Points = dict[str, list[tuple[int, float]]]  # step and value, by name


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run_in_two_parts(*words: str) -> Points:
    """Train for an epoch, be stopped, and go on; returns the points that there are to be."""

    def stop(row: MetricsRow) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, *words]), stop)
    run(compose(["resume=run"]))
    with Path("run/metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    names = [name for name in rows[0] if name != "epoch"]
    return {name: [(int(row["epoch"]), float(row[name])) for row in rows] for name in names}


def result_of_run() -> Result:
    result = RunDir(Path("run")).result()
    assert result is not None
    return result


def test_tensorboard_has_each_point_once_after_a_resumed_run() -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    expected = run_in_two_parts("logger=tensorboard")
    events: Any = EventAccumulator("run/tensorboard")
    events.Reload()
    for name, points in expected.items():
        found = events.Scalars(name)
        assert [point.step for point in found] == [step for step, _ in points]
        assert [point.value for point in found] == pytest.approx([value for _, value in points])
        assert [point.wall_time for point in found] == sorted(point.wall_time for point in found)
    result = result_of_run()
    (point,) = events.Scalars("final/test_accuracy")
    assert point.value == pytest.approx(result.test_accuracy)
    (text,) = events.Tensors("configuration/text_summary")
    assert b"batch_size: 32" in text.tensor_proto.string_val[0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of what MLflow stands on
def test_mlflow_has_each_point_once_in_one_run_after_a_resumed_run() -> None:
    from mlflow.tracking import MlflowClient

    store = "sqlite:///store/mlflow.db"
    expected = run_in_two_parts("logger=mlflow", f"logger.store={store}")
    client = MlflowClient(tracking_uri=store)
    group = client.get_experiment_by_name("synthetic-tiny")
    (found,) = client.search_runs([group.experiment_id])
    assert found.info.status == "FINISHED"
    assert found.info.run_id == Path("run/mlflow.txt").read_text().strip()
    assert found.data.params["optimizer.lr"] == "1.0"
    assert found.data.tags["digitrec.run_dir"] == str(Path("run").resolve())
    for name, points in expected.items():
        history = client.get_metric_history(found.info.run_id, name)
        assert sorted((point.step, point.value) for point in history) == points
    result = result_of_run()
    assert found.data.metrics["test_accuracy"] == result.test_accuracy


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_store_that_cannot_be_reached_harms_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("")
    run(compose([*SMALL, "epochs=1", "logger=mlflow", "logger.store=sqlite:///file/x.db"]))
    assert result_of_run().status == "finished"
    assert capsys.readouterr().err.count("warning: logger=mlflow failed") == 1


class Failing:
    """A logger that fails at its second epoch."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def update(self, rows: Sequence[MetricsRow]) -> None:
        self.told.append("update")
        if len(rows) == 2:
            raise OSError("no space\nleft")

    def finish(self, result: Any) -> None:
        self.told.append("finish")

    def close(self, status: str) -> None:
        self.told.append("close")


def test_a_logger_that_fails_is_told_no_more_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[Failing] = []
    monkeypatch.setattr(TensorBoard, "start", lambda *given: made.append(Failing()) or made[-1])
    run(compose([*SMALL, "logger=tensorboard"]))
    assert made[0].told == ["update", "update"]
    assert capsys.readouterr().err == (
        "warning: logger=tensorboard failed and was switched off; the run folder still has "
        "everything (OSError: no space left)\n"
    )
    assert result_of_run().status == "finished"


def test_the_error_of_a_logger_is_told_in_a_short_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(*given: Any) -> None:
        raise OSError("[SQL: INSERT INTO metrics]\n" * 100)

    monkeypatch.setattr(TensorBoard, "start", start)
    run(compose([*SMALL, "epochs=1", "logger=tensorboard"]))
    (line,) = capsys.readouterr().err.splitlines()
    assert "(OSError: [SQL: INSERT INTO metrics] [SQL: " in line
    assert line.endswith(" …)")
    assert len(line) < 420


def test_of_a_tensorboard_folder_that_is_gone_one_line_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)  # pytest has its own
    _silence_writing_thread.cache_clear()
    run(compose([*SMALL, "logger=tensorboard"]), lambda row: shutil.rmtree("run/tensorboard", True))
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("warning: logger=tensorboard failed and was switched off")
    assert "FileNotFoundError" in line
    assert result_of_run().status == "finished"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_of_a_store_that_is_gone_one_line_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "gone/mlflow.db"
    words = ["logger=mlflow", f"logger.store=sqlite:///{store}"]
    run(compose([*SMALL, *words]), lambda row: store.unlink(missing_ok=True))
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("warning: logger=mlflow failed and was switched off")


@pytest.mark.parametrize(
    ("config", "package"),
    [(TensorBoard(), "tensorboard"), (MlFlow(), "mlflow"), (WandB(), "wandb")],
)
def test_a_logger_that_is_not_installed_is_one_line_before_anything(
    config: TensorBoard | MlFlow | WandB, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    NoLogger().check()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        DigitrecError, match=rf"needs the package {package}: pip install 'digitrec\["
    ):
        config.check()
    with pytest.raises(DigitrecError, match=package):
        run(compose([*SMALL, f"logger={config.name}"]))
    assert not list(Path().iterdir())


def test_plots_are_images_in_tensorboard() -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run(compose([*SMALL, "epochs=1", "logger=tensorboard"]))
    events: Any = EventAccumulator("run/tensorboard")
    events.Reload()
    assert {"curves", "confusion", "mistakes"} <= set(events.Tags()["images"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_mlflow_keeps_the_network_the_plots_the_notes_and_the_tags(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    store = f"sqlite:///{tmp_path}/store/mlflow.db"  # MLflow keeps stores open by their address
    words = ["epochs=1", "logger=mlflow", f"logger.store={store}", "tags=wide,try2", "notes=a, b"]
    run(compose([*SMALL, *words]))
    client = MlflowClient(tracking_uri=store)
    group = client.get_experiment_by_name("synthetic-tiny")
    (found,) = client.search_runs([group.experiment_id])
    names = {file.path for file in client.list_artifacts(found.info.run_id)}
    assert names == {"model.h5", "curves.png", "confusion.png", "mistakes.png"}
    assert found.data.tags["mlflow.note.content"] == "a, b"
    assert {"wide", "try2"} <= set(found.data.tags)
    assert {path.name for path in (tmp_path / "store").iterdir()} == {
        "mlflow.db",
        "mlflow-artifacts",
    }
    assert not Path("mlruns").exists()


def wandb_records(content: bytes) -> Iterator[bytes]:
    """Read the records of a file of W&B's, which are in the format of LevelDB's logs."""
    block, at, record = 32_768, 7, b""
    while at + 7 <= len(content):
        if block - at % block < 7:
            at += block - at % block  # too little of the block is left for a header
            continue
        _, length, part = struct.unpack_from("<IHB", content, at)
        if at + 7 + length > len(content):
            return  # it is being written
        record += content[at + 7 : at + 7 + length]
        at += 7 + length
        if part in (1, 4):  # whole, or the last part
            yield record
            record = b""


def whole_wandb_file(file: Path) -> list[Any]:
    """Wait for the last record, which W&B's own process writes after the run has let go."""
    from wandb.proto.wandb_internal_pb2 import Record

    end = time.monotonic() + 60
    while True:
        records = []
        for data in wandb_records(file.read_bytes()):
            record = Record()
            record.ParseFromString(data)
            records.append(record)
        if records and records[-1].WhichOneof("record_type") == "exit":
            return records
        assert time.monotonic() < end
        time.sleep(0.05)


def wandb_points(folder: Path) -> Points:
    """Read what W&B wrote without a network, from its own files."""
    points: Points = {}
    for file in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
        for record in whole_wandb_file(file):
            values = {
                item.key or ".".join(item.nested_key): json.loads(item.value_json)
                for item in record.history.item
            }
            for name, value in values.items():
                if not name.startswith("_") and name != "epoch":
                    points.setdefault(name, []).append((values["epoch"], value))
    return points


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_wandb_has_each_point_once_after_a_resumed_run_beside_tensorboard() -> None:
    pytest.importorskip("wandb")
    expected = run_in_two_parts("logger=[tensorboard,wandb]", "logger.mode=offline")
    found = wandb_points(Path("run"))
    for name, points in expected.items():
        steps, values = zip(*sorted(found[name]), strict=True)
        assert list(steps) == [step for step, _ in points]
        assert list(values) == pytest.approx([value for _, value in points])
    assert list(Path("run/tensorboard").glob("events*"))
    assert Path("run/wandb.txt").read_text().split()[1] == "3"


def test_wandb_without_a_login_is_one_line_before_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DigitrecError, match=r"run wandb login, or write logger\.mode=offline"):
        run(compose([*SMALL, "logger=wandb"]))
    assert not list(Path().iterdir())
    WandB(mode="offline").check()


def test_one_of_several_loggers_that_fails_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[Failing] = []
    monkeypatch.setattr(MlFlow, "start", lambda *given: made.append(Failing()) or made[-1])
    run(compose([*SMALL, "logger=[mlflow,tensorboard]"]))
    assert made[0].told == ["update", "update"]
    assert capsys.readouterr().err.count("warning: logger=mlflow failed") == 1
    assert list(Path("run/tensorboard").glob("events*"))


def test_several_loggers_take_each_their_settings() -> None:
    config = compose(["logger=[tensorboard, mlflow]", "logger.store=x"])
    assert isinstance(config.logger, Several)
    assert config.logger.loggers == [TensorBoard(), MlFlow(store="x")]
    assert compose(["logger=[mlflow]"]).logger == MlFlow()
    for words, line in (
        (["logger=[tensorboard,wandb]", "logger.store=x"], "logger.store=x: none of the loggers"),
        *(
            (
                [word],
                "no logger is called 'zzz'; choose from mlflow, none, tensorboard, wandb; several "
                "at once are logger=[tensorboard,wandb]",
            )
            for word in ("logger=zzz", "logger=[tensorboard,zzz]")
        ),
        (["logger=[tensorboard,none]"], "logger.names=tensorboard,none: none stands alone"),
        (["logger=tensorboard,mlflow"], "write 'logger=[tensorboard,mlflow]'"),
    ):
        with pytest.raises(DigitrecError) as caught:
            compose(words)
        assert line in str(caught.value)
