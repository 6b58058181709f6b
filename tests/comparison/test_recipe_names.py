from __future__ import annotations

from digitrec.comparison.recipe_names import name_recipes
from digitrec.models.architectures.digits import Deep, Fast
from digitrec.training.optimizers import Adadelta, Adam


def test_names_hold_what_tells_recipes_of_an_experiment_apart(make_run) -> None:
    runs = [
        make_run("a", optimizer=Adadelta(lr=0.5)),
        make_run("b", optimizer=Adadelta(lr=1.0)),
        make_run("c", optimizer=Adam(), epochs=3),
        make_run("d", model=Deep(width=16), experiment="wide"),
        make_run("e", model=Fast(width=16), experiment="quick"),
    ]
    assert name_recipes(runs) == [
        "mnist-cnn lr=0.5",  # adadelta, eps and epochs are what most have
        "mnist-cnn lr=1",
        "mnist-cnn optimizer=adam lr=0.002 eps=1e-08 epochs=3",
        "wide",
        "quick",
    ]


def test_among_recipes_that_each_change_one_setting_the_name_says_which(make_run) -> None:
    runs = [
        make_run("a"),
        make_run("b", label_smoothing=0.1),
        make_run("c", ema=0.9),
        make_run("d", batch_size=7),
    ]
    assert name_recipes(runs) == [
        "mnist-cnn",
        "mnist-cnn label_smoothing=0.1",
        "mnist-cnn ema=0.9",
        "mnist-cnn batch_size=7",
    ]


def test_two_numbers_that_are_almost_the_same_make_two_names(make_run) -> None:
    runs = [
        make_run(str(rate), optimizer=Adadelta(lr=rate)) for rate in (0.1234561, 0.1234562, 0.5)
    ]
    assert name_recipes(runs) == [
        "mnist-cnn lr=0.1234561", "mnist-cnn lr=0.1234562", "mnist-cnn lr=0.5",
    ]  # fmt: skip


def test_one_recipe_on_two_test_sets_is_named_by_their_checksums(make_run) -> None:
    runs = [make_run("a", checksum="1" * 16), make_run("b", checksum="2" * 16)]
    assert name_recipes(runs) == ["mnist-cnn @111111", "mnist-cnn @222222"]
