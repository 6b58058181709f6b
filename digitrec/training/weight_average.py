"""Averages of weights: the exponential moving average (EMA), which a run exports, and the mean.

Running statistics of batch normalisation are averaged as the parameters are.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from digitrec.models.network import Network

__all__ = ["WeightAverage", "mean_state"]


class WeightAverage:
    """Follows a network step by step.

    Parameters and running statistics are averaged. The average starts as a copy of the network, and
    its memory grows with the steps taken, so that it forgets the untrained weights first:
    the decay is (1 + steps) / (10 + steps), until that reaches the decay asked for.

    Attributes:
        network: The network with averaged weights.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self._decay = decay
        self._live = network
        self.network = copy.deepcopy(network)
        # Listed once: to walk through all modules takes longer than to average them. Counters, such
        # as those of batch normalisation, are not averaged.
        live, average = network.state_dict(), self.network.state_dict()
        floats = [key for key, value in live.items() if value.is_floating_point()]
        self._floats = [average[key] for key in floats], [live[key] for key in floats]
        counters = [key for key in live if key not in floats]
        self._counters = [average[key] for key in counters], [live[key] for key in counters]

    @torch.no_grad()
    def update(self, steps: int) -> None:
        """Add the weights of the network to the average, after this many steps of the run."""
        decay = min(self._decay, (1 + steps) / (10 + steps))
        torch._foreach_lerp_(*self._floats, 1 - decay)
        for counter, now in zip(*self._counters, strict=True):
            counter.copy_(now)

    def state(self) -> dict[str, Tensor]:
        """Return the averaged tensors by name; they change with the next update."""
        return float_state(self.network)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` gave, and take the rest from the network that it follows.

        Raises:
            ValueError: if the tensors are of another average.
        """
        targets = float_state(self.network)
        shapes = {key: value.shape for key, value in state.items()}
        if shapes != {key: value.shape for key, value in targets.items()}:
            raise ValueError("it holds another moving average of the weights")
        self.network.load_state_dict(self._live.state_dict())
        for key, value in state.items():
            targets[key].copy_(value)


def mean_state(networks: Sequence[Network]) -> dict[str, Tensor]:
    """Return the state of the network whose weights are the mean of those of several.

    The mean reads well where they were fine-tuned from one network and stayed near each other
    ("model soups", Wortsman et al. 2022). What batch normalisation sees in the mean of such
    networks has nearly the mean of their statistics. Stochastic weight averaging (Izmailov et al.
    2018), whose networks are far apart, computes them anew on training images.

    Args:
        networks: Of the same layers. What is not floating-point is taken from the first.
    """
    states = [network.state_dict() for network in networks]
    mean = {
        key: torch.stack([state[key] for state in states]).double().mean(dim=0).to(value.dtype)
        for key, value in float_state(networks[0]).items()
    }
    return states[0] | mean


def float_state(network: Network) -> dict[str, Tensor]:
    """Return the parameters and running statistics of a network, by name."""
    state = network.state_dict()
    return {key: value for key, value in state.items() if value.is_floating_point()}
