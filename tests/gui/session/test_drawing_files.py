from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.session.drawing_files import save_file

OPENED_WITHOUT_TORCH = """
import sys
from pathlib import Path
from digitrec.gui.session.drawing_files import open_file
for name in sys.argv[1:]:
    open_file(Path(name))
assert "torch" not in sys.modules
"""


def test_files_are_opened_without_pytorch(tmp_path: Path) -> None:
    """Its import takes seconds, and a picture to begin with would have to wait for it."""
    picture, strokes = tmp_path / "picture.png", tmp_path / "strokes.json"
    Image.new("L", (60, 40), 255).save(picture)
    save_file(strokes, Drawing(90, 90, [Stroke(np.array([(10.0, 10.0), (20.0, 60.0)]), 9)]))
    command = [sys.executable, "-c", OPENED_WITHOUT_TORCH, str(picture), str(strokes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
