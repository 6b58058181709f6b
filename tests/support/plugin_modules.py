"""Modules that a user writes to register choices, and the example of them in a document."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from digitrec.config import plugins, registry
from digitrec.config.groups import GROUPS
from digitrec.config.registry import choices

README = Path(plugins.__file__).parent / "README.md"


def modules_of(document: str) -> dict[str, str]:
    """Return the modules in a document: blocks of Python that begin with their file's name."""
    return dict(re.findall(r"(?m)^```python\n# (\w+)\.py\n(.*?)^```$", document, re.DOTALL))


@contextmanager
def written_in(folder: Path, modules: Mapping[str, str]) -> Iterator[None]:
    """Write modules into a folder, make it the current one, and forget them all at the end."""
    before = {group: dict(choices(group)) for group in GROUPS}
    path, loaded, there = list(sys.path), set(sys.modules), Path.cwd()
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(there)
        sys.path[:] = path
        for name in modules.keys() & (set(sys.modules) - loaded):
            del sys.modules[name]
        plugins.LOADED.clear()
        for group, kinds in before.items():
            registry.CHOICES[group].clear()
            registry.CHOICES[group].update(kinds)
