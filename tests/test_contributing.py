"""Consistency of the contributors' page with the tree: links, files, functions, commands, the map of the packages."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.test_imports import ALLOWED, PACKAGE, ROOT

PAGE = ROOT / ".github" / "CONTRIBUTING.md"
TEXT = PAGE.read_text(encoding="utf-8")
FLOWS = ("Open", "Seek", "Search", "Decide", "Scan", "Find")
_LINK = re.compile(r"\]\(([^)#:]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w./]+/\w+\.(?:py|toml|txt|tcss)")
_NAME = re.compile(r"[A-Za-z]\w+(?:\.\w+)?")


def _section(heading: str, level: int = 2) -> str:
    """Return the text between a heading that starts with `heading` and the next of its level or above."""
    pattern = rf"^{'#' * level} {heading}.*?\n(.*?)(?=^#{{2,{level}}} |\Z)"
    found = re.search(pattern, TEXT, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def _rows(heading: str) -> list[list[str]]:
    """Return the cells of the table in a section, without its head."""
    lines = [line for line in _section(heading).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


def _steps(flow: str) -> list[str]:
    """Return the numbered steps of a flow, without the line breaks in them."""
    return [" ".join(step.split()) for step in re.split(r"^\d+\. ", _section(flow, 3), flags=re.MULTILINE)[1:]]


@cache
def _definitions(path: Path) -> frozenset[str]:
    """Return the names that a module defines: functions, classes, constants, and `Class.attribute`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        defined = _names(node)
        names |= defined
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for member in node.body for name in _names(member)}
    return frozenset(names)


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_contributing_links_exist() -> None:
    links = _LINK.findall(TEXT)
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_contributing_file_names_exist() -> None:
    names = {name for code in _CODE.findall(TEXT) for name in _FILE.findall(code)}
    assert len(names) > 10
    assert [name for name in sorted(names) if not any((root / name).exists() for root in (ROOT, PACKAGE))] == []


def test_contributing_test_folders_exist() -> None:
    names = {code for code in _CODE.findall(TEXT) if re.fullmatch(r"tests(?:/\w+)+", code)}
    assert len(names) > 5
    assert [name for name in sorted(names) if not (ROOT / name).is_dir()] == []


def test_contributing_commands_name_existing_modules() -> None:
    modules = {Path(*name.split(".")) for name in re.findall(r"python -m ((?:tests|screenshots)[\w.]+)", TEXT)}
    assert len(modules) > 5
    missing = [path for path in modules if not ((ROOT / path).with_suffix(".py").exists() or (ROOT / path).is_dir())]
    assert missing == []


def test_contributing_map_matches_the_import_table() -> None:
    rows = {name.strip("`"): imports for name, _, imports in _rows("Map of the packages")}
    assert set(rows) == set(ALLOWED)
    for package, imports in rows.items():
        if listed := set(_CODE.findall(imports)):
            assert listed == ALLOWED[package], package


@pytest.mark.parametrize("flow", FLOWS)
def test_contributing_flow_names_existing_functions(flow: str) -> None:
    """Each name in a step is defined in one of the files that the step names."""
    steps = _steps(flow)
    assert len(steps) > 3
    for step in steps:
        codes = _CODE.findall(step)
        files = [name for code in codes for name in _files_in(code)]
        assert files, step
        defined = frozenset[str]().union(*(_definitions(PACKAGE / name) for name in files if name.endswith(".py")))
        named = {code for code in codes if _NAME.fullmatch(code) and not _files_in(code)} - {"play"}
        assert named, step
        assert named <= defined, f"{sorted(named - defined)} not in {files}"


def _files_in(code: str) -> list[str]:
    return [code] if code == "recording.py" else _FILE.findall(code)


def test_contributing_names_of_the_recipes_exist() -> None:
    """Names in capitals are tables that a recipe extends; classes are what a new part returns or fills."""
    text = " ".join(text for _, text, _ in _rows("How to add"))
    named = {code for code in _CODE.findall(text) if re.fullmatch(r"[A-Z]\w+", code)} - {"README"}
    assert len(named) > 3
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if any(name in text for name in named):  # parsing all files takes much longer
            named -= _definitions(path)
    assert named == set()
