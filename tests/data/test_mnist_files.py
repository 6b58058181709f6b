from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_mnist import (
    CONTENTS,
    IMAGES,
    LABELS,
    SHAPES,
    SMALL_FILES,
    TEST_IMAGES,
    TEST_LABELS,
    fill,
    idx,
    md5,
    message,
    names,
)

from digitrec.data import mnist_files
from digitrec.data.idx_files import IdxFile

# Reading


def test_what_is_no_plain_file_or_larger_than_memory_is_not_read(
    small: Path, tmp_path: Path
) -> None:
    raw = fill(tmp_path)
    (raw / IMAGES).unlink()
    os.mkfifo(raw / IMAGES)  # opening it would wait for ever
    assert f"lacks {IMAGES}" in refusal(tmp_path)
    (raw / IMAGES).unlink()
    with (raw / IMAGES).open("wb") as stream:
        stream.truncate(2**40)  # without content: it takes no place on the disk
    assert "is too long: 1,099,511,627,776 of " in refusal(tmp_path)


def refusal(root: Path) -> str:
    return message(lambda: mnist_files.read(str(root)))


def test_arrays_are_those_of_the_files(small: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    data = mnist_files.read(str(tmp_path))
    for name, images in ((IMAGES, data.train_images), (TEST_IMAGES, data.test_images)):
        assert images.dtype == np.uint8
        assert images.shape == SHAPES[name]
        assert images.tobytes() == CONTENTS[name][16:]
        assert images.flags.writeable  # else torch.from_numpy warns
    for name, labels in ((LABELS, data.train_labels), (TEST_LABELS, data.test_labels)):
        assert labels.dtype == np.int64
        assert bytes(labels.tolist()) == CONTENTS[name][8:]
    assert data.root == tmp_path
    assert len(data.checksum) == 16
    assert repr(data) == f"Mnist(checksum={data.checksum!r}, root={tmp_path!r})"


def test_checksum_tells_data_sets_apart(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = fill(tmp_path)
    before = mnist_files.read(str(tmp_path)).checksum
    assert mnist_files.read(str(tmp_path)).checksum == before
    other = idx(SHAPES[LABELS], seed=99)
    (raw / LABELS).write_bytes(other)
    files = [IdxFile(f.name, f.shape, md5(other)) if f.name == LABELS else f for f in SMALL_FILES]
    monkeypatch.setattr(mnist_files, "FILES", files)
    assert mnist_files.read(str(tmp_path)).checksum != before


def test_environment_variable_names_the_root_and_an_argument_wins(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("one", "two"):
        fill(tmp_path / folder)
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "one"))
    assert mnist_files.read().root == tmp_path / "one"
    assert mnist_files.read(str(tmp_path / "two")).root == tmp_path / "two"


def test_root_may_be_relative_or_below_home(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert mnist_files.read("data").root == mnist_files.read("~/data").root == tmp_path / "data"


# Named roots that are wrong


@pytest.mark.parametrize("check", [mnist_files.check_root, mnist_files.read])
@pytest.mark.parametrize("setting", ["data.root", "DIGITREC_DATA"])
@pytest.mark.parametrize(
    ("root", "fault"),
    [
        ("nowhere", "does not exist"),
        ("a-file", "is a file, not a folder"),
        ("a-file/below", "does not exist"),
        ("empty", f"lacks {', '.join(SHAPES)}"),
        ("partly", f"lacks {LABELS}, {TEST_IMAGES};"),
        ("x" * 5000, "cannot open"),
    ],
)
def test_wrong_root(
    check: Callable[..., object],
    setting: str,
    root: str,
    fault: str,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / "empty").mkdir()
    partly = fill(tmp_path / "partly")
    (partly / LABELS).unlink()
    (partly / TEST_IMAGES).unlink()
    (partly / TEST_IMAGES).symlink_to("dangling")
    if setting == "data.root":
        line = message(check, str(tmp_path / root))
    else:
        monkeypatch.setenv(setting, str(tmp_path / root))
        line = message(check, None)
    assert line.startswith(f"{setting}: ")
    assert fault in line
    assert root in line
    if "cannot" not in fault:
        assert "data=synthetic" in line
        assert ("leave data.root out" if setting == "data.root" else "unset DIGITREC_DATA") in line
    assert not small.exists()  # a named root is never replaced by a download


@pytest.mark.parametrize("inside", ["MNIST/raw", "MNIST"])
def test_root_named_too_deep_is_hinted_at(inside: str, small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    assert f"found in {raw}" in message(mnist_files.check_root, str(tmp_path / inside))


def test_packed_files_are_hinted_at(small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    (raw / IMAGES).rename(raw / f"{IMAGES}.gz")
    assert "only the .gz" in message(mnist_files.check_root, str(tmp_path))


def test_cache_folder_passes_the_check_before_it_is_filled(small: Path) -> None:
    mnist_files.check_root(None)
    assert not small.exists()


# Damaged files

FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda content: content[:1000], "is truncated: 1,000 of {size:,} bytes"),
    "empty": (lambda content: b"", "is truncated: 0 of {size:,} bytes"),
    "too long": (lambda content: content + b"\0", "is too long: {longer:,} of {size:,} bytes"),
    "flipped": (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "is corrupt: its md5"),
    "header": (lambda content: b"\1" + content[1:], "is corrupt: its md5"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_damaged_file_is_named(kind: str, small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    damage, fault = FAULTS[kind]
    content = CONTENTS[TEST_IMAGES]
    (raw / TEST_IMAGES).write_bytes(damage(content))
    mnist_files.check_root(str(tmp_path))  # reads nothing
    line = message(mnist_files.read, str(tmp_path))
    expected = fault.format(size=len(content), longer=len(content) + 1)
    assert line.startswith(f"{raw / TEST_IMAGES} {expected}")
    assert "put the original file there, or leave data.root out" in line
    assert names(tmp_path) == set(SHAPES)


@pytest.mark.parametrize("count", [20, 200])
def test_whole_files_of_another_data_set_are_not_called_damaged(
    count: int, small: Path, tmp_path: Path
) -> None:
    raw = fill(tmp_path)
    (raw / IMAGES).write_bytes(idx((count, 28, 28), seed=9))
    line = message(mnist_files.read, str(tmp_path))
    assert line.startswith(
        f"{raw / IMAGES} is a complete file, but not MNIST's: it holds {count}×28×28 bytes of "
        "data, not 60×28×28; for pictures of your own, choose data=folder; put the original file "
        "there"
    )
    (raw / IMAGES).write_bytes(idx((count, 28, 28), seed=9)[:-1])
    assert "is whole" not in message(mnist_files.read, str(tmp_path))


@pytest.mark.parametrize("other", [LABELS, TEST_IMAGES])
def test_swapped_files_are_named(other: str, small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    (raw / IMAGES).write_bytes(CONTENTS[other])
    (raw / other).write_bytes(CONTENTS[IMAGES])
    line = message(mnist_files.read, str(tmp_path))
    assert line.startswith(f"{raw / IMAGES} holds the contents of {other}")


def test_unreadable_file(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")  # chmod does not stop root in a container

    raw = fill(tmp_path)
    monkeypatch.setattr(np, "fromfile", refuse)
    line = message(mnist_files.read, str(tmp_path))
    assert line.startswith(f"cannot read {raw / IMAGES}: Permission denied; ")


# The real thing


def real_copy(tmp_path: Path) -> Path:
    """Give links to the real files, any of which a test may put its own file in place of."""
    raw = tmp_path / mnist_files.RAW
    raw.mkdir(parents=True)
    for file in mnist_files.FILES:
        real = Path(os.environ["DIGITREC_DATA"]) / mnist_files.RAW / file.name
        (raw / file.name).symlink_to(real.absolute())
    return raw


@pytest.mark.mnist
def test_real_mnist() -> None:
    data = mnist_files.read()
    assert data.train_images.shape == (60_000, 28, 28)
    assert data.test_images.shape == (10_000, 28, 28)
    assert data.checksum == "689ff270f6b2962d"
    assert data.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    # Class counts and mean grey as the literature has them.
    assert np.bincount(data.test_labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]
    assert data.train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.mnist
@pytest.mark.parametrize("kind", FAULTS)
def test_real_file_damaged(kind: str, tmp_path: Path) -> None:
    raw = real_copy(tmp_path)
    damage, fault = FAULTS[kind]
    content = (raw / LABELS).read_bytes()
    (raw / LABELS).unlink()
    (raw / LABELS).write_bytes(damage(content))
    line = message(mnist_files.read, str(tmp_path))
    assert line.startswith(f"{raw / LABELS} {fault.format(size=60_008, longer=60_009)}")


@pytest.mark.mnist
def test_real_files_swapped(tmp_path: Path) -> None:
    raw = real_copy(tmp_path)
    (raw / IMAGES).rename(raw / "aside")
    (raw / TEST_IMAGES).rename(raw / IMAGES)
    (raw / "aside").rename(raw / TEST_IMAGES)
    line = message(mnist_files.read, str(tmp_path))
    assert line.startswith(f"{raw / IMAGES} holds the contents of {TEST_IMAGES}")
