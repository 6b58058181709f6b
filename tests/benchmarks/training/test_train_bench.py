from __future__ import annotations

import re
from pathlib import Path

import pytest

from digitrec.benchmarks.training import train
from digitrec.benchmarks.training.finishes import PLAIN, Finish, read_finishes
from digitrec.config.compose import compose
from digitrec.errors import ConfigError

SMALL = [
    "data=synthetic", "data.train=1100", "data.test=20", "validation=76", "data.limit=null",
    "device=cpu", "threads=1",
]  # fmt: skip


@pytest.mark.slow
def test_entries_take_turns_and_a_stopped_race_goes_on(tmp_path: Path) -> None:
    file, pictures = tmp_path / "results.jsonl", tmp_path / "pictures"
    words = ["speedrun=2", "recipe=1", f"file={file}", *SMALL]
    lines = list(train.race(words, pictures))
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "speedrun seed 0", "recipe seed 0", "speedrun seed 1",
    ]  # fmt: skip
    assert (pictures / "pareto.png").read_bytes().startswith(b"\x89PNG")
    before = read_finishes(file)
    assert [(one.entry, one.seed) for one in before] == [
        ("speedrun", 0), ("recipe", 0), ("speedrun", 1),
    ]  # fmt: skip
    again = list(train.race(["recipe=2", *words[:1], *words[2:]]))
    assert again[:3] == lines[:3]
    assert read_finishes(file)[:3] == before
    assert [(one.entry, one.seed) for one in read_finishes(file)[3:]] == [("recipe", 1)]


def test_the_table_compares_with_the_recipe_by_medians() -> None:
    finishes = [
        Finish("speedrun", seed, seconds, 0.99 + seed / 1000, 2)
        for seed, seconds in enumerate((1.0, 9.0, 2.0))
    ] + [Finish("recipe", 0, 8.0, 0.9875, 2)]
    head, names, speedrun, recipe, about, ratio = train.table(finishes)
    assert head.endswith("; 2 threads of the CPU")
    assert re.split(" {2,}", names.strip())[0] == "seeds"
    # By hand: the mean is 99.1%, its standard error 0.1% / sqrt(3), Student's factor 4.303.
    assert re.split(" {2,}", speedrun) == [
        "speedrun", "3", "2.00 (1.00 to 9.00)", "99.100% (98.852% to 99.348%)", "0.250",
    ]  # fmt: skip
    assert re.split(" {2,}", recipe) == ["recipe", "1", "8.00 (8.00 to 8.00)", "98.75%", "1.000"]
    assert about.startswith("recipe: plain loop")
    assert ratio.startswith("time: ")


def test_every_entry_is_a_plain_loop_or_an_experiment() -> None:
    for name in train.SEEDS.keys() - PLAIN.keys():
        assert compose([f"experiment={name}"]).experiment == name
    assert train.SEEDS["speedrun_995"] >= 5


def test_without_the_recipe_there_is_nothing_to_compare_with() -> None:
    lines = list(train.table([Finish("fast", 0, 2.0, 0.99, 1)]))
    assert lines[2].split() == ["fast", "1", "2.00", "(2.00", "to", "2.00)", "99.00%"]


@pytest.mark.parametrize("word", ["speedrun=x", "recipe=-1", "speedrun=", "slow=3"])
def test_a_wrong_word_is_refused_in_one_line(word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        list(train.race([word, "device=cpu"]))
    assert word.partition("=")[0] in str(caught.value)
    assert "\n" not in str(caught.value)
