"""Commands of recorded shells, clients and panes, compared with what was run."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import DEFAULT_SIZE, SizeTimeline
from replay_tui.shell.commands import ShellCommands, read_shell_commands
from tests.benchmarks.statements_truth import FIXTURES, cases, compare, expected_texts, normalize

RESIZED = {"zsh-wrap-resize"}
"""Recordings whose terminal was resized; all others were recorded with 80 columns and 24 rows."""
CASES = [(path, truth) for path, truth in cases([FIXTURES / "statements"]) if path.name.split(".")[0] not in RESIZED]


def read(path: Path) -> ShellCommands:
    raw = path.read_bytes()
    stream = EventStream()
    for time, kind, data in json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)["event_stream"]:
        stream.append(time, kind, base64.b64decode(data))
    return read_shell_commands(stream, SizeTimeline(DEFAULT_SIZE))


@pytest.mark.parametrize(("path", "truth_path"), CASES, ids=[path.name.split(".")[0] for path, _ in CASES])
def test_read_commands_of_recording_match_truth(path: Path, truth_path: Path) -> None:
    truth = json.loads(truth_path.read_text())
    rows = [row for row in read(path).commands if not row.deleted and row.kind != "input"]
    expected = expected_texts(truth)
    matched, lines = compare(expected, [normalize(row.text) for row in rows])
    assert (matched, lines) == (len(expected), [])
    assert not any(hidden in repr(rows) for hidden in truth.get("hidden", []))
    assert all(row.details["source"] for row in rows)


def test_read_commands_of_clients_name_client_and_place() -> None:
    rows = {row.text: row for row in read(FIXTURES / "statements" / "nested-programs.json.gz").commands}
    dropped = rows["drop table t;"]
    assert (dropped.kind, dropped.verb) == ("ddl", "DROP")
    assert dropped.details["client"] == "sqlite3"
    assert dropped.details["typed_in"] == "bash > sqlite3"
    assert rows["import os"].details["typed_in"] == "bash > python3"
    assert rows["echo inner"].details["typed_in"] == "bash"
    assert rows["echo outer again"].details["typed_in"] == "shell"


def test_read_commands_shell_escape_is_shell_command() -> None:
    rows = read(FIXTURES / "statements" / "psql-in-shell.json").commands
    kinds = {row.text: row.kind for row in rows}
    assert kinds["\\! rm -rf ./nothing"] == "shell"
    assert kinds["drop table zz1;"] == "ddl"
    assert kinds["\\q"] == "other"


def test_read_commands_expanded_history_names_typed_text() -> None:
    rows = read(FIXTURES / "statements" / "bash-history-expansion.json").commands
    assert [(row.text, row.details["typed"]) for row in rows if "typed" in row.details] == [
        ("rm -rf ./nothing", "!!"),
        ("rm -rf ./nothing", "!rm"),
    ]
