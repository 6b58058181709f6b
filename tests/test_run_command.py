from __future__ import annotations

import errno
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from digitrec.errors import DigitrecError, Interrupted
from digitrec.run_command import run_command, signal_of
from digitrec.storage.writing_errors import DiskFullError

IMPORTS = """
import sys
from digitrec.errors import DigitrecError, Interrupted
from digitrec.run_command import run_command
"""


def leave(main: Callable[[], int | None]) -> object:
    with pytest.raises(SystemExit) as exit_:
        run_command(main)
    return exit_.value.code


def fail(error: BaseException) -> Callable[[], int]:
    def main() -> int:
        raise error

    return main


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_the_exit_code_is_what_main_returns(
    returned: int | None, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(lambda: returned) == code
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DigitrecError("no such thing"), 2, "error: no such thing"),
        (Interrupted("go on with: x", signal.SIGINT), 130, "go on with: x"),
        (Interrupted("go on with: x", signal.SIGTERM), 143, "go on with: x"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (KeyboardInterrupt(signal.SIGTERM), 143, "interrupted"),
        (
            MemoryError(),
            2,
            "error: there is not enough memory; close other programs, or ask for less",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "run/state.h5"),
            2,
            "error: run/state.h5: No space left on device",
        ),
    ],
)
def test_each_end_has_its_code_and_one_line(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(fail(error)) == code
    assert capsys.readouterr() == ("", line + "\n")


def test_a_full_disk_names_file_need_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    full = DiskFullError(errno.ENOSPC, "No space left on device", Path("run/state.h5"), 1_500_000)
    # As it comes from another process.
    for error in (full, pickle.loads(pickle.dumps(full))):
        assert leave(fail(error)) == 2
        assert capsys.readouterr().err == (
            "error: run/state.h5 cannot be written: No space left on device: it needs 1.500 MB, "
            f"so make room in {Path('run').absolute()}, and try again\n"
        )
    begun = DiskFullError(errno.ENOSPC, "No space left on device", Path("a"), 10, whole=False)
    assert "it needs more than 0.001 MB" in begun.problem


def test_an_error_without_a_file_tells_where_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(fail(OSError(errno.EMFILE, "Too many open files"))) == 2
    expected = r"error: Too many open files, in run_command\.py, line \d+ \(\w+\)\n"
    assert re.fullmatch(expected, capsys.readouterr().err)


def test_what_the_user_cannot_mend_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command(fail(ZeroDivisionError("a bug")))


def run_shell(main: str, pipe: str = "", unbuffered: bool = False) -> tuple[list[int], str, str]:
    """Run a command's main in a process of its own; exit codes of the pipeline, stdout, stderr."""
    program = IMPORTS + textwrap.dedent(main)
    line = f'"$0" -c "$1" {pipe}; echo "${{PIPESTATUS[@]}}" >&2'
    # By default, output waits in a buffer, as it does for users.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1" if unbuffered else ""}
    done = subprocess.run(
        ["bash", "-c", line, sys.executable, program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    *errors, codes = done.stderr.splitlines()
    return [int(code) for code in codes.split()], done.stdout, "\n".join(errors)


def test_a_reader_that_leaves_is_no_error() -> None:
    codes, out, errors = run_shell(
        """
        def main():
            for number in range(100_000):
                print(number)
        run_command(main)
        """,
        "| head -1",
    )
    assert (codes, out, errors) == ([141, 0], "0\n", "")


def test_a_reader_that_leaves_before_the_last_flush_is_no_error() -> None:
    codes, _, errors = run_shell(
        """
        def main():
            print("a little, still in the buffer")
            sys.stdin.read()  # until the reader has gone
        run_command(main)
        """,
        "< <(sleep 0.3) | exec true",
    )
    assert (codes, errors) == ([141, 0], "")


def test_a_process_prints_one_line_and_no_traceback() -> None:
    codes, out, errors = run_shell(
        """
        def main():
            print("so far")
            try:
                int("x")
            except ValueError as error:
                raise DigitrecError(f"it\\nfailed: {error}") from error
        run_command(main)
        """
    )
    assert codes == [2]
    assert out == "so far\n"
    assert errors == "error: it failed: invalid literal for int() with base 10: 'x'"


SIGNS = "10 × 10 ± 1 … → ━ ─ épée 数字 🙂"


@pytest.mark.parametrize(
    "encoding", ["ascii", "cp1252", "latin-1", "cp437", "utf-8", "ascii:strict"]
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_an_encoding_lacks_is_written_otherwise(stream: str, encoding: str) -> None:
    main = f"""
        def main():
            print({SIGNS!r} + " \\udcff", file=sys.{stream})
        run_command(main)
        """
    program = IMPORTS + textwrap.dedent(main)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert done.returncode == 0
    written = getattr(done, stream)
    assert written.rstrip().endswith(b" \xff")  # the byte of a name that is not text
    if encoding == "utf-8":
        assert written.decode(errors="ignore").startswith(SIGNS)
    if encoding.startswith("ascii"):
        expected = r"10 x 10 +- 1 ... -> - - \xe9p\xe9e \u6570\u5b57 \U0001f642"
        assert written.decode(errors="ignore").startswith(expected)
    if encoding == "cp1252":
        assert "10 × 10 ± 1 … -> - - épée".encode("cp1252") in written


def test_a_closed_output_is_no_error() -> None:
    codes, _, errors = run_shell("run_command(lambda: print('x'))", ">&-")
    assert (codes, errors) == ([0], "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("text", ["x", "x" * 100_000])  # more than a buffer holds
@pytest.mark.parametrize("unbuffered", [False, True])
def test_an_output_that_is_full_is_one_line(text: str, unbuffered: bool) -> None:
    codes, _, errors = run_shell(f"run_command(lambda: print({text!r}))", ">/dev/full", unbuffered)
    assert codes == [2]
    assert errors == "error: standard output: No space left on device"


def test_a_backend_that_matplotlib_does_not_know_means_nothing() -> None:
    program = IMPORTS + "def main():\n    import matplotlib.figure\n"
    done = subprocess.run(
        [sys.executable, "-c", program + "run_command(main)"],
        env={**os.environ, "MPLBACKEND": "nonsense"}, capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


def test_nothing_is_told_of_fonts_where_matplotlib_cannot_write() -> None:
    program = IMPORTS + "def main():\n    import matplotlib.figure\n"
    done = subprocess.run(
        [sys.executable, "-c", program + "run_command(main)"],
        env={**os.environ, "MPLCONFIGDIR": "/dev/null/nowhere"}, capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("end", "code", "line"),
    [
        ("sys.exit(0)", 2, "No space left on device"),  # as after --help
        ("raise Interrupted('go on with: x', 2)", 130, "go on with: x"),
        ("raise DigitrecError('no such thing')", 2, "error: no such thing"),
    ],
)
def test_what_could_not_be_written_is_told_once(end: str, code: int, line: str) -> None:
    codes, _, errors = run_shell(
        f"def main():\n    print('x')\n    {end}\nrun_command(main)\n", ">/dev/full"
    )
    assert codes == [code]
    assert line in errors
    assert len(errors.splitlines()) == 1


without_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows kills without a signal"
)
SIGNALS = ["SIGTERM", "SIGHUP"]
SIGNALLED = """
import os, signal, sys, tempfile, time
from digitrec.run_command import run_command
def main():
    with tempfile.TemporaryDirectory():
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
        time.sleep(60)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup would have left ignored
run_command(main)
"""


@without_signals
@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_lets_every_command_remove_its_temporary_files(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, name], capture_output=True, text=True, timeout=60,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 128 + getattr(signal, name)
    assert (done.stdout, done.stderr) == ("", "interrupted\n")
    assert not any(tmp_path.iterdir())


@without_signals
@pytest.mark.parametrize("name", SIGNALS)
def test_what_catches_ctrl_c_catches_it_and_all_is_as_before(name: str) -> None:
    number = getattr(signal, name)

    def stopped() -> None:
        with pytest.raises(KeyboardInterrupt) as stop:
            os.kill(os.getpid(), number)
        assert signal_of(stop.value) == number
        assert signal.getsignal(number) == signal.SIG_DFL  # a second one acts as usual

    before = signal.signal(number, signal.SIG_DFL)
    try:
        for _ in range(2):
            assert leave(stopped) == 0
            assert signal.getsignal(number) == signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        assert leave(lambda: os.kill(os.getpid(), number)) == 0
    finally:
        signal.signal(number, before)


def test_ctrl_c_stays_what_it_is() -> None:
    assert signal_of(KeyboardInterrupt()) == signal.SIGINT
