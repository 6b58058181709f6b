"""A job in this process: what it becomes when its run fails, is finished, or is being trained."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from digitrec.config.compose import compose
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError, Interrupted
from digitrec.storage.locks import locked
from digitrec.sweeps import launchers
from digitrec.sweeps import sweep as sweeps
from digitrec.sweeps.finished_runs import config_key
from digitrec.sweeps.jobs import EndedJobs, Job, JobOutcome, perform
from digitrec.sweeps.sweep import sweep
from digitrec.training import run as training_run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def config() -> TrainConfig:
    return compose(["data=synthetic", "model=tiny", "epochs=2"])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DigitrecError("training diverged"), "training diverged"),
        (ZeroDivisionError("division\nby zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_an_error_of_the_run_is_the_reason_of_a_failed_job(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(training_run, "run", fail)
    assert perform(Job(name="seed=1", config=config)) == JobOutcome("failed", reason=reason)


def test_a_job_whose_run_another_process_trains_is_busy(config: TrainConfig) -> None:
    lock = Path("experiments/.locks") / f"synthetic-tiny-{config_key(config)}"
    with locked(lock, "the other process"):
        outcome = perform(Job(name="seed=1", config=config))
    assert outcome.status == "busy"
    assert outcome.reason.startswith("seed=1 is under way in another process")
    assert outcome.folder is None


def test_where_nothing_can_be_written_is_the_reason_of_a_failed_job(
    config: TrainConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("experiments").touch()  # as good as a folder that is read-only, which root may write to
    outcome = perform(Job(name="seed=1", config=config))
    assert outcome.status == "failed"
    assert outcome.reason.startswith("cannot write runs to ")
    assert outcome.reason.endswith(
        "experiments is not a folder that can be written; name another with run_dir=FOLDER"
    )
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("again", [False, True])
def test_a_stopped_sweep_says_what_the_same_command_does(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    def stop(*arguments: object) -> None:
        raise Interrupted("stopped; go on with: …", signal.SIGTERM)

    monkeypatch.setattr(launchers, "perform", stop)
    jobs = [Job(name="seed=1", config=config, again=again)]
    with pytest.raises(Interrupted) as stopped:
        list(launchers.launch(jobs, {}, lambda job, row: None))
    assert stopped.value.signal_number == signal.SIGTERM
    assert ("the same command resumes: " in str(stopped.value)) != again
    assert (
        "with --again, the same command trains all jobs from the start" in str(stopped.value)
    ) == again


def test_a_sweep_returns_folders_and_failures_and_waits_for_busy_jobs_in_the_end(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    turns: list[list[tuple[str, bool]]] = []

    def launch(jobs: list[Job], *arguments: object) -> EndedJobs:
        turns.append([(job.name, job.wait) for job in jobs])
        for job in jobs:
            if job.name == "busy" and not job.wait:
                yield job, JobOutcome("busy", reason="is under way")
            elif job.name == "bad":
                yield job, JobOutcome("failed", reason="training diverged")
            else:
                yield job, JobOutcome("found", str(Path("runs", job.name)))

    monkeypatch.setattr(sweeps, "launch", launch)
    monkeypatch.setattr(sweeps, "outcome_line", lambda job, outcome: f"{job.name} {outcome.status}")
    result = sweep([Job(name=name, config=config) for name in ("good", "busy", "bad")], {})
    assert turns == [[("good", False), ("busy", False), ("bad", False)], [("busy", True)]]
    assert result.folders == [Path("runs/good"), Path("runs/busy")]
    assert result.failures == ["training diverged"]
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["sweep   3 jobs", "[1/3] good found", "[2/3] bad failed", "[3/3] busy found"]
