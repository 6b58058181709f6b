"""Keras models, loaded by the real Keras on PyTorch."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from checkpoint_samples import images, made
from networks import NAMES

from digitrec.errors import DigitrecError
from digitrec.export_formats.contract import contract
from digitrec.export_formats.keras_model import write_keras
from digitrec.models.checkpoint import Checkpoint


@pytest.fixture(scope="module")
def keras() -> Any:
    import keras

    assert keras.backend.backend() == "torch"
    return keras


# Keras itself hands PyTorch's tensors to NumPy in a way of before its version 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def answers(model: Any) -> Any:
    return model.predict(images().numpy().transpose(0, 2, 3, 1), verbose=0)


def logits(trained: Checkpoint) -> Any:
    with torch.inference_mode():
        return trained.network(images()).numpy()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_network_is_the_same_in_keras(name: str, keras: Any, tmp_path: Path) -> None:
    trained = made(name)
    write_keras(tmp_path / "out.keras", trained)
    model = keras.models.load_model(tmp_path / "out.keras")
    np.testing.assert_allclose(answers(model), logits(trained), atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["out.keras"]


def classic(keras: Any) -> Any:
    """The network of the Keras MNIST example, as its own code builds it, except the softmax."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10),
        ]
    )


def test_the_classic_example_loads_the_weights(keras: Any, tmp_path: Path) -> None:
    trained = made("cnn")
    write_keras(tmp_path / "out.weights.h5", trained)
    # Its activations stand in the layers; ours are layers of their own, which have no weights.
    model = classic(keras)
    model.load_weights(tmp_path / "out.weights.h5")
    np.testing.assert_allclose(answers(model), logits(trained), atol=1e-5)


def test_the_older_format_and_the_contract(keras: Any, tmp_path: Path) -> None:
    trained = made("cnn")
    for name in ("out.h5", "out.weights.h5", "out.keras"):
        write_keras(tmp_path / name, trained)
    model = keras.models.load_model(tmp_path / "out.h5")
    np.testing.assert_allclose(answers(model), logits(trained), atol=1e-5)
    for name in ("out.h5", "out.weights.h5"):
        with h5py.File(tmp_path / name) as file:
            assert json.loads(file.attrs["digitrec"]) == contract(trained)
    with zipfile.ZipFile(tmp_path / "out.keras") as archive:
        assert json.loads(archive.read("digitrec.json")) == contract(trained)


def test_another_ending_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"out\.pt: its name must end in \.keras"):
        write_keras(tmp_path / "out.pt", made("tiny"))
