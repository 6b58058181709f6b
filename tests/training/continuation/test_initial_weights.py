"""A run that begins with given weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from checkpoint_samples import save_good

from digitrec.config.compose import compose
from digitrec.errors import ConfigError, DigitrecError
from digitrec.models import checkpoint
from digitrec.training.continuation.initial_weights import load_init
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir

SMALL = (
    "data=synthetic", "data.train=200", "data.test=40", "validation=40", "epochs=1",
    "batch_size=32", "threads=1",
)  # fmt: skip


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make model.h5; return the words of its network."""
    monkeypatch.chdir(tmp_path)
    save_good(Path("model.h5"))
    loaded = checkpoint.load(Path("model.h5"))
    arguments = [f"model.{name}={value}" for name, value in loaded.model_arguments.items()]
    return [f"model={loaded.model}", *arguments]


def test_a_run_begins_with_the_weights_and_records_them(made: list[str]) -> None:
    words = [*SMALL, *made, "init=model.h5"]
    # So small a rate that the weights stay where they are.
    run(compose([*words, "optimizer=sgd", "optimizer.lr=1e-30", "run_dir=run"]))
    before = checkpoint.load(Path("model.h5")).network.state_dict()
    after = checkpoint.load(Path("run/model.h5")).network.state_dict()
    for name, value in before.items():
        if "running" not in name:  # which batch normalisation measures in any case
            assert torch.allclose(value, after[name], atol=1e-20)
    init = RunDir(Path("run")).environment().init
    assert init is not None
    assert init.file == str(Path("model.h5").absolute())
    assert len(init.checksum) == 16


def test_a_run_directory_stands_for_its_checkpoint(made: list[str]) -> None:
    run(compose([*SMALL, *made, "run_dir=run"]))
    state = load_init(compose([*made, "init=run"]))
    trained = checkpoint.load(Path("run/model.h5")).network.state_dict()
    assert state is not None
    assert state.keys() == trained.keys()
    assert all(torch.equal(value, trained[name]) for name, value in state.items())


def test_a_stopped_run_goes_on_without_the_file(made: list[str]) -> None:
    def stop(row: MetricsRow) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, *made, "init=model.h5", "run_dir=run", "epochs=2"]), stop)
    Path("model.h5").unlink()
    assert run(compose(["resume=run"])).status == "finished"


def test_a_run_without_a_state_begins_again_with_the_same_weights_only(made: list[str]) -> None:
    def stop(row: MetricsRow) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, *made, "init=model.h5", "run_dir=run"]), stop)
    Path("run/state.h5").unlink()
    kept = Path("model.h5").read_bytes()
    other = checkpoint.load(Path("model.h5"))
    with torch.no_grad():
        next(other.network.parameters()).add_(0.1)
    checkpoint.save(Path("model.h5"), other, torch.rand(8, 1, 28, 28))
    with pytest.raises(DigitrecError, match=r"^init=model\.h5 holds a different network"):
        run(compose(["resume=run"]))
    Path("model.h5").write_bytes(kept)
    assert run(compose(["resume=run"])).status == "finished"


def test_another_network_is_named_with_the_words_to_write(made: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_init(compose(["model=lenet5", "init=model.h5"]))
    message = str(caught.value)
    assert message.startswith("init=model.h5 holds another network than model=lenet5; write ")
    assert load_init(compose([*message.partition("; write ")[2].split(), "init=model.h5"]))


@pytest.mark.parametrize("name", ["nowhere.h5", ".", "text.h5"])
def test_no_checkpoint_is_one_line_before_anything(name: str, made: list[str]) -> None:
    Path("text.h5").write_text("no")
    Path("model.h5").unlink()
    with pytest.raises(DigitrecError, match=r"^init=") as caught:
        run(compose([*SMALL, f"init={name}"]))
    assert name in str(caught.value)
    assert not Path("experiments").exists()
