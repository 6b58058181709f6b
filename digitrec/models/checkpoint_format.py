"""What the checkpoint files of all networks have in common: how they are written and read.

Root attributes, texts in UTF-8 with a fixed length, at most 65,000 bytes:

================ ===============================================================================
format           a text that tells what the network is for; it is looked at before all else
format_version   a whole number; a reader refuses a greater one. In files of earlier versions texts
                 may have a variable length
model            the network's name, a choice of the group ``model``
model_arguments  JSON object: its settings
provenance       JSON object: configuration, data set and its checksum, metrics, versions; finite
                 numbers, texts of at most 10,000 characters, at most 8 levels deep
================ ===============================================================================

Arrays, each one contiguous block of little-endian float32 without filters:

================ ===============================================================================
weights/KEY      each parameter and buffer by its key in the module's ``state_dict``; batch
                 normalisation's step counters, which no logit depends on, are left out. No number
                 is beyond ±1e9, variances are not negative, ``std`` is above 0
check/input      at most 64 inputs in [0, 1], and
check/logits     what this network answers to them, on the CPU in float32
================ ===============================================================================

A format may have more of both (`NetworkFormat`). Nothing else may be in a file: links, filters,
references, code in any form, missing and unexpected entries, wrong shapes and types, numbers that
are not finite, and weights that do not give the stored answers are refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from digitrec.arrays import Float32Array, NamedArrays
from digitrec.config.conversion import choice_from_dict, explain_unregistered
from digitrec.config.groups import Model
from digitrec.config.registry import choices
from digitrec.errors import CheckpointError, ConfigError, HDF5Error, UnknownChoiceError
from digitrec.message_text import quoted
from digitrec.models.architectures.digits import DigitModel
from digitrec.models.architectures.ink import INK_CHANNELS, Ink
from digitrec.models.architectures.marks import MarkClasses
from digitrec.models.architectures.strings import Strings
from digitrec.models.numpy_network.layers import Columns, NumpyLayers
from digitrec.models.numpy_network.network import NumpyNetwork
from digitrec.models.numpy_network.unet import UNet
from digitrec.models.weights import arrays_of, check_arrays, fill, listed, verify
from digitrec.storage import hdf5
from digitrec.storage.resources import shipped_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

    from digitrec.models.network import Network

__all__ = [
    "DescribedNetwork",
    "NetworkFormat",
    "StoredNetwork",
    "json_attribute",
    "naming",
    "numpy_copy",
]

TASKS = {
    "digitrec": "digits",
    "digitrec-strings": "strings",
    "digitrec-ink": "ink",
    "digitrec-marks": "marks",
}
"""What networks are for, by the name of their format."""

MAX_DEPTH, MAX_TEXT = 8, 10_000  # of a provenance

_ATTRIBUTES = {
    "format": str,
    "format_version": int,
    "model": str,
    "model_arguments": str,
    "provenance": str,
}


AnyNetwork = TypeVar("AnyNetwork", "Network", NumpyNetwork)


@dataclass(frozen=True, eq=False)
class DescribedNetwork(Generic[AnyNetwork]):
    """A network, and what the checkpoint files of all networks tell of it.

    Attributes:
        network: Of PyTorch, in evaluation mode, on the CPU; or of NumPy.
        model: Its name in the configuration.
        model_arguments: Its settings.
        provenance: What it comes from, as JSON can hold it.
    """

    network: AnyNetwork
    model: str
    model_arguments: dict[str, int | float | str]
    provenance: dict[str, Any]


@dataclass(frozen=True, eq=False)
class StoredNetwork(DescribedNetwork[AnyNetwork]):
    """What was read of a checkpoint file.

    Attributes:
        attributes: All of the file's root.
        arrays: All of the file.
    """

    attributes: dict[str, Any]
    arrays: NamedArrays


@dataclass(frozen=True)
class NetworkFormat:
    """The format of the checkpoint files of networks for one task.

    Attributes:
        name: The attribute ``format``, one of `TASKS`.
        version: The newest, which is written.
        image: Shape of one stored input, without the number of inputs.
        logits: Shape of its logits.
        attributes: Further ones of the root, and the type of each.
        answers: Further arrays in the group ``check``; files of version 1 have none.
        of_version_1: Attributes that files of version 1 lack, and what holds for them.
    """

    name: str
    version: int
    image: tuple[int, ...]
    logits: tuple[int, ...]
    attributes: Mapping[str, type] = field(default_factory=dict)
    answers: Collection[str] = ()
    of_version_1: Mapping[str, hdf5.Attribute] = field(default_factory=dict)

    def write(
        self,
        path: Path,
        described: DescribedNetwork[Network],
        check_input: Tensor,
        attributes: Mapping[str, hdf5.Attribute] | None = None,
        answers: Callable[[Float32Array], NamedArrays] | None = None,
    ) -> None:
        """Write a checkpoint file in one step.

        Args:
            path: Of the file.
            described: The network, and what is told of it.
            check_input: float32 (N, C, H, W) in [0, 1], stored with the logits that it gives; C is
                2 for ink, and else 1.
            attributes: Further ones of this format.
            answers: Gives the further arrays of this format, of the stored logits.

        Raises:
            OSError: if the file cannot be written.
        """
        common: dict[str, hdf5.Attribute] = {
            "format": self.name,
            "format_version": self.version,
            "model": described.model,
            "model_arguments": json.dumps(described.model_arguments),
            "provenance": json.dumps(described.provenance),
        }
        arrays = arrays_of(described.network, check_input)
        more = answers(arrays["check/logits"]) if answers else {}
        hdf5.write(path, common | dict(attributes or {}), arrays | more)

    def read(self, path: Path) -> StoredNetwork[Network]:
        """Read a network, trusting nothing in the file; to be called within `naming`.

        Raises:
            HDF5Error: if the file is not plain data, or of another program.
            CheckpointError: if it holds no network for this task, or is damaged.
            ConfigError: if its network has settings that it cannot have, or is not registered.
        """
        return self._read(path, _built)

    def read_with_numpy(self, path: Path) -> StoredNetwork[NumpyNetwork] | None:
        """Read a network for NumPy, trusting nothing in the file either.

        Returns:
            None where a network is of a kind that PyTorch alone can compute.

        Raises:
            HDF5Error, CheckpointError, ConfigError: as `read`.
        """
        try:
            return self._read(path, _described)
        except _NeedsPyTorchError:
            return None

    def _read(self, path: Path, build: Callable[[Model], AnyNetwork]) -> StoredNetwork[AnyNetwork]:
        content = hdf5.read(path, *TASKS)
        attributes = self._checked(content.attributes)
        provenance = json_attribute(attributes, "provenance", dict)
        check_provenance(provenance)
        name, arguments = attributes["model"], json_attribute(attributes, "model_arguments", dict)
        try:
            network = build(self._model(name, arguments))
        except UnknownChoiceError as error:
            raise explain_unregistered(error, provenance.get("config")) from None
        fill(network, content.group("weights"))
        of_version_1 = attributes["format_version"] == 1
        check_arrays(network, set(content.arrays), () if of_version_1 else self.answers)
        verify(network, content.group("check"), self.image, self.logits)
        return StoredNetwork(network, name, arguments, provenance, attributes, content.arrays)

    def _checked(self, attributes: Mapping[str, hdf5.Attribute]) -> dict[str, Any]:
        """Return the attributes, all that there should be, each of its type."""
        name, version = attributes["format"], attributes.get("format_version")
        if name != self.name:
            raise self._for_another_task(TASKS[str(name)])
        if not isinstance(version, int) or version < 1:
            raise CheckpointError(f"its format_version is {quoted(version)}")
        if version > self.version:
            raise CheckpointError(
                f"its format_version {version} is newer than this program's {self.version}: "
                "update digitrec"
            )
        if version == 1:
            attributes = {**self.of_version_1, **attributes}
        kinds = _ATTRIBUTES | dict(self.attributes)
        if difference := set(attributes) ^ set(kinds):
            raise CheckpointError(f"attributes are missing or unexpected: {listed(difference)}")
        for key, kind in kinds.items():
            if not isinstance(attributes[key], kind):
                raise CheckpointError(f"its attribute {key} has the wrong type")
        return dict(attributes)

    def _model(self, name: str, arguments: Mapping[str, Any]) -> Model:
        """Return the kind of network, its arguments checked as if a user had typed them."""
        if "name" in arguments:
            raise CheckpointError("its model_arguments hold a name")
        before = getattr(choices("model").get(name), "before", {})
        model: Model = choice_from_dict("model", {"name": name, **before, **arguments})
        if model.task != TASKS[self.name]:
            raise self._for_another_task(model.task)
        return model

    def _for_another_task(self, task: str) -> CheckpointError:
        return CheckpointError(f"its network is one for {task}, and not for {TASKS[self.name]}")


class _NeedsPyTorchError(Exception):
    """NumPy cannot compute a network."""


def _built(model: Model) -> Network:
    """Make a network of PyTorch, without weights."""
    import torch

    # On a device without memory: a small file may ask for a large network, and not fill it.
    with torch.device("meta"):
        return cast("Network", model.build().eval())


def _described(model: Model) -> NumpyNetwork:
    """Make a network of NumPy, without weights."""
    if isinstance(model, DigitModel | MarkClasses):
        return NumpyNetwork(model.layers(NumpyLayers))
    if isinstance(model, Strings):
        return NumpyNetwork(model.layers(NumpyLayers), Columns())
    if isinstance(model, Ink):
        return NumpyNetwork(UNet(model.channels, INK_CHANNELS))
    raise _NeedsPyTorchError


def numpy_copy(name: str, arguments: Mapping[str, Any], network: Network) -> NumpyNetwork | None:
    """Return a network of PyTorch as NumPy computes it; None where only PyTorch can.

    Args:
        name: Its name in the configuration.
        arguments: Its settings.
        network: In evaluation mode. One that does something around its layers, or has others than
            its settings tell, is for PyTorch alone.
    """
    from digitrec.models.network import Network

    if type(network).forward is not Network.forward:
        return None
    try:
        copy = _described(choice_from_dict("model", {"name": name, **arguments}))
    except (ConfigError, _NeedsPyTorchError):
        return None
    weights = {key: value.numpy(force=True) for key, value in network.state_dict().items()}
    shapes = copy.shapes()
    if any(key not in weights or weights[key].shape != shapes[key] for key in shapes):
        return None
    copy.fill(weights)
    return copy


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn any error in a checkpoint file into one line that names the file.

    Raises:
        CheckpointError: the line, instead of an `HDF5Error`, `CheckpointError` or `ConfigError`.
    """
    try:
        yield
    except HDF5Error as error:
        shipped = path.parent == shipped_checkpoint().parent
        written = "name a checkpoint file that digitrec has written"
        advice = "install digitrec again" if shipped else written
        raise CheckpointError(str(error) if error.advice else f"{error}; {advice}") from None
    except (CheckpointError, ConfigError) as error:
        raise CheckpointError(f"{path} is not a usable checkpoint: {error}") from None


def json_attribute(attributes: Mapping[str, Any], name: str, kind: type) -> Any:
    """Read an attribute that holds JSON.

    Raises:
        CheckpointError: if it holds anything but a ``kind`` in JSON.
    """
    try:
        value = json.loads(attributes.get(name, ""))
    except (TypeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise CheckpointError(f"its attribute {name} is not a JSON {kind.__name__}")
    return value


def check_provenance(value: Any, depth: int = 0) -> None:
    """Check that what a file says about its origin can be shown and compared.

    Raises:
        CheckpointError: if it is too deep, or a number in it is not finite, or a text too long.
    """
    if isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise CheckpointError(f"its provenance is more than {MAX_DEPTH} levels deep")
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        for one in inner:
            check_provenance(one, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise CheckpointError("its provenance holds a number that is not finite")
    elif isinstance(value, str) and len(value) > MAX_TEXT:
        raise CheckpointError(f"its provenance holds a text of more than {MAX_TEXT:,} characters")
