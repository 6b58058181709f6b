from __future__ import annotations

import multiprocessing
import os
import resource
import struct
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitrec.arrays import NamedArrays
from digitrec.errors import HDF5Error
from digitrec.storage import hdf5

KINDS = ("<f2", "<f4", "<f8", ">f4", ">i8", "|i1", "|u1", "<u2", "<i4", "<i8")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
NAMES = st.text("abcdefgh.0123_", min_size=1, max_size=8).filter(lambda name: set(name) != {"."})
ARRAYS = hnp.arrays(
    st.sampled_from(KINDS).map(np.dtype), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0)
)
CONTENT = {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process can grow beyond ``size`` bytes meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@settings(max_examples=50, deadline=None)
@given(
    attributes=st.dictionaries(
        NAMES, TEXTS | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
    ),
    arrays=st.dictionaries(NAMES.map("one/{}".format), ARRAYS, max_size=3),
    more=st.dictionaries(NAMES.map("two.{}".format), ARRAYS, max_size=3),
)
def test_what_is_written_is_read(
    attributes: dict[str, Any],
    arrays: NamedArrays,
    more: NamedArrays,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("h5") / "file.h5"
    hdf5.write(path, attributes, arrays | more)
    content = hdf5.read(path)
    assert content.attributes == attributes
    assert {k: type(v) for k, v in content.attributes.items()} == {
        k: type(v) for k, v in attributes.items()
    }
    assert set(content.arrays) == {*arrays, *more}
    for name, array in (arrays | more).items():
        assert isinstance(content.arrays[name], np.ndarray)
        assert content.arrays[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(content.arrays[name], array)
    assert set(content.group("one")) == {name.removeprefix("one/") for name in arrays}


def test_equal_contents_make_equal_files(tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        hdf5.write(tmp_path / name, {"text": "é", "number": 1.5}, CONTENT)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_arrays_are_stored_little_endian_and_in_one_block(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    transposed = np.arange(12, dtype=">f4").reshape(3, 4).T
    hdf5.write(path, {}, {"w": transposed})
    with h5py.File(path, "r") as file:
        stored = file["w"]
        assert stored.id.get_type().get_order() == h5py.h5t.ORDER_LE
        assert stored.chunks is None
        offset, size = stored.id.get_offset(), stored.id.get_storage_size()
    raw = path.read_bytes()[offset : offset + size]
    np.testing.assert_array_equal(np.frombuffer(raw, "<f4").reshape(4, 3), transposed)


def test_a_text_may_be_as_long_as_hdf5_lets_it(tmp_path: Path) -> None:
    text = "ä" * 30_000
    hdf5.write(tmp_path / "file.h5", {"text": text}, {})
    assert hdf5.read(tmp_path / "file.h5").attributes == {"text": text}


@pytest.mark.parametrize("size", [0, 2_000, 100_000])
def test_a_full_disk_is_an_os_error_and_leaves_the_old_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {}, CONTENT)
    old = path.read_bytes()
    big = {f"w{i}": np.ones(30_000, np.float32) for i in range(3)}
    with full_disk(size), pytest.raises(OSError, match="File too large"):
        hdf5.write(path, {"a": "text"}, big)
    assert path.read_bytes() == old
    assert [file.name for file in tmp_path.iterdir()] == ["file.h5"]


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none" / "x.h5", tmp_path / "file" / "x.h5", Path("/proc/x.h5")):
        with pytest.raises(OSError, match=r"No such file|Not a directory"):
            hdf5.write(path, {}, CONTENT)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (b"PK\x03\x04 a zip", "no HDF5 signature"), (b"text\n", "no HDF5 sig")],
)
def test_what_is_no_hdf5_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "file.h5"
    path.write_bytes(content)
    with pytest.raises(HDF5Error, match=reason) as error:
        hdf5.read(path)
    assert str(path) in str(error.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HDF5Error, match="is a folder"):
        hdf5.read(tmp_path)
    for path in (tmp_path / "none.h5", Path("/proc/none/x.h5")):
        with pytest.raises(HDF5Error, match="does not exist"):
            hdf5.read(path)
    (tmp_path / "link.h5").symlink_to(tmp_path / "none.h5")
    with pytest.raises(HDF5Error, match="does not exist"):
        hdf5.read(tmp_path / "link.h5")
    with pytest.raises(HDF5Error, match="File name too long"):
        hdf5.read(tmp_path / ("x" * 300))
    os.mkfifo(tmp_path / "pipe.h5")  # opening it would wait for ever
    for path in (Path("/dev/zero"), tmp_path / "pipe.h5"):
        with pytest.raises(HDF5Error, match="is not a file"):
            hdf5.read(path)


def test_a_file_that_another_program_writes_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {}, CONTENT)
    with h5py.File(path, "r+"), pytest.raises(HDF5Error) as error:
        subprocess_read(path)
    line = f"{path} is open for writing in another program; try again when that has closed it"
    assert str(error.value) == line
    assert hdf5.read(path).arrays.keys() == CONTENT.keys()


def subprocess_read(path: Path) -> None:
    """Read a file in another process, because a process may share its own locks."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        problem = pool.submit(problem_of, path).result()
    if problem:
        raise HDF5Error(path, *problem)


def problem_of(path: Path) -> tuple[str, str | None] | None:
    try:
        hdf5.read(path)
    except HDF5Error as error:
        return error.problem, error.advice
    return None


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {}, CONTENT)
    refusal = PermissionError(13, "Permission denied")
    monkeypatch.setattr(os, "open", mock.Mock(side_effect=refusal))  # root may read everything
    with pytest.raises(HDF5Error, match="cannot be read: Permission denied; allow it to be read"):
        hdf5.read(path)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {"text": "abc"}, {f"group/{i}": np.ones(50, np.float32) for i in range(20)})
    whole = path.read_bytes()
    for cut in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:cut])
        with pytest.raises(HDF5Error) as error:
            hdf5.read(path)
        assert str(path) in str(error.value)


def test_one_array_under_many_names_cannot_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {}, {"w": np.ones(1_000_000, np.float32)})
    with h5py.File(path, "r+") as file:
        for i in range(2_000):  # 8 GB
            file[f"copy{i}"] = file["w"]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(HDF5Error, match="overlap"):
        hdf5.read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_texts_have_a_fixed_length_and_nothing_a_variable_one(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {"format": "é", "empty": "", "number": 3}, CONTENT)
    with h5py.File(path, "r") as file:
        for name, length in (("format", 2), ("empty", 1)):
            kind = h5py.check_string_dtype(file.attrs.get_id(name).dtype)
            assert (kind.encoding, kind.length) == ("utf-8", length)
    assert b"GCOL" not in path.read_bytes()  # the signature of HDF5's global heap
    assert hdf5.read(path).attributes == {"format": "é", "empty": "", "number": 3}


def test_texts_of_variable_length_are_read_as_the_first_versions_wrote_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.h5"
    texts = {"a": "", "b": "é" * 5_000, "c": "x", "d": "y" * 100_000}
    with h5py.File(path, "w") as file:
        file.attrs.update(texts)
        file["w"] = CONTENT["w"]
    assert b"GCOL" in path.read_bytes()
    assert hdf5.read(path).attributes == texts


def test_too_long_a_text_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the text notes has 65001 bytes, more than 65000"):
        hdf5.write(tmp_path / "file.h5", {"notes": "x" * 65_001}, {})
    hdf5.write(tmp_path / "file.h5", {"notes": "x" * 65_000}, {})
    assert hdf5.read(tmp_path / "file.h5").attributes == {"notes": "x" * 65_000}


@pytest.mark.parametrize("text", ["abc\0", "\0"])
def test_a_text_that_ends_in_a_zero_is_not_written(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="the text notes ends in a zero"):
        hdf5.write(tmp_path / "file.h5", {"notes": text}, {})
    assert not (tmp_path / "file.h5").exists()


def test_the_name_of_the_format_is_looked_at_first(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    hdf5.write(path, {"format": "other", "more": "x"}, CONTENT)
    with h5py.File(path, "r+") as file:
        file["w2"] = h5py.SoftLink("/w")
    with pytest.raises(HDF5Error, match=r"another program .no format = 'one' or 'two'."):
        hdf5.read(path, "one", "two")
    with pytest.raises(HDF5Error, match="'w2' is a link to elsewhere"):
        hdf5.read(path, "one", "other")


@pytest.mark.parametrize("libver", ["v108", "latest"])
def test_what_newer_versions_of_hdf5_write_is_refused(tmp_path: Path, libver: str) -> None:
    path = tmp_path / "file.h5"
    with h5py.File(path, "w", libver=libver) as file:
        file["w"] = CONTENT["w"]
    with pytest.raises(HDF5Error, match=r"a part of HDF5 that digitrec does not .superblock [23]."):
        hdf5.read(path)


def test_many_groups_and_arrays_are_read(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    arrays = {f"group{i % 60}/{i}": np.full(3, i) for i in range(4_000)}
    hdf5.write(path, {}, arrays)
    found = hdf5.read(path).arrays
    assert found.keys() == arrays.keys()
    assert all((found[name] == array).all() for name, array in arrays.items())


@pytest.mark.parametrize("size", [10, 2000, 400_000])
def test_a_file_that_shrinks_while_it_is_read_is_one_line(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, parse = tmp_path / "file.h5", hdf5.parse
    hdf5.write(path, {}, {"w": np.ones(100_000)})

    def shrink_after(*words: Any) -> Any:
        found = parse(*words)
        os.truncate(path, size)
        return found

    monkeypatch.setattr(hdf5, "parse", shrink_after)
    with pytest.raises(HDF5Error, match="ends too early"):
        hdf5.read(path)


def write_overlapping_nodes(path: Path, count: int, inner: int) -> None:
    """Write a file whose root has a node of ``count`` nodes, which lie within it.

    Each of them says that it has ``inner`` nodes.
    """
    hdf5.write(path, {"format": "a"}, CONTENT)
    content = path.read_bytes()
    content += bytes(-len(content) % 16)
    links = content[80:96]  # the addresses of the root's tree and of its names
    start = len(content)
    content = content.replace(links, struct.pack("<Q", start) + links[8:])
    node, child = (b"TREE\0\0" + struct.pack("<H", used) for used in (count, inner))
    pointers = (struct.pack("<Q", start + 40 + 16 * i) + child for i in range(count))
    path.write_bytes(content + node + bytes(24) + b"".join(pointers) + bytes(16 * count + 64))


def test_nodes_of_nodes_cannot_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    write_overlapping_nodes(path, 4_000, 4_000)
    tracemalloc.start()
    try:
        with pytest.raises(HDF5Error, match="more than 4096 links"):
            hdf5.read(path)
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    finally:
        tracemalloc.stop()


def test_nodes_that_overlap_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    write_overlapping_nodes(path, 100, 50)
    with pytest.raises(HDF5Error, match="its blocks overlap"):
        hdf5.read(path)
