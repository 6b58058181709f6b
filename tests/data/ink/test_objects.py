"""What lies on paper or shows through it."""

from __future__ import annotations

import numpy as np
from made_writers import made_writers

from digitrec.data.ink.graphics import View, coverage
from digitrec.data.ink.handwriting import Pen, write_digit
from digitrec.data.ink.layout import Scene
from digitrec.data.ink.objects import add_code, add_object, add_writing_behind

SEEDS = 60


def digit(seed: int) -> tuple[Scene, np.random.Generator]:
    """A digit, 1 high, in the middle of what is shown."""
    rng = np.random.default_rng(seed)
    scene = Scene()
    scene.write(write_digit(made_writers(), rng, Pen.choose(rng)))
    scene.show(np.array([[-0.5, -0.5], [0.5, 0.5]]), margins=np.full(4, 0.5))
    return scene, rng


def shown(scene: Scene) -> View:
    left, top, right, bottom = scene.bounds
    return View(left, top, 40, round(40 * (right - left)), round(40 * (bottom - top)))


def test_objects_are_no_ink_and_most_are_seen() -> None:
    seen = 0
    for seed in range(SEEDS):
        scene, rng = digit(seed)
        ink, text = list(scene.ink), scene.text
        add_object(scene, rng)
        assert (scene.ink, scene.text) == (ink, text)
        assert scene.prints or scene.behind
        graphics = [one for layer in (*scene.prints, scene.behind) for one in layer]
        seen += coverage(graphics, shown(scene)).max() > 0.5
    assert seen > 0.8 * SEEDS


def test_the_picture_grows_by_a_little_at_most() -> None:
    grown = []
    for seed in range(SEEDS):
        scene, rng = digit(seed)
        before = np.array(scene.bounds)
        add_object(scene, rng)
        outward = (np.array(scene.bounds) - before) * (-1, -1, 1, 1)
        assert (outward >= 0).all()
        grown.append(outward.max())
    assert max(grown) < 2
    assert 0.2 < np.mean(np.array(grown) > 0) < 0.95


def test_what_is_on_the_back_is_no_ink_and_no_print() -> None:
    seen = []
    for seed in range(SEEDS):
        scene, rng = digit(seed)
        ink = list(scene.ink)
        add_writing_behind(scene, made_writers(), rng)
        assert scene.ink == ink
        assert scene.behind
        assert not scene.prints
        seen.append(coverage(scene.behind, shown(scene)).max() > 0.5)
    assert np.mean(seen) > 0.5


def test_a_code_stands_beside_what_was_shown_and_is_dark_in_half_of_its_place() -> None:
    shares = []
    for seed in range(SEEDS):
        scene, rng = digit(seed)
        ink, text, before = list(scene.ink), scene.text, scene.bounds
        add_code(scene, rng)
        assert (scene.ink, scene.text) == (ink, text)
        left, top, right, bottom = before
        points = np.concatenate([one.points for one in scene.prints[-1]])
        low, high = points.min(axis=0), points.max(axis=0)
        assert high[0] < left or low[0] > right or high[1] < top or low[1] > bottom
        assert scene.bounds != before
        code = View(low[0], low[1], 40, *np.ceil(40 * (high - low)).astype(int).tolist())
        shares.append(coverage(scene.prints[-1], code).mean())
    assert 0.4 < np.median(shares) < 0.6
