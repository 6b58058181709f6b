"""A validation set carved from the training set: always the same images, in every run."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Int64Array

__all__ = ["stratified_split"]

SPLIT_SEED = 28_281_998
"""Fixed, and apart from a run's own seed: runs of all seeds are validated on the same images."""


def stratified_split(
    labels: Int64Array, held_out: int, seed: int = SPLIT_SEED
) -> tuple[Int64Array, Int64Array]:
    """Split the indices of ``labels`` into those to train on and those held out to validate.

    Each class gives its proportional share, rounded by the largest-remainder (Hamilton) method,
    so that the held-out total is exact and no class is off its share by a whole example.

    Args:
        labels: (N,) class of each example.
        held_out: how many examples to hold out, in [0, N); 0 holds out none.
        seed: picks the examples. The same labels, number and seed give the same split everywhere.

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
