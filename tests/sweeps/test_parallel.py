from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digitrec.sweeps import parallel

SUPPORT = Path(__file__).resolve().parents[1] / "support"

# In a process of its own, because the first process that Python forks decides what is preloaded.
FORK = """
import sys
sys.path.append({support!r})
import loaded_modules
from digitrec.sweeps.parallel import process_context

context = process_context()
ours, theirs = context.Pipe()
process = context.Process(target=loaded_modules.send_loaded_modules, args=(theirs,))
process.start()
print("torch" in sys.modules, "torch" in ours.recv())
process.join()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="jobs are forked on Linux")
def test_jobs_start_with_pytorch_imported_which_the_sweep_itself_has_not() -> None:
    program = FORK.format(support=str(SUPPORT))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False True\n", done.stderr


def _has_server(parent: int) -> bool:
    """Whether a process has started the one that its jobs are copies of."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return any(b"forkserver" in Path(f"/proc/{one}/cmdline").read_bytes() for one in children)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="jobs are forked on Linux")
def test_ctrl_c_while_pytorch_is_imported_stops_the_sweep_in_one_line(tmp_path: Path) -> None:
    words = ["data=synthetic", "data.train=320", "data.test=40", "validation=64", "seed=0,1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "digitrec.train", "--multirun", *words, "hydra/launcher=parallel"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not _has_server(process.pid) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.2)  # the import takes longer
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it, to all processes
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT
    assert errors.startswith("stopped; the same command resumes: ")
    assert errors.count("\n") == 1
    assert "failed" not in said


def test_a_module_to_preload_that_does_not_exist_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parallel, "PRELOADED", "digitrec.training.moved_away")
    with pytest.raises(ModuleNotFoundError, match="moved_away"):
        parallel.process_context()
