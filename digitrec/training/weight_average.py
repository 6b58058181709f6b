"""The exponential moving average of a network's weights (EMA), which is what a run exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from digitrec.models.network import Network

__all__ = ["WeightAverage"]


class WeightAverage:
    """Follows a network step by step.

    Parameters and running statistics are averaged. The average starts as a copy of the network, and
    its memory grows with the steps taken, so that it forgets the untrained weights first:
    the decay is (1 + steps) / (10 + steps), until that reaches the decay asked for.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self._decay = decay
        self._steps = 0
        self._average = AveragedModel(network, multi_avg_fn=self._update, use_buffers=True)
        self._average.n_averaged.fill_(1)  # of 0, the first update would copy the network again

    @property
    def network(self) -> Network:
        """The network with averaged weights."""
        return cast(Network, self._average.module)

    def update(self, network: Network, steps: int) -> None:
        """Take in the weights of a network after so many steps of the run."""
        self._steps = steps
        self._average.update_parameters(network)

    def state(self) -> dict[str, Tensor]:
        """Return the averaged tensors by name; they change with the next update."""
        return float_state(self.network)

    def load_state(self, state: Mapping[str, Tensor], live: Network) -> None:
        """Put back what `state` gave, and take the rest from the network that it follows.

        Raises:
            ValueError: if the tensors are of another average.
        """
        targets = float_state(self.network)
        shapes = {key: value.shape for key, value in state.items()}
        if shapes != {key: value.shape for key, value in targets.items()}:
            raise ValueError("it holds another moving average of the weights")
        self.network.load_state_dict(live.state_dict())
        for key, value in state.items():
            targets[key].copy_(value)

    def _update(
        self,
        averaged: tuple[Tensor, ...] | list[Tensor],
        live: tuple[Tensor, ...] | list[Tensor],
        _: Tensor | int,
    ) -> None:
        if averaged[0].is_floating_point():
            decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
            torch._foreach_lerp_(list(averaged), list(live), 1 - decay)
        else:  # counters, such as those of batch normalisation
            torch._foreach_copy_(list(averaged), list(live))


def float_state(network: Network) -> dict[str, Tensor]:
    """Return the parameters and running statistics of a network, by name."""
    state = network.state_dict()
    return {key: value for key, value in state.items() if value.is_floating_point()}
