"""Which of UNIPEN's writers validate: of each source every eighth, in the order of a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from digitrec.data.unipen.segments import source_of

__all__ = ["validation_writers"]

ONE_IN = 8
# Place of the first writer who validates, from 0, in the order of the hash. A source with three
# writers or fewer therefore has none.
FIRST = 3


def validation_writers(writers: Iterable[str]) -> set[str]:
    """Return those of some writers who validate.

    Whether a writer validates does not depend on the writers of other sources.

    Args:
        writers: Names with the source before the slash, as in ``apb/x0``.
    """
    chosen: set[str] = set()
    by_source: dict[str, set[str]] = {}
    for writer in writers:
        by_source.setdefault(source_of(writer), set()).add(writer)
    for names in by_source.values():
        order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
        chosen.update(order[FIRST::ONE_IN])
    return chosen
