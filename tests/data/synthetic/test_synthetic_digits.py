from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.data.synthetic.digit_shapes import DIGIT_SHAPES
from digitrec.data.synthetic.digits import CHUNK_SIZE, draw, generate
from digitrec.data.synthetic.shapes import PenPath, Shape
from digitrec.data.synthetic.stroke_models import digit_models
from digitrec.drawing.rasterise import rasterise_drawing

ALL_SHAPES = [
    pytest.param(shape, id=f"{digit} {shape.name}")
    for digit, shapes in DIGIT_SHAPES.items()
    for shape in shapes
]


@pytest.fixture(scope="module")
def dataset() -> tuple[np.ndarray, np.ndarray]:
    return generate(2 * CHUNK_SIZE, seed=0)


def test_images_and_labels_have_the_promised_shapes_and_types(dataset):
    images, labels = dataset
    assert images.shape == (2 * CHUNK_SIZE, 28, 28)
    assert images.dtype == np.uint8
    assert labels.shape == (2 * CHUNK_SIZE,)
    assert labels.dtype == np.int64


def test_nothing_asked_for_is_an_empty_set():
    images, labels = generate(0, seed=1, start=7)
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_every_ten_images_hold_each_digit_once(dataset):
    _, labels = dataset
    assert (np.sort(labels.reshape(-1, 10), axis=1) == np.arange(10)).all()


def test_digits_do_not_come_in_a_fixed_order(dataset):
    _, labels = dataset
    assert len(np.unique(labels.reshape(-1, 10), axis=0)) > 40


def test_ink_is_there_and_fits_the_box_of_20_by_20(dataset):
    images, _ = dataset
    for image in images:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert image.max() > 100
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20


def test_no_two_images_are_alike(dataset):
    images, _ = dataset
    assert len(np.unique(images, axis=0)) == len(images)


@settings(max_examples=10, deadline=None)
@given(start=st.integers(0, 2 * CHUNK_SIZE), count=st.integers(0, 40))
def test_an_image_is_the_same_in_every_range(dataset, start, count):
    count = min(count, 2 * CHUNK_SIZE - start)
    images, labels = generate(count, seed=0, start=start)
    np.testing.assert_array_equal(images, dataset[0][start : start + count])
    np.testing.assert_array_equal(labels, dataset[1][start : start + count])


def test_a_range_may_cross_chunks(dataset):
    images, labels = generate(20, seed=0, start=CHUNK_SIZE - 10)
    np.testing.assert_array_equal(images, dataset[0][CHUNK_SIZE - 10 : CHUNK_SIZE + 10])
    np.testing.assert_array_equal(labels, dataset[1][CHUNK_SIZE - 10 : CHUNK_SIZE + 10])


def test_seeds_make_disjoint_sets(dataset):
    other, _ = generate(100, seed=1)
    together = np.concatenate([dataset[0], other])
    assert len(np.unique(together, axis=0)) == len(together)


@pytest.mark.parametrize("arguments", [(-1, 0, 0), (1, -1, 0), (1, 0, -1)])
def test_negative_arguments_are_rejected(arguments):
    count, seed, start = arguments
    with pytest.raises(ValueError, match="must not be negative; got -1"):
        generate(count, seed, start=start)


@settings(max_examples=60, deadline=None)
@given(
    digit=st.integers(0, 9),
    seed=st.integers(0, 2**32),
    width=st.integers(8, 600),
    height=st.integers(8, 600),
)
def test_a_drawing_stays_on_its_canvas(digit, seed, width, height):
    drawing = draw(digit, np.random.default_rng(seed), width, height)
    left, top, right, bottom = drawing.bounds()
    rounding = 1e-9 * max(width, height)
    assert left >= -rounding
    assert top >= -rounding
    assert right <= width + rounding
    assert bottom <= height + rounding
    size, side = max(right - left, bottom - top), min(width, height)
    assert 0.3 * side - rounding <= size <= 0.9 * side + rounding
    for stroke in drawing.strokes:
        assert stroke.width <= min(0.1 * side, size / 5) + rounding
        assert stroke.width >= 0.02 * side - rounding
    assert rasterise_drawing(drawing).shape == (height, width)


def test_a_drawing_follows_its_generator():
    one, same, other = (draw(5, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(rasterise_drawing(one), rasterise_drawing(same))
    assert (rasterise_drawing(one) != rasterise_drawing(other)).any()


def test_drawings_turn_up_all_over_the_canvas():
    rng = np.random.default_rng(0)
    bounds = np.array([draw(0, rng).bounds() for _ in range(60)])
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2 / 280
    assert (middle.min(axis=0) < 0.35).all()
    assert (middle.max(axis=0) > 0.65).all()


@pytest.mark.parametrize("digit", [-1, 10])
def test_only_digits_are_drawn(digit):
    with pytest.raises(ValueError, match=f"a digit is one of 0 to 9; got {digit}"):
        draw(digit, np.random.default_rng(0))


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_a_canvas_without_pixels_is_rejected(size):
    with pytest.raises(ValueError, match="at least 1 by 1 pixels"):
        draw(0, np.random.default_rng(0), *size)


def test_each_digit_has_several_shapes_with_names_of_their_own():
    assert sorted(DIGIT_SHAPES) == list(range(10))
    for shapes in DIGIT_SHAPES.values():
        assert len(shapes) >= 5
        assert len({shape.name for shape in shapes}) == len(shapes)


@pytest.mark.parametrize("shape", ALL_SHAPES)
def test_a_shape_fills_its_box(shape):
    points = np.concatenate([path.points for path in shape.strokes])
    assert points.min() >= -10
    assert points[:, 0].max() <= 100
    assert 70 <= np.ptp(points[:, 1]) <= 110
    for path in shape.strokes:
        # A curve has no direction where the pen stands still.
        assert np.linalg.norm(np.diff(path.points, axis=0), axis=1).min() > 0


def test_every_shape_of_every_digit_is_used():
    from digitrec.data.synthetic.handwriting import _choose_shapes

    models = digit_models()
    digits = np.repeat(np.arange(10), 2000)
    chosen = _choose_shapes(models, digits, np.random.default_rng(0))
    begin = 0
    for digit, shapes in DIGIT_SHAPES.items():
        used, counts = np.unique(chosen[digits == digit], return_counts=True)
        assert used.tolist() == list(range(begin, begin + len(shapes)))
        weights = np.array([shape.weight for shape in shapes])
        np.testing.assert_allclose(counts / 2000, weights / weights.sum(), atol=0.04)
        begin += len(shapes)


FORMS = {
    "zeros with a slash, a bar or a dot": (0, ("slash", "barred", "dotted")),
    "ones with a long upstroke": (1, ("upstroke", "very long flag")),
    "ones with a foot": (1, ("foot",)),
    "lying twos and twos like a z": (2, ("lying", "like a z")),
    "flat-topped threes": (3, ("flat top",)),
    "fours in one stroke or with a loop": (4, ("one stroke", "loop", "short up", "on the bar")),
    "fives with the bar away or missing": (5, ("bar away", "no bar", "bar detached")),
    "sixes that cross their stem": (6, ("crossing", "curled into", "spiral")),
    "crossed sevens": (7, ("crossed",)),
    "eights that stay open": (8, ("open", "ribbon")),
    "nines with a hooked, curled or flat foot": (9, ("hooked", "foot")),
}


@pytest.mark.parametrize(("digit", "words"), FORMS.values(), ids=FORMS)
def test_a_rarer_form_of_a_digit_is_a_fair_share_of_it(digit, words):
    weights = {shape.name: shape.weight for shape in DIGIT_SHAPES[digit]}
    share = sum(w for name, w in weights.items() if any(word in name for word in words))
    assert 0.04 <= share / sum(weights.values()) <= 0.45


@pytest.mark.parametrize("digit", DIGIT_SHAPES)
def test_no_shape_is_too_rare_to_be_learnt_or_most_of_a_digit(digit):
    weights = np.array([shape.weight for shape in DIGIT_SHAPES[digit]])
    shares = weights / weights.sum()
    assert shares.min() >= 0.005
    assert shares.max() <= 0.4


def test_slashes_of_zeros_reach_over_the_oval_and_run_both_ways():
    turns, overhangs = set(), []
    for shape in DIGIT_SHAPES[0]:
        if "slash" not in shape.name or len(shape.strokes) == 1:
            continue
        slash, oval = sorted((np.array(path.points) for path in shape.strokes), key=len)
        slope = np.prod(slash[-1] - slash[0])
        turns.add(np.sign(slope))
        middle = (oval.min(axis=0) + oval.max(axis=0)) / 2
        radius = np.ptp(oval, axis=0) / 2
        ends = np.hypot(*((slash[[0, -1]] - middle) / radius).T)
        overhangs.append(ends.min())
    assert turns == {-1, 1}
    assert min(overhangs) < 0.9  # a slash that stays inside
    assert sum(overhang > 1.15 for overhang in overhangs) >= 4


def test_the_upstroke_of_a_one_starts_anywhere_down_to_the_baseline():
    starts = [
        shape.strokes[0].points[0][1]
        for shape in DIGIT_SHAPES[1]
        if "upstroke" in shape.name or "flag" in shape.name
    ]
    assert min(starts) < 30
    assert max(starts) > 95
    assert any(50 < start < 75 for start in starts)


def test_curves_pass_through_their_control_points():
    models = digit_models()
    shapes = [shape for digit in range(10) for shape in DIGIT_SHAPES[digit]]
    paths = models.bases @ models.controls[:, None]
    for i, shape in enumerate(shapes):
        controls = np.split(
            models.controls[i], np.cumsum([len(path.points) for path in shape.strokes])
        )
        for (begin, end), expected in zip(models.spans[i], controls, strict=False):
            for path in paths[i, :, begin:end]:
                step = (end - begin - 1) // (len(expected) - 1)
                np.testing.assert_allclose(path[::step], expected, atol=1e-12)


def test_the_angular_style_draws_straight_lines():
    models = digit_models()
    seven = models.first_shape[7]
    (begin, end), *_ = models.spans[seven]
    path = (models.bases[seven, 1] @ models.controls[seven])[begin:end]
    turns = np.diff(np.arctan2(*np.diff(path, axis=0).T))
    assert (np.abs(turns) > 1e-9).sum() <= len(DIGIT_SHAPES[7][0].strokes[0].points) - 2


def test_a_path_is_read_from_text():
    path = PenPath.parse("1 2, 3 -4!,5.5 6")
    assert path.points == ((1, 2), (3, -4), (5.5, 6))
    assert path.corners == {1}


def test_a_shape_is_read_from_a_line():
    shape = Shape.parse("crossed: 1.5: 0 0, 10 0!, 5 9 / 1 5, 9 5")
    assert (shape.name, shape.weight, len(shape.strokes)) == ("crossed", 1.5, 2)


@pytest.mark.parametrize("text", ["", "1 2", "1 2, 3", "1 2, 3 x", "1 2!, 3 4", "1 2, 3 4!"])
def test_a_bad_path_is_rejected(text):
    with pytest.raises(ValueError):  # noqa: PT011
        PenPath.parse(text)


@pytest.mark.parametrize("line", ["a: 1 2, 3 4", "a: 0: 1 2, 3 4", "a: -1: 1 2, 3 4", "a: 1: "])
def test_a_bad_shape_is_rejected(line):
    with pytest.raises(ValueError):  # noqa: PT011
        Shape.parse(line)
