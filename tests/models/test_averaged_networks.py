from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import NAMES, build
from torch import Tensor

from digitrec.config.conversion import choice_from_dict, to_dict
from digitrec.config.groups import Model
from digitrec.errors import CheckpointError, ConfigError
from digitrec.models import checkpoint, complexity
from digitrec.models.architectures.ensemble import Ensemble
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.explanation import feature_maps
from digitrec.models.network import Network, fuse_batch_norm, split_after_pooling
from digitrec.storage import hdf5


def images(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def models(*names: str) -> list[Model]:
    return [choice_from_dict("model", {"name": name}) for name in names]


def trained(*names: str) -> tuple[Network, list[Network], Ensemble]:
    """An ensemble with random weights, its members by themselves, and its settings."""
    torch.manual_seed(0)
    settings = Ensemble.of(models(*names))
    network = settings.build()
    network.train()(images(8, seed=1))  # so that batch normalisation is not the identity
    network.eval()
    members = []
    for name, inside in zip(names, network.layers.members, strict=True):
        alone = build(name).eval()
        alone.load_state_dict(inside.state_dict())
        members.append(alone)
    return network, members, settings


def saved(path: Path) -> Checkpoint:
    network, _, settings = trained("tiny", "fast")
    arguments = to_dict(settings)
    whole = Checkpoint(arguments.pop("name"), arguments, network, 1.5, 0.2)
    checkpoint.save(path, whole, images(8))
    return whole


def test_it_answers_the_mean_of_what_its_members_answer() -> None:
    network, members, _ = trained("fast", "tiny", "lenet5")
    with torch.inference_mode():
        expected = torch.stack([member(images(5)) for member in members]).mean(dim=0)
        given = network(images(5))
    torch.testing.assert_close(given, expected)


def test_it_has_the_parameters_and_the_work_of_all_members() -> None:
    network, members, _ = trained("fast", "tiny", "tiny")
    for measure in (complexity.parameters, complexity.multiply_accumulates):
        assert measure(network) == sum(measure(member) for member in members)


@pytest.mark.parametrize("names", [("tiny", "tiny"), ("deep", "lenet5"), NAMES])
def test_it_is_fused_and_split_in_each_member(names: list[str]) -> None:
    network, _, _ = trained(*names)
    fused = fuse_batch_norm(network)
    assert not any(isinstance(one, torch.nn.BatchNorm2d) for one in fused.modules())
    features, classify = split_after_pooling(network)
    with torch.inference_mode():
        expected = network(images(3))
        torch.testing.assert_close(fused(images(3)), expected, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(classify(features(images(3))), expected)
    # What is fine-tuned is less than the whole, and shared with it.
    shared = {id(one) for one in network.parameters()}
    tuned = [id(one) for one in classify.parameters()]
    assert set(tuned) < shared


def test_its_layers_are_shown_one_member_after_the_other() -> None:
    network, members, _ = trained("tiny", "fast")
    image = images(1)[0, 0].numpy()
    shown = feature_maps(network, image)
    alone = [one for member in members for one in feature_maps(member, image)]
    assert [one.shape for one in shown] == [one.shape for one in alone]
    for one, other in zip(shown, alone, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_a_checkpoint_file_holds_it_whole(tmp_path: Path) -> None:
    whole = saved(tmp_path / "model.h5")
    read = checkpoint.load(tmp_path / "model.h5")
    assert (read.model, read.model_arguments) == ("ensemble", whole.model_arguments)
    with torch.inference_mode():
        torch.testing.assert_close(read.network(images(4)), whole.network(images(4)))


@pytest.mark.parametrize(
    "members",
    [
        "", "{}", "[" * 5000, "[]", '[{"name": "tiny"}]', '["tiny", "tiny"]',
        '[{"name": "tiny"}, {"name": "unknown"}]', '[{"name": "tiny"}, {"name": "ensemble"}]',
        '[{"name": "tiny"}, {"name": "ink"}]', '[{"name": "tiny"}, {"name": "fast", "width": 3}]',
    ],
)  # fmt: skip
def test_members_are_networks_for_digits(members: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choice_from_dict("model", {"name": "ensemble", "members": members})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("count", [1, 3, 17])
def test_a_file_that_names_other_members_than_it_holds_is_refused(
    tmp_path: Path, count: int
) -> None:
    saved(tmp_path / "model.h5")
    content = hdf5.read(tmp_path / "model.h5", "digitrec")
    arguments = json.dumps({"members": json.dumps(count * [{"name": "tiny"}])})
    changed = content.attributes | {"model_arguments": arguments}
    hdf5.write(tmp_path / "changed.h5", changed, content.arrays)
    with pytest.raises(CheckpointError, match=r"changed\.h5 is not a usable checkpoint"):
        checkpoint.load(tmp_path / "changed.h5")
