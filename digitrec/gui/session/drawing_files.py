"""Open and save what is on the canvas. Called in a background thread, because it is slow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from digitrec.errors import PictureError
from digitrec.gui.session.messages import Message

if TYPE_CHECKING:
    from PIL import Image

    from digitrec.drawing.strokes import Drawing

__all__ = ["open_file", "save_file", "saving_problem"]

ONLY_FIRST = "Only the first page of {} is shown; digitrec predict reads all of them."


def open_file(source: Path | bytes) -> tuple[Drawing | Image.Image, str]:
    """Open a file of strokes or a picture. Of several pages, the first one is opened.

    Args:
        source: The file, or the bytes of a picture from the clipboard.

    Returns:
        The drawing, or the picture in mode L, RGB or RGBA; and what to tell the user of it.

    Raises:
        DigitrecError: If it cannot be opened.
    """
    from digitrec.drawing import stroke_file
    from digitrec.imaging.files.picture_files import is_pipe_or_device, open_pages
    from digitrec.imaging.pixels import check_picture

    if isinstance(source, Path) and source.suffix.lower() == ".json":
        return stroke_file.load(source), ""
    name = source.name if isinstance(source, Path) else "the clipboard"
    if isinstance(source, Path) and is_pipe_or_device(source):
        raise PictureError("a pipe or a device, not a file", name)
    if isinstance(source, Path) and source.is_dir():
        raise PictureError("a folder; choose one of the pictures in it", name)
    page_name, page = next(iter(open_pages(source, name, 1)))
    picture = cast("Image.Image", check_picture(page))
    return picture, ONLY_FIRST.format(name) if page_name != name else ""


def saving_problem(path: Path, drawing: Drawing, picture: Image.Image | None) -> Message | None:
    """Tell the user why a drawing cannot be saved under a name; None if it can."""
    if picture is not None:
        return Message("This is a picture. Only drawings can be saved.", "warning")
    if not drawing.strokes:
        return Message("There is nothing to save yet. Draw a digit first.", "warning")
    if path.suffix.lower() not in (".png", ".json"):
        text = f"{path.name} was not saved: its name must end in .png or .json."
        return Message(text, "warning")
    return None


def save_file(path: Path, drawing: Drawing) -> Path:
    """Save a drawing: its strokes if the name ends in .json, else a PNG image, black on white.

    Returns:
        The path.

    Raises:
        OSError: If the file cannot be written.
    """
    from PIL import Image

    from digitrec.drawing import stroke_file
    from digitrec.drawing.rasterise import rasterise_drawing
    from digitrec.storage.atomic import atomic_path

    if path.suffix.lower() == ".json":
        stroke_file.save(path, drawing)
        return path
    with atomic_path(path) as part:
        Image.fromarray(255 - rasterise_drawing(drawing)).save(part, "PNG")
    return path
