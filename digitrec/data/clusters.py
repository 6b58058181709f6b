"""Test images that depend on each other: those by one writer, and those drawn of one digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from digitrec.arrays import Int64Array

__all__ = ["ClusteredBy", "Clusters"]

ClusteredBy = Literal["writer", "digit"]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which of N images belong together; images of different clusters are independent.

    Attributes:
        numbers: int64 (N,), the cluster of each image, from 0 without gaps.
        by: What the images of a cluster share: the writer, or, where one writer wrote all, the
            digit of which they are drawn.
    """

    numbers: Int64Array
    by: ClusteredBy

    @classmethod
    def of_writers(cls, writers: Sequence[str | int], renderings: int = 1) -> Clusters:
        """Make clusters of the images by each writer.

        All digits are drawn once, then all again, and so on, as `render.draw` orders images.

        Args:
            writers: Of each digit.
            renderings: How many images are drawn of each.
        """
        found, numbers = np.unique(np.array(writers), return_inverse=True)
        if len(found) > 1:
            return cls(np.tile(numbers.astype(np.int64), renderings), "writer")
        return cls(np.tile(np.arange(len(writers), dtype=np.int64), renderings), "digit")

    @cached_property
    def count(self) -> int:
        """The number of clusters."""
        return int(self.numbers.max(initial=-1)) + 1

    @cached_property
    def freedom(self) -> float:
        """Degrees of freedom of a variance that is estimated from the clusters; 1 at least.

        One less than the effective number of clusters (Carter, Schnepel & Steigerwald 2017, Rev.
        Econ. Stat. 99:698), which is their number where all are of one size, and else below it.
        """
        sizes = np.bincount(self.numbers)
        return max(1.0, float(sizes.sum() ** 2 / (sizes**2).sum()) - 1)

    def __str__(self) -> str:
        if self.by == "writer":
            return f"by {self.count:,} writers"
        return f"of {self.count:,} {'digit' if self.count == 1 else 'digits'} by one writer"

    @property
    def allowed_for(self) -> str:
        """What else could have been in the test set, that intervals allow for."""
        return "other writers" if self.by == "writer" else "other digits by this writer alone"
