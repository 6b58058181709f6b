"""Which training images are held out to validate on: the same ones in every run.

The split is by image, not by writer. MNIST's validation images come from the same writers as its
training images, as the writer numbers of QMNIST show (C. Yadav and L. Bottou, "Cold case: the lost
MNIST digits", NeurIPS 2019). Validation accuracy therefore says little about writers whom a network
has not seen.
"""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Int64Array

__all__ = ["stratified_split"]

SPLIT_SEED = 28_281_998
"""Independent of a run's seed, so that runs of all seeds are validated on the same images."""


def stratified_split(
    labels: Int64Array, held_out: int, seed: int = SPLIT_SEED
) -> tuple[Int64Array, Int64Array]:
    """Split examples into those to train on and those held out to validate on.

    The same share of each class is held out, rounded by the largest-remainder (Hamilton) method:
    the total is exact, and the number of each class differs from its share by less than one.

    Args:
        labels: The class of each example, (N,).
        held_out: How many examples to hold out, in [0, N).
        seed: Chooses the examples. The same labels, number and seed give the same split everywhere.

    Returns:
        ``(train, validation)``: ascending indices, int64, (N - held_out,) and (held_out,).

    Raises:
        ValueError: if ``held_out`` is not in [0, N).
    """
    count = len(labels)
    if not 0 <= held_out < count:
        raise ValueError(f"held_out must be in [0, {count}), not {held_out}")

    # Raw bits, not Generator.permutation: NumPy promises the stream of a bit generator for all
    # its versions, but not what a Generator's methods make of it (NEP 19).
    keys = np.random.PCG64(seed).random_raw(count)
    order = np.lexsort((keys, labels))  # class after class, shuffled within each
    _, starts, sizes = np.unique(labels[order], return_index=True, return_counts=True)

    quotas, remainders = np.divmod(held_out * sizes, count)  # integers, so ties are true ties
    largest = np.argsort(-remainders, kind="stable")
    quotas[largest[: held_out - quotas.sum()]] += 1

    rank = np.arange(count) - np.repeat(starts, sizes)  # of each example within its class
    chosen = rank < np.repeat(quotas, sizes)
    return np.sort(order[~chosen]), np.sort(order[chosen])
