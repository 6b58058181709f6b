"""What data sets keep in memory, which tests make them forget: other files are in their place."""

from __future__ import annotations

from digitrec.data import mixture, string_dataset
from digitrec.data.hands import images, sources
from digitrec.data.ink import writers as ink_writers
from digitrec.data.marks import writers as marks_writers

MODULES = (sources, images, marks_writers, ink_writers, string_dataset, mixture)


def forget_data() -> None:
    """Empty all caches of these modules."""
    for module in MODULES:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
