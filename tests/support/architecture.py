"""The rules of a package's layout as checks over its source, which is parsed and never run.

Each check returns its violations, a line each, so that they can be listed and compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from package_source import Package


@dataclass(frozen=True)
class Rules:
    """What is allowed where."""

    layers: tuple[tuple[str, ...], ...]
    """Modules and folders at the top of the package, the lowest layer first."""
    commands: tuple[str, ...] = ()
    """Modules that may import everything, and that nothing may import."""
    dispatcher: str = ""
    """The command that may import the other commands."""
    only_in: Mapping[str, str] = field(default_factory=dict)
    """Other packages that only one folder may import."""
    lazy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other packages that these modules must not import before one of their functions is called."""
    without_users: Mapping[str, str] = field(default_factory=dict)
    """Modules from which no other takes a name, and why."""
    lines: int = 400
    modules: int = 20


def layers(package: Package, rules: Rules) -> list[str]:
    """Imports that go up, or aside to another folder of the same layer."""
    found = set()
    for module in package.modules.values():
        mine = _layer(package, rules, module.name)
        if mine is None:
            found.add(f"{module.name} is in no layer")
            continue
        for one in package.inner(module):
            other = _layer(package, rules, one.of)
            version = one.of == package.name and one.name == "__version__"
            if other is None or version or one.of in rules.commands:
                continue
            if _top(package, one.of) == _top(package, module.name):
                continue
            if other >= mine:
                found.add(f"{module.name} imports {one.of}, which is in no layer below its own")
    return sorted(found)


def commands(package: Package, rules: Rules) -> list[str]:
    """Imports from a command, which nothing but the dispatcher may do."""
    return sorted(
        f"{module.name} imports from the command {one.of}"
        for module in package.modules.values()
        if module.name != rules.dispatcher
        for one in set(package.inner(module))
        if one.of in rules.commands and one.of != module.name
    )


def circles(package: Package) -> list[str]:
    """Circles of imports between files; imports for type checkers alone make none."""
    ahead = {
        module.name: sorted({i.of for i in package.inner(module) if not i.typing} - {module.name})
        for module in package.modules.values()
    }
    return [" and ".join(sorted(group)) for group in _components(ahead) if len(group) > 1]


def only_in(package: Package, rules: Rules) -> list[str]:
    """Imports of other packages outside the folder to which they are confined."""
    found = set()
    for module in package.modules.values():
        for one in module.imports:
            names = {one.of, f"{one.of}.{one.name}"}
            for outside, folder in rules.only_in.items():
                if any(_within(name, outside) for name in names):
                    place = f"{package.name}.{folder}"
                    if not _within(module.name, place):
                        found.add(f"{module.name} imports {outside}, which only {place} may")
    return sorted(found)


def lazy(package: Package, rules: Rules) -> list[str]:
    """Chains of imports by which a module brings in what it must import lazily."""
    found = []
    for outside, starts in rules.lazy.items():
        for start in starts:
            if chain := _chain(package, start, outside):
                found.append(f"{' imports '.join(chain)} at once")
    return found


def exports(package: Package, rules: Rules) -> list[str]:
    """Where ``__all__`` is not exactly what the package's other modules use.

    Left out: the package's own ``__init__``, which is its public interface, and the ``main`` of
    programs.
    """
    found = []
    for module in package.modules.values():
        if module.name == package.name:
            continue
        used = {name for name in package.used[module.name] if not name.startswith("__")}
        reason = module.name in rules.without_users
        if reason and used:
            found.append(f"{module.name} has users; take it off the list of modules without")
        if not used and not module.program and not module.is_package and not reason:
            found.append(f"{module.name} is used by no other module")
        if module.exports is None:
            if used or module.program:
                names = ", ".join(sorted(used)) or "main"
                found.append(f"{module.name} has no __all__; it should list {names}")
            continue
        listed = set(module.exports)
        extra = listed - used - ({"main"} if module.program else set())
        found += [f"{module.name} lists {name}, which no other module uses" for name in extra]
        found += [f"{module.name} does not list {name}, which others use" for name in used - listed]
    return sorted(found)


def sizes(package: Package, rules: Rules) -> list[str]:
    """Files with too many lines, and folders with too many modules."""
    found = []
    folders: dict[Path, int] = {}
    for module in package.modules.values():
        count = len(module.source.splitlines())
        if count > rules.lines:
            found.append(f"{module.name} has {count} lines, more than {rules.lines}")
        folders[module.path.parent] = folders.get(module.path.parent, 0) + 1
    for folder, count in folders.items():
        if count > rules.modules:
            name = folder.relative_to(package.folder.parent).as_posix()
            found.append(f"{name} has {count} modules, more than {rules.modules}")
    return found


def named(package: Package, rules: Rules) -> list[str]:
    """Modules, other than commands, that the README nearest to them does not name."""
    found = []
    for module in package.modules.values():
        if module.is_package or module.name in rules.commands:
            continue
        folder = module.path.parent
        while folder != package.folder and not (folder / "README.md").is_file():
            folder = folder.parent
        readme = folder / "README.md"
        text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
        if not re.search(rf"\b{module.path.stem}\b", text):
            place = readme.relative_to(package.folder.parent).as_posix()
            found.append(f"{module.name} is not named in {place}")
    return found


def mirrored(package: Package, tests: Path, others: tuple[str, ...]) -> list[str]:
    """Folders of tests that are not folders of the package, and test modules of the same name."""
    found = []
    seen: dict[str, Path] = {}
    for file in sorted(tests.rglob("test_*.py")):
        folder = file.parent.relative_to(tests)
        if str(folder) not in others and not (package.folder / folder / "__init__.py").is_file():
            found.append(f"{folder.as_posix()} has tests and is no folder of {package.name}")
        if file.name in seen:
            found.append(f"{file.name} is in {seen[file.name].name} and in {file.parent.name}")
        seen[file.name] = file.parent
    return sorted(set(found))


# --- graphs ------------------------------------------------------------------------------------


def _within(name: str, outer: str) -> bool:
    return name == outer or name.startswith(f"{outer}.")


def _top(package: Package, name: str) -> str:
    return name.removeprefix(f"{package.name}.").partition(".")[0]


def _layer(package: Package, rules: Rules, name: str) -> int | None:
    """Return the height of a module's layer; the public interface is just below the commands."""
    if name in rules.commands:
        return len(rules.layers) + 1
    if name == package.name:
        return len(rules.layers)
    top = _top(package, name)
    return next((height for height, layer in enumerate(rules.layers) if top in layer), None)


def _components(ahead: Mapping[str, list[str]]) -> list[list[str]]:
    """Return the strongly connected components of a graph (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in ahead[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            start = stack.index(node)
            found.append(stack[start:])
            del stack[start:]

    for node in ahead:
        if node not in index:
            visit(node)
    return found


def _chain(package: Package, start: str, outside: str) -> list[str]:
    """Return the shortest chain of imports from a module to another package; empty without one."""
    chains, seen = [[start]], {start}
    for chain in chains:
        parents = [chain[-1].rsplit(".", i)[0] for i in range(1, chain[-1].count(".") + 1)]
        module = package.modules[chain[-1]]
        at_once = [one.of for one in module.imports if not one.typing and not one.lazy]
        if any(_within(name, outside) for name in at_once):
            return [*chain, outside]
        for name in (*parents, *at_once):
            if name in package.modules and name not in seen:
                seen.add(name)
                chains.append([*chain, name])
    return []
