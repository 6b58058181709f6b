from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from handwriting import stroke
from learners import arguments_given, outcome, pretending, stored
from sessions import begun, settled, text, until

from digitrec.drawing.corrections import adapted_file, load_drawings
from digitrec.gui.session.learning.learning import Learning, summary
from digitrec.gui.session.messages import Message
from digitrec.gui.session.session import Session
from digitrec.models import checkpoint
from digitrec.storage.resources import shipped_checkpoint


@pytest.fixture
def learning(store: Path) -> Iterator[Learning]:
    store.parent.mkdir()
    made = Learning(store)
    yield made
    made.close()


def over(learning: Learning) -> Message:
    end = time.monotonic() + 60
    while (said := learning.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.005)
    return said


# --- which network learns -----------------------------------------------------------------------


def test_what_learnt_before_gives_way_to_the_shipped_network(
    learning: Learning, store: Path, tmp_path: Path
) -> None:
    learning.process.command = pretending(tmp_path, outcome(None))
    adapted = adapted_file(store)
    for model in (None, adapted, store.parent / ".." / store.parent.name / adapted.name):
        assert learning.start(model)
        over(learning)
        drawings, base, output = arguments_given(tmp_path)
        assert (drawings, base) == (str(store), str(shipped_checkpoint()))
        assert Path(output).parent == store.parent
        assert Path(output) != adapted
    assert learning.start(tmp_path / "adapted.h5")  # another of that name
    over(learning)
    assert arguments_given(tmp_path)[1] == str(tmp_path / "adapted.h5")


def test_how_many_drawings_are_lacking(learning: Learning) -> None:
    assert [learning.lacking(count) for count in (None, 0, 9, 10, 11)] == [None, 10, 1, 0, 0]


# --- what is told to the user -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "said", "tone"),
    [
        (
            {},
            "Of 10 of your drawings that it was not trained on, it read 7 before and reads 9 now; "
            "of other people's digits (MNIST), it read 99.48% before and reads 99.46% now.",
            "good",
        ),
        (
            {"right_after": 6, "others": "synthetic"},
            "Of 10 of your drawings that it was not trained on, it read 7 before and reads 6 now; "
            "of computer-generated digits, it read 99.48% before and reads 99.46% now.",
            "warning",
        ),
        (
            {"drawings": 10, "held_back": 0, "right_before": 0, "right_after": 0},
            "You have too few drawings to test it on; of other people's digits (MNIST), it read "
            "99.48% before and reads 99.46% now.",
            "info",
        ),
        (
            {"right_after": 7, "doubtful": [[1, 7]]},
            "Of 10 of your drawings that it was not trained on, it read 7 before and reads 7 now; "
            "of other people's digits (MNIST), it read 99.48% before and reads 99.46% now. 1 "
            "drawing was left out, because the label is probably a slip.",
            "info",
        ),
        (
            {"written": None},
            "Nothing was learnt: every attempt made the network read other people's digits (MNIST) "
            "worse than 99.48%.",
            "warning",
        ),
    ],
)
def test_the_result_is_one_sentence(other: dict[str, object], said: str, tone: str) -> None:
    report = json.loads(outcome(Path("new.h5")))["report"]
    assert summary(report | other) == Message(said, tone)


# --- use it, or discard it ----------------------------------------------------------------------


def learn(session: Session, folder: Path, *, wait: bool = False) -> Path:
    """Let a session learn, in a moment; return the file that is said to be written."""
    new = session.learning.new_file
    new.parent.mkdir(exist_ok=True)
    shutil.copy(shipped_checkpoint(), new)
    session.corrected.count = 10
    session.learning.process.command = pretending(folder, outcome(new), wait=wait)
    session.learn()
    if not wait:
        until(session, lambda: not session.learning.running)
        settled(session)
    return new


def test_what_was_learnt_is_used_only_if_the_user_says_so(
    session: Session, store: Path, tmp_path: Path
) -> None:
    new = learn(session, tmp_path, wait=True)
    assert session.message == Message("Learning your writing …")
    session.add(stroke(7))
    settled(session)
    assert text(session) == "7"  # one can draw meanwhile
    (tmp_path / "wait").unlink()
    until(session, lambda: not session.learning.running)
    assert session.message.text.startswith("Of 10 of your drawings")
    assert session.networks.paths == [shipped_checkpoint()]
    session.use_learnt()
    settled(session)
    assert session.networks.paths == [adapted_file(store)]
    assert not new.exists()
    assert session.learning.candidate is None
    assert session.message == Message(
        "The window now reads with the network that learnt your writing.", "good"
    )
    assert text(session) == "7"
    session.use_learnt()  # there is nothing else to use
    assert not session.busy


def test_what_was_learnt_can_be_discarded(session: Session, store: Path, tmp_path: Path) -> None:
    new = learn(session, tmp_path)
    session.discard_learnt()
    assert session.message.text == "The new network was discarded. Nothing else changed."
    assert session.learning.outcome is None
    assert not new.exists()
    assert not adapted_file(store).exists()
    new = learn(session, tmp_path)
    session.close()  # undecided drawings are not kept
    assert not new.exists()


def test_if_nothing_was_learnt_there_is_nothing_to_decide(session: Session, tmp_path: Path) -> None:
    session.corrected.count = 10
    for command, tone in (
        (pretending(tmp_path, outcome(None)), "warning"),
        ([str(tmp_path / "none")], "error"),
    ):
        session.learning.process.command = command
        session.learn()
        until(session, lambda: not session.learning.running)
        assert session.learning.candidate is None
        assert session.message.tone == tone


def test_a_file_that_cannot_be_moved_gives_a_message_and_stays(
    session: Session, store: Path, tmp_path: Path
) -> None:
    new = learn(session, tmp_path)
    outcome_before = session.learning.outcome
    adapted_file(store).mkdir()
    session.use_learnt()
    assert session.message.tone == "error"
    assert session.networks.paths == [shipped_checkpoint()]
    assert (session.learning.candidate, session.learning.outcome) == (new, outcome_before)
    adapted_file(store).rmdir()
    session.use_learnt()  # once more
    settled(session)
    assert session.networks.paths == [adapted_file(store)]
    assert not new.exists()


@pytest.mark.parametrize("step", ["discard_learnt", "learn"])
def test_a_file_that_cannot_be_deleted_gives_a_message_and_stays(
    session: Session, tmp_path: Path, step: str
) -> None:
    new = learn(session, tmp_path)
    new.unlink()
    new.mkdir()
    getattr(session, step)()
    assert session.message.tone == "error"
    assert session.learning.candidate == new
    assert not session.learning.running
    new.rmdir()
    session.discard_learnt()
    assert session.learning.candidate is None


def test_what_nobody_has_looked_at_yet_does_not_stay(learning: Learning, tmp_path: Path) -> None:
    new = learning.new_file
    new.write_bytes(b"a network")
    learning.process.command = pretending(tmp_path, outcome(new))
    assert learning.start(None)
    end = time.monotonic() + 60
    while not learning.process.thread.ready:
        assert time.monotonic() < end
        time.sleep(0.005)
    learning.close()
    assert not new.exists()


WRITES_ONLY = """
import sys, time
from pathlib import Path
Path(sys.argv[-1]).write_text("a network")
Path(sys.argv[1], "written").touch()
while Path(sys.argv[1], "wait").exists():
    time.sleep(0.01)
"""


@pytest.mark.parametrize("closed", [True, False])
def test_a_network_of_a_process_that_ended_before_its_report_does_not_stay(
    learning: Learning, tmp_path: Path, closed: bool
) -> None:
    (tmp_path / "wait").touch()
    learning.process.command = [sys.executable, "-S", "-c", WRITES_ONLY, str(tmp_path)]
    assert learning.start(None)
    end = time.monotonic() + 60
    while not (tmp_path / "written").exists():
        assert time.monotonic() < end
        time.sleep(0.005)
    assert learning.new_file.exists()
    if closed:
        learning.close()
    else:
        (tmp_path / "wait").unlink()
        assert over(learning).tone == "error"
    assert not learning.new_file.exists()


def test_files_are_stored_at_the_end_even_if_what_was_learnt_cannot_be_deleted(
    session: Session, store: Path, tmp_path: Path
) -> None:
    new = learn(session, tmp_path)
    new.unlink()
    new.mkdir()
    session.add(stroke(7))
    session.file_thread.submit("save", partial(time.sleep, 0.2))  # the drawing has to wait
    session.give_label(7)
    session.close()
    assert [one.label for one in load_drawings(store)] == [7]


def test_with_too_few_drawings_a_message_says_how_many_are_lacking(session: Session) -> None:
    session.learn()
    assert session.message == Message(
        "10 more drawings are needed to learn your writing.", "warning"
    )
    assert not session.learning.running


def test_a_learnt_network_that_is_damaged_gives_way_to_the_shipped_one(store: Path) -> None:
    store.parent.mkdir()
    adapted_file(store).write_bytes(b"nonsense")
    session = begun(adapted_file(store), store)
    settled(session)
    assert session.networks.paths == [shipped_checkpoint()]
    assert "adapted.h5" in session.message.text
    session.close()


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
        while session.learning.running:
            assert time.monotonic() - began < 1_500
            session.poll()
            time.sleep(0.05)
        if session.learning.candidate is None:
            assert session.message.text.startswith("Nothing was learnt")
            return
        session.use_learnt()
        settled(session)
        learnt = checkpoint.load(adapted_file(store)).provenance["adapted"]
        facts = session.networks.facts[adapted_file(store)]
        assert 30 <= learnt["drawings"] == facts.adapted <= 40
        assert f"learnt from {facts.adapted} of your drawings" in session.networks.summary(
            adapted_file(store)
        )
    finally:
        session.close()


def test_what_a_killed_window_left_is_deleted(learning: Learning) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    learning.learnt.parent.mkdir(parents=True, exist_ok=True)
    names = f"learnt-{ended.pid}.h5", f"learnt-{os.getpid()}.h5", "learnt-mine.h5", "learnt.h5"
    for name in names:
        learning.learnt.with_name(name).write_bytes(b"")
    learning.delete_abandoned()
    assert not learning.learnt.with_name(names[0]).exists()
    assert all(learning.learnt.with_name(name).exists() for name in names[1:])
