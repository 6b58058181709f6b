"""Images drawn from UNIPEN's digits, as a data set that is split by source and by writer.

The sources that are left out test. Of the writers of all other sources some validate
(`digitrec.data.unipen.split`); the others train.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Int64Array
from digitrec.data.clusters import Clusters
from digitrec.data.dataset import DataSet, Examples, combine_checksums
from digitrec.data.parts import Part
from digitrec.data.rendering.render import AS_WRITTEN, Variation, render
from digitrec.data.unipen.cache import read
from digitrec.data.unipen.segments import Characters, source_of
from digitrec.data.unipen.split import validation_writers
from digitrec.errors import DigitrecError

__all__ = ["load", "load_test"]


def load(
    name: str,
    root: str | None,
    leave_out: Sequence[str],
    renderings: int,
    strength: float,
    validation: int,
    *,
    training: bool = True,
) -> DataSet:
    """Return the digits as a data set in which each writer is in one part only.

    Args:
        name: Of the data set.
        root: The data folder, as in `digitrec.data.unipen.cache.read`.
        leave_out: The sources that test.
        renderings: How many images are drawn of each digit.
        strength: Of the stroke augmentation of training digits.
        validation: 0 trains on the validation writers, too; any other number holds out all.
        training: False leaves the training part empty.

    Raises:
        DigitrecError: if UNIPEN cannot be read, has no such source, or no other one to train on.
    """
    characters = read(root)
    numbers, writers, test = _test_part(characters, leave_out)
    names = {characters.writer_names[writer] for writer in writers[~test].tolist()}
    validators = validation_writers(names) if validation else set()
    held_out = np.isin(np.array(characters.writer_names)[writers], list(validators))
    train = ~test & ~held_out
    if not train.any():
        raise DigitrecError(
            f"data.leave_out={','.join(leave_out)} leaves no writers to train on; "
            f"leave out fewer of {', '.join(characters.sources)}"
        )
    tested = _checksum(characters, numbers[test], renderings)
    trained = numbers[train] if training else numbers[:0]
    return DataSet(
        name,
        combine_checksums(tested, characters.checksum()),
        _draw(characters, trained, renderings, Part.TRAINING, Variation(strength)),
        _draw(characters, numbers[held_out], renderings, Part.VALIDATION),
        _draw(characters, numbers[test], renderings, Part.TEST),
        tested_on=(name, tested),
    )


def load_test(root: str | None, leave_out: Sequence[str], renderings: int) -> tuple[Examples, str]:
    """Return the test part alone, and the checksum that identifies it; as `load`."""
    characters = read(root)
    numbers, _, test = _test_part(characters, leave_out)
    examples = _draw(characters, numbers[test], renderings, Part.TEST)
    return examples, _checksum(characters, numbers[test], renderings)


def _test_part(
    characters: Characters, leave_out: Sequence[str]
) -> tuple[Int64Array, Int64Array, np.ndarray]:
    """Return the numbers of the digits, the writer of each, and whether its source is left out."""
    numbers = characters.of_kind("digit")
    writers = characters.writers[numbers]
    sources = np.array([source_of(name) for name in characters.writer_names])[writers]
    for source in leave_out:
        if source not in sources:
            having = ", ".join(sorted(set(sources.tolist()))) or "none"
            raise DigitrecError(
                f"data.leave_out: UNIPEN has no digits of {source!r}; sources with digits: {having}"
            )
    return numbers, writers, np.isin(sources, list(leave_out))


def _draw(
    characters: Characters,
    numbers: Int64Array,
    renderings: int,
    part: Part,
    variation: Variation = AS_WRITTEN,
) -> Examples:
    strokes = [
        [stroke.astype(np.float64) for stroke in characters[number].strokes]
        for number in numbers.tolist()
    ]
    images = render(strokes, renderings, part, variation)
    labels = np.array([int(characters[number].label) for number in numbers.tolist()], np.int64)
    clusters = Clusters.of_writers(characters.writers[numbers].tolist(), renderings)
    return Examples.from_arrays(images, np.tile(labels, renderings), clusters)


def _checksum(characters: Characters, numbers: Int64Array, renderings: int) -> str:
    """Identify the test part: its digits, and how often each is drawn."""
    digest = hashlib.sha256()
    for character in map(characters.__getitem__, numbers.tolist()):
        digest.update(character.label.encode())
        for stroke in character.strokes:
            digest.update(f"{len(stroke)} ".encode() + stroke.astype("<f4").tobytes())
    return f"{digest.hexdigest()[:16]}x{renderings}"
