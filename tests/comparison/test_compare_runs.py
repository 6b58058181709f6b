from __future__ import annotations

from pathlib import Path

import pytest
from sample_runs import write_recipe

from digitrec.comparison.compare_runs import Comparison, compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.text_report import plain_report
from digitrec.data.sets.single import SyntheticData
from digitrec.errors import DigitrecError


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three recipes: good and fair of three seeds each, and poor of one."""
    write_recipe(tmp_path, "good", range(10), range(11), range(12))
    write_recipe(tmp_path, "fair", range(12), range(13), range(14))
    write_recipe(tmp_path, "poor", range(5, 60))
    return tmp_path


def sentences(found: Comparison) -> list[str]:
    return [verdict.sentence for verdict in found.main_verdicts]


def test_of_few_recipes_all_verdicts_are_shown_the_better_recipe_first(place: Path) -> None:
    found = compare_runs(find_runs([str(place)]))
    assert [recipe.name for recipe in found.recipes] == ["good", "fair", "poor"]
    near, far, last = found.main_verdicts
    assert [(verdict.b.name, verdict.a.name) for verdict in found.main_verdicts] == [
        ("good", "fair"), ("good", "poor"), ("fair", "poor"),
    ]  # fmt: skip
    assert near.sentence.startswith("good misreads 2 fewer of 2,000 images than fair (95% CI ")
    assert far.outcome == "better"
    assert far.remark == (
        "poor has one seed, and is assumed to vary between seeds as the other does"
    )
    assert all(verdict.p >= verdict.difference.p for verdict in found.main_verdicts)
    assert all(verdict.pairs == 3 for verdict in found.main_verdicts)
    assert last.p < 0.05


def test_with_a_baseline_each_recipe_is_compared_with_it(place: Path) -> None:
    found = compare_runs(find_runs([str(place)]), baseline="fair")
    assert [(verdict.a.name, verdict.b.name) for verdict in found.verdicts] == [
        ("fair", "good"), ("fair", "poor"),
    ]  # fmt: skip
    assert found.verdicts[1].outcome == "worse"
    assert found.verdicts[1].sentence.startswith(
        "poor misreads 42 more of 2,000 images than fair (95% CI "
    )
    for text in ("experiment=fair", str(place / "fair/0"), str(place / "fair")):
        again = compare_runs(find_runs([str(place)]), baseline=text)
        assert sentences(again) == sentences(found)


@pytest.mark.parametrize(
    ("baseline", "says"),
    [
        ("fiar", "no such recipe; did you mean fair"),
        ("epochs=1", "fits several recipes: good, fair, poor"),
        ("modle=cnn", "no run has a setting modle"),
    ],
)
def test_mistakes_in_the_baseline_are_errors(place: Path, baseline: str, says: str) -> None:
    with pytest.raises(DigitrecError, match=says):
        compare_runs(find_runs([str(place)]), baseline=baseline)


def test_of_many_recipes_the_verdicts_of_the_best_one_are_shown(tmp_path: Path) -> None:
    for number in range(5):
        write_recipe(tmp_path, f"r{number}", range(10 * number, 12 * number + 5))
    found = compare_runs(find_runs([str(tmp_path)]))
    assert len(found.verdicts) == 10
    assert [verdict.b.name for verdict in found.main_verdicts] == ["r0"] * 4


def test_recipes_with_different_test_sets_are_never_compared(tmp_path: Path) -> None:
    write_recipe(tmp_path, "a", range(4))
    write_recipe(tmp_path, "b", range(9))
    write_recipe(tmp_path, "c", range(4), checksum="f" * 16)
    write_recipe(tmp_path, "d", range(4), data=SyntheticData())
    found = compare_runs(find_runs([str(tmp_path)]))
    assert [(verdict.a.name, verdict.b.name) for verdict in found.verdicts] == [("b", "a")]
    assert len(found.recipes) == 4
    (note,) = found.notes
    assert note.startswith("there are 3 different test sets: ")
    assert note.endswith("with the same test set are compared with each other")


def test_only_runs_that_meet_all_conditions_are_compared(place: Path) -> None:
    found = compare_runs(find_runs([str(place)]), where=["seed<1", "experiment!=poor"])
    assert [len(recipe.runs) for recipe in found.recipes] == [1, 1]
    with pytest.raises(DigitrecError, match="--where seed>5: no run meets all conditions"):
        compare_runs(find_runs([str(place)]), where=["seed>5"])


def test_if_no_run_can_be_compared_the_first_reason_is_given(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").touch()
    with pytest.raises(DigitrecError, match=r"a: config.yaml is missing; .* .and 2 more."):
        compare_runs(find_runs([str(tmp_path)]))


def test_the_name_with_a_shortened_path_names_the_baseline(tmp_path: Path) -> None:
    start = "/a/long/way/to/experiments"
    for name in ("one", "two"):
        write_recipe(tmp_path / name, "tuned", range(4), init=f"{start}/{name}/model.h5")
    folders = find_runs([str(tmp_path)])
    found = compare_runs(folders)
    assert [recipe.name for recipe in found.recipes] == ["tuned init=one", "tuned init=two"]
    assert found.setting_text(found.recipes[1], "init") == "two"
    assert "/way/" not in plain_report(found)
    for word in ("tuned init=two", "init=two", f"init={start}/two/model.h5"):
        chosen = compare_runs(folders, baseline=word).baseline
        assert chosen
        assert chosen.name == "tuned init=two"
