from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from places import remove_when_written_to
from sample_runs import errors_at, made_up_run, many_runs

from digitrec import compare
from digitrec.comparison.runs import read_run
from digitrec.data.sets.mixes import MixData
from digitrec.data.sets.single import MnistData
from digitrec.run_command import run_command
from digitrec.training.run_directory import DataIdentity, RunDir, environment_file

PROJECT = Path(__file__).resolve().parents[2]
REFERENCE = PROJECT / "experiments" / "reference"
CLAIM = (
    "deep misreads 41 fewer of 10,000 images than mnist-cnn (95% CI 26 to 56), p < 0.001: better"
)

Run = Callable[..., "Done"]


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    errors: list[str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["compare", *words])
        with pytest.raises(SystemExit) as exit_:
            run_command(compare.main)
        assert isinstance(exit_.value.code, int)
        out, errors = capsys.readouterr()
        return Done(exit_.value.code, out, errors.splitlines())

    return call


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two recipes of two seeds in experiments/, and a damaged run."""
    place = tmp_path / "experiments"
    for seed in (0, 1):
        made_up_run(place / f"good/{seed}", errors_at(900, *range(10 + seed)), seed, epochs=1,
                    experiment="good", seconds=700.0)  # fmt: skip
        made_up_run(place / f"poor/{seed}", errors_at(900, *range(60 + seed)), seed, epochs=2,
                    experiment="poor", parameters=2_000_000)  # fmt: skip
    (made_up_run(place / "poor/2", errors_at(900, 1), 2) / "predictions.h5").write_text("junk")
    return place


def test_a_table_verdicts_and_what_is_wrong(run: Run, place: Path) -> None:
    done = run()
    assert (done.code, done.errors) == (1, [])
    lines = done.out.splitlines()
    assert lines[0].split() == [
        "recipe", "epochs", "n", "accuracy", "%", "95%", "CI", "errors", "training",
        "parameters",
    ]  # fmt: skip
    cells = lines[2].split()
    assert cells[:6] == ["good", "1", "2", "98.83", "±", "0.08"]
    assert cells[-6:] == ["10.5", "±", "0.7", "12", "min", "1,000"]
    assert (
        "good misreads 50 fewer of 900 images than poor (95% CI 37 to 63), p < 0.001: better"
        in lines
    )
    assert lines[-1] == (
        "not compared experiments/poor/2: predictions.h5 is not an .h5 file (no HDF5 signature); "
        "train the run again"
    )
    assert run("good").code == 0


def test_many_runs_with_one_fault_are_told_in_one_line(run: Run, place: Path) -> None:
    for seed in range(3):
        folder = made_up_run(place / f"hunt/{seed}", errors_at(9), seed, score_test=False)
        (folder / "predictions.h5").unlink()
    done = run()
    assert done.out.splitlines()[-2] == (
        "not compared experiments/hunt/0 and 2 others: "
        "it was not scored on the test set (score_test=false)"
    )
    assert len(json.loads(run("--json").out)["problems"]) == 4


def test_json_has_all_of_it(run: Run, place: Path) -> None:
    value = json.loads(run("--json", "--sort", "parameters").out)
    good, poor = value["rows"]
    assert (good["name"], good["seeds"], good["n"]) == ("good", [0, 1], 2)
    assert good["test_accuracy"] == pytest.approx(1 - 10.5 / 900)
    assert good["test_errors_sd"] == pytest.approx(0.5**0.5)
    assert good["settings"] == {"epochs": 1}
    assert good["folders"] == ["experiments/good/0", "experiments/good/1"]
    assert poor["parameters"] == 2_000_000
    (pair,) = value["pairs"]
    assert (pair["a"], pair["b"], pair["verdict"]) == ("poor", "good", "better")
    assert (pair["about"], pair["errors_b_minus_a"]) == ("recipes", pytest.approx(-50))
    assert pair["interval"][0] < -50 < pair["interval"][1] < 0
    assert value["problems"][0]["run"] == "experiments/poor/2"


def test_csv_has_a_line_a_row(run: Run, place: Path) -> None:
    good, poor = csv.DictReader(io.StringIO(run("--csv").out))
    assert (good["name"], good["seeds"], good["epochs"]) == ("good", "0 1", "1")
    assert float(poor["test_errors"]) == 60.5
    assert float(poor["test_accuracy_low"]) < 1 - 60.5 / 900 < float(poor["test_accuracy_high"])


def test_csv_has_the_test_set_and_the_data_trained_on_in_columns_of_their_own(
    run: Run, tmp_path: Path
) -> None:
    for name, data in (("a", MnistData()), ("b", MixData())):
        folder = made_up_run(tmp_path / name, errors_at(50, 1), epochs=1, data=data)
        opened = RunDir(folder)
        tested = replace(opened.predictions(), data=DataIdentity("mnist", "0" * 16))
        opened.write_predictions(tested)
        environment = replace(opened.environment(), data=tested.data)
        environment_file.write(folder / "environment.json", environment)
    rows = list(csv.DictReader(io.StringIO(run("a", "b", "--csv").out)))
    assert [(row["data"], row["setting_data"]) for row in rows] == [
        ("mnist", "mnist"), ("mnist", "mnist_pen"),
    ]  # fmt: skip


def test_markdown_is_a_table_whatever_the_names(run: Run, tmp_path: Path) -> None:
    made_up_run(tmp_path / "a", errors_at(50, 1), epochs=1, experiment="a|b <i>")
    made_up_run(tmp_path / "b", errors_at(50, 2), epochs=1, experiment="c")
    lines = run("a", "b", "--markdown").out.splitlines()
    assert lines[0].startswith("| recipe | n | accuracy % |")
    assert lines[2].startswith("| a\\|b &lt;i> | 1 | 98.00 |")
    assert lines[1].count("|") == lines[0].count("|") == lines[2].count("|") - 1
    assert any(
        line.startswith("- a\\|b &lt;i> misreads as many of 50 images as c") for line in lines
    )


def test_many_settings_stand_in_a_table_of_their_own(run: Run, tmp_path: Path) -> None:
    made_up_run(tmp_path / "a", errors_at(50, 1), epochs=1)
    made_up_run(
        tmp_path / "b", errors_at(50, 2), epochs=2, batch_size=64, ema=0.5, precision="bfloat16",
        validation=10,
    )  # fmt: skip
    lines = run("a", "b").out.splitlines()
    assert "batch_size" not in lines[0]
    assert any(line.split()[:1] == ["setting"] for line in lines)
    assert any(line.split() == ["batch_size", "128", "64"] for line in lines)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "nowhere is neither a folder nor an experiment; choose from good, poor"),
        (["god"], "did you mean good?"),
        (["--where", "epoch=1"], "did you mean epochs?"),
        (["--where", "epochs=7"], "no run meets all conditions"),
        (["--where", "epochs=>7"], "write a condition such as"),
        (["--where", "epochs>=nan"], "nan is not a number"),
        ([""], "an empty argument names no run"),
        (["--baseline", ""], "no such recipe"),
        (["--baseline", "modle=cnn"], "--baseline modle=cnn: no run has a setting modle"),
        (["--sort", "acuracy"], "did you mean accuracy?"),
        (["--baseline", "goood"], "did you mean good?"),
        (["--html", "experiments"], "is a folder; name a file"),
        (["--html", "nowhere/report.html"], "there is no folder nowhere"),
        (["experiments/poor/2"], "no run can be compared: experiments/poor/2: predictions.h5"),
    ],
)
def test_nonsense_gets_one_line(run: Run, place: Path, words: list[str], says: str) -> None:
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    (line,) = done.errors
    assert line.startswith("error: ")
    assert says in line


def test_a_folder_that_is_removed_while_a_report_is_made_is_one_line(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    remove_when_written_to(out, monkeypatch)
    done = run("--html", "out/report.html")
    assert done.code == 2
    (line,) = (line for line in done.errors if line.startswith("error: "))
    assert "out/report.html" in line
    assert not out.exists()


def test_without_runs_it_says_how_to_make_one(run: Run) -> None:
    assert run().errors == ["error: there are no runs in experiments/; python -m digitrec.train makes one"]  # fmt: skip # noqa: E501


def test_the_claim_about_cnn_and_deep_is_a_line_on_the_reference_runs(run: Run) -> None:
    done = run(str(REFERENCE))
    assert (done.code, done.errors) == (0, [])
    lines = done.out.splitlines()
    assert CLAIM in lines
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for claim in re.findall(r"^\s*(\S+ misreads \S+ fewer of .*)$", readme, re.MULTILINE):
        assert claim in lines


def test_the_reference_runs_are_small_and_name_no_place(tmp_path: Path) -> None:
    files = [file for file in REFERENCE.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 2.7e6
    assert {file.name for file in files} == {
        "config.yaml", "environment.json", "metrics.csv", "predictions.h5", "result.json",
    }  # fmt: skip
    for file in files:
        if file.suffix != ".h5":
            text = file.read_text()
            assert not any(
                place in text for place in ('"/', " /", "/tmp", "/home", "/root", "\\\\")
            )
    experiments = {folder.parent.parent.name for folder in REFERENCE.rglob("config.yaml")}
    assert experiments == {"deep", "fast", "mnist-cnn", "tiny"}
    for folder in (config.parent for config in REFERENCE.rglob("config.yaml")):
        assert read_run(folder).test_set.count == 10_000  # and its errors are those of result.json


def test_git_keeps_the_records_alone() -> None:
    def ignored(path: str) -> bool:
        words = ["git", "-C", str(PROJECT), "check-ignore", "--no-index", "-q", path]
        return subprocess.run(words, check=False).returncode == 0

    if not (PROJECT / ".git").exists():
        assert (PROJECT / "digitrec").is_dir()  # unpacked from an archive: git has no say
        return
    run = "experiments/reference/deep/20261122-110437-82cea1"
    assert not ignored(f"{run}/predictions.h5")
    assert ignored(f"{run}/model.h5")
    assert ignored("experiments/reference/notes.txt")
    assert ignored("experiments/reference/deep/curves.png")
    assert ignored("experiments/deep/20261122-110437-82cea1/config.yaml")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no module resource")
def test_two_hundred_runs_are_compared_in_seconds(tmp_path: Path) -> None:
    many_runs(tmp_path, recipes=100, seeds=2, images=10_000)
    words = [sys.executable, "-m", "digitrec.compare", str(tmp_path), "--json"]
    # A process begins with the memory of the one that starts it: a small one does that here.
    start = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", start, *words], check=True, capture_output=True, cwd=PROJECT
    )
    assert len(json.loads(done.stdout)["pairs"]) == 100 * 99 / 2
    # Of the processor, because what else a machine does is none of ours.
    seconds, memory = json.loads(done.stderr)
    assert seconds < 10
    assert memory * (1 if sys.platform == "darwin" else 1024) < 1e9


def test_help_comes_without_pytorch() -> None:
    program = (
        "import sys, digitrec.compare as c; sys.argv = ['compare', '--help']\n"
        "try: c.main()\nexcept SystemExit: pass\n"
        "assert not {'torch', 'scipy', 'numpy', 'rich'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--baseline" in done.stdout


def test_the_table_has_no_need_of_pytorch(place: Path) -> None:
    program = (
        f"import sys, digitrec.compare as c; sys.argv = ['compare', {str(place / 'good/0')!r}]\n"
        "assert c.main() == 0; assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_accuracy_is_that_of_the_runs(run: Run, place: Path) -> None:
    rows = json.loads(run("good", "--json").out)["rows"]
    runs = [read_run(place / f"good/{seed}") for seed in (0, 1)]
    assert rows[0]["test_accuracy"] == pytest.approx(
        np.mean([1 - one.wrong.mean() for one in runs])
    )


def test_a_search_alone_can_be_reported(run: Run, tmp_path: Path) -> None:
    search = tmp_path / "experiments/hunt"
    folder = made_up_run(search / "0", errors_at(9), score_test=False)
    (folder / "predictions.h5").unlink()
    assert run("--html", "report.html").code == 2
    (search / "slices.svg").write_text("<svg/>")
    done = run("--html", "report.html")
    assert (done.code, done.errors) == (1, [])
    assert done.out.startswith("not compared experiments/hunt/0: it was not scored")
    assert "Search hunt" in (tmp_path / "report.html").read_text()


def test_a_report_takes_the_place_of_nothing_else(run: Run, place: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    for name in ("README.md", "notes"):
        done = run("--html", name)
        assert (done.code, done.errors) == (
            2, [f"error: --html {name}: name a file that ends in .html"],
        )  # fmt: skip
    assert (tmp_path / "README.md").read_text() == "mine"
    (tmp_path / "mine.html").write_text("mine")
    done = run("--html", "mine.html")
    assert (done.code, done.errors) == (
        2, ["error: --html mine.html exists and is not a report; name a new file"],
    )  # fmt: skip
    assert (tmp_path / "mine.html").read_text() == "mine"
    for _ in range(2):
        assert run("good", "--html", "report.html").code == 0
