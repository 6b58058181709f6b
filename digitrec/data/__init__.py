"""The data sets, each as three parts in memory: to train on, to validate on, to test on once."""

from __future__ import annotations

from digitrec.config.choices import Data, DrawingsData, MixData, MnistData, PenData, SyntheticData
from digitrec.data import corrected_drawings, mixture, mnist_files, pen_digits
from digitrec.data.dataset import NO_DIGIT, Arrays, DataSet, Examples, checksum
from digitrec.data.synthetic import digits
from digitrec.data.validation_split import stratified_split
from digitrec.errors import DigitrecError

__all__ = ["NO_DIGIT", "DataSet", "Examples", "check", "load", "load_test"]


def check(config: Data) -> None:
    """Check cheaply, before anything is read, that the data can be there.

    Raises:
        DigitrecError: if the folder that the user named cannot hold them.
    """
    if isinstance(config, MnistData | MixData):
        mnist_files.check_root(config.root)
    if isinstance(config, PenData | MixData):
        pen_digits.check_root(config.root)
    if isinstance(config, DrawingsData):
        corrected_drawings.read(config.path)


def load(config: Data, validation: int) -> DataSet:
    """Read or make a data set; ``validation`` images are held out of its training part.

    Pen strokes are held out by writer: all of the validation writers, or none for 0.

    Raises:
        DigitrecError: if it cannot be found, is damaged, or is smaller than what is held out.
    """
    match config:
        case MnistData():
            source = mnist_files.read(config.root)
            return _split(
                config.name,
                source.checksum,
                (source.train_images, source.train_labels),
                (source.test_images, source.test_labels),
                validation,
            )
        case SyntheticData():
            test = _synthetic_test(config)
            train = digits.generate(config.train, config.seed)
            return _split(config.name, checksum(test), train, test, validation)
        case PenData():
            return pen_digits.load(config, validation)
        case DrawingsData():
            return corrected_drawings.load(config, validation)
        case MixData():
            return mixture.load(config, load(MnistData(root=config.root), validation), validation)


def load_test(config: Data) -> tuple[Examples, str]:
    """Return the test part alone, and the data set's checksum; raises as `load`."""
    match config:
        case SyntheticData():
            test = _synthetic_test(config)
            return Examples.of(*test), checksum(test)
        case PenData():
            return pen_digits.load_test(config)
        case DrawingsData():
            return corrected_drawings.load_test(config)
        case MnistData() | MixData():
            source = mnist_files.read(config.root)
            return Examples.of(source.test_images, source.test_labels), source.checksum


def _synthetic_test(config: SyntheticData) -> Arrays:
    # Behind the training part in one stream of images: no image is in both.
    return digits.generate(config.test, config.seed, start=config.train)


def _split(name: str, checksum: str, train: Arrays, test: Arrays, validation: int) -> DataSet:
    images, labels = train
    if validation >= len(labels):
        raise DigitrecError(
            f"validation={validation}: must be below the {len(labels)} images to train on"
        )
    kept, held_out = stratified_split(labels, validation)
    return DataSet(
        name,
        checksum,
        Examples.of(images[kept], labels[kept]),
        Examples.of(images[held_out], labels[held_out]),
        Examples.of(*test),
    )
