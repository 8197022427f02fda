"""Consistency of the contributors' page with the tree: links, file names, the map of the packages."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_imports import ALLOWED, PACKAGE, ROOT

PAGE = ROOT / ".github" / "CONTRIBUTING.md"
TEXT = PAGE.read_text(encoding="utf-8")
_LINK = re.compile(r"\]\(([^)#:]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w./]+/\w+\.(?:py|toml|txt)")


def _map_rows() -> dict[str, str]:
    """Return the third column of the map of the packages, by package."""
    section = TEXT.partition("## Map of the packages\n")[2].partition("\nWhere common changes go")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")]
    return {name.strip("`"): imports for name, _, imports in rows}


def test_contributing_links_exist() -> None:
    links = _LINK.findall(TEXT)
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_contributing_file_names_exist() -> None:
    names = {name for code in _CODE.findall(TEXT) for name in _FILE.findall(code)}
    assert len(names) > 10
    assert [name for name in sorted(names) if not any((root / name).exists() for root in (ROOT, PACKAGE))] == []


def test_contributing_commands_name_existing_modules() -> None:
    modules = {Path(*name.split(".")) for name in re.findall(r"python -m ((?:tests|screenshots)[\w.]+)", TEXT)}
    assert len(modules) > 5
    missing = [path for path in modules if not ((ROOT / path).with_suffix(".py").exists() or (ROOT / path).is_dir())]
    assert missing == []


def test_contributing_map_matches_the_import_table() -> None:
    rows = _map_rows()
    assert set(rows) == set(ALLOWED)
    for package, imports in rows.items():
        if listed := set(_CODE.findall(imports)):
            assert listed == ALLOWED[package], package
