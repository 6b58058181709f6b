from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.csv_and_json import to_json
from digitrec.comparison.html_report.report import write_report
from digitrec.comparison.recipes import gather_recipes
from digitrec.comparison.runs import Run
from digitrec.comparison.text_report import plain_report
from digitrec.training.run_directory import CheckpointIdentity, DataIdentity, GitState

OLD, NEW = GitState("a" * 40, False), GitState("b" * 40, False)
OLD_DATA, NEW_DATA = DataIdentity("some", "a" * 16), DataIdentity("some", "b" * 16)
OTHER_CODE = "come from 2 different states of the code, which may explain a difference between them"
OTHER_DATA = (
    "were trained on 2 different states of the same data, which may explain a difference between "
    "them"
)
OTHER_MACHINE = (
    "training times were measured on different machines or systems, or with different numbers of "
    "threads: they cannot be compared"
)


def elsewhere(run: Run, **circumstances: Any) -> Run:
    return replace(run, environment=replace(run.environment, **circumstances))


def notes(*runs: Run) -> list[str]:
    return Comparison(gather_recipes(runs)).notes


@pytest.mark.parametrize(
    ("one", "other", "note"),
    [
        ({"git": OLD}, {"git": NEW}, f"fast, slow {OTHER_CODE}"),
        ({"git": OLD}, {"git": None}, f"fast, slow {OTHER_CODE}"),
        ({"data": OLD_DATA}, {"data": NEW_DATA}, f"fast, slow {OTHER_DATA}"),
        ({"threads": 1}, {"threads": 8}, OTHER_MACHINE),
        ({"device_name": "x86_64"}, {"device_name": "arm64"}, OTHER_MACHINE),
    ],
)
def test_a_note_says_in_what_recipes_differ_besides_their_settings(
    make_run, tmp_path: Path, one: dict[str, Any], other: dict[str, Any], note: str
) -> None:
    fast, slow = make_run("f", 1, experiment="fast"), make_run("s", 1, 2, experiment="slow")
    compared = Comparison(gather_recipes([elsewhere(fast, **one), elsewhere(slow, **other)]))
    assert compared.notes == [note]
    assert json.loads(to_json(compared))["notes"] == [note]
    assert plain_report(compared).splitlines()[-1] == note
    write_report(tmp_path / "report.html", compared, [])
    assert note in (tmp_path / "report.html").read_text()
    assert notes(elsewhere(fast, **one), elsewhere(slow, **one)) == []


def test_recipes_that_are_not_compared_with_each_other_need_no_note(make_run) -> None:
    one = elsewhere(make_run("a", experiment="a"), git=OLD, data=OLD_DATA)
    far = elsewhere(make_run("b", experiment="b", checksum="2" * 16), git=NEW, data=NEW_DATA)
    (note,) = notes(one, far)
    assert note.startswith("there are 2 different test sets")


def test_other_training_data_by_the_settings_is_the_recipe(make_run) -> None:
    few = replace(make_run("a", experiment="few"), settings={"data": "mnist", "data.limit": 100})
    many = replace(make_run("b", experiment="many"), settings={"data": "mnist", "data.limit": 200})
    assert notes(elsewhere(few, data=OLD_DATA), elsewhere(many, data=NEW_DATA)) == []


def test_recipes_whose_runs_come_from_the_same_states_of_the_code_do_not_differ(make_run) -> None:
    runs = [
        elsewhere(make_run(f"{name}{seed}", seed=seed, experiment=name), git=(OLD, NEW)[seed])
        for name in "ab"
        for seed in (0, 1)
    ]
    assert notes(*runs) == [
        f"{name}: its runs come from 2 different states of the code" for name in "ab"
    ]


def test_of_many_recipes_a_note_names_four(make_run) -> None:
    runs = [
        elsewhere(make_run(name, experiment=name), git=NEW if name == "a" else OLD)
        for name in "abcdef"
    ]
    assert notes(*runs) == [f"a, b, c, d and 2 more {OTHER_CODE}"]


@pytest.mark.parametrize(("word", "did"), [("init", "began with"), ("teacher", "learnt from")])
def test_a_note_says_that_all_runs_had_one_network_before_them(
    make_run, word: str, did: str
) -> None:
    def trained(name: str, seed: int, checksum: str | None) -> Run:
        run = make_run(name, seed, seed=seed, experiment=name[0])
        network = CheckpointIdentity("model.h5", checksum * 16) if checksum else None
        return replace(run, environment=replace(run.environment, **{word: network}))

    one, other = [trained(f"a{seed}", seed, "a") for seed in (1, 2)], trained("b1", 1, "b")
    (note,) = notes(*one, other)  # of a single run, nothing is said about seeds
    assert note == (
        f"a: all runs of the recipe {did} one network ({word}), whose own seed is not counted "
        "among the seeds"
    )
    (note,) = notes(*one, other, trained("b2", 2, "b"))
    assert note.startswith("a, b: all runs of the recipe")
    assert notes(trained("c1", 1, None), trained("c2", 2, None)) == []
    (note,) = notes(trained("d1", 1, "a"), trained("d2", 2, "b"))
    assert "different" in note
