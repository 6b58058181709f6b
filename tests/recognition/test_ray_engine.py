"""Reading with the real Ray: the same rows as without, also where an actor is killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from networks import build
from predict_command import draw

from digitrec.errors import DigitrecError
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.predict import main
from digitrec.recognition import ray_engine
from digitrec.recognition.ray_engine import RayReading
from digitrec.run_command import run_command

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

# Ray takes seconds to start, leaves sockets to the collector, and says what it will change one day.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.xdist_group("ray"),
]


class Done(NamedTuple):
    """How the command ended, and what it printed."""

    code: int
    out: str
    errors: str


Predict = Callable[..., Done]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a network, 151 pictures and two that are none; Ray is started, and stopped."""
    folder = tmp_path_factory.mktemp("place")
    torch.manual_seed(0)
    network = build("tiny").eval()
    checkpoint.save(folder / "model.h5", Checkpoint("tiny", {}, network), torch.rand(8, 1, 28, 28))
    for number in range(150):
        path = folder / "pictures" / str(number % 3) / f"{number}.png"
        draw(path, number)
    (folder / "pictures" / "1" / "151.png").write_text("no picture")
    (folder / "pictures" / "2" / os.fsdecode(b"\xff.png")).write_bytes(path.read_bytes())
    ray_engine.connect(None)
    yield folder
    import ray

    ray.shutdown()


@pytest.fixture
def predict(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Predict:
    """Run the command in this process, in the folder."""
    monkeypatch.chdir(place)

    def call(*words: str, code: int = 1) -> Done:
        chosen = ["--checkpoint", "model.h5", "--device", "cpu"]
        monkeypatch.setattr(sys, "argv", ["digitrec.predict", *words, *chosen])
        with pytest.raises(SystemExit) as exit_:
            run_command(main)
        assert isinstance(exit_.value.code, int)
        done = Done(exit_.value.code, *capsys.readouterr())
        assert done.code == code, done.errors
        return done

    return call


def actors() -> list[int]:
    """Return the processes of the actors that read."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if (
                file.read_bytes().startswith(b"ray::_MapWorker")
                or b"MapWorker" in file.read_bytes()
            ):
                found.append(int(file.parent.name))
        except OSError:
            continue
    return found


def test_rows_are_those_of_the_local_engine_byte_for_byte(place: Path, predict: Predict) -> None:
    for form, words in (("jsonl", []), ("csv", []), ("json", ["--lines"])):
        what, code = ("pictures/0", 0) if words else ("pictures", 1)
        predict(what, *words, "--output", f"local.{form}", code=code)
        predict(what, *words, "--output", f"ray.{form}", "--engine", "ray", code=code)
        local = (place / f"local.{form}").read_bytes()
        assert len(local) > 1000
        assert (place / f"ray.{form}").read_bytes() == local


def test_output_is_partitioned_parquet_and_can_be_resumed(place: Path, predict: Predict) -> None:
    predict("pictures/0", "--output", "some.parquet", code=0)
    ray_words = ["--engine", "ray", "--resume"]
    done = predict("pictures/0", "pictures/1", "--output", "some.parquet", *ray_words)
    assert "50 files were read before" in done.errors
    predict("pictures/0", "pictures/1", "--output", "all.parquet")
    table = parquet.read_table(place / "some.parquet")
    assert table == parquet.read_table(place / "all.parquet")
    assert len(list((place / "some.parquet").glob("part-*.parquet"))) == 2


def test_pictures_in_parquet_are_read_as_their_files(place: Path, predict: Predict) -> None:
    paths = sorted((place / "pictures" / "0").glob("*.png"))
    rows = pyarrow.table(
        {"image": [path.read_bytes() for path in paths], "id": [path.name for path in paths]}
    )
    (place / "shards").mkdir()
    for number in range(2):
        half = rows.slice(number * 25, 25)
        parquet.write_table(half, place / "shards" / f"{number}.parquet")
    words = ["shards", "--engine", "ray", "--source", "parquet", "--output", "rows.jsonl"]
    predict(*words, "--columns", "image,id", code=0)
    local = predict(*map(str, paths), "--jsonl", code=0).out.replace(f"{place}/pictures/0/", "")
    assert (place / "rows.jsonl").read_text() == local
    predict(*words, "--columns", "image,id", "--resume", code=0)
    assert (place / "rows.jsonl").read_text() == local


def test_an_empty_cell_is_no_file_of_its_name(place: Path, predict: Predict) -> None:
    names = ["pictures/0/0.png", "pictures/0/3.png"]  # files that are there, too
    content = Path(names[1]).read_bytes()
    for number, images in enumerate(
        ([None, content], [{"bytes": None}, {"bytes": content}], [None, {"bytes": content}])
    ):
        parquet.write_table(
            pyarrow.table({"image": images, "id": names}), place / f"cells{number}.parquet"
        )
        words = ["--engine", "ray", "--source", "parquet", "--jsonl"]
        first, second = predict(f"cells{number}.parquet", *words).out.splitlines()
        assert "an empty file" in first
        assert second == predict(names[1], "--jsonl", code=0).out.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_a_killed_actor_loses_and_doubles_nothing(place: Path, predict: Predict) -> None:
    reading = RayReading.by(place / "model.h5", device="cpu")
    names = [str(path) for path in sorted((place / "pictures").rglob("*.png"))] * 5
    dataset = ray_engine.files_dataset(names)
    assert dataset is not None
    answers = ray_engine.read_dataset(dataset, reading)
    read = [next(answers).name]
    victims = actors()
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    time.sleep(0.5)
    read += [answer.name for answer in answers]
    assert read == names


def test_what_cannot_be_is_one_line(place: Path, predict: Predict) -> None:
    for words, line in (
        (["-", "--engine", "ray"], "reads standard input only as a list"),
        (["x", "--source", "parquet"], "--source is for --engine ray"),
        (["x", "--engine", "ray", "--source", "nonsense"], "Ray reads"),
        (["pictures/0", "--engine", "ray", "--source", "binary_files", "--columns", "no,such"],
         "the columns are"),
    ):  # fmt: skip
        assert line in predict(*words, code=2).errors


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DigitrecError, match=r"pip install 'digitrec\[ray\]'"):
        ray_engine.connect(None)
