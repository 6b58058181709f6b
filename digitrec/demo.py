"""Train on synthetic handwriting, export, read drawings, in a minute: python -m digitrec.demo"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitrec.config.command_parser import CommandParser
from digitrec.config.compose import compose
from digitrec.config.shell_words import module_command, path_word
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.run_command import run_command

if TYPE_CHECKING:
    from digitrec.recognition.results import Prediction

__all__ = ["main"]

ROWS = 2  # drawings of each digit
DRAWING_SEED = 1  # no drawing is among the training images

NEXT = """
Done. The image of each drawing that the network saw, and what it read: {picture}

Next:
  {predict} {drawings}
                                          read the same drawings, or pictures of your own
  {train}
                                          train on MNIST (downloaded, or from data.root=FOLDER)
  {digitrec}
                                          what else there is"""


def main(program: str = "python -m digitrec.demo") -> int:
    """Run the demonstration."""
    CommandParser(
        program,
        description="Train a small network on synthetic handwriting and read drawings with it.",
    ).parse_args()
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.training.run import run

    result = run(compose(["experiment=demo"]))
    assert result.run_dir is not None
    assert result.model_file is not None
    folder = Path(result.run_dir)
    drawings = folder / "drawings"
    files = _draw(drawings)
    recognizer = Recognizer.load(folder / result.model_file)
    predictions = recognizer.recognize_batch(files)
    right = sum(p.digit == int(file.stem[0]) for p, file in zip(predictions, files, strict=True))
    print(f"\nread {right} of {len(files)} new drawings right, placed anywhere on a canvas")
    picture = folder / "drawings.png"
    _show(picture, files, predictions)
    print(
        NEXT.format(
            picture=picture,
            drawings=path_word(drawings),
            predict=module_command("predict"),
            train=module_command("train"),
            digitrec=module_command(),
        )
    )
    return 0


def _draw(folder: Path) -> list[Path]:
    """Draw each digit a few times, as people do in the window, and save the pictures."""
    from PIL import Image

    from digitrec.data.synthetic.digits import draw

    rng = np.random.default_rng(DRAWING_SEED)
    folder.mkdir()
    files = []
    for row in range(ROWS):
        for digit in range(10):
            ink = rasterise_drawing(draw(digit, rng))
            files.append(folder / f"{digit}-{row + 1}.png")
            Image.fromarray(255 - ink).save(files[-1])
    return files


def _show(path: Path, files: list[Path], predictions: list[Prediction]) -> None:
    from digitrec.imaging.files.picture_files import open_picture
    from digitrec.training import plots

    pictures = [np.asarray(open_picture(file, str(file))) for file in files]
    titles = [f"{p.text or 'not a digit'}  {p.confidence:.0%}" for p in predictions]
    plots.readings(path, pictures, [p.image for p in predictions], titles)


if __name__ == "__main__":
    run_command(main)
