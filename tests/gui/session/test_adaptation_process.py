from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from handwriting import stroke
from learners import arguments_given, outcome, pretending, stored
from sessions import begun, settled, text, until

from digitrec.gui.session.adaptation_process import AdaptationProcess, Adapted
from digitrec.gui.session.messages import Message
from digitrec.gui.session.session import Session
from digitrec.models import checkpoint
from digitrec.storage.resources import shipped_checkpoint


@pytest.fixture
def learning(store: Path) -> Iterator[AdaptationProcess]:
    made = AdaptationProcess(store)
    yield made
    made.close()


def over(learning: AdaptationProcess) -> Adapted:
    """Wait for what comes of it."""
    end = time.monotonic() + 300
    while (learnt := learning.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert not learning.running
    return learnt


def learnt_by(
    learning: AdaptationProcess, command: list[str], model: Path | None = None
) -> Adapted:
    learning.command = command
    assert learning.start(model)
    return over(learning)


# --- what is run --------------------------------------------------------------------------------


def test_the_chosen_network_learns_from_the_drawings(
    learning: AdaptationProcess, store: Path, tmp_path: Path
) -> None:
    command = pretending(tmp_path, outcome(tmp_path / "adapted.h5"))
    learnt_by(learning, command, tmp_path / "mine.h5")
    chosen = ["--json", "--checkpoint", str(tmp_path / "mine.h5"), str(store)]
    assert arguments_given(tmp_path) == chosen


def test_a_network_that_was_fine_tuned_is_not_fine_tuned_again(
    learning: AdaptationProcess, store: Path, tmp_path: Path
) -> None:
    command = pretending(tmp_path, outcome(None))
    store.parent.mkdir()
    for model in (None, store.with_name("adapted.h5"), store.parent / ".." / "data" / "adapted.h5"):
        learnt_by(learning, command, model)
        assert arguments_given(tmp_path)[2] == str(shipped_checkpoint())
    learnt_by(learning, command, tmp_path / "adapted.h5")  # another of that name
    assert arguments_given(tmp_path)[2] == str(tmp_path / "adapted.h5")


def test_only_one_process_runs_at_a_time(learning: AdaptationProcess, tmp_path: Path) -> None:
    learning.command = pretending(tmp_path, outcome(None), wait=True)
    assert learning.start(None)
    assert learning.running
    assert not learning.start(None)
    assert learning.poll() is None
    (tmp_path / "wait").unlink()
    over(learning)
    assert learning.start(None)
    over(learning)


def test_how_many_drawings_are_lacking(learning: AdaptationProcess) -> None:
    assert [learning.drawings_lacking(count) for count in (None, 0, 9, 10, 11)] == [0, 10, 1, 0, 0]


def test_closing_ends_the_process(learning: AdaptationProcess, tmp_path: Path) -> None:
    learning.command = pretending(tmp_path, outcome(None), wait=True)
    learning.start(None)
    until_there(tmp_path / "words.json")
    process = learning._process
    assert process is not None
    assert process.poll() is None
    began = time.monotonic()
    learning.close()
    assert process.poll() is not None
    assert time.monotonic() - began < 4


def test_after_closing_no_process_is_started(learning: AdaptationProcess, tmp_path: Path) -> None:
    learning.command = pretending(tmp_path, outcome(None))
    with learning._lock:
        learning.start(None)
        learning._closed = True
    learning.close()
    assert not (tmp_path / "words.json").exists()


def until_there(path: Path) -> None:
    end = time.monotonic() + 300
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.005)


# --- what is told to the user ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "said", "tone"),
    [
        (
            {},
            "Learnt from 40 drawings. Of 10 others, 9 are read correctly, 7 before. "
            "Accuracy on MNIST: 99.46%, 99.48% before.",
            "good",
        ),
        (
            {"right_after": 6},
            "Learnt from 40 drawings. Of 10 others, 6 are read correctly, 7 before. "
            "Accuracy on MNIST: 99.46%, 99.48% before.",
            "warning",
        ),
        (
            {"drawings": 10, "held_back": 0, "right_before": 0, "right_after": 0},
            "Learnt from 10 drawings. Accuracy on MNIST: 99.46%, 99.48% before.",
            "good",
        ),
    ],
)
def test_the_result_is_summarised(
    learning: AdaptationProcess, tmp_path: Path, other: dict[str, int], said: str, tone: str
) -> None:
    weights = tmp_path / "adapted.h5"
    learnt = learnt_by(learning, pretending(tmp_path, outcome(weights, **other)))
    assert learnt == Adapted(Message(said, tone), weights)


def test_a_result_without_a_new_network_is_summarised(
    learning: AdaptationProcess, tmp_path: Path
) -> None:
    learnt = learnt_by(learning, pretending(tmp_path, outcome(None)))
    said = (
        "Nothing was learnt from 40 drawings: anything that could be learnt would lower the "
        "accuracy on MNIST (99.48%)."
    )
    assert learnt == Adapted(Message(said, "warning"))


def test_errors_are_one_line(learning: AdaptationProcess, tmp_path: Path) -> None:
    learnt = learnt_by(learning, pretending(tmp_path, "", "error: MNIST cannot be had: é"))
    assert learnt == Adapted(Message("Nothing was learnt: MNIST cannot be had: é", "error"))
    crash = "import os; os._exit(7)"
    learnt = learnt_by(learning, [sys.executable, "-S", "-c", crash])
    assert learnt.message.text == "Nothing was learnt: exit code 7"
    learnt = learnt_by(learning, [str(tmp_path / "none")])
    assert learnt.message == Message(f"{tmp_path / 'none'}: No such file or directory", "error")


def test_errors_of_the_real_program_are_shown(learning: AdaptationProcess, store: Path) -> None:
    stored(store, 3)
    assert learning.start(None)
    learnt = over(learning)
    assert learnt.message.tone == "error"
    assert learnt.message.text.startswith(f"Nothing was learnt: {store} holds 3 drawings")


# --- what goes on meanwhile ---------------------------------------------------------------------


def test_the_new_network_reads_from_then_on_and_the_summary_stays(
    session: Session, store: Path, tmp_path: Path
) -> None:
    stored(store, 10)
    adapted = store.with_name("adapted.h5")
    shutil.copy(shipped_checkpoint(), adapted)
    session.stored.count = 10
    session.adaptation.command = pretending(tmp_path, outcome(adapted), wait=True)
    session.learn()
    assert session.message == Message("Learning your writing …")
    session.add(stroke(7))
    settled(session)
    assert text(session) == "7"
    session.message = Message("Something else.", "warning")
    (tmp_path / "wait").unlink()
    until(session, lambda: not session.adaptation.running)
    settled(session)
    assert session.networks.paths == [adapted]
    assert session.message.text.startswith("Learnt from 40 drawings. Of 10 others, 9 are")
    assert text(session) == "7"
    session.add(stroke(1, 420))
    settled(session)
    assert session.message.text == ""


def test_a_message_about_a_reading_does_not_replace_the_summary(
    session: Session, store: Path, tmp_path: Path
) -> None:
    store.parent.mkdir()
    adapted = store.with_name("adapted.h5")
    shutil.copy(shipped_checkpoint(), adapted)
    session.add(stroke(7, x=660))
    settled(session)
    assert "The pen left the canvas" in session.message.text
    session.stored.count = 10
    session.adaptation.command = pretending(tmp_path, outcome(adapted))
    session.learn()
    until(session, lambda: not session.adaptation.running)
    settled(session)
    assert session.message.text.startswith("Learnt from")


def test_with_too_few_drawings_a_message_says_how_many_are_lacking(session: Session) -> None:
    session.learn()
    assert session.message == Message(
        "10 more drawings are needed to learn your writing.", "warning"
    )
    assert not session.adaptation.running


def test_if_nothing_was_learnt_the_network_stays(session: Session, tmp_path: Path) -> None:
    session.stored.count = 10
    session.adaptation.command = pretending(tmp_path, outcome(None))
    session.learn()
    until(session, lambda: not session.adaptation.running)
    settled(session)
    assert session.networks.paths == [shipped_checkpoint()]
    assert session.message.text.startswith("Nothing was learnt")


# --- the real thing -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.mnist
def test_a_session_really_learns(store: Path) -> None:
    stored(store, 50)
    session = begun(shipped_checkpoint(), store)
    settled(session)
    try:
        session.learn()
        began = time.monotonic()
        while session.adaptation.running:
            assert time.monotonic() - began < 300
            session.poll()
            time.sleep(0.05)
        settled(session)
        adapted = store.with_name("adapted.h5")
        if adapted.exists():
            assert session.message.text.startswith("Learnt from 40 drawings. ")
            assert session.networks.paths == [adapted]
            assert checkpoint.load(adapted).provenance["adapted"]["drawings"] == 40
        else:
            assert session.message.text.startswith("Nothing was learnt from 40 drawings")
            assert session.networks.paths == [shipped_checkpoint()]
    finally:
        session.close()
