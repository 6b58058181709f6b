"""What learns: a network, its optimizer, the moving average of its weights, and one step of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from digitrec.arrays import NamedArrays
from digitrec.config.choices import Adadelta, Adam, AdamW, Optimizer, Sgd
from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import NO_DIGIT
from digitrec.errors import DigitrecError
from digitrec.models.networks import CLASSES, Network, build
from digitrec.training.seeding import derive

__all__ = ["Learner", "loss_of"]


class Learner:
    """A network in training. All of its state can be taken out as arrays and put back."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        arguments = to_dict(config.model)
        name = arguments.pop("name")
        torch.manual_seed(derive(config.seed, "weights"))
        # channels_last is the layout in which CPUs and GPUs convolve fastest.
        self.network = build(name, **arguments).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = device
        self.optimizer = _make_optimizer(config.optimizer, self.network)
        self._forward = torch.compile(self.network) if config.compile else self.network
        self._autocast = torch.autocast(
            device.type, torch.bfloat16, enabled=config.precision == "bfloat16"
        )
        self._label_smoothing = config.label_smoothing
        self._refuses = config.refuses
        self._lr = config.optimizer.lr
        self._decay = config.ema
        self._steps = 0
        self._average = _float_state(copy.deepcopy(self.network)) if config.ema else {}

    def step(self, images: Tensor, labels: Tensor, lr_factor: float) -> Tensor:
        """Learn from one batch and return the loss.

        images: (N, 1, 28, 28) in [0, 1]. labels: (N,) the digits, `NO_DIGIT` where there is none.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self._lr * lr_factor
        self.network.train()
        with self._autocast:
            logits = self._logits(images)  # (N, 10)
        loss = loss_of(logits.float(), labels, self._refuses, self._label_smoothing)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self._steps += 1
        self._update_average()
        return loss.detach()

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
        """Return a copy of the network to use: its weights averaged, where that is asked for."""
        network: Network = copy.deepcopy(self.network)
        for key, target in _float_state(network).items():
            if self._average:
                target.copy_(self._average[key])
        return network.eval()

    def state(self) -> NamedArrays:
        """Return all that `load_state` needs, as arrays by name."""
        tensors = {f"network/{key}": value for key, value in self.network.state_dict().items()}
        tensors |= {f"average/{key}": value for key, value in self._average.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"optimizer/{index}.{key}"] = torch.as_tensor(value)
        # Copies: on the CPU the next step would change arrays that share the tensors' memory.
        arrays = {key: value.numpy(force=True).copy() for key, value in tensors.items()}
        return arrays | {"steps": np.asarray(self._steps)}

    def load_state(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put back what `state` gave for a learner of the same configuration.

        Raises:
            KeyError, ValueError, RuntimeError: if the arrays are of another learner.
        """
        network: dict[str, Tensor] = {}
        average: dict[str, Tensor] = {}
        optimizer: dict[int, dict[str, Tensor]] = {}
        for name, array in arrays.items():
            part, _, key = name.partition("/")
            tensor = torch.from_numpy(np.array(array))
            if part == "network":
                network[key] = tensor
            elif part == "average":
                average[key] = tensor
            elif part == "optimizer":
                index, _, field = key.partition(".")
                optimizer.setdefault(int(index), {})[field] = tensor
        if average.keys() != self._average.keys():
            raise ValueError("it holds another moving average of the weights")
        self.network.load_state_dict(network)
        for key, tensor in average.items():
            self._average[key].copy_(tensor)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": optimizer, "param_groups": groups})
        self._steps = int(arrays["steps"])

    def _update_average(self) -> None:
        if not self._average:
            return
        # The average forgets the untrained weights first: its memory grows with the steps taken.
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        live = _float_state(self.network)
        torch._foreach_lerp_(
            list(self._average.values()), [live[key] for key in self._average], 1 - decay
        )


def loss_of(logits: Tensor, labels: Tensor, refuses: bool, label_smoothing: float = 0.0) -> Tensor:
    """Return the cross-entropy of logits (N, 10).

    Who ``refuses`` has another class for what is no digit, whose logit is always 0: the network
    learns to give all digits logits below that. How likely it finds that there is a digit at all
    is `digitrec.models.rejection.digit_probability`.
    """
    if refuses:
        logits = F.pad(logits, (0, 1))  # (N, 11)
        labels = torch.where(labels == NO_DIGIT, CLASSES, labels)
    return F.cross_entropy(logits, labels, label_smoothing=label_smoothing)


def _float_state(network: Network) -> dict[str, Tensor]:
    """Return the parameters and the running statistics, which an average can be taken of."""
    state = network.state_dict()
    return {key: value for key, value in state.items() if value.is_floating_point()}


def _make_optimizer(config: Optimizer, network: Network) -> torch.optim.Optimizer:
    weights = network.parameters()
    settings: dict[str, Any] = {"lr": config.lr, "weight_decay": config.weight_decay}
    match config:
        case Adadelta():
            return torch.optim.Adadelta(weights, rho=config.rho, eps=config.eps, **settings)
        case Sgd():
            return torch.optim.SGD(
                weights, momentum=config.momentum, nesterov=config.nesterov, **settings
            )
        case Adam():
            kind = torch.optim.AdamW if isinstance(config, AdamW) else torch.optim.Adam
            return kind(weights, betas=(config.beta1, config.beta2), eps=config.eps, **settings)
    raise DigitrecError(f"no optimizer is made for {config!r}")
