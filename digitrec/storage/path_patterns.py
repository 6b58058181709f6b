"""Finding the paths that a pattern matches, as a shell does, without walking in circles."""

from __future__ import annotations

import glob
import os
import re

__all__ = ["matching_paths"]

_SEPARATOR = f"[{re.escape(os.sep + (os.altsep or ''))}]"
_ANY_FOLDERS = re.compile(rf"(?:(?<={_SEPARATOR})|^)\*\*(?:{_SEPARATOR}+|$)")


def matching_paths(pattern: str) -> list[str]:
    """Find the paths that a pattern matches, each once, in no order.

    Args:
        pattern: As for `glob.glob`. The part ``**`` stands for any folders, also none. At the end
            it stands for the folder before it alone, with all that is in it. Links to folders are
            not followed there: they may lead back to a folder above them. As elsewhere, names that
            begin with a dot are matched only by a dot.
    """
    found = _ANY_FOLDERS.search(pattern)
    if not found:
        return glob.glob(pattern)  # noqa: PTH207 (Path.glob changes how names are written)
    before, after = pattern[: found.start()], pattern[found.end() :]
    matches: dict[str, None] = {}
    for top in glob.glob(before) if before else [""]:  # noqa: PTH207
        for walked, folders, _ in os.walk(top or os.curdir):
            folders[:] = [name for name in folders if not name.startswith(".")]
            folder = walked if top else walked.removeprefix(os.curdir).removeprefix(os.sep)
            if not after:
                matches[folder or os.curdir] = None
                break
            matches |= dict.fromkeys(matching_paths(os.path.join(glob.escape(folder), after)))  # noqa: PTH118
    return list(matches)
