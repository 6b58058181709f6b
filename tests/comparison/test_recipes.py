from __future__ import annotations

from dataclasses import replace

import pytest

from digitrec.comparison.recipes import gather_recipes
from digitrec.comparison.runs import Run
from digitrec.data.sets.folder import FolderData
from digitrec.data.sets.single import MnistData
from digitrec.training.run_directory import CheckpointIdentity, DataIdentity, GitState


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
    assert recipe.caveats == ["seed 0 was run more than once; the last run by name counts"]


def test_a_note_says_that_the_runs_come_from_several_states_of_the_code(make_run) -> None:
    runs = [make_run("a"), make_run("b", seed=1)]
    changed = replace(runs[1].environment, git=GitState("f" * 40, True))
    (recipe,) = gather_recipes([runs[0], replace(runs[1], environment=changed)])
    assert recipe.caveats == ["its runs come from 2 different states of the code"]


@pytest.mark.parametrize(
    ("part", "note"),
    [
        ("data", "its runs were trained on 2 different states of the data"),
        ("init", "its runs began with 2 different networks"),
        ("teacher", "its runs learnt from 2 different teachers"),
    ],
)
def test_a_note_says_that_the_runs_had_different_files(make_run, part: str, note: str) -> None:
    def trained(name: str, seed: int, checksum: str) -> Run:
        run = make_run(name, seed=seed)
        kind = DataIdentity if part == "data" else CheckpointIdentity
        environment = replace(run.environment, **{part: kind("some", checksum * 16)})
        return replace(run, environment=environment)

    (recipe,) = gather_recipes([trained("a", 0, "a"), trained("b", 1, "b")])
    assert recipe.caveats == [note]
    (recipe,) = gather_recipes([trained("c", 0, "a"), trained("d", 1, "a")])
    assert recipe.caveats == []


def test_a_file_of_another_name_with_the_same_network_is_no_difference(make_run) -> None:
    runs = [make_run("a"), make_run("b", seed=1)]
    runs = [
        replace(one, environment=replace(one.environment, init=CheckpointIdentity(name, "a" * 16)))
        for one, name in zip(runs, ("here.h5", "there.h5"), strict=True)
    ]
    (recipe,) = gather_recipes(runs)
    assert recipe.caveats == []


def test_one_recipe_on_two_test_sets_is_two_recipes(make_run) -> None:
    runs = [make_run("a", checksum="1" * 16), make_run("b", checksum="2" * 16)]
    names = sorted(recipe.name for recipe in gather_recipes(runs))
    assert names == ["mnist-cnn @111111", "mnist-cnn @222222"]


def test_another_folder_of_pictures_is_another_recipe(make_run) -> None:
    runs = [make_run(root, data=FolderData(root=root)) for root in ("one", "other")]
    assert len(gather_recipes(runs)) == 2
    runs = [make_run(f"{root}-mnist", data=MnistData(root=root)) for root in ("one", "other")]
    assert len(gather_recipes(runs)) == 1


def test_other_code_of_a_plugin_is_another_recipe(make_run) -> None:
    def trained(name: str, seed: int, digit: str) -> Run:
        run = make_run(name, seed=seed)
        return replace(run, environment=replace(run.environment, plugins={"my_nets": digit * 16}))

    runs = [trained("a", 0, "a"), trained("b", 1, "a"), trained("c", 0, "b"), make_run("d")]
    found = {recipe.name: recipe for recipe in gather_recipes(runs)}
    assert {name: len(recipe.runs) for name, recipe in found.items()} == {
        "mnist-cnn my_nets@aaaaaa": 2,
        "mnist-cnn my_nets@bbbbbb": 1,
        "mnist-cnn": 1,  # of a version that did not record it
    }
    (recipe,) = gather_recipes(runs[:2])
    assert recipe.name == "mnist-cnn"


def test_the_mean_of_another_number_of_networks_is_another_recipe(make_run) -> None:
    def mean(name: str, count: int) -> Run:
        run, network = make_run(name), CheckpointIdentity("model.h5", "a" * 16)
        return replace(run, environment=replace(run.environment, mean_of=[network] * count))

    recipes = gather_recipes([make_run("a"), mean("b", 2), mean("c", 3)])
    assert sorted(recipe.name for recipe in recipes) == [
        "mnist-cnn mean_of=0", "mnist-cnn mean_of=2", "mnist-cnn mean_of=3",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["members", "mean_of"])
def test_runs_that_combine_the_same_network_are_not_counted_as_independent(
    make_run, kind: str
) -> None:
    def combined(name: str, seed: int, *networks: str) -> Run:
        run = make_run(name, seed=seed)
        found = [CheckpointIdentity(f"{one}.h5", one * 16) for one in networks]
        return replace(run, environment=replace(run.environment, **{kind: found}))

    first, swapped = combined("a", 0, "1", "2"), combined("b", 1, "2", "1")
    (recipe,) = gather_recipes([first, swapped])
    assert [run.folder.name for run in recipe.runs] == ["b"]
    note = "not counted, because a later run by name combines some of the same networks"
    assert recipe.caveats == [f"1 run {note}"]
    (recipe,) = gather_recipes([first, swapped, combined("d", 2, "2", "3")])
    assert [run.folder.name for run in recipe.runs] == ["d"]
    assert recipe.caveats == [f"2 runs {note}"]
    (recipe,) = gather_recipes([first, combined("c", 2, "3", "4")])
    assert [run.seed for run in recipe.runs] == [0, 2]
    assert recipe.caveats == []


def test_another_number_of_parameters_is_another_recipe(make_run) -> None:
    runs = [make_run("a"), replace(make_run("b", seed=1), parameters=7)]
    few, many = sorted(gather_recipes(runs), key=lambda recipe: recipe.parameters)
    assert (few.name, few.parameters) == ("mnist-cnn parameters=7", 7)
    assert many.name == f"mnist-cnn parameters={many.parameters}"
