"""A network that learns from another."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from checkpoint_samples import images, made, save_good

from digitrec.config.compose import compose
from digitrec.config.groups import Model
from digitrec.config.registry import choices
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError
from digitrec.models import checkpoint
from digitrec.models.architectures.ensemble import Ensemble
from digitrec.models.checkpoint import Checkpoint
from digitrec.training.learner import Learner
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir
from digitrec.training.tasks.teacher import Teacher, distillation_loss, load_teacher

SMALL = (
    "data=synthetic", "data.train=200", "data.test=40", "validation=40", "epochs=2", "model=tiny",
    "batch_size=32", "threads=1", "teacher=model.h5",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_good(Path("model.h5"))


@pytest.mark.parametrize("rejects", [False, True])
@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_the_loss_is_the_divergence_of_softened_probabilities(
    rejects: bool, temperature: float
) -> None:
    mine, theirs = [0.5, -1.0, 2.0, *7 * [0.0]], [2.0, 1.0, -1.0, *7 * [0.5]]

    def soft(logits: list[float]) -> list[float]:
        powers = [math.exp(one / temperature) for one in logits + [0.0] * rejects]
        return [one / sum(powers) for one in powers]

    pairs = zip(soft(theirs), soft(mine), strict=True)
    expected = sum(p * math.log(p / q) for p, q in pairs) * temperature**2
    taught = torch.tensor([theirs, mine])
    loss = distillation_loss(torch.tensor([mine, mine]), taught, rejects, temperature)
    assert float(loss) == pytest.approx(expected / 2, rel=1e-4)


def test_the_shares_of_labels_and_teacher_are_those_asked_for() -> None:
    logits, taught = torch.randn(4, 10), torch.randn(4, 10)
    config = TrainConfig(teacher="model.h5", teacher_share=0.25, teacher_temperature=2.0)
    teacher = Teacher(made().network, config, torch.device("cpu"))
    expected = 0.75 * 8 + 0.25 * float(distillation_loss(logits, taught, False, 2.0))
    assert float(teacher.mix(torch.tensor(8.0), logits, taught)) == pytest.approx(expected)


def test_a_learner_comes_near_to_its_teacher_and_leaves_it_as_it_is() -> None:
    network = made().network
    before = {key: value.clone() for key, value in network.state_dict().items()}
    shown, labels = images(64), torch.zeros(64, dtype=torch.int64)
    with torch.no_grad():
        wanted = network(shown).softmax(dim=1)
    apart = []
    for share in (1.0, 0.0):
        config = TrainConfig(
            model=choices("model")["tiny"](), teacher="model.h5", teacher_share=share
        )
        learner = Learner(config, torch.device("cpu"), teacher=network)
        for _ in range(20):
            learner.step(shown, labels, 1.0)
        with torch.no_grad():
            given = learner.network.train()(shown).softmax(dim=1)
        apart.append(float((given - wanted).abs().mean()))
    assert apart[0] < apart[1] / 2
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])


@pytest.mark.slow
def test_a_resumed_run_is_the_same_bit_for_bit_and_tells_its_teacher() -> None:
    def stop(row: MetricsRow) -> None:
        raise KeyboardInterrupt

    run(compose([*SMALL, "run_dir=whole"]))
    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, "run_dir=stopped"]), stop)
    kept = Path("model.h5").read_bytes()
    checkpoint.save(Path("model.h5"), made("lenet5"), images())
    with pytest.raises(DigitrecError, match=r"teacher=model\.h5 holds a different network"):
        run(compose(["resume=stopped"]))
    Path("model.h5").write_bytes(kept)
    assert run(compose(["resume=stopped"])).status == "finished"
    whole, again = (checkpoint.load(Path(name)) for name in ("whole", "stopped"))
    for key, value in whole.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[key], value), key
    teacher = RunDir(Path("whole")).environment().teacher
    assert teacher is not None
    assert teacher.file == str(Path("model.h5").absolute())
    assert whole.provenance["teacher"] == {"file": teacher.file, "checksum": teacher.checksum}


def test_an_ensemble_teaches_as_its_members_together() -> None:
    members: list[Model] = [choices("model")[name]() for name in ("tiny", "lenet5")]
    settings = Ensemble.of(members)
    network = settings.build().eval()
    whole = Checkpoint("ensemble", {"members": settings.members}, network)
    checkpoint.save(Path("several.h5"), whole, images())
    config = compose([*SMALL, "teacher=several.h5"])
    loaded = load_teacher(config)
    assert loaded is not None
    given = Teacher(loaded, config, torch.device("cpu")).logits(images(3))
    torch.testing.assert_close(given, network(images(3)).detach(), rtol=1e-4, atol=1e-4)
    assert not given.requires_grad


@pytest.mark.parametrize("name", ["nowhere.h5", ".", "text.h5"])
def test_no_checkpoint_is_one_line_before_anything(name: str) -> None:
    Path("text.h5").write_text("no")
    Path("model.h5").unlink()
    with pytest.raises(DigitrecError, match=r"^teacher=") as caught:
        run(compose([*SMALL, f"teacher={name}"]))
    assert "\n" not in str(caught.value)
    assert not Path("experiments").exists()


def test_one_that_rejects_nothing_cannot_teach_to_reject() -> None:
    words = ["data=mnist_pen", "data.nondigits=0.1", "model=tiny"]
    with pytest.raises(ConfigError, match="takes everything for a digit"):
        load_teacher(compose([*words, "teacher=model.h5"]))
    checkpoint.save(Path("rejects.h5"), made(rejection_threshold=0.2), images())
    assert load_teacher(compose([*words, "teacher=rejects.h5"])) is not None
    assert load_teacher(compose(["model=tiny", "teacher=rejects.h5"])) is not None


@pytest.mark.parametrize("experiment", ["strings", "ink", "marks"])
def test_other_networks_have_no_teacher(experiment: str) -> None:
    with pytest.raises(ConfigError, match="only networks for single digits can learn"):
        compose([f"experiment={experiment}", "teacher=model.h5"])
