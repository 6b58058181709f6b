from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitrec.errors import RunFileError
from digitrec.storage import hdf5
from digitrec.training.run_directory.versioned_hdf5 import read_versioned


def read(file: Path) -> hdf5.Content:
    return read_versioned(file, "digitrec-a", "digitrec-b", version=2, advice="make it again")


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("form", ["digitrec-a", "digitrec-b"])
def test_this_version_and_earlier_ones_are_read(tmp_path: Path, form: str, version: int) -> None:
    file = tmp_path / "a.h5"
    hdf5.write(file, {"format": form, "format_version": version}, {"w": np.arange(3)})
    assert read(file).arrays["w"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(("version", "shown"), [(0, "0"), (3, "3"), ("2", "'2'"), (None, "None")])
def test_other_versions_are_named(tmp_path: Path, version: int | str | None, shown: str) -> None:
    file = tmp_path / "a.h5"
    given = {} if version is None else {"format_version": version}
    hdf5.write(file, {"format": "digitrec-a", **given}, {})
    with pytest.raises(RunFileError) as caught:
        read(file)
    assert str(caught.value) == (
        f"{file} has format version {shown}, and this version of digitrec reads 1 to 2; "
        "use the version of digitrec that wrote it"
    )


def test_a_file_of_another_format_comes_with_the_advice(tmp_path: Path) -> None:
    file = tmp_path / "a.h5"
    hdf5.write(file, {"format": "digitrec-c", "format_version": 1}, {})
    with pytest.raises(RunFileError, match="make it again"):
        read(file)


def test_what_is_known_to_help_takes_the_place_of_the_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(file: Path, *_: str) -> hdf5.Content:
        raise hdf5.HDF5Error(file, "is open", "try again")

    monkeypatch.setattr(hdf5, "read", busy)
    with pytest.raises(RunFileError, match=r"is open; try again$"):
        read(tmp_path / "a.h5")
