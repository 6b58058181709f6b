"""Reading pictures with Ray Data: on all cores of this machine, or on those of a cluster.

    names, or rows that Ray reads ─► actors, each with the network ─► answers, in their order

Actors return answers, and write no files: the rows are written here, and are the same as without
Ray. When an actor is killed, Ray starts a new one, which reads again what had not been returned.
The order of the rows is kept, so none is lost and none comes twice.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitrec.config.plugins import load_plugins
from digitrec.errors import DigitrecError
from digitrec.models.device import pick_device
from digitrec.recognition.read_files import (
    FileAnswer,
    PictureFile,
    ReadOptions,
    read_with_options,
)
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Page, PictureResult, Prediction
from digitrec.recognition.single_digits.digit_reader import BATCH
from digitrec.storage.resources import shipped_checkpoint
from digitrec.threads import usable_cores

if TYPE_CHECKING:
    import ray.data

__all__ = ["RayReading", "connect", "files_dataset", "other_dataset", "read_dataset"]

ROWS_AT_ONCE = BATCH  # an actor is given as many rows as go through its network at once
NAMES_IN_BLOCK = 512  # of files; one actor reads a block
NO_IMAGE = np.zeros((0, 0), np.float32)

IMAGE_COLUMNS = ("image", "bytes", "content", "png", "jpg", "jpeg", "picture")
NAME_COLUMNS = ("file", "path", "name", "file_name", "__key__", "id")
WITH_PATHS = ("images", "binary_files")


@dataclass(frozen=True)
class RayReading:
    """What the actors are to do.

    Attributes:
        checkpoint: The content of the checkpoint file.
        device: The word for it, such as ``auto``.
        options: How pictures are read.
        plugins: The modules that register the network, with commas between them.
    """

    checkpoint: bytes
    device: str = "auto"
    options: ReadOptions = field(default_factory=ReadOptions)
    plugins: str = ""

    @classmethod
    def by(cls, checkpoint: Path | None, **settings: Any) -> RayReading:
        """Make one for a checkpoint file, by default the one that ships with the package.

        Raises:
            DigitrecError: if the file cannot be used; every actor would say so.
        """
        Recognizer.load(checkpoint)
        return cls(
            (Path(checkpoint) if checkpoint else shipped_checkpoint()).read_bytes(), **settings
        )


def connect(address: str | None) -> None:
    """Start Ray on this machine, or join the cluster at an address, such as ``ray://head:10001``.

    Raises:
        DigitrecError: if Ray is not installed, or the cluster is not there.
    """
    if address is None:
        # Ray's default of 15 lets any other work on this machine take nearly all of the processor.
        os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise DigitrecError(
            "--engine ray needs the package ray: pip install 'digitrec[ray]'"
        ) from None
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # With one processor, an actor would leave none for reading files.
    local: dict[str, Any] = {"num_cpus": max(2, usable_cores()), "include_dashboard": False}
    try:
        ray.init(
            address=address,
            ignore_reinit_error=True,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **({} if address else local),
        )
    except Exception as error:  # where a part of Ray does not start in time, one without a type
        what = f"no Ray cluster at {address}" if address else "Ray does not start"
        raise DigitrecError(f"--engine ray: {what}: {error}") from None
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True


def files_dataset(names: Iterable[str]) -> ray.data.Dataset | None:
    """Return the data set of files that actors open by name; None where no file is named.

    On a cluster, the names are those of files that all its machines see.
    """
    import ray.data

    # As bytes: Ray's tables have no text for a name that is not UTF-8.
    items = [{"file": os.fsencode(name)} for name in names]
    if not items:
        return None
    return ray.data.from_items(items, override_num_blocks=-(-len(items) // NAMES_IN_BLOCK))


def other_dataset(kind: str, paths: Sequence[str], columns: str | None) -> ray.data.Dataset:
    """Return a data set that Ray reads, as rows of a name and a picture.

    Args:
        kind: As ``parquet`` of ``ray.data.read_parquet``.
        paths: What it reads: files, folders, addresses.
        columns: The names of the columns of the picture and of its name, with a comma between; None
            looks for usual ones.

    Raises:
        DigitrecError: if Ray reads no such thing, or the columns are not there.
    """
    import ray.data

    reader = getattr(ray.data, f"read_{kind}", None)
    if reader is None:
        known = sorted(name[5:] for name in dir(ray.data) if name.startswith("read_"))
        raise DigitrecError(f"--source {kind}: Ray reads {', '.join(known)}")
    try:
        # Ray's workers do not run in the folder of the command.
        found_at = [path if "://" in path else str(Path(path).absolute()) for path in paths]
        found = reader(found_at, **({"include_paths": True} if kind in WITH_PATHS else {}))
        there = list(found.schema().names)
    except Exception as error:  # of Ray and of what it reads with, of any kind
        raise DigitrecError(f"--source {kind}: {error}") from None
    image, _, name = (columns or "").partition(",")
    image = image or next((one for one in IMAGE_COLUMNS if one in there), "")
    name = name or next((one for one in NAME_COLUMNS if one in there), "")
    if image not in there or name not in there:
        raise DigitrecError(
            f"--source {kind}: the columns are {', '.join(there)}; --columns IMAGE,NAME says which "
            "holds the picture and which its name"
        )
    chosen: ray.data.Dataset = found.select_columns([image, name])
    others = {old: new for old, new in {image: "content", name: "file"}.items() if old != new}
    if others:
        chosen = chosen.rename_columns(others)
    return chosen


def read_dataset(
    dataset: ray.data.Dataset, reading: RayReading, done: Collection[str] = ()
) -> Iterator[FileAnswer]:
    """Read the pictures of a data set.

    Args:
        dataset: Its column ``file`` has names; and ``content``, if it is there, pictures: bytes of
            a file, arrays, or structs whose field ``bytes`` is one. Without it the files of these
            names are opened.
        reading: What the actors do.
        done: The names of pictures that are left out.

    Yields:
        An answer a row, in the order of the rows. Predictions come without their image.
    """
    import ray
    from ray.exceptions import RayError

    on_gpu = pick_device(reading.device).type == "cuda"
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    most = int(resources.get("GPU", 1) if on_gpu else resources.get("CPU", 2) - 1)
    # Held here until the end: an actor that is started anew asks for it again.
    job = ray.put((reading, frozenset(done), str(Path.cwd())))
    answers = dataset.map_batches(
        _Reader,
        fn_constructor_args=([job],),  # inside a list, Ray passes the reference itself
        batch_size=ROWS_AT_ONCE,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=max(1, most)),
        num_cpus=1,
        num_gpus=1 if on_gpu else 0,
    )
    try:
        for batch in answers.iter_batches(batch_size=None, batch_format="numpy"):
            for answer in batch["answer"]:
                yield pickle.loads(answer)
    except RayError as error:
        cause = getattr(error, "cause", None) or error
        raise DigitrecError(f"--engine ray: {cause}") from error


class _Reader:
    """An actor: holds the network, and reads batches of rows."""

    def __init__(self, job: list[ray.ObjectRef[Any]]) -> None:
        import ray

        reading, done, folder = ray.get(job[0])
        with contextlib.suppress(OSError):  # another machine may not have it, where paths are whole
            os.chdir(folder)  # relative names are those of the command
        if reading.plugins:
            load_plugins(reading.plugins)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "model.h5")
            file.write_bytes(reading.checkpoint)
            self._recognizer = Recognizer.load(file, pick_device(reading.device))
        self._reading, self._done = reading, done

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        names = [n if isinstance(n, str) else os.fsdecode(n) for n in batch["file"]]
        if "content" in batch:
            contents = [_content(value) for value in batch["content"]]
        else:
            contents = [None] * len(names)  # the files of these names
        files = [
            PictureFile(name, content)
            for name, content in zip(names, contents, strict=True)
            if name not in self._done
            and f"{name}[{self._reading.options.page or 1}]" not in self._done
        ]
        answers = read_with_options(self._recognizer, files, self._reading.options)
        packed = [pickle.dumps(_without_images(answer)) for answer in answers]
        return {"answer": np.array(packed, dtype=object)}


def _content(value: Any) -> Any:
    """Return the picture in a cell: bytes, an array, or a struct of data sets with bytes.

    An empty cell is an empty file, because its name is that of a row, not of a file to be opened.
    """
    content = value.get("bytes") if isinstance(value, dict) else value
    return b"" if content is None else content


def _without_images(answer: FileAnswer) -> FileAnswer:
    """Leave out what the network saw, which would be most of what is sent."""
    return replace(answer, pages=tuple((name, _small(result)) for name, result in answer.pages))


def _small(result: PictureResult) -> PictureResult:
    if isinstance(result, Page):
        lines = (tuple(replace(p, image=NO_IMAGE) for p in line) for line in result.lines)
        return replace(result, lines=tuple(lines))
    return replace(result, image=NO_IMAGE) if isinstance(result, Prediction) else result
