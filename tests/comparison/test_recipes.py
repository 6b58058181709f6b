from __future__ import annotations

from dataclasses import replace

import pytest

from digitrec.comparison.recipes import gather_recipes
from digitrec.data.sets.folder import FolderData
from digitrec.data.sets.single import MnistData
from digitrec.training.run_directory import GitState


def test_runs_that_differ_only_in_their_seed_make_one_recipe(make_run) -> None:
    runs = [
        make_run("a", 1, 2, seed=1),
        make_run("b", 1, seed=0, save_seconds=3.0),
        make_run("c", 5, seed=2),
    ]
    (recipe,) = gather_recipes(runs)
    assert recipe.name == "mnist-cnn"
    assert [run.seed for run in recipe.runs] == [0, 1, 2]
    assert recipe.error_counts.tolist() == [1, 2, 1]
    assert recipe.accuracies == pytest.approx([39 / 40, 38 / 40, 39 / 40])
    assert recipe.errors.runs == 3
    low, high = recipe.accuracy_interval
    assert low < 1 - 4 / 3 / 40 < high


def test_of_one_seed_run_twice_the_later_run_counts_and_a_note_says_so(make_run) -> None:
    runs = [
        make_run("20260102-x", 1),
        make_run("20260101-y", 1, 2),
        make_run("20260101-z", 3, 4, seed=1),
    ]
    (recipe,) = gather_recipes(runs)
    assert [run.folder.name for run in recipe.runs] == ["20260102-x", "20260101-z"]
    assert recipe.notes == ["seed 0 was run more than once; the last run by name counts"]


def test_a_note_says_that_the_runs_come_from_several_states_of_the_code(make_run) -> None:
    runs = [make_run("a"), make_run("b", seed=1)]
    changed = replace(runs[1].environment, git=GitState("f" * 40, True))
    (recipe,) = gather_recipes([runs[0], replace(runs[1], environment=changed)])
    assert recipe.notes == ["its runs come from 2 different states of the code"]


def test_one_recipe_on_two_test_sets_is_two_recipes(make_run) -> None:
    runs = [make_run("a", checksum="1" * 16), make_run("b", checksum="2" * 16)]
    names = sorted(recipe.name for recipe in gather_recipes(runs))
    assert names == ["mnist-cnn @111111", "mnist-cnn @222222"]


def test_another_folder_of_pictures_is_another_recipe(make_run) -> None:
    runs = [make_run(root, data=FolderData(root=root)) for root in ("one", "other")]
    assert len(gather_recipes(runs)) == 2
    runs = [make_run(f"{root}-mnist", data=MnistData(root=root)) for root in ("one", "other")]
    assert len(gather_recipes(runs)) == 1
