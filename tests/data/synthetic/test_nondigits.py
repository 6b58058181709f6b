from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.data.synthetic import mirrored_digits, nondigits, scribbles
from digitrec.data.synthetic.digit_shapes import DIGIT_SHAPES
from digitrec.data.synthetic.digits import CHUNK_SIZE
from digitrec.data.synthetic.handwriting import Writing, write
from digitrec.data.synthetic.letter_shapes import LETTER_SHAPES
from digitrec.data.synthetic.nondigits import draw, generate
from digitrec.data.synthetic.shapes import Shape
from digitrec.data.synthetic.stroke_models import build_stroke_models, digit_models
from digitrec.data.synthetic.symbol_shapes import SYMBOL_SHAPES
from digitrec.drawing.rasterise import rasterise_drawing

KINDS = [pytest.param(make, id=make.__name__) for make in nondigits.KINDS]
GROUPS = {**LETTER_SHAPES, **SYMBOL_SHAPES}


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return generate(2 * CHUNK_SIZE, seed=0)


def test_images_have_the_promised_shape_and_type(images):
    assert images.shape == (2 * CHUNK_SIZE, 28, 28)
    assert images.dtype == np.uint8
    assert generate(0, seed=1, start=7).shape == (0, 28, 28)


def test_ink_is_there_and_fits_the_box_of_20_by_20(images):
    for image in images:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert image.max() > 100
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20


def test_hardly_two_images_are_alike(images):
    # A round dot fills the box, whatever its pen.
    assert len(np.unique(images, axis=0)) >= 0.97 * len(images)


@settings(max_examples=10, deadline=None)
@given(start=st.integers(0, 2 * CHUNK_SIZE), count=st.integers(0, 40))
def test_an_image_is_the_same_in_every_range(images, start, count):
    count = min(count, 2 * CHUNK_SIZE - start)
    part = generate(count, seed=0, start=start)
    np.testing.assert_array_equal(part, images[start : start + count])


def test_another_seed_makes_other_images(images):
    assert (generate(50, seed=1) != images[:50]).any(axis=(1, 2)).mean() > 0.9


@pytest.mark.parametrize("arguments", [(-1, 0, 0), (1, -1, 0), (1, 0, -1)])
def test_negative_arguments_are_rejected(arguments):
    with pytest.raises(ValueError, match="must not be negative; got -1"):
        generate(*arguments)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("count", [1, 40])
def test_each_kind_makes_as_many_as_are_asked_for(make, count):
    writing = make(count, np.random.default_rng(count))
    assert len(writing.points) == len(writing.pens) == len(writing.spans) == count
    for i in range(count):
        used = max(end for _, end in writing.spans[i])
        # What is left of the points may not count for the size.
        for extreme, corner in zip((np.min, np.max), writing.bounds(), strict=True):
            np.testing.assert_array_equal(extreme(writing.points[i, :used], axis=0), corner[i])
    assert len(list(writing.images(range(count)))) == count


def test_all_kinds_turn_up(monkeypatch):
    seen = []
    spies = {}
    for make, weight in nondigits.KINDS.items():

        def spy(n, rng, make=make):
            seen.append(make)
            return make(n, rng)

        spies[spy] = weight
    monkeypatch.setattr(nondigits, "KINDS", spies)
    generate(2, seed=3)
    assert len(set(seen)) >= len(nondigits.KINDS) - 2


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), width=st.integers(8, 600), height=st.integers(8, 600))
def test_a_drawing_stays_on_its_canvas(seed, width, height):
    drawing = draw(np.random.default_rng(seed), width, height)
    left, top, right, bottom = drawing.bounds()
    rounding = 1e-9 * max(width, height)
    assert left >= -rounding
    assert top >= -rounding
    assert right <= width + rounding
    assert bottom <= height + rounding
    assert rasterise_drawing(drawing).any()


def test_a_drawing_follows_its_generator():
    one, same, other = (draw(np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(rasterise_drawing(one), rasterise_drawing(same))
    assert (rasterise_drawing(one) != rasterise_drawing(other)).any()


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_a_canvas_without_pixels_is_rejected(size):
    with pytest.raises(ValueError, match="at least 1 by 1 pixels"):
        draw(np.random.default_rng(0), *size)


@pytest.mark.parametrize("name", GROUPS)
def test_shapes_of_a_group_are_well_formed(name):
    shapes = GROUPS[name]
    assert len({shape.name for shape in shapes}) == len(shapes)
    for shape in shapes:
        points = np.concatenate([path.points for path in shape.strokes])
        assert points.min() >= -30
        assert points.max() <= 130
        for path in shape.strokes:
            # A curve has no direction where the pen stands still.
            assert np.linalg.norm(np.diff(path.points, axis=0), axis=1).min() > 0


def test_zigzags_that_could_be_a_3_run_across():
    writing = scribbles.zigzags(1_000, np.random.default_rng(0))
    strokes = [writing.points[i, : spans[-1][1]] for i, spans in enumerate(writing.spans)]
    few = np.array([np.abs(path[-1] - path[0]) for path in strokes if len(path) <= 5 * 4 + 1])
    assert len(few) > 50
    assert (few[:, 0] > few[:, 1]).mean() > 0.75  # the others are slanted and bent


def test_letters_that_look_like_digits_are_left_out():
    assert not set("IOSZBGbgoqszlijcCDJQ") & set(LETTER_SHAPES)
    assert set("AEFHKLMNPRTUVWXYadefhkmnprtuvwxy") <= set(LETTER_SHAPES)


def test_characters_in_a_row_do_not_lie_on_each_other():
    rng = np.random.default_rng(0)
    ones = write(digit_models(), np.ones(60, np.int64), rng)
    rows = nondigits._side_by_side(ones, 3, rng)
    low, high = rows.bounds()
    assert len(rows.points) == 20
    assert all(len(spans) >= 2 for spans in rows.spans)
    assert ((high - low)[:, 0] > 0.1).all()


def test_two_sticks_in_a_row_leave_paper_between_them():
    rng = np.random.default_rng(1)
    ones = write(digit_models(), np.ones(300, np.int64), rng)
    # Straight, upright sticks, 0.05 wide and 1 high, all with the widest pen that is used
    height = np.linspace(-0.5, 0.5, ones.points.shape[1])
    sticks = np.stack([np.linspace(0, 0.05, len(height)), height], axis=1)
    ones = Writing(np.tile(sticks, (300, 1, 1)), np.full((300, 1), 0.2), [[(0, len(height))]] * 300)
    rows = nondigits._side_by_side(ones, 3, rng)
    for i in range(100):
        spans = sorted((path[:, 0].min(), path[:, 0].max()) for path, _ in rows.strokes(i))
        gaps = [right[0] - left[1] for left, right in pairwise(spans)]
        assert min(gaps) > 0.25


def test_a_dot_alone_is_round():
    writing = scribbles.dots(400, np.random.default_rng(0))
    low, high = writing.bounds()
    alone = np.array([len(spans) == 1 for spans in writing.spans])
    assert alone.sum() > 20
    assert (high - low)[alone].max() == 0
    assert (high - low)[~alone].max() > 0


def test_boxes_and_triangles_keep_their_corners_in_a_hasty_hand():
    shapes = [
        shape
        for shape in SYMBOL_SHAPES["figures"]
        if shape.name.startswith(("square", "box", "triangle"))
    ]
    assert len(shapes) == 5
    models = build_stroke_models([shapes])
    for i, shape in enumerate(shapes):
        neat, _, hasty = models.bases[i] @ models.controls[i]
        # The pen stays near the straight sides; through the corners alone it would be a circle.
        used = models.used[i].max() + 1
        distance = np.linalg.norm(hasty[:used, None] - neat[None, :used], axis=2).min(axis=1)
        assert distance.max() < 0.06, shape.name


def test_a_new_shape_of_a_digit_is_not_mirrored_unasked(monkeypatch):
    before = len(mirrored_digits._mirrored_models.__wrapped__().controls)
    more = {
        digit: (*shapes, Shape("crossed, new", 1.0, shapes[0].strokes))
        for digit, shapes in DIGIT_SHAPES.items()
    }
    monkeypatch.setattr(mirrored_digits, "DIGIT_SHAPES", more)
    assert len(mirrored_digits._mirrored_models.__wrapped__().controls) == before


def test_a_mirrored_three_opens_to_the_right():
    def ends(models) -> float:
        writing = write(models, np.zeros(200, np.int64), np.random.default_rng(0))
        low, high = writing.bounds()
        start = np.array([writing.strokes(i)[0][0][0, 0] for i in range(200)])
        return float(np.mean((start - low[:, 0]) / (high - low)[:, 0]))

    assert ends(build_stroke_models([DIGIT_SHAPES[3]])) < 0.35
    assert ends(mirrored_digits._mirrored_models()) > 0.5


def test_a_writing_is_made_from_paths():
    paths = [
        [np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[2.0, 0.0]])],
        [np.array([[5.0, 5.0]])],
    ]
    writing = Writing.from_paths(paths, np.array([0.1, 0.2]))
    assert writing.spans == [[(0, 2), (2, 3)], [(0, 1)]]
    for i, strokes in enumerate(paths):
        for (path, pen), expected in zip(writing.strokes(i), strokes, strict=True):
            np.testing.assert_array_equal(path, expected)
            assert pen == (0.1, 0.2)[i]
    np.testing.assert_array_equal(writing.points[1], [[5.0, 5.0]] * 3)
