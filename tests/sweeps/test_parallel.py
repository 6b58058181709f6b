from __future__ import annotations

import subprocess
import sys
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


def test_a_module_to_preload_that_does_not_exist_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parallel, "PRELOADED", "digitrec.training.moved_away")
    with pytest.raises(ModuleNotFoundError, match="moved_away"):
        parallel.process_context()
