"""Several trained networks for single digits as one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digitrec.config.checks import check
from digitrec.config.conversion import choice_from_dict, to_dict
from digitrec.config.groups import Model
from digitrec.config.registry import register

if TYPE_CHECKING:
    from digitrec.models.network import Network

__all__ = ["Ensemble"]

MEMBERS = 2, 16  # the most is for checkpoint files of unknown origin


@register("ensemble")
@dataclass(frozen=True, kw_only=True)
class Ensemble(Model):
    """Several trained networks for digits as one: the mean of their logits.

    That is the geometric mean of their probabilities. The class "not a digit" keeps its logit of 0,
    so that an ensemble rejects as its members do, and one temperature calibrates the whole.

    Attributes:
        members: A list in JSON, an object with ``name`` and settings for each network.
    """

    trainable: ClassVar[bool] = False

    members: str = '[{"name": "tiny"}, {"name": "tiny"}]'

    @classmethod
    def of(cls, members: Sequence[Model]) -> Ensemble:
        """Return the ensemble of some networks."""
        return cls(members=json.dumps([to_dict(one) for one in members]))

    def __post_init__(self) -> None:
        self._models()

    def build(self) -> Network:
        """Make the network: images (N, 1, 28, 28) to logits (N, 10)."""
        from digitrec.models.layers import MeanLogits
        from digitrec.models.network import Network

        network = Network(MeanLogits([one.build() for one in self._models()]))
        network.mean.fill_(0.0)  # each member normalises the images itself
        network.std.fill_(1.0)
        return network

    def _models(self) -> list[Model]:
        """Return the members, each checked as if a user had typed it."""
        try:
            listed = json.loads(self.members)
        except (ValueError, RecursionError):
            listed = None
        fits = isinstance(listed, list) and MEMBERS[0] <= len(listed) <= MEMBERS[1]
        check(fits, "model.members", "a JSON list of 2 to 16 networks", self.members)
        models: list[Model] = [choice_from_dict("model", one) for one in listed or ()]
        for one in models:
            rule = f"networks for single digits, which {one.name} is not"
            check(one.task == self.task and one.trainable, "model.members", rule, self.members)
        return models
