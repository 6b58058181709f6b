"""Images of all sources of handwriting, mixed to train on; the sources that are left out test."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from digitrec.data import mixture
from digitrec.data.clusters import Clusters
from digitrec.data.dataset import DataSet, Examples, checksum, combine_checksums
from digitrec.data.hands import sources
from digitrec.data.hands.sources import UCI, SourceCharacters
from digitrec.data.parts import Part
from digitrec.data.rendering.render import AS_WRITTEN, Variation, render
from digitrec.data.uci.file import SHA256
from digitrec.data.unipen import cache
from digitrec.errors import ConfigError

if TYPE_CHECKING:
    from digitrec.data.sets.mixes import HandsData

__all__ = ["load", "load_test"]

TEST_RENDERINGS = 2
VALIDATION_RENDERINGS = 4
# Renderings of each letter: few, because there are five times as many as digits. Signs are rare.
LETTER_RENDERINGS = 4
SIGN_RENDERINGS = 24
# Seeds beside those of the parts, so that letters and signs have streams of their own.
LETTERS, SIGNS = len(Part), len(Part) + 1


def load(data: HandsData, mnist: DataSet, *, training: bool = True) -> DataSet:
    """Mix all sources that are not left out.

    Args:
        data: The settings. A source gives an epoch a share of examples in proportion to its weight.
            The sources that are left out test; where there are none, MNIST's test part does.
        mnist: Trains; its validation images are used where no writer of the sources validates.
        training: False draws nothing to train on, which takes all but a few seconds.

    Raises:
        ConfigError: if a source that is left out does not exist, or no other is left.
        DigitrecError: if the data cannot be read.
    """
    root, leave_out = data.root, data.sources_left_out
    sources.check_sources(leave_out, root)
    kept = [source for source in sources.digits(root) if source not in leave_out]
    if not kept:
        raise ConfigError(
            f"data.leave_out={','.join(leave_out)} leaves no pen strokes to train on; "
            "leave out fewer"
        )
    parts: list[tuple[float, Examples]] = []
    for name, weight in data.weights.items() if training else ():
        if weight > 0 and (part := _part(name, data, mnist, kept)) is not None:
            parts.append((weight, part))
    held_out = mixture.concatenate([_validation(root, one) for one in kept])
    validation = held_out if len(held_out) else mnist.validation
    test, tested_on = mnist.test, mnist.test_identity
    if leave_out:
        test, tested = load_test(root, leave_out)
        tested_on = data.name, tested
    identity = combine_checksums(tested_on[1], mnist.checksum, SHA256, cache.read(root).checksum())
    train, shares = mixture.join(parts, data.epoch)
    return DataSet(data.name, identity, train, validation, test, tested_on, shares)


def load_test(root: str | None, leave_out: Sequence[str]) -> tuple[Examples, str]:
    """Return the digits of the sources that are left out, and the checksum that identifies them.

    Raises:
        ConfigError: if a source that is left out does not exist.
        DigitrecError: if the data cannot be read.
    """
    sources.check_sources(leave_out, root)
    test = mixture.concatenate([_test(root, source) for source in leave_out])
    written = sources.digits(root)
    writers = [
        one for source in leave_out for one in list(written[source].writers) * TEST_RENDERINGS
    ]
    test = replace(test, clusters=Clusters.of_writers(writers))
    return test, checksum((test.images.numpy(), test.labels.numpy()))


def _part(name: str, data: HandsData, mnist: DataSet, kept: Sequence[str]) -> Examples | None:
    """Return what one of the weights is of; None where nothing of it is left.

    Args:
        name: Of the weight.
        data: The settings.
        mnist: As in `load`.
        kept: The sources of digits that are not left out.
    """
    if name == "mnist":
        return mnist.train
    if name in ("synthetic", "nondigits"):
        return mixture.make_synthetic(name)
    variation = Variation(data.stroke_augmentation, data.added_strokes, data.low_quality)
    if name == "letters":
        letters = sources.nondigits(data.root)
        left = [source for source in letters if source not in data.sources_left_out]
        made = [_nondigits(data.root, source, variation) for source in left]
    else:
        drawn = [source for source in kept if _data_set_of(source) == name]
        made = [_training(data.root, source, data.renderings, variation) for source in drawn]
    return mixture.concatenate(made) if made else None


def _data_set_of(source: str) -> str:
    """Return the data set whose weight a source of digits shares."""
    return UCI if source == UCI else "unipen"


@lru_cache(maxsize=16)  # the jobs of a sweep share most sources
def _training(root: str | None, source: str, renderings: int, variation: Variation) -> Examples:
    digits = sources.digits(root)[source].of(Part.TRAINING)
    return _draw(digits, source, Part.TRAINING, renderings, variation)


@lru_cache(maxsize=16)
def _nondigits(root: str | None, source: str, variation: Variation) -> Examples:
    taught = sources.taught_as_nondigits(sources.nondigits(root)[source]).of(Part.TRAINING)
    letters = np.array([one.isalpha() for one in taught.characters], bool)
    return mixture.concatenate(
        [
            _draw(taught.select(letters), source, LETTERS, LETTER_RENDERINGS, variation),
            _draw(taught.select(~letters), source, SIGNS, SIGN_RENDERINGS, variation),
        ]
    )


@lru_cache(maxsize=16)
def _validation(root: str | None, source: str) -> Examples:
    # Without pictures of low quality: a rejection threshold that accepts those would also accept
    # scribbles.
    digits = sources.digits(root)[source].of(Part.VALIDATION)
    return _draw(digits, source, Part.VALIDATION, VALIDATION_RENDERINGS, AS_WRITTEN)


def _test(root: str | None, source: str) -> Examples:
    return _draw(sources.digits(root)[source], source, Part.TEST, TEST_RENDERINGS, AS_WRITTEN)


def _draw(
    written: SourceCharacters,
    source: str,
    part: int,
    renderings: int,
    variation: Variation,
) -> Examples:
    seed = [zlib.crc32(source.encode()), part]
    images = render(written.strokes, renderings, seed, variation, written.labels.tolist())
    return Examples.from_arrays(images, np.tile(written.labels, renderings))
