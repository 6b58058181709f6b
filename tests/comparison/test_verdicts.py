from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sample_runs import errors_at, made_up_run, write_recipe

from digitrec.comparison.compare_runs import Comparison, compare_runs
from digitrec.comparison.csv_and_json import to_json
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.statistics import ALPHA, POWER
from digitrec.comparison.text_report import markdown_report, plain_report
from digitrec.data.clusters import Clusters


def sentences(found: Comparison) -> list[str]:
    return [verdict.sentence for verdict in found.main_verdicts]


def test_single_runs_are_compared_as_networks(tmp_path: Path) -> None:
    write_recipe(tmp_path, "a", range(4))
    write_recipe(tmp_path, "b", range(4, 30))
    (line,) = sentences(compare_runs(find_runs([str(tmp_path)])))
    assert line == (
        "a misreads 22 fewer of 2,000 images than b (95% CI 11 to 34), p < 0.001: better; "
        "one seed each: this compares two networks, not their recipes"
    )


def test_networks_that_misread_the_same_images(tmp_path: Path) -> None:
    write_recipe(tmp_path, "a", range(4))
    write_recipe(tmp_path, "b", range(4))
    (line,) = sentences(compare_runs(find_runs([str(tmp_path)])))
    assert line.startswith(
        "a misreads as many of 2,000 images as b (95% CI -3.7 to 3.7), p = 1.00: within noise"
    )


def test_noise_comes_with_the_number_of_seeds_that_could_tell(tmp_path: Path) -> None:
    write_recipe(tmp_path, "a", range(30), range(40), range(50))
    write_recipe(tmp_path, "b", range(40), range(50), range(60))
    (verdict,) = compare_runs(find_runs([str(tmp_path)])).main_verdicts
    needed = verdict.difference.seeds_needed()
    assert needed is not None
    assert needed > 3
    assert verdict.sentence.endswith(
        f": within noise; about {needed} seeds each could tell them apart"
    )


def test_the_seeds_that_could_tell_allow_for_the_other_pairs(tmp_path: Path) -> None:
    for number, first in enumerate((30, 38, 46, 54)):
        write_recipe(tmp_path, f"r{number}", *(range(first + more) for more in (0, 10, 20)))
    found = compare_runs(find_runs([str(tmp_path)])).verdicts
    undecided = [verdict for verdict in found if verdict.outcome == "within noise"]
    assert {verdict.level for verdict in found} == {ALPHA / len(undecided)}
    verdict = next(one for one in undecided if "seeds each" in one.remark)
    needed = verdict.difference.seeds_needed(verdict.level)
    assert needed is not None
    assert verdict.remark == f"about {needed} seeds each could tell them apart"
    assert verdict.difference.power(needed, verdict.level) >= POWER
    assert verdict.difference.power(needed - 1, verdict.level) < POWER


def test_noise_that_no_number_of_seeds_could_resolve(tmp_path: Path) -> None:
    write_recipe(tmp_path, "a", range(30), range(30), range(30))
    write_recipe(tmp_path, "b", range(20, 52), range(20, 52), range(20, 52))
    (verdict,) = compare_runs(find_runs([str(tmp_path)])).main_verdicts
    assert verdict.sentence.endswith(
        "no number of seeds could tell them apart on so few test images"
    )


def test_what_the_correction_for_many_pairs_undoes_is_remarked(tmp_path: Path) -> None:
    for number, least in enumerate((0, 6, 100, 106, 112, 118)):
        write_recipe(tmp_path, f"r{number}", range(least, 12) if least < 12 else range(least, 130))
    found = compare_runs(find_runs([str(tmp_path)]))
    lines = [
        verdict.remark for verdict in found.verdicts if verdict.difference.p < 0.05 <= verdict.p
    ]
    assert lines
    assert all(line.endswith(" without the correction for 15 pairs") for line in lines)


def test_a_difference_that_wins_in_every_seed_is_real(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for seed in range(5):
        noise = rng.integers(500, 2000, 4)
        made_up_run(tmp_path / f"a{seed}", errors_at(2000, *range(20), *noise), seed, epochs=1)
        worse = errors_at(2000, *range(60), *noise)
        made_up_run(tmp_path / f"b{seed}", worse, seed, epochs=2)
    (verdict,) = compare_runs(find_runs([str(tmp_path)])).main_verdicts
    assert verdict.outcome == "better"
    assert verdict.remark == ""
    assert verdict.difference.errors == pytest.approx(-40)


def test_a_difference_of_a_thousand_images_or_more_is_written(tmp_path: Path) -> None:
    write_recipe(tmp_path, "a", range(10), range(12))
    write_recipe(tmp_path, "b", range(1400), range(1402))
    (line,) = sentences(compare_runs(find_runs([str(tmp_path)])))
    assert line.startswith("a misreads 1,390 fewer of 2,000 images than b (95% CI 1,3")


def test_writers_count_and_not_their_images(tmp_path: Path) -> None:
    for count in (3, 40):
        clusters = Clusters(np.arange(2000) % count, "writer")
        place = tmp_path / str(count)
        write_recipe(place, "a", range(4), clusters=clusters)
        write_recipe(place, "b", range(4, 60), clusters=clusters)
    few, many = (compare_runs(find_runs([str(tmp_path / str(n))])) for n in (3, 40))
    (line,) = sentences(few)
    assert line.endswith(
        "within noise; one seed each: this compares two networks, not their recipes; "
        "fewer than 6 writers cannot tell two networks apart"
    )
    (line,) = sentences(many)
    assert "better" in line
    note = (
        "the 2,000 test images of mnist are by 40 writers: intervals and verdicts allow for other "
        "writers"
    )
    assert many.notes == [note]
    assert note in plain_report(many)
    assert note in markdown_report(many)
    row = json.loads(to_json(many))["rows"][0]
    assert (row["test_clusters"], row["test_clustered_by"]) == (40, "writer")
