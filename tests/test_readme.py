"""What documents say is there: commands, files, modules. The README's commands can be given."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from plugin_modules import README, modules_of, written_in

from digitrec.__main__ import COMMANDS
from digitrec.config.compose import compose, expand, search_of
from digitrec.config.train_config import TrainConfig

PROJECT = Path(__file__).resolve().parent.parent
DOCUMENTS = {
    path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        PROJECT / "README.md",
        PROJECT / "checkpoints" / "README.md",
        PROJECT / "experiments" / "README.md",
        PROJECT / ".github" / "CONTRIBUTING.md",
        PROJECT / "tests" / "support" / "README.md",
        *sorted((PROJECT / "digitrec").rglob("README.md")),
    )
}
TEXTS = DOCUMENTS | {
    path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        PROJECT / "pyproject.toml",
        *sorted((PROJECT / "configs").rglob("*.yaml")),
        *sorted((PROJECT / "digitrec").rglob("*.py")),
    )
}


def commands(text: str) -> set[tuple[str, str]]:
    """Return the commands in a text: name, and the words after it."""
    joined = re.sub(r"\\\n\s*", "", text)
    called = r"(?:python -m digitrec\.|(?:^    |`)digitrec )"
    return set(re.findall(rf"(?m){called}(\w+)((?: [^\s`|#]+)*)", joined))


GIVEN = sorted({(name, *one) for name, text in DOCUMENTS.items() for one in commands(text)})


def test_there_are_commands() -> None:
    assert {name for _, name, _ in GIVEN} >= {"train", "evaluate", "predict"}
    assert commands("see `digitrec train a=1 \\\n  b=2`") == {("train", " a=1 b=2")}
    assert commands("    digitrec gui   # x\n    python -m digitrec.adapt") == {
        ("gui", ""),
        ("adapt", ""),
    }


@pytest.mark.parametrize(("document", "name", "words"), GIVEN)
def test_a_command_of_a_document_can_be_given(
    document: str, name: str, words: str, tmp_path: Path
) -> None:
    assert name in COMMANDS or (name == "benchmarks" and not words)
    given = shlex.split(words)
    if name != "train":
        return
    with written_in(tmp_path, modules_of(README.read_text(encoding="utf-8"))):
        settings = [word for word in given if not word.startswith("-") and word != "…"]
        if any(word.startswith("hparams=") for word in settings):
            assert search_of(settings).trials
        elif "--multirun" in given:
            assert expand(settings).jobs
        else:
            assert isinstance(compose(settings), TrainConfig)


LINKS = [
    (document, link)
    for document, text in DOCUMENTS.items()
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text)
]


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_a_link_leads_somewhere(document: str, link: str) -> None:
    assert (PROJECT / document).parent.joinpath(link).exists()


def test_paths_that_are_named_exist() -> None:
    missing = {
        f"{document}: {path}"
        for document, text in TEXTS.items()
        for path in re.findall(r"\bdigitrec/[\w/]*(?:\w\.(?:py|md|html)\b|/)", text)
        if not (PROJECT / path).exists()
    }
    assert missing == set()


def test_files_that_a_folders_readme_names_exist() -> None:
    package = PROJECT / "digitrec"
    missing = []
    for readme in package.rglob("README.md"):
        below = [path.as_posix() for path in readme.parent.rglob("*")]
        for path in re.findall(r"`([\w/]+(?:\.(?:py|html|css|js)|/))`", readme.read_text("utf-8")):
            inside = any(name.endswith(f"/{path.rstrip('/')}") for name in below)
            if not inside and not (package / path).exists() and not (PROJECT / path).exists():
                missing.append(f"{readme.relative_to(PROJECT)}: {path}")
    assert missing == []


def test_a_folders_map_names_each_of_its_modules() -> None:
    maps = [
        readme
        for readme in (PROJECT / "digitrec").rglob("README.md")
        if re.search(r"^\| file \|", readme.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(maps) > 5
    missing = [
        module.relative_to(PROJECT).as_posix()
        for readme in maps
        for module in readme.parent.glob("*.py")
        if not module.name.startswith("__")
        and not re.search(rf"\b{re.escape(module.name)}`", readme.read_text("utf-8"))
    ]
    assert missing == []


@cache
def names_in(file: Path) -> set[str]:
    """Return the names that a module defines or imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


def is_there(name: str) -> bool:
    """Tell whether a dotted name is a module of the package, or something in one."""
    file = PROJECT / "digitrec"
    for part in name.split(".")[1:]:
        if file.is_dir() and (file / part).is_dir():
            file = file / part
        elif file.is_dir() and (file / f"{part}.py").is_file():
            file = file / f"{part}.py"
        else:
            return part in names_in(file / "__init__.py" if file.is_dir() else file)
    return True


# What looks like a module's name and is none: files, a placeholder, MLflow's name of a tag.
OTHERS = {"digitrec.h5", "digitrec.png", "digitrec.json", "digitrec.NAME", "digitrec.run_dir"}


def test_modules_that_are_named_exist() -> None:
    assert is_there("digitrec.gui")
    assert is_there("digitrec.errors.DigitrecError.args")
    assert not is_there("digitrec.no_module")
    assert not is_there("digitrec.errors.NoError")
    missing = {
        f"{document}: {name}"
        for document, text in TEXTS.items()
        for name in re.findall(r"(?<![\w./-])digitrec(?:\.[A-Za-z_]\w*)+", text)
        if name not in OTHERS and not is_there(name)
    }
    assert missing == set()


@pytest.mark.slow
def test_the_network_of_the_guide_can_be_added(tmp_path: Path) -> None:
    guide = DOCUMENTS[".github/CONTRIBUTING.md"]
    code, yaml = (
        re.findall(rf"```{kind}\n(.*?)```", guide, re.DOTALL)[0] for kind in ("python", "yaml")
    )
    (tmp_path / "own.py").write_text(code)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "linear.yaml").write_text(yaml)
    program = (
        "import own, torch; from digitrec.config.compose import compose;"
        f"words = [\"hydra.searchpath=['{tmp_path}']\", 'model=linear', 'model.bias=false'];"
        "network = compose(words).model.build();"
        "assert network(torch.zeros(2, 1, 28, 28)).shape == (2, 10);"
        "assert sum(p.numel() for p in network.parameters()) == 7840"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_all_that_tests_share_is_listed() -> None:
    listed = re.findall(r"`(\w+\.py)`", DOCUMENTS["tests/support/README.md"])
    assert sorted(listed) == sorted(path.name for path in (PROJECT / "tests/support").glob("*.py"))


def test_make_knows_the_two_commands() -> None:
    rules = (PROJECT / "Makefile").read_text()
    for target in ("demo", "test"):
        assert f"make {target}" in DOCUMENTS["README.md"]
        assert f"\n{target}:" in rules
