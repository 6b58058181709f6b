from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digitrec.errors import DigitrecError, LockedError
from digitrec.storage import locks
from digitrec.storage.locks import locked

HOLDER = """
import sys; from pathlib import Path; from digitrec.storage.locks import locked
with locked(Path(sys.argv[1]), "it"):
    print("held", flush=True); sys.stdin.read()
"""


def test_one_process_at_a_time_and_free_when_it_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "new" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=r"^that run is under way in another process"):
            locked(file, "that run").__enter__()
        holder.kill()
        holder.wait()
    with locked(file, "that run"):
        pass


def test_it_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock", "it"):
        raise ZeroDivisionError
    with (
        locked(tmp_path / "lock", "it"),
        pytest.raises(LockedError),
        locked(tmp_path / "lock", "it"),
    ):
        pass


def test_what_stands_in_the_place_of_a_lock_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    file.mkdir()
    with pytest.raises(DigitrecError, match=rf"^{file}: this is the place of a lock file; move"):
        locked(file, "it").__enter__()
    assert [*tmp_path.iterdir()] == [file]


def test_a_lock_that_is_given_back_at_this_moment_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lock"

    def refuse(*_: object, **__: object) -> None:
        file.unlink(missing_ok=True)  # as its holder does in the end
        raise locks.Timeout(str(file))

    monkeypatch.setattr(locks.FileLock, "acquire", refuse)
    with pytest.raises(LockedError):
        locked(file, "it", remove=True).__enter__()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no such place here")
def test_where_no_file_can_be_made_nobody_else_is_said_to_hold_the_lock() -> None:
    with pytest.raises(OSError, match=r"/proc/digitrec\.lock"):
        locked(Path("/proc/digitrec.lock"), "it").__enter__()
