"""The optimizers that can be chosen, with their settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitrec.config.checks import check, check_fraction
from digitrec.config.groups import Optimizer
from digitrec.config.registry import register

if TYPE_CHECKING:
    from torch import nn, optim

__all__: list[str] = []


@dataclass(frozen=True, kw_only=True)
class _Checked(Optimizer):
    """Checks what all optimizers have."""

    lr: float = 1.0

    def __post_init__(self) -> None:
        check(self.lr > 0, "optimizer.lr", "above 0", self.lr)
        check(self.weight_decay >= 0, "optimizer.weight_decay", "0 or more", self.weight_decay)


@register("adadelta")
@dataclass(frozen=True, kw_only=True)
class Adadelta(_Checked):
    """Adadelta (Zeiler 2012); a run's default."""

    rho: float = 0.9
    eps: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction("optimizer.rho", self.rho)
        check(self.eps > 0, "optimizer.eps", "above 0", self.eps)

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """Make the optimizer of these parameters."""
        from torch import optim

        return optim.Adadelta(
            parameters, lr=self.lr, weight_decay=self.weight_decay, rho=self.rho, eps=self.eps
        )


@register("sgd")
@dataclass(frozen=True, kw_only=True)
class Sgd(_Checked):
    """Stochastic gradient descent with (Nesterov) momentum (Sutskever et al. 2013)."""

    lr: float = 0.05
    weight_decay: float = 5e-4
    momentum: float = 0.9
    nesterov: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction("optimizer.momentum", self.momentum)
        if self.nesterov:
            check(self.momentum > 0, "optimizer.momentum", "above 0 with nesterov", self.momentum)

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """Make the optimizer of these parameters."""
        from torch import optim

        return optim.SGD(
            parameters,
            lr=self.lr,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            nesterov=self.nesterov,
        )


@register("adam")
@dataclass(frozen=True, kw_only=True)
class Adam(_Checked):
    """Adam (Kingma & Ba 2015)."""

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fraction("optimizer.beta1", self.beta1)
        check_fraction("optimizer.beta2", self.beta2)
        check(self.eps > 0, "optimizer.eps", "above 0", self.eps)

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """Make the optimizer of these parameters."""
        from torch import optim

        return self._build(optim.Adam, parameters)

    def _build(self, kind: type[optim.Adam], parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        betas = self.beta1, self.beta2
        return kind(
            parameters, lr=self.lr, weight_decay=self.weight_decay, betas=betas, eps=self.eps
        )


@register("adamw")
@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    weight_decay: float = 1e-2

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """Make the optimizer of these parameters."""
        from torch import optim

        return self._build(optim.AdamW, parameters)
