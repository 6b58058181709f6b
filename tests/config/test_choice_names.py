from __future__ import annotations

import subprocess
import sys

import pytest

from digitrec.config.choice_names import LAUNCHER, UNNAMED, groups, names_in
from digitrec.config.groups import GROUPS
from digitrec.config.registry import choices


@pytest.mark.parametrize("group", GROUPS)
def test_all_that_is_registered_can_be_chosen(group: str) -> None:
    assert set(choices(group)) - {UNNAMED.get(group)} <= set(names_in(group))


def test_files_alone_make_names_too() -> None:
    assert "shipped" in names_in("experiment")
    assert names_in(LAUNCHER) == ("parallel", "slurm")
    assert names_in("nothing") == ()


def test_the_groups_are_the_folders_of_files() -> None:
    assert set(groups()) == {*GROUPS, "experiment", "hparams"}
    assert all(names == tuple(sorted(names)) and names for names in groups().values())


def test_names_are_found_without_hydra() -> None:
    program = (
        "import sys; from digitrec.config.choice_names import groups; groups(); "
        "print({'hydra', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
