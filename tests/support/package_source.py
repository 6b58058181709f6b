"""A package's source, parsed and never run: what each module imports, uses and exports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One module named in an import statement."""

    of: str
    """The full name, as ``digitrec.data.mixture`` or ``tkinter.ttk``."""
    name: str | None = None
    """What is taken from it; None where it is the module itself."""
    typing: bool = False
    """Whether it stands under ``if TYPE_CHECKING``."""
    lazy: bool = False
    """Whether it stands in a function."""


@dataclass(frozen=True, eq=False)
class Module:
    """A file of the package."""

    name: str
    path: Path
    source: str
    imports: tuple[Import, ...]
    uses: frozenset[tuple[str, str]]
    """Names of other modules that it uses: (module, name)."""
    exports: tuple[str, ...] | None
    """Its ``__all__``; None where it has none."""
    program: bool
    """Whether it can be started by ``python -m``."""

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


@dataclass(frozen=True, eq=False)
class Package:
    """The files of a package, by the full names of their modules."""

    name: str
    folder: Path
    modules: Mapping[str, Module]

    @classmethod
    def read(cls, folder: Path) -> Package:
        """Parse all files below a package's folder."""
        files = {_name(folder, path): path for path in sorted(folder.rglob("*.py"))}
        modules = {name: _module(name, path, files) for name, path in files.items()}
        return cls(folder.name, folder, modules)

    @cached_property
    def used(self) -> dict[str, set[str]]:
        """For each module, its names that others use."""
        used: dict[str, set[str]] = {name: set() for name in self.modules}
        for module in self.modules.values():
            for of, name in module.uses:
                if of != module.name:
                    used[of].add(name)
        return used

    def inner(self, module: Module) -> Iterator[Import]:
        """Give what a module imports of its own package."""
        return (one for one in module.imports if one.of in self.modules)


def _name(folder: Path, path: Path) -> str:
    parts = path.relative_to(folder.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(name: str, path: Path, files: Mapping[str, Path]) -> Module:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    reader = _Reader(name, path, files)
    reader.visit(tree)
    exports = None
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            if ast.unparse(targets[0]) == "__all__":
                exports = tuple(ast.literal_eval(statement.value))
    program = any(
        isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
        for statement in tree.body
    )
    imports, uses = tuple(reader.imports), frozenset(reader.uses)
    return Module(name, path, source, imports, uses, exports, program)


class _Reader(ast.NodeVisitor):
    """Collects a module's imports, and which names of the package's other modules it uses."""

    def __init__(self, name: str, path: Path, files: Mapping[str, Path]) -> None:
        self.imports: list[Import] = []
        self.uses: set[tuple[str, str]] = set()
        self._name, self._path, self._files = name, path, files
        self._typing = False
        self._scopes: list[dict[str, str | None]] = [{}]  # the modules that local names stand for

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name)
        self._scopes[-1] |= self._bound_by(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        of = self._source(node)
        for alias in node.names:
            if f"{of}.{alias.name}" in self._files:
                self._add(f"{of}.{alias.name}")
            else:
                self._add(of, alias.name)
                if of in self._files:
                    self.uses.add((of, alias.name))
        self._scopes[-1] |= self._bound_by(node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        before = self._typing
        self._typing = before or "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body:
            self.visit(statement)
        self._typing = before
        for statement in node.orelse:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        everything = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        everything += [one for one in (node.args.vararg, node.args.kwarg) if one is not None]
        local: dict[str, str | None] = {one.arg: None for one in everything}
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        for inner in _inside(body):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                local[inner.id] = None
            elif isinstance(inner, ast.Import | ast.ImportFrom):
                local |= self._bound_by(inner)
        if not isinstance(node, ast.Lambda):
            for outer in (*node.decorator_list, *([node.returns] if node.returns else [])):
                self.visit(outer)
        self.visit(node.args)
        self._scopes.append(local)
        for one in body:
            self.visit(one)
        self._scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]
    visit_Lambda = visit_FunctionDef  # type: ignore[assignment]

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self._resolve(node) is None:
            self.generic_visit(node)

    def _resolve(self, node: ast.expr) -> str | None:
        """Return the module that an expression stands for; note a use of a name of a module."""
        if isinstance(node, ast.Name):
            for scope in reversed(self._scopes):
                if node.id in scope:
                    return scope[node.id]
        if isinstance(node, ast.Attribute) and (base := self._resolve(node.value)) is not None:
            if f"{base}.{node.attr}" in self._files:
                return f"{base}.{node.attr}"
            self.uses.add((base, node.attr))
        return None

    def _add(self, of: str, name: str | None = None) -> None:
        self.imports.append(Import(of, name, self._typing, len(self._scopes) > 1))

    def _source(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self._name.split(".")
        up = node.level - (self._path.name == "__init__.py")
        return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])

    def _bound_by(self, node: ast.Import | ast.ImportFrom) -> dict[str, str | None]:
        """Return the local names that an import binds, with the modules that they stand for."""
        bound: dict[str, str | None] = {}
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                module = f"{self._source(node)}.{alias.name}"
            else:
                module = alias.name if alias.asname else alias.name.partition(".")[0]
            local = alias.asname or alias.name.partition(".")[0]
            bound[local] = module if module in self._files else None
        return bound


def _inside(body: list[ast.expr] | list[ast.stmt]) -> Iterator[ast.AST]:
    """Walk a function's body, but not the functions and classes in it."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        nested = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(node, nested):
            waiting += ast.iter_child_nodes(node)
