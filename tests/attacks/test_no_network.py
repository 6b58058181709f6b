"""Nothing but the downloads of data sets uses the network: all else works with sockets closed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CLOSED = """
import os, sys

def refuse(event, given):
    # Pipes between processes of one machine have names of files, or none.
    if event in ("socket.getaddrinfo", "socket.gethostbyname") or (
        event in ("socket.connect", "socket.sendto", "socket.bind") and isinstance(given[1], tuple)
    ):
        os.write(2, f"{event}{given}\\n".encode())
        os._exit(99)

sys.addaudithook(refuse)
"""

EVERYTHING = """
import sys
from pathlib import Path

import numpy as np
from PIL import Image

if __name__ == "__main__":
    import digitrec
    from digitrec import compare, predict, train
    from digitrec.drawing.strokes import Drawing, Stroke
    from digitrec.gui.session.reader_process import ReaderProcess
    from digitrec.storage.resources import shipped_checkpoint

    def command(module, *words):
        sys.argv = [module.__name__, *words]
        assert module.main() in (0, None)

    command(
        train, "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
        "batch_size=16", "threads=1", "epochs=1", "run_dir=run",
    )
    Image.fromarray(np.zeros((28, 28), np.uint8)).save("zero.png")
    command(predict, "zero.png", "--checkpoint", "run/model.h5")
    command(predict, "zero.png", "--lines")
    command(compare, "run", "--html", "report.html")
    reader = ReaderProcess()
    reader.load(shipped_checkpoint())
    line = np.array([[150.0, 60.0], [150.0, 240.0]])
    found = reader.read(Drawing(300, 300, [Stroke(line, 16.0)]), [shipped_checkpoint()])
    reader.close()
    assert found.answers[0].text == "1", found.answers
    print("all of it works")
"""


@pytest.fixture
def closed(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python, and of those that it starts, that ends at its first socket."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "sitecustomize.py").write_text(CLOSED)
    here = [str(tmp_path / "closed"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(here)}


def test_a_socket_ends_the_process(closed: dict[str, str], tmp_path: Path) -> None:
    program = "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", program], env=closed, capture_output=True)
    assert done.returncode == 99


@pytest.mark.slow
def test_all_but_downloads_works_with_sockets_closed(
    closed: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "everything.py").write_text(EVERYTHING)
    done = subprocess.run(
        [sys.executable, "everything.py"],
        env=closed, cwd=tmp_path, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.endswith("all of it works\n")


@pytest.mark.skipif(not find_spec("onnxruntime"), reason="onnxruntime is not installed")
def test_no_library_leaves_a_number_that_names_this_machine(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from digitrec.predict import main\n"
        "main()\n"
        "assert 'onnxruntime' in sys.modules\n"
        "time.sleep(2)\n"  # it is another thread that would leave it
    )
    line = np.zeros((28, 28), np.uint8)
    line[4:24, 12:16] = 255
    Image.fromarray(line).save(tmp_path / "one.png")
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()
    surroundings = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(cache)}
    del surroundings["ORT_DISABLE_TELEMETRY"]  # the tests set it
    done = subprocess.run(
        [sys.executable, "-c", program, "one.png", "--lines"],
        env=surroundings, cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not [one for one in tmp_path.rglob("*") if "Microsoft" in one.parts]
    assert not [one for one in tmp_path.rglob("*") if one.name == "deviceid"]
