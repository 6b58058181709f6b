from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitrec.errors import CheckpointError
from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.messages import Message
from digitrec.gui.session.networks import Networks
from digitrec.gui.session.reader_messages import NetworkFacts
from digitrec.gui.session.reader_process import ReaderProcess, ReaderStoppedError

MINE, OTHER, BAD, FATAL = (Path(f"/nets/{name}.h5") for name in ("mine", "other", "bad", "fatal"))


@pytest.fixture
def thread() -> Iterator[BackgroundThread]:
    made = BackgroundThread()
    yield made
    made.close(10)


@pytest.fixture
def networks(thread: BackgroundThread, monkeypatch: pytest.MonkeyPatch) -> Networks:
    """Networks whose files are not really loaded; one of them is damaged."""

    def load(_: ReaderProcess, path: Path) -> NetworkFacts:
        if path == BAD.absolute():
            raise CheckpointError(f"{path} is damaged")
        if path == FATAL.absolute():
            raise ReaderStoppedError("the program that reads has stopped")
        return NetworkFacts(path.stem)

    monkeypatch.setattr(ReaderProcess, "load", load)
    return Networks(thread)


def finish(networks: Networks, thread: BackgroundThread) -> tuple[Path, Message]:
    """Wait until a network is loaded, and return what the user is told."""
    end = time.monotonic() + 20
    done: list[Completed] = []
    while not done:
        assert time.monotonic() < end
        done = thread.collect()
        time.sleep(0.001)
    [completed] = done
    return networks.finish_loading(completed)


def test_a_chosen_network_takes_the_first_place_when_it_is_loaded(
    networks: Networks, thread: BackgroundThread
) -> None:
    assert networks.load(MINE).text == "Loading mine.h5 …"
    assert networks.loading
    assert networks.paths == []
    assert finish(networks, thread) == (MINE.absolute(), Message())
    assert not networks.loading
    assert networks.facts == {MINE.absolute(): NetworkFacts("mine")}
    announcement = Message("It is there.", "good")
    networks.load(OTHER, announcement=announcement)
    assert finish(networks, thread)[1] == announcement
    assert networks.paths == [OTHER.absolute()]


def test_networks_that_are_compared_stand_behind_it(
    networks: Networks, thread: BackgroundThread
) -> None:
    for path, compare in ((MINE, False), (OTHER, True)):
        networks.load(path, compare=compare)
        finish(networks, thread)
    assert networks.paths == [MINE.absolute(), OTHER.absolute()]
    networks.load(OTHER, compare=True)
    assert finish(networks, thread)[1].text == "other.h5 is already in use."
    networks.load(OTHER)  # chosen now, it is not compared with itself
    finish(networks, thread)
    assert networks.paths == [OTHER.absolute()]
    assert not networks.drop(OTHER.absolute())
    networks.load(MINE, compare=True)
    finish(networks, thread)
    assert networks.drop(MINE.absolute())
    assert networks.paths == [OTHER.absolute()]


def test_one_that_cannot_be_loaded_changes_nothing(
    networks: Networks, thread: BackgroundThread
) -> None:
    networks.load(BAD)
    _, message = finish(networks, thread)
    assert networks.failed
    assert message == Message(f"{BAD.absolute()} is damaged", "error")
    networks.load(MINE)
    finish(networks, thread)
    assert not networks.failed
    networks.load(BAD)
    _, message = finish(networks, thread)
    assert message.text == f"{BAD.absolute()} is damaged. Still using mine.h5."
    assert networks.paths == [MINE.absolute()]


def test_one_that_ends_the_reader_is_said_to_be_unusable(
    networks: Networks, thread: BackgroundThread
) -> None:
    networks.load(FATAL)
    _, message = finish(networks, thread)
    assert networks.failed
    assert message.text == "fatal.h5 cannot be used: the program that reads has stopped"


def test_a_run_directory_stands_for_its_checkpoint_file(
    networks: Networks, thread: BackgroundThread, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    networks.load(run)
    assert finish(networks, thread)[0] == run  # the reader says what is wrong with it
    (run / "model.h5").touch()
    assert networks.load(run).text == "Loading run/model.h5 …"
    finish(networks, thread)
    assert networks.paths[0] == run / "model.h5"
