"""The package's layout keeps its rules, and each check of them can fail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import architecture
import pytest
from architecture import Rules
from package_source import Package

PROJECT = Path(__file__).resolve().parent.parent

COMMANDS = (
    "digitrec.__main__",
    "digitrec.adapt",
    "digitrec.bench",
    "digitrec.compare",
    "digitrec.completion",
    "digitrec.demo",
    "digitrec.ensemble",
    "digitrec.evaluate",
    "digitrec.export",
    "digitrec.gui.__main__",
    "digitrec.predict",
    "digitrec.reproduce",
    "digitrec.serve",
    "digitrec.train",
)
RULES = Rules(
    # A line may import from the lines above it, and from itself within one folder.
    layers=(
        ("standard_streams", "message_text"),
        ("errors", "arrays", "threads"),
        ("storage",),
        ("run_command",),
        ("config",),
        ("drawing",),
        ("models",),
        ("imaging",),
        ("data", "recognition"),
        ("training",),
        ("sweeps", "gui"),
        ("comparison",),
        ("export_formats",),
        ("service",),
        ("benchmarks",),
    ),
    commands=COMMANDS,
    dispatcher="digitrec.__main__",
    only_in={
        "hydra": "config",
        "omegaconf": "config",
        "tkinter": "gui",
        "sv_ttk": "gui",
        "PIL.ImageTk": "gui",
        "onnxruntime": "models.onnx_runtime.without_telemetry",
    },
    # Importing PyTorch takes seconds, for which neither --help nor the window should wait.
    lazy={"torch": (*COMMANDS, "digitrec", "digitrec.gui.window")},
    without_users={
        "digitrec.training.optimizers": "registers choices of the configuration",
    },
)


def violations() -> list[str]:
    """Return all that is against a rule in the package."""
    package = Package.read(PROJECT / "digitrec")
    mirrored = architecture.mirrored(package, PROJECT / "tests", (".", "attacks", "commands"))
    return [
        *architecture.layers(package, RULES),
        *architecture.commands(package, RULES),
        *architecture.circles(package),
        *architecture.only_in(package, RULES),
        *architecture.lazy(package, RULES),
        *architecture.exports(package, RULES),
        *architecture.sizes(package, RULES),
        *architecture.named(package, RULES),
        *mirrored,
    ]


def test_the_layout_keeps_its_rules() -> None:
    assert violations() == []


# --- the checks can fail -----------------------------------------------------------------------


def package(folder: Path, files: Mapping[str, str]) -> Package:
    """Make up a package of files, with an empty ``__init__`` in each folder that has none."""
    for name, source in files.items():
        file = folder / "made" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    folders = [path for path in (folder / "made").iterdir() if path.is_dir()]
    for inner in [folder / "made", *folders]:
        (inner / "__init__.py").touch()
    return Package.read(folder / "made")


SMALL = Rules(layers=(("low",), ("left", "right"), ("high",)), commands=("made.run",))


@pytest.mark.parametrize(
    "statement",
    [
        "from made.high import a",
        "from made.high.a import x",
        "import made.high.a",
        "import made.high.a as b",
        "from ..high import a",
        "def f():\n    from made.high.a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.high.a import x",
        "try:\n    import made.high.a\nexcept ImportError:\n    pass",
        "from made import high",
        "from made.right import b",
    ],
)
def test_an_import_must_go_down(tmp_path: Path, statement: str) -> None:
    made = package(
        tmp_path,
        {"left/a.py": statement, "high/a.py": "import made.left.a", "right/b.py": "", "run.py": ""},
    )
    (found,) = architecture.layers(made, SMALL)
    assert found.startswith("made.left.a imports made.")


def test_imports_that_go_down_are_right(tmp_path: Path) -> None:
    made = package(
        tmp_path,
        {
            "low/a.py": "from made.low import b\nimport os",
            "low/b.py": "from made import __version__",
            "left/a.py": "from made.low.a import x",
            "high/a.py": "from made.left import a\nfrom made.right import b",
            "right/b.py": "",
            "run.py": "import made.high.a, made",
            "__init__.py": "from made.high.a import x",
        },
    )
    assert architecture.layers(made, SMALL) == []


def test_a_module_must_be_in_a_layer(tmp_path: Path) -> None:
    made = package(tmp_path, {"utils.py": ""})
    assert architecture.layers(made, SMALL) == ["made.utils is in no layer"]


def test_nothing_imports_from_a_command_but_the_dispatcher(tmp_path: Path) -> None:
    files = {"run.py": "", "__main__.py": "import made.run", "high/a.py": "from made.run import x"}
    rules = Rules(SMALL.layers, ("made.run", "made.__main__"), dispatcher="made.__main__")
    found = ["made.high.a imports from the command made.run"]
    assert architecture.commands(package(tmp_path, files), rules) == found


def test_circles_are_found_whole(tmp_path: Path) -> None:
    made = package(
        tmp_path,
        {
            "low/a.py": "from made.low import b",
            "low/b.py": "def f():\n    from made.low.c import x",
            "low/c.py": "import made.low.a",
            "low/d.py": "import made.low.a",
            "low/e.py": "if TYPE_CHECKING:\n    import made.low.f",
            "low/f.py": "import made.low.e",
        },
    )
    assert architecture.circles(made) == ["made.low.a and made.low.b and made.low.c"]


def test_some_packages_are_confined_to_a_folder(tmp_path: Path) -> None:
    files = {
        "low/a.py": "def f():\n    from tkinter import ttk",
        "low/b.py": "from PIL import Image",
        "low/c.py": "from PIL import ImageTk",
        "low/tkinterish.py": "import tkinterish",
        "high/a.py": "import tkinter.ttk",
    }
    rules = Rules(SMALL.layers, only_in={"tkinter": "high", "PIL.ImageTk": "high"})
    assert architecture.only_in(package(tmp_path, files), rules) == [
        "made.low.a imports tkinter, which only made.high may",
        "made.low.c imports PIL.ImageTk, which only made.high may",
    ]


@pytest.mark.parametrize(
    ("files", "chain"),
    [
        ({"run.py": "from torch import nn"}, "made.run imports torch at once"),
        (
            {"run.py": "import made.low.a", "low/a.py": "import torch"},
            "made.run imports made.low.a imports torch at once",
        ),
        (
            {
                "run.py": "from made.low.a import x",
                "low/a.py": "",
                "low/__init__.py": "import torch",
            },
            "made.run imports made.low.a imports made.low imports torch at once",
        ),
        ({"run.py": "def f():\n    import torch"}, None),
        ({"run.py": "if TYPE_CHECKING:\n    import torch"}, None),
    ],
)
def test_a_lazy_import_stands_in_a_function(
    tmp_path: Path, files: Mapping[str, str], chain: str | None
) -> None:
    rules = Rules(SMALL.layers, SMALL.commands, lazy={"torch": ("made.run",)})
    assert architecture.lazy(package(tmp_path, files), rules) == ([chain] if chain else [])


@pytest.mark.parametrize(
    "use",
    [
        "from made.low.a import one",
        "from .a import one",
        "from made.low import a\na.one()",
        "import made.low.a\nmade.low.a.one()",
        "import made.low.a as b\ndef f(x=b.one): return x",
        "def f():\n    from made.low import a\n    def g(): return [a.one for _ in x]",
        "from made.low import a\nclass C:\n    a: int\n    def f(self): return a.one",
        "from made.low import a\nf = lambda x: a.one.two",
        "from made.low import a\nif x := a.one(): pass",
    ],
)
def test_all_is_what_others_use(tmp_path: Path, use: str) -> None:
    rules = Rules(SMALL.layers, without_users={"made.low.b": "it is the user"})
    right = {"low/a.py": "__all__ = ['one']\none = two = 0", "low/b.py": use}
    assert architecture.exports(package(tmp_path, right), rules) == []
    typed = right | {"low/a.py": "__all__: list[str] = ['one']\none = 0"}
    assert architecture.exports(package(tmp_path, typed), rules) == []
    wrong = right | {"low/a.py": "__all__ = ['two']\none = two = 0"}
    assert architecture.exports(package(tmp_path, wrong), rules) == [
        "made.low.a does not list one, which others use",
        "made.low.a lists two, which no other module uses",
    ]
    none = right | {"low/a.py": "one = 0"}
    found = ["made.low.a has no __all__; it should list one"]
    assert architecture.exports(package(tmp_path, none), rules) == found


@pytest.mark.parametrize(
    "no_use",
    [
        "from made.low import a\ndef f(a): return a.one",
        "from made.low import a\ndef f():\n    a = 1\n    return a.one",
        "from made.low import a\nlambda a: a.one",
        "from made.low import a\nb.a.one",
    ],
)
def test_an_attribute_of_something_else_is_no_use(tmp_path: Path, no_use: str) -> None:
    rules = Rules(SMALL.layers, without_users={"made.low.b": "it is the user"})
    files = {"low/a.py": "__all__ = ['one']\none = 0", "low/b.py": no_use}
    assert architecture.exports(package(tmp_path, files), rules) == [
        "made.low.a is used by no other module",
        "made.low.a lists one, which no other module uses",
    ]


def test_the_main_of_a_program_is_no_export_that_others_use(tmp_path: Path) -> None:
    start = "if __name__ == '__main__':\n    main()"
    files = {
        "run.py": f"__all__ = ['main']\n{start}",
        "low/a.py": f"__all__ = ['main', 'x']\n{start}",
    }
    found = ["made.low.a lists x, which no other module uses"]
    assert architecture.exports(package(tmp_path, files), SMALL) == found


def test_a_module_off_the_list_has_no_users(tmp_path: Path) -> None:
    rules = Rules(SMALL.layers, without_users={"made.low.a": "", "made.low.b": ""})
    files = {"low/a.py": "__all__ = ['x']\nx = 0", "low/b.py": "from made.low.a import x"}
    (found,) = architecture.exports(package(tmp_path, files), rules)
    assert found == "made.low.a has users; take it off the list of modules without"


def test_files_and_folders_have_a_size(tmp_path: Path) -> None:
    rules = Rules(SMALL.layers, lines=2, modules=3)
    files = {"low/a.py": "1\n2\n3\n", "low/b.py": "1\n2\n"}
    found = ["made.low.a has 3 lines, more than 2"]
    assert architecture.sizes(package(tmp_path, files), rules) == found
    found.append("made/low has 4 modules, more than 3")
    assert architecture.sizes(package(tmp_path, {"low/c.py": ""}), rules) == found


def test_the_nearest_readme_names_a_module(tmp_path: Path) -> None:
    files = {"run.py": "", "low/a.py": "", "low/ab.py": "", "high/c.py": "", "d.py": ""}
    made = package(tmp_path, files)
    (tmp_path / "made" / "README.md").write_text("`high/c.py`, d")
    (tmp_path / "made" / "low" / "README.md").write_text("`ab`, c")
    assert architecture.named(made, SMALL) == ["made.low.a is not named in made/low/README.md"]


def test_folders_of_tests_are_folders_of_the_package(tmp_path: Path) -> None:
    made = package(tmp_path, {"low/a.py": "", "high/inner/b.py": "", "high/inner/__init__.py": ""})
    tests = tmp_path / "tests"
    for name in ("test_x.py", "low/test_a.py", "high/inner/test_b.py", "commands/test_run.py"):
        (tests / name).parent.mkdir(parents=True, exist_ok=True)
        (tests / name).touch()
    assert architecture.mirrored(made, tests, (".", "commands")) == []
    (tests / "middle").mkdir()
    (tests / "middle" / "test_a.py").touch()
    assert architecture.mirrored(made, tests, (".", "commands")) == [
        "middle has tests and is no folder of made",
        "test_a.py is in low and in middle",
    ]
