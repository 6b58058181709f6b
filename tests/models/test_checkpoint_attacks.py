from __future__ import annotations

import contextlib
import pickle
import random
import re
import resource
import struct
import time
from pathlib import Path
from typing import Any

import h5py
import pytest
import torch
from attacks import FIRST, number, replace, text
from attacks_content import CONTENT_ATTACKS
from attacks_file import FILE_ATTACKS
from checkpoint_samples import images, save_good

from digitrec.errors import CheckpointError
from digitrec.models.checkpoint import load, load_with_numpy
from digitrec.models.weights import LOGIT_TOLERANCE
from digitrec.storage import hdf5
from digitrec.storage.resources import shipped_checkpoint

ATTACKS = FILE_ATTACKS | CONTENT_ATTACKS


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Content of a good checkpoint of the network ``tiny``."""
    path = tmp_path_factory.mktemp("whole") / "model.h5"
    save_good(path)
    return path.read_bytes()


@pytest.fixture
def path(whole: bytes, tmp_path: Path) -> Path:
    """A good checkpoint, the test's own."""
    file = tmp_path / "model.h5"
    file.write_bytes(whole)
    return file


def refusal(path: Path) -> str:
    """Load a file that must be refused and return the one line that says so."""
    with pytest.raises(CheckpointError) as error:
        load(path)
    line = str(error.value)
    assert line.isprintable()
    assert str(path) in line
    with pytest.raises(CheckpointError) as same:  # and so does who reads it without PyTorch
        load_with_numpy(path)
    assert str(same.value) == line
    return line


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_in_one_line_that_says_why(name: str, path: Path) -> None:
    ATTACKS[name].change(path)
    assert re.search(ATTACKS[name].reason, refusal(path))


def test_the_attacks_start_from_a_file_that_loads(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        replace(file, FIRST)
        text(file, "model", "tiny")
        number(file, "rejection_threshold", 0.0)
    assert load(path).temperature == 1.0


@pytest.mark.parametrize(
    ("model", "arguments", "reason"),
    [
        ("deep", '{"width": "32"}', "whole number"),
        ("deep", '{"width": 32.0}', "whole number"),
        ("deep", '{"width": true}', "whole number"),
        ("deep", '{"width": null}', "whole number"),
        ("deep", '{"width": [32]}', "whole number"),
        ("deep", '{"width": {"width": 32}}', "whole number"),
        ("deep", '{"width": NaN}', "whole number"),
        ("deep", '{"width": 1e9}', "whole number"),
        ("deep", '{"width": 1000000000}', "from 2 to 1024"),
        ("deep", '{"width": -32}', "from 2 to 1024"),
        ("deep", '{"width": 0}', "from 2 to 1024"),
        ("deep", f'{{"width": {"9" * 4000}}}', "from 2 to 1024"),
        ("deep", f'{{"width": {"9" * 40000}}}', "not a JSON dict"),
        ("deep", '{"dropout": NaN}', "finite"),
        ("deep", '{"dropout": Infinity}', "finite"),
        ("deep", '{"dropout": 1e999}', "finite"),
        ("deep", f'{{"dropout": {"9" * 400}}}', "finite"),
        ("deep", '{"dropout": 1.0}', "below 1"),
        ("deep", '{"dropout": -0.1}', "at least 0"),
        ("cnn", '{"pool_dropout": "0.1"}', "a number"),
    ],
)
def test_arguments_a_network_cannot_have_are_refused(
    model: str, arguments: str, reason: str, path: Path
) -> None:
    with h5py.File(path, "r+") as file:
        text(file, "model", model)
        text(file, "model_arguments", arguments)
    assert reason in refusal(path)


def test_a_small_file_cannot_ask_for_a_large_network(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        text(file, "model", "deep")
        text(file, "model_arguments", '{"width": 1024}')  # 1.2 GB of weights
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "weights" in refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_pickle_is_never_run(path: Path, tmp_path: Path) -> None:
    class Attacker:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "owned",))

    for write in (lambda: path.write_bytes(pickle.dumps(Attacker())),
                  lambda: torch.save(Attacker(), path)):  # fmt: skip
        write()
        refusal(path)
    assert not (tmp_path / "owned").exists()


def of_version_1(path: Path) -> None:
    """Write the file anew as version 1 was, with texts of variable length."""
    content = hdf5.read(path)
    with h5py.File(path, "w") as file:
        file.attrs.update(content.attributes | {"format_version": 1})
        for name in content.arrays.keys() - {"check/margins", "check/probabilities"}:
            file[name] = content.arrays[name]


def test_no_byte_of_the_texts_of_version_1_makes_loading_hang(path: Path) -> None:
    """The texts lie in HDF5's global heap, in which its C library can search for ever."""
    of_version_1(path)
    assert load(path).model == "tiny"
    whole = path.read_bytes()
    heap = whole.index(b"GCOL")
    ends = heap + int.from_bytes(whole[heap + 8 : heap + 16], "little")
    headers = [at for at in range(heap, ends, 8) if any(whole[at : at + 8])]
    for at in headers:
        for value in (b"\xff" * 8, b"\x8c", bytes(8)):
            path.write_bytes(whole[:at] + value + whole[at + len(value) :])
            began = time.process_time()
            with contextlib.suppress(CheckpointError):
                load(path)
            assert time.process_time() - began < 0.1


def test_a_good_file_takes_less_than_50_milliseconds() -> None:
    taken = []
    for _ in range(5):
        began = time.process_time()
        load(shipped_checkpoint())
        taken.append(time.process_time() - began)
    assert min(taken) < 0.05


def test_a_text_that_claims_four_gigabytes_takes_no_memory(path: Path) -> None:
    of_version_1(path)
    whole = bytearray(path.read_bytes())
    at = whole.index(b"provenance\0")
    start = whole.index(struct.pack("<Q", whole.index(b"GCOL")), at) - 4
    whole[start : start + 4] = b"\xff" * 4
    path.write_bytes(whole)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "longer than what holds it" in refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_file_cut_off_anywhere_is_refused(path: Path, whole: bytes) -> None:
    rng = random.Random(0)
    cuts = [1, 7, 8, 9, 95, 96, 512, 2048, len(whole) - 1]
    for cut in cuts + [rng.randrange(len(whole)) for _ in range(30)]:
        path.write_bytes(whole[:cut])
        assert "refused" in refusal(path) or "damaged" in refusal(path) or cut < 9


def test_damaged_bytes_are_refused_or_change_no_answer(path: Path, whole: bytes) -> None:
    with torch.inference_mode():
        path.write_bytes(whole)
        expected = load(path).network(images())
    allowed = LOGIT_TOLERANCE * max(1.0, float(expected.abs().max()))
    with h5py.File(path, "r") as file:
        stored: list[h5py.Dataset] = []
        file.visititems(lambda _, item: stored.append(item) if hasattr(item, "shape") else None)
        arrays = {
            place
            for item in stored
            for place in range(item.id.get_offset(), item.id.get_offset() + item.nbytes)
        }
    structure = [place for place in range(len(whole)) if place not in arrays and whole[place]]
    rng = random.Random(0)
    refused = 0
    for trial in range(150):
        damaged = bytearray(whole)
        # Half in what describes the arrays, which is a small part of the file, and half anywhere.
        place = rng.choice(structure) if trial % 2 else rng.randrange(len(whole))
        damaged[place] = rng.choice([damaged[place] ^ 1 << rng.randrange(8), 0, 0xFF])
        path.write_bytes(damaged)
        try:
            loaded = load(path)
        except CheckpointError:
            refused += 1
        else:
            with torch.inference_mode():
                assert float((loaded.network(images()) - expected).abs().max()) <= allowed
    assert refused > 30
