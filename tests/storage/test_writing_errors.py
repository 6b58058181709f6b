from __future__ import annotations

import errno
import pickle
from pathlib import Path

import pytest

from digitrec.storage.writing_errors import DiskFullError, remedy


def test_a_file_beyond_a_limit_is_no_full_disk() -> None:
    large = DiskFullError(errno.EFBIG, "File too large", Path("run/state.h5"), 1_500_000)
    assert large.problem == (
        "run/state.h5 cannot be written: File too large: it needs 1.500 MB, which is beyond the "
        "limit of this process or file system; raise ulimit -f, or choose another place"
    )


def test_a_full_disk_goes_to_another_process_whole() -> None:
    full = DiskFullError(errno.ENOSPC, "No space left on device", Path("a"), 10, whole=False)
    again = pickle.loads(pickle.dumps(full))
    assert again.problem == full.problem
    assert "needs more than 0.001 MB" in again.problem


def test_a_full_disk_can_be_told_of_the_file_that_the_user_knows(tmp_path: Path) -> None:
    full = DiskFullError(errno.ENOSPC, "No space left on device", Path("part"), 2_000_000)
    assert full.of(tmp_path / "whole").problem == (
        f"{tmp_path / 'whole'} cannot be written: No space left on device: it needs 2.000 MB, so "
        f"make room in {tmp_path}"
    )


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "; allow it, or name another place"),
        (errno.ENAMETOOLONG, "; choose a shorter name"),
        (errno.EIO, ""),
        (None, ""),
    ],
)
def test_a_remedy_is_named_where_one_is_known(number: int | None, advice: str) -> None:
    error = OSError("no number") if number is None else OSError(number, "reason")
    assert remedy(error) == advice
