"""Hostile files, one function for each trick: refused in one line, fast, and in little memory.

`tests/support/attacks_file.py` and `attacks_content.py` hold those against checkpoints alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from checkpoint_samples import save_good
from sample_runs import errors_at, made_up_run

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.csv_and_json import to_csv
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.reproduction import read_record
from digitrec.comparison.runs import read_runs
from digitrec.comparison.text_report import plain_report
from digitrec.config.compose import compose
from digitrec.drawing import stroke_file
from digitrec.errors import DigitrecError
from digitrec.models.checkpoint import load
from digitrec.training.run import run as train


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_good(tmp_path / "model.h5")
    return tmp_path / "model.h5"


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """Return the line that refuses a file, after at most 2 seconds of computing and 300 MB."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(DigitrecError) as error:
        read(path)
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB
    line = str(error.value)
    assert line.isprintable()
    assert len(line) < 600
    return line


# --- HDF5 --------------------------------------------------------------------------------------


def test_many_names_of_one_group_of_many_links(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        group = file.create_group("g0")
        for i in range(400):
            group[f"n{i}"] = file["check/input"]
        for i in range(1, 400):
            file[f"g{i}"] = group
    assert "overlap" in refusal(load, path)


def test_twenty_thousand_links(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        for i in range(20_000):
            file[f"weights/{i}"] = h5py.SoftLink("/weights/mean")
    assert "more than 4096 links" in refusal(load, path)


def test_twenty_thousand_arrays(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        first = file.create_dataset("weights/a", data=np.zeros(0, np.float32))
        for i in range(20_000):
            file[f"weights/{i}"] = first
    assert "more than 4096 links" in refusal(load, path)


@pytest.mark.slow
def test_ten_thousand_attributes(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        for i in range(10_000):
            file.attrs[f"a{i}"] = i
    assert "refused" in refusal(load, path)


def test_many_attributes_in_another_program_s_file(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "keras"
        for i in range(20):
            file.attrs[f"a{i}"] = "x" * 3000
    assert "another program" in refusal(load, path)


def test_a_group_s_tree_in_a_circle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    tree = content.index(b"TREE")
    content[tree + 32 : tree + 40] = tree.to_bytes(8, "little")  # its first child
    path.write_bytes(content)
    assert "in a circle" in refusal(load, path)


def test_a_header_that_goes_on_in_itself(path: Path) -> None:
    content = bytearray(path.read_bytes())
    root = int.from_bytes(content[64:72], "little")
    # The root's first message becomes a continuation: kind, size, flags, address and length.
    content[root + 16 : root + 18] = (0x10).to_bytes(2, "little")
    content[root + 24 : root + 32] = (root + 16).to_bytes(8, "little")
    path.write_bytes(content)
    refusal(load, path)


def test_a_file_that_is_only_holes(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(2**40)
    assert "larger than 8 GB" in refusal(load, path)


def test_names_of_sixty_thousand_characters_are_not_quoted_whole(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["model"] = np.bytes_(b"x" * 60_000)
    assert "no model is called 'xxx" in refusal(load, path)


# --- strokes -----------------------------------------------------------------------------------


def strokes(path: Path, **values: object) -> Path:
    line = {"width": 3, "points": [[1, 1], [2, 2]]}
    usual = {"format": "digitrec-strokes", "format_version": 1, "width": 99, "height": 99}
    path.write_text(json.dumps(usual | {"strokes": [line]} | values))
    return path


def test_a_huge_canvas_in_few_bytes(tmp_path: Path) -> None:
    path = strokes(tmp_path / "a.json", width=16384, height=16384)
    assert "million pixels" in refusal(stroke_file.load, path)


def test_three_hundred_thousand_points(tmp_path: Path) -> None:
    stroke = {"width": 1, "points": [[i % 97, i % 89] for i in range(300_000)]}
    path = strokes(tmp_path / "a.json", strokes=[stroke])
    assert "300,000 points, more than 100,000" in refusal(stroke_file.load, path)


def test_a_path_that_is_too_long_to_draw(tmp_path: Path) -> None:
    stroke = {"width": 0.5, "points": [[i % 2 * 4000, i] for i in range(4000)]}
    path = strokes(tmp_path / "a.json", width=4000, height=4000, strokes=[stroke])
    assert "too long" in refusal(stroke_file.load, path)


def test_a_pen_that_needs_a_huge_margin(tmp_path: Path) -> None:
    stroke = {"width": 30_000, "points": [[-9000, -9000]]}
    path = strokes(tmp_path / "a.json", width=4000, height=4000, strokes=[stroke])
    assert "million pixels" in refusal(stroke_file.load, path)


# --- run directories ---------------------------------------------------------------------------


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "brackets": lambda run: (run / "result.json").write_text("[" * 100_000),
    "an object in a field": lambda run: (run / "result.json").write_text(
        '{"status": ' + "[" * 900 + "]" * 900 + "}"
    ),
    "a number of many digits": lambda run: (run / "result.json").write_text(
        (run / "result.json").read_text().replace("1000,", f"{'9' * 400},", 1)
    ),
    "no UTF-8": lambda run: (run / "metrics.csv").write_bytes(b"\xff\xfe"),
    "epochs out of order": lambda run: (run / "metrics.csv").write_text(
        (run / "metrics.csv").read_text().replace("\n2,", "\n7,", 1)
    ),
    "no git": lambda run: (run / "environment.json").write_text(
        json.dumps(
            {k: v for k, v in json.loads((run / "environment.json").read_text()).items()
             if k != "git"}
        )
    ),
    "a pipe for a configuration": lambda run: fifo(run / "config.yaml"),
    "a pipe for a result": lambda run: fifo(run / "result.json"),
    "a pipe for an environment": lambda run: fifo(run / "environment.json"),
    "a pipe for predictions": lambda run: fifo(run / "predictions.h5"),
    "a laughing YAML": lambda run: (run / "config.yaml").write_text(
        "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ) + "model: *i\n"
    ),
    "a YAML type that fails": lambda run: (run / "config.yaml").write_text("epochs: !!bool x"),
    "a YAML that holds itself": lambda run: (run / "config.yaml").write_text("model: &a [*a]"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_one_bad_run_is_one_line_beside_the_good_ones(name: str, tmp_path: Path) -> None:
    good, bad = (made_up_run(tmp_path / part, errors_at(50, 1)) for part in ("good", "bad"))
    DAMAGE[name](bad)
    runs, problems = read_runs([bad, good])
    assert [run.folder for run in runs] == [good]
    (problem,) = problems
    assert problem.reason.isprintable()
    assert len(problem.reason) < 400


@pytest.mark.parametrize("part", ["name", "_target_"])
def test_a_run_that_names_a_module_imports_nothing(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module lies beside the run, in the folder in which the commands are called."""
    run = made_up_run(tmp_path / "run", errors_at(50, 1))
    for place in (tmp_path, run):
        (place / "evil.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    values = yaml.safe_load((run / "config.yaml").read_text())
    values["plugins"] = "evil"
    values["model"] = {"name": "mnist" if part == "_target_" else "evil.Net", part: "evil.Net"}
    (run / "config.yaml").write_text(yaml.safe_dump(values))
    _, problems = read_runs([run])
    assert len(problems) == 1
    refusal(lambda path: read_record(path) and None, run)
    refusal(lambda path: train(compose([f"resume={path}"])), run)
    assert "evil" not in sys.modules
    assert not (tmp_path / "owned").exists()


def test_folders_that_hold_themselves(tmp_path: Path) -> None:
    run = made_up_run(tmp_path / "runs" / "one", errors_at(50, 1))
    (tmp_path / "runs" / "again").symlink_to(tmp_path / "runs")
    (tmp_path / "runs" / "circle").symlink_to(tmp_path / "runs" / "circle")
    found = find_runs([str(tmp_path / "runs")])
    assert [path.resolve() for path in found] == [run.resolve()]
    (run / "result.json").unlink()
    (run / "result.json").symlink_to(run / "result.json")
    _, (problem,) = read_runs([run])
    assert "result.json" in problem.reason


def test_names_cannot_forge_lines_or_formulas(tmp_path: Path) -> None:
    for seed, name in enumerate(("=1+cmd", "x\nidentical: yes\x1b[2J")):
        made_up_run(tmp_path / str(seed), errors_at(50, seed), experiment=name, notes=name)
    comparison = compare_runs([tmp_path / "0", tmp_path / "1"])
    report = plain_report(comparison)
    assert "\x1b" not in report
    assert not any(line.startswith("identical") for line in report.splitlines())
    cells = to_csv(comparison)
    assert "'=1+cmd" in cells
    assert ",=1+cmd" not in cells
    assert "\n=1+cmd" not in cells
