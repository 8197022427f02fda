"""Statistics, shapes of statements, and what is new for a user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replay_tui.archive.library.find import Find
from replay_tui.archive.library.find_query import FindQuery
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.selection import Condition, Selection
from replay_tui.archive.library.shapes import statement_shape
from replay_tui.archive.library.stats import GROUPS, count_usage, counted_sessions
from replay_tui.domain.statement import Statement
from replay_tui.load_recording import load
from replay_tui.presenters.library import novelty_text
from tests.archive.library.libraries import SESSIONS, add

ALL = Selection()


def session(folder: Path, number: int, user: str, *statements: str, day: int = 1) -> Path:
    """Save an exec session with a script for a database, on one connection."""
    path = folder / f"{number}.json"
    fields = {
        "id": f"s{number}", "user": user, "connection": "shop", "type": "database", "connection_subtype": "postgres",
        "verb": "exec", "status": "done", "start_date": f"2026-11-{day:02d}T10:{number:02d}:00Z",
        "end_date": f"2026-11-{day:02d}T10:{number:02d}:30Z", "script": {"data": ";\n".join(statements) + ";"},
        "event_stream": [[0.1, "o", "T0sK"]],
    }  # fmt: skip
    path.write_text(json.dumps(fields))
    return path


@pytest.mark.parametrize(
    ("kind", "text", "shape", "tables"),
    [
        ("read", "SELECT * FROM users WHERE id = 7 AND name = 'x'", "SELECT * FROM USERS WHERE ID = ? AND NAME = ?",
         ("users",)),
        ("read", "select a from s.t join \"U\" on 1=1 where b in (1, 2,3)",
         "SELECT A FROM S . T JOIN U ON ? = ? WHERE B IN ( ? )", ("s.t", "U")),
        ("dml", "INSERT INTO log VALUES (1, 'a'), (2, 'b')", None, ("log",)),
        ("read", "SELECT * FROM generate_series(1, 3)", "SELECT * FROM GENERATE_SERIES ( ? )", ()),
        ("ddl", "DROP TABLE IF EXISTS Old", "DROP TABLE IF EXISTS OLD", ("old",)),
        ("shell", "kill -9 12345", "kill -? ?", ()),
        ("shell", "echo 'a b' \"$HOME\"  x2", "echo ? ? x2", ()),
        ("http", "GET /users/17/orders?page=2", "GET /users/?/orders?page=?", ()),
    ],
)  # fmt: skip
def test_shape_replaces_literals(kind: str, text: str, shape: str | None, tables: tuple[str, ...]) -> None:
    found = statement_shape(Statement(0.0, kind, text))
    assert found[1] == tables
    assert shape is None or found[0] == shape


def test_stats_count_every_statement_of_the_sessions(tmp_path: Path) -> None:
    with Library.open(tmp_path, writes=True) as library:
        add(library, SESSIONS)
        sources = [row[0] for row in library.connection.execute("SELECT source FROM sessions")]
        rows = count_usage(library, "user", ALL, 100)
        expected = sum(not one.deleted for source in sources for one in load(source).statements)
        assert sum(row.statements + row.commands for row in rows) == expected
        assert sum(row.sessions for row in rows) <= len(sources)
        for group in GROUPS:
            assert count_usage(library, group, ALL, 100), group
        one = Selection((Condition("connection", ("pgdemo",)),))
        assert {row.value for row in count_usage(library, "connection", one, 100)} == {"pgdemo"}
        assert not counted_sessions(library, ALL).is_complete


def test_find_new_gives_statements_that_the_user_never_used(tmp_path: Path) -> None:
    usual = "SELECT * FROM users WHERE id = {}"
    paths = [session(tmp_path, n, "ana", usual.format(n), day=1 + n) for n in range(6)]
    paths += [session(tmp_path, 20 + n, f"colleague-{n}", "DROP TABLE users" if n else "SELECT 1") for n in range(3)]
    paths += [session(tmp_path, 40, "ana", usual.format(99), "DROP TABLE users", day=20)]
    paths += [session(tmp_path, 41, "new", usual.format(99), day=21)]
    with Library.open(tmp_path / "library", writes=True) as library:
        add(library, paths)
        found = [*Find(library, FindQuery("users", new_only=True)).hits()]
    late = {(one.session.user, one.hit.text.rstrip(";"), novelty_text(one.novelty)) for one in found if one.novelty}
    assert ("ana", "DROP TABLE users", "first time: 0 of this user's 6 sessions, 2 of 3 colleagues") in late
    assert ("new", usual.format(99), "too few sessions to compare: 0 earlier, 1 of 4 colleagues") in late
    assert ("ana", usual.format(99), "") not in late
    assert not any(text[1] == usual.format(number) for text in late for number in range(1, 6))
