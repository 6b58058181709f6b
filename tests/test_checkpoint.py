from __future__ import annotations

import json
import pickle
import random
import re
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from digitrec import checkpoint
from digitrec.checkpoint import LOGIT_TOLERANCE, Checkpoint, CheckpointError, load, save
from digitrec.model import MODELS, Network, build

# Arguments that are not the defaults, so that a loader that forgets them shows.
ARGUMENTS: dict[str, dict[str, int | float]] = {
    "cnn": {"pool_dropout": 0.1, "dense_dropout": 0.0},
    "fast": {"width": 6},
    "deep": {"width": 4, "dropout": 0.35},
}


def trained(name: str, seed: int = 0) -> Network:
    """Make a network whose running statistics are not those it began with."""
    torch.manual_seed(seed)
    network = build(name, **ARGUMENTS.get(name, {}))
    with torch.no_grad():
        for _ in range(2):
            network(torch.rand(16, 1, 28, 28))
    return network.eval()


def made(name: str = "tiny", **others: Any) -> Checkpoint:
    return Checkpoint(name, ARGUMENTS.get(name, {}), trained(name), **others)


def images(count: int = 8, seed: int = 1) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Content of a good checkpoint of the network ``tiny``."""
    path = tmp_path_factory.mktemp("whole") / "model.h5"
    save(path, made(provenance={"config": {"seed": 0}}), images())
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
    return line


# --- what is saved is loaded --------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
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
    names=st.lists(st.text(max_size=5), min_size=10, max_size=10),
    provenance=st.dictionaries(st.text(max_size=5), st.integers() | st.text() | st.none()),
)
def test_what_stands_beside_the_weights_is_kept(
    temperature: float, threshold: float, names: list[str], provenance: Any, tmp_path: Path
) -> None:
    network = Checkpoint("tiny", {}, build("tiny").eval(), temperature, threshold, tuple(names))
    original = Checkpoint(**{**vars(network), "provenance": provenance})
    save(tmp_path / "model.h5", original, images())
    loaded = load(tmp_path / "model.h5")
    for name in ("temperature", "rejection_threshold", "class_names", "provenance"):
        assert getattr(loaded, name) == getattr(original, name)


def test_equal_networks_make_equal_files(path: Path, tmp_path: Path) -> None:
    save(tmp_path / "again.h5", load(path), images())
    assert (tmp_path / "again.h5").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", MODELS)
def test_h5py_alone_can_read_it_as_the_format_says(name: str, tmp_path: Path) -> None:
    """Follow the module's description, without its code."""
    original = made(name, temperature=1.7, rejection_threshold=0.25)
    save(tmp_path / "model.h5", original, images())
    with h5py.File(tmp_path / "model.h5", "r") as file:
        texts = {k: v for k, v in file.attrs.items() if isinstance(v, str)}
        numbers = {k: v for k, v in file.attrs.items() if not isinstance(v, str)}
        stored = []
        file["weights"].visititems(lambda _, item: stored.append(item))
        weights = {item.name.removeprefix("/weights/"): item[()] for item in stored}
        for item in [*stored, file["check/input"], file["check/logits"]]:
            assert item.id.get_type().equal(h5py.h5t.IEEE_F32LE)
            assert item.chunks is None
        check_input, check_logits = file["check/input"][()], file["check/logits"][()]
        assert set(file) == {"weights", "check"}
    assert texts["format"] == "digitrec"
    assert numbers == {"format_version": 1, "temperature": 1.7, "rejection_threshold": 0.25}
    assert json.loads(texts["class_names"]) == list("0123456789")
    assert json.loads(texts["preprocessing"])["size"] == 28
    assert check_input.shape == (8, 1, 28, 28)

    network = MODELS[texts["model"]](**json.loads(texts["model_arguments"])).eval()
    state = network.state_dict()
    counters = {key for key in state if key.endswith("num_batches_tracked")}
    assert set(weights) == set(state) - counters
    state.update({key: torch.from_numpy(np.asarray(value)) for key, value in weights.items()})
    network.load_state_dict(state)
    with torch.inference_mode():
        np.testing.assert_array_equal(network(torch.from_numpy(check_input)).numpy(), check_logits)
        assert torch.equal(network(images(seed=3)), original.network(images(seed=3)))


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


# --- attacks ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attack:
    """A change to a good file, and what the refusal must speak of."""

    change: Callable[[Path], None]
    reason: str


ATTACKS: dict[str, Attack] = {}


def attack(reason: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Enter a function that changes the file at a path."""

    def enter(change: Callable[[Path], None]) -> Callable[[Path], None]:
        ATTACKS[change.__name__] = Attack(change, reason)
        return change

    return enter


def edit(reason: str) -> Callable[[Callable[[h5py.File], None]], Callable[[h5py.File], None]]:
    """Enter a function that changes the open HDF5 file."""

    def enter(change: Callable[[h5py.File], None]) -> Callable[[h5py.File], None]:
        def open_and_change(path: Path) -> None:
            with h5py.File(path, "r+") as file:
                change(file)

        ATTACKS[change.__name__] = Attack(open_and_change, reason)
        return change

    return enter


def replace(file: h5py.File, name: str, **arguments: Any) -> None:
    """Put another data set in the place of one, with the old content if none is given."""
    if "shape" not in arguments:
        arguments.setdefault("data", file[name][()])
    del file[name]
    file.create_dataset(name, **arguments)


def text(file: h5py.File, name: str, value: str) -> None:
    file.attrs[name] = np.bytes_(value.encode())


def number(file: h5py.File, name: str, value: Any) -> None:
    file.attrs[name] = value


FIRST, LAST = "weights/layers.0.0.weight", "weights/layers.8.bias"

# Files that are something else.


@attack("no HDF5 signature")
def a_text_file(path: Path) -> None:
    path.write_text("weights: 1 2 3\n")


@attack("is empty")
def an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


@attack("no HDF5 signature")
def a_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": [1, 2, 3]}))


@attack("no HDF5 signature")
def a_file_of_torch_save(path: Path) -> None:
    torch.save(build("tiny").state_dict(), path)


@attack("another program")
def an_h5_file_of_another_program(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["dense/kernel"] = np.ones((2, 2), np.float32)


@attack("name a weights file that digitrec has written")
def an_h5_file_with_deeper_groups(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["model_weights/dense/kernel"] = np.ones((2, 2), np.float32)


@attack("another program")
def an_h5_file_with_nothing_in_it(path: Path) -> None:
    h5py.File(path, "w").close()


@attack("is a folder")
def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@attack("does not exist")
def a_missing_file(path: Path) -> None:
    path.unlink()


@attack("precedes its HDF5 data")
def a_script_in_front(path: Path) -> None:
    other = path.with_name("other.h5")
    with h5py.File(path) as file, h5py.File(other, "w", userblock_size=512) as copy:
        for name in file:
            file.copy(name, copy)
        for name, value in file.attrs.items():
            copy.attrs[name] = value
    script = b"#!/bin/sh\necho hello\n"
    path.write_bytes(script + other.read_bytes()[len(script) :])
    assert h5py.is_hdf5(path)


# Wrong weights.


@edit("the shape")
def a_transposed_weight(file: h5py.File) -> None:
    replace(file, "weights/layers.8.weight", data=file["weights/layers.8.weight"][()].T.copy())


@edit("the shape")
def a_scalar_with_one_dimension(file: h5py.File) -> None:
    replace(file, "weights/mean", data=np.float32([0.1307]))


@edit("the type float64")
def a_weight_in_float64(file: h5py.File) -> None:
    replace(file, FIRST, data=file[FIRST][()].astype(np.float64))


@edit("the type float16")
def a_weight_in_float16(file: h5py.File) -> None:
    replace(file, FIRST, data=file[FIRST][()].astype(np.float16))


@edit("the type >f4")
def a_big_endian_weight(file: h5py.File) -> None:
    replace(file, FIRST, data=file[FIRST][()].astype(">f4"))


@edit("weights are missing: layers.8.bias")
def a_missing_weight(file: h5py.File) -> None:
    del file[LAST]


@edit("weights are missing: .* more")
def no_weights(file: h5py.File) -> None:
    del file["weights"]


@edit("unexpected arrays: weights/layers.9.bias")
def an_extra_weight(file: h5py.File) -> None:
    file["weights/layers.9.bias"] = np.zeros(10, np.float32)


@edit("unexpected arrays: notes")
def an_extra_array(file: h5py.File) -> None:
    file["notes"] = np.frombuffer(b"import os; os.system('x')", np.uint8)


@edit("unexpected arrays: optimizer/momentum")
def an_extra_group(file: h5py.File) -> None:
    file["optimizer/momentum"] = np.zeros(3, np.float32)


@edit("unexpected arrays: check/more")
def an_extra_check(file: h5py.File) -> None:
    file["check/more"] = np.zeros(3, np.float32)


@edit("'more' is empty")
def an_empty_group(file: h5py.File) -> None:
    file.create_group("more")


@edit(r"'weights/more' is no array")
def a_group_in_a_group(file: h5py.File) -> None:
    file.create_group("weights/more")


@edit("not finite")
def a_weight_that_is_nan(file: h5py.File) -> None:
    file[LAST][3] = np.nan


@edit("not finite")
def a_weight_that_is_infinite(file: h5py.File) -> None:
    file[LAST][3] = -np.inf


@edit("do not give the stored logits")
def weights_of_another_network(file: h5py.File) -> None:
    file[FIRST][...] = file[FIRST][()] * 1.5


@edit("do not give the stored logits")
def weights_that_overflow(file: h5py.File) -> None:
    file["weights/layers.8.weight"][...] = 3e38
    file["weights/layers.8.bias"][...] = 3e38


@edit(r"unexpected arrays: weights/\\x1b\[2J error")
def a_name_that_commands_the_terminal(file: h5py.File) -> None:
    file["weights/\x1b[2J\nerror: all is well"] = np.zeros(3, np.float32)


@edit("no UTF-8")
def a_name_that_is_no_utf8(file: h5py.File) -> None:
    file[b"weights/\xff\xfe"] = np.zeros(3, np.float32)


# What HDF5 can do and a weights file does not.


@edit("is a link to elsewhere")
def a_soft_link(file: h5py.File) -> None:
    file.move(LAST, "check/elsewhere")
    file[LAST] = h5py.SoftLink("/check/elsewhere")


@edit("is a link to elsewhere")
def a_soft_link_in_a_circle(file: h5py.File) -> None:
    file["weights/again"] = h5py.SoftLink("/weights/again")


@attack("is a link to elsewhere")
def an_external_link(path: Path) -> None:
    other = path.with_name("other.h5")
    other.write_bytes(path.read_bytes())
    with h5py.File(path, "r+") as file:
        del file["weights"]
        file["weights"] = h5py.ExternalLink(other.name, "/weights")


@attack("not stored as one plain block")
def storage_in_another_file(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        content = file[LAST][()]
        secret = path.with_name("secret")
        secret.write_bytes(content.tobytes())
        external = [(str(secret), 0, content.nbytes)]
        replace(file, LAST, shape=content.shape, dtype="<f4", external=external)


@attack("not stored as one plain block")
def a_virtual_data_set(path: Path) -> None:
    other = path.with_name("other.h5")
    other.write_bytes(path.read_bytes())
    with h5py.File(path, "r+") as file:
        layout = h5py.VirtualLayout(file[LAST].shape, "<f4")
        layout[:] = h5py.VirtualSource(str(other), LAST, file[LAST].shape)
        del file[LAST]
        file.create_virtual_dataset(LAST, layout)


@edit("not stored as one plain block")
def a_chunked_data_set(file: h5py.File) -> None:
    replace(file, FIRST, chunks=True)


@edit("not stored as one plain block")
def a_compressed_data_set(file: h5py.File) -> None:
    replace(file, FIRST, compression="gzip")


@edit("not all there")
def a_huge_array_that_is_only_declared(file: h5py.File) -> None:
    replace(file, LAST, shape=(2**40,), dtype="<f4")


@edit("not all there")
def an_array_without_content(file: h5py.File) -> None:
    replace(file, LAST, data=h5py.Empty("f4"))


@edit("overlap")
def one_array_under_many_names(file: h5py.File) -> None:
    for i in range(100):
        file[f"weights/copy{i}"] = file["check/input"]


@edit("'weights/again' is no array")
def a_group_in_itself(file: h5py.File) -> None:
    file["weights/again"] = file["weights"]


@edit("group 'again' has attributes")
def the_root_in_itself(file: h5py.File) -> None:
    file["again"] = file["/"]


@edit("no plain text or number")
def a_reference(file: h5py.File) -> None:
    file.attrs["of"] = file["weights"].ref


@edit("the type object")
def texts_of_variable_length(file: h5py.File) -> None:
    file.create_dataset("names", data=["a", "b"], dtype=h5py.string_dtype())


@edit("not plain numbers")
def numbers_of_several_parts(file: h5py.File) -> None:
    replace(file, LAST, data=np.zeros(10, [("a", "<f4"), ("b", "<i4")]))


@edit("not plain numbers")
def complex_numbers(file: h5py.File) -> None:
    replace(file, LAST, data=np.zeros(10, np.complex64))


@edit("not plain numbers")
def opaque_bytes(file: h5py.File) -> None:
    replace(file, LAST, data=np.zeros(10, "V4"))


@edit("'kind' is no array")
def a_committed_type(file: h5py.File) -> None:
    file["kind"] = np.dtype("<f4")


@edit("group 'weights' has attributes")
def an_attribute_of_a_group(file: h5py.File) -> None:
    file["weights"].attrs["class"] = 1


@edit("has attributes")
def an_attribute_of_an_array(file: h5py.File) -> None:
    file[LAST].attrs["class"] = 1


@edit("no plain text or number")
def an_attribute_with_several_values(file: h5py.File) -> None:
    file.attrs["temperature"] = [1.0, 2.0]


@edit("no UTF-8")
def an_attribute_that_is_no_utf8(file: h5py.File) -> None:
    file.attrs["model"] = np.bytes_(b"tin\xff")


# Attributes.


@edit("missing or unexpected: command")
def an_extra_attribute(file: h5py.File) -> None:
    text(file, "command", "rm -r /")


@edit("missing or unexpected: temperature")
def a_missing_attribute(file: h5py.File) -> None:
    del file.attrs["temperature"]


def texts(name: str, reason: str, /, **values: str) -> None:
    """Enter an attack for each text that an attribute must not be."""
    for key, value in values.items():

        def change(file: h5py.File, value: str = value) -> None:
            text(file, name, value)

        change.__name__ = f"{name}_{key}"
        edit(reason)(change)


def numbers(name: str, reason: str, /, **values: Any) -> None:
    """Enter an attack for each number that an attribute must not be."""
    for key, value in values.items():

        def change(file: h5py.File, value: Any = value) -> None:
            number(file, name, value)

        change.__name__ = f"{name}_{key}"
        edit(reason)(change)


texts("format", "another program", other="keras", case="Digitrec", empty="")
numbers("format", "another program", number=1)
numbers("format_version", "newer", next=2, far=2**62)
numbers("format_version", "format_version is", zero=0, negative=-1, fraction=1.0)
numbers("format_version", "no plain text or number", bool=True)
texts("format_version", "format_version is", text="1")
texts(
    "model", "no model is called",
    unknown="resnet", dotted="os.system", path="../../model.py", empty="", case="Tiny",
    long="x" * 60_000,
)  # fmt: skip
numbers("model", "wrong type", number=3)
texts("model", "weights are missing", other="lenet5")
texts(
    "model_arguments", "no JSON dict",
    invalid="{", python="{'width': 8}", list="[8]", number="8", text='"width"', empty="",
    deep="[" * 60_000, deeper='{"a":' * 10_000,
)  # fmt: skip
texts(
    "model_arguments", "no setting is called model",
    extra='{"depth": 3}', dunder='{"__class__": 1}', of_another='{"widht": 8}', empty='{"": 1}',
)  # fmt: skip
texts(
    "model_arguments", "hold a name",
    name='{"name": "tiny"}', other_name='{"name": "cnn"}', list_name='{"name": [1]}',
)  # fmt: skip
texts("preprocessing", "no JSON dict", invalid="{", list="[]")
texts("preprocessing", "another preprocessing", empty="{}", other='{"version": 1, "size": 32}')
texts("class_names", "no JSON list", invalid="[", dict="{}")
texts(
    "class_names", "not 10 texts",
    short='["0"]', numbers="[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", nested=json.dumps([["0"]] * 10),
)  # fmt: skip
texts("provenance", "no JSON dict", invalid="{", list="[]", deep="[" * 60_000)
numbers(
    "temperature", "temperature is",
    zero=0.0, negative=-1.0, nan=float("nan"), infinite=float("inf"),
)  # fmt: skip
numbers("temperature", "temperature has the wrong type", whole=1)
texts("temperature", "temperature has the wrong type", text="1.0")
numbers(
    "rejection_threshold", "rejection_threshold is",
    negative=-0.1, above=1.1, nan=float("nan"), infinite=float("inf"),
)  # fmt: skip

# The stored input and its logits.


@edit("check/input or check/logits is missing")
def no_check(file: h5py.File) -> None:
    del file["check"]


@edit("check/input or check/logits is missing")
def no_check_logits(file: h5py.File) -> None:
    del file["check/logits"]


@edit("do not give the stored logits")
def wrong_check_logits(file: h5py.File) -> None:
    file["check/logits"][2, 3] += 0.5


@edit("do not give the stored logits")
def check_logits_that_are_nan(file: h5py.File) -> None:
    file["check/logits"][...] = np.nan


@edit("do not give the stored logits")
def check_logits_that_are_infinite(file: h5py.File) -> None:
    file["check/logits"][...] = np.inf


@edit("check/input has the shape")
def no_check_images(file: h5py.File) -> None:
    replace(file, "check/input", data=np.zeros((0, 1, 28, 28), np.float32))
    replace(file, "check/logits", data=np.zeros((0, 10), np.float32))


@edit("check/input has the shape")
def too_many_check_images(file: h5py.File) -> None:
    replace(file, "check/input", data=np.zeros((100, 1, 28, 28), np.float32))
    replace(file, "check/logits", data=np.zeros((100, 10), np.float32))


@edit("check/input has the shape")
def check_images_of_another_size(file: h5py.File) -> None:
    replace(file, "check/input", data=np.zeros((8, 1, 32, 32), np.float32))


@edit("check/input has the")
def check_images_in_float64(file: h5py.File) -> None:
    replace(file, "check/input", data=file["check/input"][()].astype(np.float64))


@edit("check/input has the shape")
def a_scalar_for_check_images(file: h5py.File) -> None:
    replace(file, "check/input", data=np.float32(0))


@edit("check/logits has the shape")
def check_logits_of_another_shape(file: h5py.File) -> None:
    replace(file, "check/logits", data=np.zeros((8, 11), np.float32))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_in_one_line_that_says_why(name: str, path: Path) -> None:
    ATTACKS[name].change(path)
    assert re.search(ATTACKS[name].reason, refusal(path))


def test_the_attacks_start_from_a_file_that_loads(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        replace(file, FIRST)
        text(file, "model", "tiny")
        number(file, "temperature", 2.0)
    assert load(path).temperature == 2.0


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
        ("deep", f'{{"width": {"9" * 40000}}}', "no JSON dict"),
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
    for number in range(150):
        damaged = bytearray(whole)
        # Half in what describes the arrays, which is a small part of the file, and half anywhere.
        place = rng.choice(structure) if number % 2 else rng.randrange(len(whole))
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


def test_preprocessing_describes_what_image_does() -> None:
    from digitrec.image import BOX, SIZE

    assert checkpoint.PREPROCESSING["size"] == SIZE
    assert checkpoint.PREPROCESSING["box"] == BOX
