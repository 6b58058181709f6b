from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from checkpoint_samples import ARGUMENTS, images, made, save_good
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import NAMES, build

from digitrec.errors import CheckpointError
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint, load, save, upgrade
from digitrec.storage import hdf5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good checkpoint, the test's own."""
    save_good(tmp_path / "model.h5")
    return tmp_path / "model.h5"


# --- what is saved is loaded --------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_network_gives_the_same_bits(name: str, tmp_path: Path) -> None:
    original = made(name)
    save(tmp_path / "model.h5", original, images())
    loaded = load(tmp_path / "model.h5")
    assert (loaded.model, loaded.model_arguments) == (name, ARGUMENTS.get(name, {}))
    assert not loaded.network.training
    with torch.inference_mode():
        unseen = images(30, seed=2)
        assert torch.equal(loaded.network(unseen), original.network(unseen))
    before, after = original.network.state_dict(), loaded.network.state_dict()
    assert {key: value.shape for key, value in before.items()} == {
        key: value.shape for key, value in after.items()
    }
    assert all(value.device.type == "cpu" for value in after.values())
    dropouts = [m.p for m in loaded.network.modules() if isinstance(m, torch.nn.Dropout)]
    assert dropouts == [m.p for m in original.network.modules() if isinstance(m, torch.nn.Dropout)]


def test_a_loaded_network_can_be_trained_on(path: Path) -> None:
    network = load(path).network.train()
    network(images()).sum().backward()
    assert all(weights.grad is not None for weights in network.parameters())


def test_loading_draws_no_random_number(path: Path) -> None:
    before = torch.get_rng_state()
    load(path)
    assert torch.equal(torch.get_rng_state(), before)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    temperature=st.floats(1e-3, 1e3),
    threshold=st.floats(0, 1),
    provenance=st.dictionaries(st.text(max_size=5), st.integers() | st.text() | st.none()),
)
def test_what_stands_beside_the_weights_is_kept(
    temperature: float, threshold: float, provenance: Any, tmp_path: Path
) -> None:
    network = Checkpoint("tiny", {}, build("tiny").eval(), temperature, threshold)
    original = Checkpoint(**{**vars(network), "provenance": provenance})
    save(tmp_path / "model.h5", original, images())
    loaded = load(tmp_path / "model.h5")
    for name in ("temperature", "rejection_threshold", "provenance"):
        assert getattr(loaded, name) == getattr(original, name)


def test_equal_networks_make_equal_files(path: Path, tmp_path: Path) -> None:
    save(tmp_path / "again.h5", load(path), images())
    assert (tmp_path / "again.h5").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_h5py_alone_can_read_it_as_the_format_says(name: str, tmp_path: Path) -> None:
    """Follow the module's description, without its code."""
    original = made(name, temperature=1.7, rejection_threshold=0.25)
    save(tmp_path / "model.h5", original, images())
    with h5py.File(tmp_path / "model.h5", "r") as file:
        texts = {k: v.decode() for k, v in file.attrs.items() if isinstance(v, bytes)}
        numbers = {k: v for k, v in file.attrs.items() if not isinstance(v, bytes)}
        for key in texts:  # UTF-8 of a fixed length
            kind = h5py.check_string_dtype(file.attrs.get_id(key).dtype)
            assert (kind.encoding, kind.length) == ("utf-8", len(texts[key].encode()))
        stored = []
        file["weights"].visititems(lambda _, item: stored.append(item))
        weights = {item.name.removeprefix("/weights/"): item[()] for item in stored}
        for item in [*stored, *file["check"].values()]:
            assert item.id.get_type().equal(h5py.h5t.IEEE_F32LE)
            assert item.chunks is None
        check_input, check_logits = file["check/input"][()], file["check/logits"][()]
        probabilities, margins = file["check/probabilities"][()], file["check/margins"][()]
        assert set(file) == {"weights", "check"}
    assert texts["format"] == "digitrec"
    assert numbers == {"format_version": 2, "temperature": 1.7, "rejection_threshold": 0.25}
    assert json.loads(texts["class_names"]) == list("0123456789")
    assert json.loads(texts["preprocessing"])["size"] == 28
    assert check_input.shape == (8, 1, 28, 28)

    powers = np.exp(check_logits / 1.7)
    np.testing.assert_allclose(probabilities, powers / powers.sum(1, keepdims=True), atol=1e-6)
    powers = np.exp(check_logits).sum(1)
    np.testing.assert_allclose(margins, powers / (1 + powers) - 0.25, atol=1e-6)

    network = build(texts["model"], **json.loads(texts["model_arguments"])).eval()
    state = network.state_dict()
    counters = {key for key in state if key.endswith("num_batches_tracked")}
    assert set(weights) == set(state) - counters
    state.update({key: torch.from_numpy(np.asarray(value)) for key, value in weights.items()})
    network.load_state_dict(state)
    with torch.inference_mode():
        np.testing.assert_array_equal(network(torch.from_numpy(check_input)).numpy(), check_logits)
        assert torch.equal(network(images(seed=3)), original.network(images(seed=3)))


# --- earlier versions ---------------------------------------------------------------------------


def test_a_file_of_version_1_is_upgraded_with_every_number_the_same(tmp_path: Path) -> None:
    old = Path(__file__).parents[1] / "v0_1" / "finished" / "model.h5"
    upgrade(old, tmp_path / "new.h5")
    before, after = hdf5.read(old), hdf5.read(tmp_path / "new.h5")
    assert after.attributes == before.attributes | {"format_version": 2}
    for name, array in before.arrays.items():
        assert after.arrays[name].tobytes() == array.tobytes()
    assert after.arrays.keys() - before.arrays.keys() == {"check/probabilities", "check/margins"}
    assert load(tmp_path / "new.h5").provenance == load(old).provenance


# --- saving -------------------------------------------------------------------------------------


def test_saving_replaces_a_file_whole(path: Path) -> None:
    save(path, made("lenet5"), images())
    assert load(path).model == "lenet5"
    assert [file.name for file in path.parent.iterdir()] == ["model.h5"]


def test_saving_where_nothing_can_be_written_leaves_nothing(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    (tmp_path / "folder").mkdir()
    for place in (path / "x.h5", tmp_path / "none" / "x.h5", Path("/proc/x.h5")):
        with pytest.raises(OSError, match=r"No such file|Not a directory"):
            save(place, made(), images())
    with pytest.raises(IsADirectoryError):
        save(tmp_path / "folder", made(), images())
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["folder", "model.h5"]
    assert path.read_bytes() == content


def test_preprocessing_describes_what_image_does() -> None:
    from digitrec.imaging.normalise import BOX, SIZE

    assert checkpoint.PREPROCESSING["size"] == SIZE
    assert checkpoint.PREPROCESSING["box"] == BOX


def test_a_run_directory_stands_for_its_checkpoint(path: Path, tmp_path: Path) -> None:
    assert load(path.parent).model == load(path).model
    (tmp_path / "other").mkdir()
    with pytest.raises(CheckpointError) as error:
        load(tmp_path / "other")
    assert str(error.value) == (
        f"{tmp_path / 'other'} is a folder without a model.h5; name a checkpoint file, or the "
        "directory of a finished run"
    )


def test_a_name_that_is_too_long_is_told_and_shortened() -> None:
    with pytest.raises(CheckpointError, match=r"^x{79}…: File name too long; choose a shorter"):
        checkpoint.checkpoint_file(Path("x" * 300))
