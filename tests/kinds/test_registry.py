"""Registry of session kinds: names, priorities, and that no other package depends on a particular kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from replay_tui import kinds, load
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import Pane, SessionKind, TextSource
from tests.support.fixtures import SESSIONS

PACKAGE = Path(kinds.__file__).parents[1]
CONCRETE = {name for name in kinds.__all__ if isinstance(getattr(kinds, name), SessionKind)}
NAMES = {kind.name for kind in kinds.KINDS}


def comparisons_with_a_kind(tree: ast.AST) -> Iterator[str]:
    """Yield comparisons and patterns with a concrete kind, or of a kind with the literal name of one."""
    imported = set(_imported_kinds(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            inner = [one for part in parts for one in ast.walk(part)]
            is_named = any(isinstance(one, ast.Constant) and one.value in NAMES for one in inner)
            if any(_is_concrete(one, imported) for one in inner) or (is_named and any(map(_is_kind_name, parts))):
                yield ast.unparse(node)
        elif isinstance(node, ast.MatchValue) and _is_concrete(node.value, imported):
            yield ast.unparse(node)


def _imported_kinds(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("replay_tui.kinds"):
            yield from (name.asname or name.name for name in node.names if name.name in CONCRETE)


def _is_concrete(node: ast.AST, imported: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in imported
    return isinstance(node, ast.Attribute) and node.attr in CONCRETE and ast.unparse(node.value).endswith("kinds")


def _is_kind_name(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "str":
        return bool(node.args) and ast.unparse(node.args[0]).endswith("kind")
    if not isinstance(node, ast.Attribute):
        return False
    return ast.unparse(node).endswith(("kind.name", "state.kind", "recording.kind"))


def test_packages_compare_with_no_concrete_kind() -> None:
    """A new kind must need no change outside `kinds` and its pane."""
    found = {
        str(path.relative_to(PACKAGE)): compared
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parent != PACKAGE / "kinds"
        and "kind" in (text := path.read_text())  # parsing all files takes much longer
        and (compared := list(comparisons_with_a_kind(ast.parse(text))))
    }
    assert found == {}


def test_comparison_search_finds_every_form() -> None:
    code = """
from replay_tui.kinds import TABLE, TERMINAL
if kind is TERMINAL or kind in (TABLE, other): pass
if kind is kinds.HTTP or recording.kind.name == "text" or str(state.kind) in ("table",): pass
if state.kind != "empty": pass
match kind:
    case kinds.EMPTY: pass
if kind.has_screen or token.kind == "text" or kind.pane is Pane.OUTPUT or name == "terminal" or one is TEXT: pass
"""
    assert len(list(comparisons_with_a_kind(ast.parse(code)))) == 7


def test_kinds_have_unique_names_and_priorities() -> None:
    """The names are part of the JSON output."""
    names = [kind.name for kind in kinds.KINDS]
    assert names == ["terminal", "statements", "http", "table", "text", "raw", "rdp", "empty"]
    assert len({kind.priority for kind in kinds.KINDS}) == len(kinds.KINDS)
    assert [str(kind) for kind in kinds.KINDS] == [kind.name for kind in kinds.KINDS]


def test_kind_of_lowest_priority_matches_every_session() -> None:
    last = max(kinds.KINDS, key=lambda kind: kind.priority)
    assert last is kinds.TEXT
    assert last.matches(Session.parse({}), EventStream())


def test_kind_properties_follow_pane_and_text_source() -> None:
    for kind in kinds.KINDS:
        assert kind.is_empty == (kind.pane is Pane.MESSAGE)
        assert [kind.has_screen, kind.lists_statements, kind.prints_lines].count(True) == 1
    made_of_output = [kind.name for kind in kinds.KINDS if kind.is_made_of_output]
    assert made_of_output == ["terminal", "table", "text", "raw"]
    assert [kind.name for kind in kinds.KINDS if kind.text_source is TextSource.STATEMENTS] == ["statements", "http"]


def test_fixtures_cover_every_kind() -> None:
    found = {load(path).kind for path in SESSIONS.glob("*.json")}
    written_by_hand = {kinds.RAW, kinds.RDP}  # in tests/decoders/test_sessions.py
    assert found | written_by_hand == set(kinds.KINDS)
