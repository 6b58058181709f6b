"""A network in training: its optimizer, the average of its weights, and one training step."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from digitrec.arrays import NamedArrays
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.models.device import pick_precision
from digitrec.models.network import Network
from digitrec.training.processes import ALONE, Processes
from digitrec.training.seeding import derive
from digitrec.training.tasks import task_of
from digitrec.training.tasks.teacher import Teacher
from digitrec.training.weight_average import WeightAverage

__all__ = ["Learner"]


class Learner:
    """A network in training, whose whole state can be saved as arrays and restored.

    Attributes:
        config: Of its run.
        network: As it is after the last step.
        device: Where it is.
        task: What it learns.
        optimizer: PyTorch's, of the network's parameters.
        processes: That learn together, each from its part of every batch.
    """

    def __init__(
        self,
        config: TrainConfig,
        device: torch.device,
        initial: Mapping[str, Tensor] | None = None,
        processes: Processes = ALONE,
        teacher: Network | None = None,
    ) -> None:
        """Make a learner with random weights, or with those of ``initial``."""
        self.config = config
        torch.manual_seed(derive(config.seed, "weights"))
        # channels_last is the layout in which CPUs and GPUs convolve fastest.
        self.network: Network = config.model.build().to(  # type: ignore[call-overload]
            device, memory_format=torch.channels_last
        )
        if initial is not None:
            self.network.load_state_dict(initial)
        self._kept: dict[str, Tensor] = {}
        self.device = device
        self.task = task_of(config)
        # Some networks have fixed filters too.
        self._learnt = [one for one in self.network.parameters() if one.requires_grad]
        self.optimizer = config.optimizer.build(self._learnt)
        self.processes = processes
        forward = processes.parallel(self.network)
        self._forward = torch.compile(forward) if config.compile else forward
        self._teacher = None if teacher is None else Teacher(teacher, config, device)
        self._autocast = torch.autocast(
            device.type,
            torch.bfloat16,
            enabled=pick_precision(config.precision, device) == "bfloat16",
        )
        self._lr = config.optimizer.lr
        self._clip_norm = config.clip_norm
        self._steps = 0
        self._average = WeightAverage(self.network, config.ema) if config.ema else None

    def step(self, images: Tensor, targets: Any, lr_factor: float) -> Tensor:
        """Learn from one batch.

        Args:
            images: float32 (B, C, H, W) in [0, 1].
            targets: Of the task; see `digitrec.training.tasks.task.Batch`.
            lr_factor: Times the learning rate of the configuration.

        Returns:
            The loss before the step, a scalar.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self._lr * lr_factor
        self.network.train()
        with self.processes.part(len(images)) as part:
            with self._autocast:
                logits = self._logits(images[part])
                taught = self._teacher.logits(images[part]) if self._teacher else None
            loss = self.task.loss(logits.float(), _part_of(targets, part))
            if self._teacher is not None and taught is not None:
                loss = self._teacher.mix(loss, logits.float(), taught.float())
            loss, whole = self.processes.mean(loss, part, len(images))
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        if self._clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._learnt, self._clip_norm)
        self.optimizer.step()
        self._steps += 1
        if self._average is not None:
            self._average.update(self._steps)
        return whole

    def _logits(self, images: Tensor) -> Tensor:
        try:
            logits: Tensor = self._forward(images)
        except Exception as error:
            if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
                raise
            first = str(error).partition("\n")[0]
            raise DigitrecError(
                f"compile=true: PyTorch cannot compile the network ({first}); install a C++ "
                "compiler, or leave compile out"
            ) from error
        return logits

    def trained(self) -> Network:
        """Return a copy of the network to use, with averaged weights if configured."""
        network = self.network if self._average is None else self._average.network
        return copy.deepcopy(network).eval()

    def keep(self) -> None:
        """Remember the network of this epoch, as the best so far, for `kept`."""
        self._kept = {key: value.clone() for key, value in self.trained().state_dict().items()}

    def kept(self) -> Network:
        """Return a copy of the network that was kept last, or of the current one if none was."""
        network = self.trained()
        if self._kept:
            network.load_state_dict(self._kept)
        return network

    def state(self) -> NamedArrays:
        """Return everything that `load_state` needs, as arrays by name."""
        tensors = {f"network/{key}": value for key, value in self.network.state_dict().items()}
        if self._average is not None:
            tensors |= {f"average/{key}": value for key, value in self._average.state().items()}
        tensors |= {f"kept/{key}": value for key, value in self._kept.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"optimizer/{index}.{key}"] = torch.as_tensor(value)
        # Copies: on the CPU the next step would change arrays that share the tensors' memory.
        arrays = {key: value.numpy(force=True).copy() for key, value in tensors.items()}
        return arrays | {"steps": np.asarray(self._steps)}

    def load_state(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Restore what `state` gave for a learner of the same configuration.

        Raises:
            KeyError: if an array is missing.
            ValueError: if the arrays are of another learner.
            RuntimeError: the same.
        """
        parts: dict[str, dict[str, Tensor]] = {
            "network": {}, "average": {}, "optimizer": {}, "kept": {},
        }  # fmt: skip
        for name, array in arrays.items():
            part, _, key = name.partition("/")
            if part in parts:
                parts[part][key] = torch.from_numpy(np.array(array))
        self.network.load_state_dict(parts["network"])
        if parts["kept"]:
            _check_tensors("kept", parts["kept"], self.network.state_dict())
        self._kept = {key: value.to(self.device) for key, value in parts["kept"].items()}
        if self._average is not None:
            self._average.load_state(parts["average"])
        elif parts["average"]:
            raise ValueError("it holds a moving average of the weights")
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimizer"].items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = tensor
        self._check_optimizer(state)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self._steps = int(arrays["steps"])
        if self._steps < 0:
            raise ValueError("its number of steps is negative")

    def _check_optimizer(self, state: Mapping[int, Mapping[str, Tensor]]) -> None:
        """Check that an optimizer of this kind can have this state: none, or that after a step."""
        if not state:
            return
        twins = [nn.Parameter(parameter.detach().clone()) for parameter in self._learnt]
        for twin in twins:
            twin.grad = torch.zeros_like(twin)
        optimizer = self.config.optimizer.build(twins)
        optimizer.step()
        expected = optimizer.state_dict()["state"]
        if state.keys() != expected.keys():
            raise ValueError("it holds the optimizer of another network")
        for index, values in expected.items():
            _check_tensors(f"optimizer {index}", state[index], values)


def _part_of(targets: Any, part: slice) -> Any:
    """Return some of the targets of a batch: a tensor, or a named tuple of tensors."""
    if isinstance(targets, Tensor):
        return targets[part]
    return type(targets)(*(tensor[part] for tensor in targets))


def _check_tensors(what: str, found: Mapping[str, Tensor], expected: Mapping[str, Any]) -> None:
    """Check that tensors have the names and shapes of others."""
    shapes = {key: torch.as_tensor(value).shape for key, value in expected.items()}
    if {key: tensor.shape for key, tensor in found.items()} != shapes:
        raise ValueError(f"the tensors of {what} have other names or shapes")
