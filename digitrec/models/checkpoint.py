"""Checkpoint files: a trained network for digits and all that is needed to use it, in HDF5.

The format, version 2
---------------------
What `digitrec.models.checkpoint_format` describes of all networks, and these attributes:

==================== ===========================================================================
format               the text ``digitrec``
format_version       the whole number 2. Files of version 1 differ in that their texts have a
                     variable length, and in two arrays
preprocessing        JSON object: how pixels become the network's input; see ``PREPROCESSING``
class_names          JSON list: the digits "0" to "9", what each logit stands for, in order
temperature          number from 0.001 to 1000: probabilities are softmax(logits / temperature)
rejection_threshold  number in [0, 1]: a picture is rejected where sigmoid(logsumexp(logits)), the
                     probability of all digits beside a class of logit 0, is below; 0 accepts all
==================== ===========================================================================

Its arrays in the group ``check``:

==================== ===========================================================================
check/input          (8, 1, 28, 28) in [0, 1]: images, and
check/logits         (8, 10): what this network answers to them
check/probabilities  (8, 10): softmax(logits / temperature). Not in files of version 1
check/margins        (8,): the probability of all digits, less the rejection threshold. Nor this
==================== ===========================================================================

``h5dump FILE`` or h5py alone reads it all.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from digitrec.arrays import Float32Array, NamedArrays
from digitrec.errors import CheckpointError, HDF5Error
from digitrec.message_text import shorten
from digitrec.models.architectures.digits import DIGITS
from digitrec.models.calibration import calibrated
from digitrec.models.checkpoint_format import (
    DescribedNetwork,
    NetworkFormat,
    StoredNetwork,
    json_attribute,
    naming,
    numpy_copy,
)
from digitrec.models.numpy_network.network import NumpyNetwork
from digitrec.models.rejection import digit_probability
from digitrec.storage import hdf5
from digitrec.storage.writing_errors import remedy

if TYPE_CHECKING:
    from torch import Tensor

    from digitrec.models.network import Network

__all__ = [
    "FORMAT_VERSION",
    "PREPROCESSING",
    "Checkpoint",
    "NumpyCheckpoint",
    "checkpoint_file",
    "hold_the_same",
    "load",
    "load_with_numpy",
    "save",
    "upgrade",
    "with_numpy",
]

ANSWER_TOLERANCE = 1e-5  # they follow from the stored logits, on all machines alike

FORMAT_VERSION = 2
FORMAT = NetworkFormat(
    "digitrec",
    FORMAT_VERSION,
    image=(1, 28, 28),
    logits=(DIGITS,),
    attributes={
        "preprocessing": str,
        "class_names": str,
        "temperature": float,
        "rejection_threshold": float,
    },
    answers=("probabilities", "margins"),
)

CLASS_NAMES = [str(digit) for digit in range(DIGITS)]
TEMPERATURES = (1e-3, 1e3)
"""What a temperature can be; `digitrec.models.calibration` chooses one from 0.05 to 20."""

PREPROCESSING = {
    "version": 1,
    "size": 28,  # pixels along each side
    "box": 20,  # the ink's longer side is scaled to this, aspect kept, antialiased
    "centre": "mass",  # the ink's centre of mass is moved to the image's middle
    "ink": 1.0,  # value of full ink
    "ground": 0.0,  # value of the background
}


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A network, ready to use, and what is stored with it.

    Attributes:
        model: The network's name in the configuration.
        model_arguments: Its settings.
        network: In evaluation mode, on the CPU.
        temperature: Probabilities are softmax(logits / temperature).
        rejection_threshold: What has a lower digit probability is rejected; 0 accepts all.
        class_names: Of the ten logits, in their order.
        provenance: What the network comes from.
        examples: The images (8, 1, 28, 28) that are stored with it; None where it was not loaded.
    """

    model: str
    model_arguments: dict[str, int | float | str]
    network: Network
    temperature: float = 1.0
    rejection_threshold: float = 0.0
    class_names: tuple[str, ...] = tuple(CLASS_NAMES)
    provenance: dict[str, Any] = field(default_factory=dict)
    examples: Float32Array | None = None


class NumpyCheckpoint(NamedTuple):
    """What is needed to read digits with NumPy alone.

    Attributes:
        network: Images (N, 1, 28, 28) to logits (N, 10).
        temperature: As of a `Checkpoint`.
        rejection_threshold: Likewise.
        examples: Likewise.
    """

    network: NumpyNetwork
    temperature: float
    rejection_threshold: float
    examples: Float32Array | None = None


def save(path: Path, checkpoint: Checkpoint, check_input: Tensor) -> None:
    """Write a checkpoint file in one step.

    Args:
        path: Of the file.
        checkpoint: What to write.
        check_input: float32 images (8, 1, 28, 28) in [0, 1], stored with the logits that they give.

    Raises:
        OSError: if the file cannot be written.
    """
    FORMAT.write(
        path,
        DescribedNetwork(
            checkpoint.network,
            checkpoint.model,
            checkpoint.model_arguments,
            checkpoint.provenance,
        ),
        check_input,
        {
            "preprocessing": json.dumps(PREPROCESSING),
            "class_names": json.dumps(checkpoint.class_names),
            "temperature": float(checkpoint.temperature),
            "rejection_threshold": float(checkpoint.rejection_threshold),
        },
        lambda logits: _answers(logits, checkpoint.temperature, checkpoint.rejection_threshold),
    )


def upgrade(source: Path, target: Path) -> None:
    """Rewrite a checkpoint file in this version of the format, with all numbers unchanged.

    Raises:
        CheckpointError: if the source is not a usable checkpoint.
        OSError: if the target cannot be written.
    """
    source = checkpoint_file(source)
    checkpoint = load(source)
    content = hdf5.read(source, FORMAT.name)
    answers = _answers(
        content.arrays["check/logits"], checkpoint.temperature, checkpoint.rejection_threshold
    )
    attributes = content.attributes | {"format_version": FORMAT_VERSION}
    hdf5.write(target, attributes, content.arrays | answers)


def hold_the_same(first: Path, second: Path) -> bool:
    """Tell whether two files hold the same checkpoint, in any versions of the format."""
    try:
        contents = [hdf5.read(path, FORMAT.name) for path in (first, second)]
    except HDF5Error:
        return False
    attributes = [
        {key: value for key, value in content.attributes.items() if key != "format_version"}
        for content in contents
    ]
    derived = {f"check/{name}" for name in FORMAT.answers}  # which files of version 1 lack
    before, after = (
        {name: array for name, array in content.arrays.items() if name not in derived}
        for content in contents
    )
    return (
        attributes[0] == attributes[1]
        and before.keys() == after.keys()
        and all(np.array_equal(array, after[name]) for name, array in before.items())
    )


def _answers(logits: Float32Array, temperature: float, threshold: float) -> NamedArrays:
    """Return what is answered where the network gives these logits (N, 10)."""
    probabilities = calibrated(logits, temperature)
    margins = digit_probability(logits) - threshold
    named = zip(FORMAT.answers, (probabilities, margins), strict=True)
    return {f"check/{name}": array.astype("<f4") for name, array in named}


def load(path: Path) -> Checkpoint:
    """Read a checkpoint, trusting nothing in it.

    Args:
        path: Of the file, or of the run directory that it is in.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    path = checkpoint_file(path)
    with naming(path):
        return _checkpoint(FORMAT.read(path))


def load_with_numpy(path: Path) -> NumpyCheckpoint | None:
    """Read a checkpoint for NumPy alone, as `load` does; None where its network needs PyTorch.

    Raises:
        CheckpointError: as `load`.
    """
    path = checkpoint_file(path)
    with naming(path):
        stored = FORMAT.read_with_numpy(path)
        if stored is None:
            return None
        _check_attributes(stored.attributes)
        _verify_answers(stored.attributes, stored.arrays)
    attributes = stored.attributes
    return NumpyCheckpoint(
        stored.network,
        attributes["temperature"],
        attributes["rejection_threshold"],
        stored.arrays["check/input"],
    )


def with_numpy(trained: Checkpoint) -> NumpyCheckpoint | None:
    """Return a checkpoint as NumPy alone computes it; None where its network needs PyTorch."""
    network = numpy_copy(trained.model, trained.model_arguments, trained.network)
    if network is None:
        return None
    return NumpyCheckpoint(
        network, trained.temperature, trained.rejection_threshold, trained.examples
    )


def checkpoint_file(path: Path) -> Path:
    """Return the checkpoint file that a path means: the file itself, or the one in a run directory.

    Raises:
        CheckpointError: if it is a folder without one, or has too long a name.
    """
    try:
        # From Python 3.14 on, `Path.is_dir` hides that a name is too long.
        if not stat.S_ISDIR(path.stat().st_mode):
            return path
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return path
    except OSError as error:
        raise CheckpointError(f"{shorten(str(path))}: {error.strerror}{remedy(error)}") from None
    file = path / "model.h5"
    if not file.is_file():
        raise CheckpointError(
            f"{path} is a folder without a model.h5; name a checkpoint file, or the directory of a "
            "finished run"
        )
    return file


def _checkpoint(stored: StoredNetwork[Network]) -> Checkpoint:
    _check_attributes(stored.attributes)
    _verify_answers(stored.attributes, stored.arrays)
    return Checkpoint(
        stored.model,
        stored.model_arguments,
        stored.network,
        stored.attributes["temperature"],
        stored.attributes["rejection_threshold"],
        tuple(json_attribute(stored.attributes, "class_names", list)),
        stored.provenance,
        stored.arrays["check/input"],
    )


def _verify_answers(attributes: dict[str, Any], arrays: NamedArrays) -> None:
    """Check that temperature and rejection threshold give the stored answers, from version 2 on."""
    if attributes["format_version"] == 1:
        return
    given = attributes["temperature"], attributes["rejection_threshold"]
    for name, expected in _answers(arrays["check/logits"], *given).items():
        stored = arrays.get(name)
        if stored is None or stored.shape != expected.shape or stored.dtype != expected.dtype:
            raise CheckpointError(f"{name} is missing, or has the wrong shape or type")
        if not (np.abs(stored - expected) <= ANSWER_TOLERANCE).all():
            raise CheckpointError(
                f"its temperature and rejection_threshold do not give the stored {name}"
            )


def _check_attributes(attributes: dict[str, Any]) -> None:
    """Check the attributes that only files of digits have."""
    lowest, highest = TEMPERATURES
    if not lowest <= attributes["temperature"] <= highest:
        raise CheckpointError(
            f"its temperature is {attributes['temperature']}, not from {lowest} to {highest:g}"
        )
    if not 0 <= attributes["rejection_threshold"] <= 1:
        raise CheckpointError(f"its rejection_threshold is {attributes['rejection_threshold']}")
    if json_attribute(attributes, "preprocessing", dict) != PREPROCESSING:
        raise CheckpointError("its network expects different preprocessing from this program's")
    if json_attribute(attributes, "class_names", list) != CLASS_NAMES:
        raise CheckpointError("its class_names are not the digits 0 to 9, in this order")
