from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sample_runs import errors_at, made_up_run

from digitrec.comparison.runs import find
from digitrec.comparison.verdicts import Study, count, p_value, study
from digitrec.data.sets import SyntheticData
from digitrec.errors import DigitrecError

IMAGES = 2000


def write(place: Path, experiment: str, *runs: range, **settings: object) -> None:
    """Write runs of an experiment, each misreading the images of a range."""
    for seed, missed in enumerate(runs):
        folder = place / experiment / str(seed)
        wrong = errors_at(IMAGES, *missed)
        made_up_run(folder, wrong, seed, experiment=experiment, epochs=1, **settings)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three recipes: good and fair of three seeds each, and poor of one."""
    write(tmp_path, "good", range(10), range(11), range(12))
    write(tmp_path, "fair", range(12), range(13), range(14))
    write(tmp_path, "poor", range(5, 60))
    return tmp_path


def sentences(found: Study) -> list[str]:
    return [pair.sentence for pair in found.told]


def test_all_pairs_of_few_rows_are_told_the_better_first(place: Path) -> None:
    found = study(find([str(place)]))
    assert [row.name for row in found.rows] == ["good", "fair", "poor"]
    near, far, last = found.told
    assert [(pair.b.name, pair.a.name) for pair in found.told] == [
        ("good", "fair"), ("good", "poor"), ("fair", "poor"),
    ]  # fmt: skip
    assert near.sentence.startswith("good misses 2 fewer of 2,000 than fair (95% ")
    assert far.verdict == "better"
    assert far.advice == "the one seed of poor is taken to vary as the others do"
    assert all(pair.p >= pair.difference.p for pair in found.told)
    assert all(pair.of == 3 for pair in found.told)
    assert last.p < 0.05


def test_against_a_baseline_only_its_pairs_are_tested(place: Path) -> None:
    found = study(find([str(place)]), baseline="fair")
    assert [(pair.a.name, pair.b.name) for pair in found.pairs] == [
        ("fair", "good"), ("fair", "poor"),
    ]  # fmt: skip
    assert found.pairs[1].verdict == "worse"
    assert found.pairs[1].sentence.startswith("poor misses 42 more of 2,000 than fair (95% ")
    for text in ("experiment=fair", str(place / "fair/0"), str(place / "fair")):
        again = study(find([str(place)]), baseline=text)
        assert sentences(again) == sentences(found)


@pytest.mark.parametrize(
    ("baseline", "says"),
    [
        ("fiar", "no row is called so; did you mean fair"),
        ("epochs=1", "means several rows: good, fair, poor"),
        ("modle=cnn", "no run has a setting modle"),
    ],
)
def test_baselines_that_are_none(place: Path, baseline: str, says: str) -> None:
    with pytest.raises(DigitrecError, match=says):
        study(find([str(place)]), baseline=baseline)


def test_two_networks_are_only_two_networks(tmp_path: Path) -> None:
    write(tmp_path, "a", range(4))
    write(tmp_path, "b", range(4, 30))
    (line,) = sentences(study(find([str(tmp_path)])))
    assert line == (
        "a misses 22 fewer of 2,000 than b (95% 11 to 34), p < 0.001: better; "
        "this is about two networks, and says nothing of other seeds"
    )


def test_networks_that_err_alike(tmp_path: Path) -> None:
    write(tmp_path, "a", range(4))
    write(tmp_path, "b", range(4))
    (line,) = sentences(study(find([str(tmp_path)])))
    assert line.startswith("a misses as many of 2,000 as b (95% -3.7 to 3.7), p = 1.00: within")


def test_noise_comes_with_the_seeds_that_would_tell(tmp_path: Path) -> None:
    write(tmp_path, "a", range(30), range(40), range(50))
    write(tmp_path, "b", range(40), range(50), range(60))
    (pair,) = study(find([str(tmp_path)])).told
    needed = pair.difference.seeds_needed()
    assert needed is not None
    assert needed > 3
    assert pair.sentence.endswith(f": within noise; about {needed} seeds a side would tell")


def test_noise_that_more_seeds_would_not_tell(tmp_path: Path) -> None:
    write(tmp_path, "a", range(30), range(30), range(30))
    write(tmp_path, "b", range(20, 52), range(20, 52), range(20, 52))
    (pair,) = study(find([str(tmp_path)])).told
    assert pair.sentence.endswith("no number of seeds would tell on so few images")


def test_what_would_count_alone_is_said_to_be_one_of_many(tmp_path: Path) -> None:
    for number, least in enumerate((0, 6, 100, 106, 112, 118)):
        write(tmp_path, f"r{number}", range(least, 12) if least < 12 else range(least, 130))
    found = study(find([str(tmp_path)]))
    lines = [pair.advice for pair in found.pairs if pair.difference.p < 0.05 <= pair.p]
    assert lines
    assert all(line.endswith("by itself, but this is one of 15 pairs") for line in lines)


def test_of_many_rows_only_the_best_is_told_beside_the_others(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path, f"r{number}", range(10 * number, 12 * number + 5))
    found = study(find([str(tmp_path)]))
    assert len(found.pairs) == 10
    assert [pair.b.name for pair in found.told] == ["r0"] * 4


def test_different_test_sets_are_never_compared(tmp_path: Path) -> None:
    write(tmp_path, "a", range(4))
    write(tmp_path, "b", range(9))
    write(tmp_path, "c", range(4), checksum="f" * 16)
    write(tmp_path, "d", range(4), data=SyntheticData())
    found = study(find([str(tmp_path)]))
    assert [(pair.a.name, pair.b.name) for pair in found.pairs] == [("b", "a")]
    assert len(found.rows) == 4
    (note,) = found.notes
    assert note.startswith("3 different test sets: ")
    assert note.endswith("compared image by image within one, and never across")


def test_conditions_leave_runs_out(place: Path) -> None:
    found = study(find([str(place)]), where=["seed<1", "experiment!=poor"])
    assert [len(row.runs) for row in found.rows] == [1, 1]
    with pytest.raises(DigitrecError, match="--where seed>5: no run is left"):
        study(find([str(place)]), where=["seed>5"])


def test_where_nothing_can_be_compared_the_first_reason_is_given(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").touch()
    with pytest.raises(DigitrecError, match=r"a: config.yaml is missing; nor 2 more"):
        study(find([str(tmp_path)]))


def test_a_difference_that_wins_in_every_seed_is_real(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for seed in range(5):
        noise = rng.integers(500, 2000, 4)
        made_up_run(tmp_path / f"a{seed}", errors_at(IMAGES, *range(20), *noise), seed, epochs=1)
        worse = errors_at(IMAGES, *range(60), *noise + 1 - 1)
        made_up_run(tmp_path / f"b{seed}", worse, seed, epochs=2)
    (pair,) = study(find([str(tmp_path)])).told
    assert pair.verdict == "better"
    assert pair.advice == ""
    assert pair.difference.errors == pytest.approx(-40)


def test_counts_and_p_are_written_short() -> None:
    values = (0, -0.04, 0.5, -7.46, 9.96, 11.6, 12345.0, 3.0)
    assert [count(v) for v in values] == ["0", "0", "0.5", "-7.5", "10", "12", "12,345", "3"]
    ps = (0.0001, 0.0012, 0.0496, 0.0503, 0.0549, 0.055, 0.3, 1.0)
    assert [p_value(p) for p in ps] == [
        "< 0.001", "= 0.001", "= 0.050", "= 0.050", "= 0.055", "= 0.06", "= 0.30", "= 1.00",
    ]  # fmt: skip
