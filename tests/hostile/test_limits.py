"""Limits: each quantity is bounded, exceeding a limit gives a warning or message, and the rest still works."""

from __future__ import annotations

import base64
import gzip
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from replay_tui import load
from replay_tui.cli.main import main
from replay_tui.domain.errors import UsageError
from replay_tui.findings.rules import custom_rules
from replay_tui.recording import Recording
from replay_tui.search.query import Query
from replay_tui.sources import read_all
from replay_tui.sources.chunk_reader import ChunkReader
from tests.cli.runs import process
from tests.support.effort import sampled


def saved(folder: Path, events: list[Any], **fields: Any) -> str:
    path = folder / "session.json"
    path.write_text(json.dumps({"type": "custom", "verb": "connect", **fields, "event_stream": events}))
    return str(path)


def event(time: float, kind: str, data: bytes) -> list[Any]:
    return [time, kind, base64.b64encode(data).decode()]


def codes(recording: Recording) -> set[str]:
    return {note.code for note in recording.fidelity}


@pytest.mark.parametrize("odd", [False, True], ids=["bulk", "one by one"])
def test_event_limit_gives_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: bool):
    monkeypatch.setattr("replay_tui.domain.event_stream.MAX_EVENTS", 50)
    events = [event(at / 10, "o", b"x") for at in range(200)]
    if odd:
        events[0][0] = None
    recording = load(saved(tmp_path, events))
    assert len(recording.stream) == 50
    assert "too-large" in codes(recording)
    assert recording.screen(99).lines[0] == "x" * 50


def test_statement_limit_gives_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("decode_result", "registry"):
        monkeypatch.setattr(f"replay_tui.decoders.{name}.MAX_STATEMENTS", 20)
    events = [event(at / 10, "i", b"select %d;" % at) for at in range(100)]
    recording = load(saved(tmp_path, events, type="database", connection_subtype="mysql"))
    assert len(recording.statements) == 20
    assert "too-many-statements" in codes(recording)
    assert recording.search("select 3")


def test_typed_line_limit_gives_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("shell.shell_reader", "analysis.session_analysis"):
        monkeypatch.setattr(f"replay_tui.{name}.MAX_LINES", 5)
    events = [event(0, "o", b"\x1b[1m$ \x1b[0m")]
    for at in range(40):
        events += [event(at, "i", b"ls\r"), event(at + 0.1, "o", b"ls\r\nfile\r\n$ ")]
    recording = load(saved(tmp_path, events))
    assert 0 < len(recording.statements) <= 7
    assert "commands-cut" in codes(recording)


def test_control_sequence_limit_gives_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("terminal.sequence_filter", "analysis.fidelity_warnings"):
        monkeypatch.setattr(f"replay_tui.{name}.MAX_EVENTS", 10)
    recording = load(saved(tmp_path, [event(0, "o", b"\x1b[1mx\x1b]52;c;YQ==\x07" * 50)]))
    assert len(recording.sequences) == 10
    assert "sequences-cut" in codes(recording)


def test_finding_limit_names_number_of_others(tmp_path: Path):
    events = [event(at / 10, "i", b"drop table a%d;" % at) for at in range(800)]
    recording = load(saved(tmp_path, events, type="database", connection_subtype="mysql"))
    assert len(recording.findings) <= 1000
    assert any("more like it" in finding.message for finding in recording.findings)


def test_search_hit_limit_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("replay_tui.recording.MAX_HITS", 10)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = saved(tmp_path, [event(at, "o", b"\x1b[1mneedle %d\x1b[0m\r\n" % at) for at in range(60)])
    assert main(["search", path, "needle", "--json"]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 10
    assert "first 10 matches" in captured.err


def test_gzip_bomb_is_truncated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "replay_tui.sources.source_reader.ChunkReader", partial(ChunkReader, max_decompressed_bytes=4 << 20)
    )
    path = tmp_path / "bomb.json.gz"
    whole = json.dumps({"event_stream": [event(at, "o", b"hello" * 100) for at in range(20_000)]})
    path.write_bytes(gzip.compress(whole.encode()))
    assert path.stat().st_size < len(whole) / 50
    recording = load(str(path))
    assert "too-large" in codes(recording)
    assert 0 < len(recording.stream) < 20_000


def test_oversized_json_value_gives_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("replay_tui.sources.chunk_reader.MAX_BYTES", 3 << 20)
    events = json.dumps([event(0, "o", b"hi"), event(1, "o", b"x" * (8 << 20))])
    path = tmp_path / "session.json"
    path.write_text('{"user_name": "Ana", "event_stream": ' + events + "}")
    recording = load(str(path))
    assert recording.session.fields.user_name == "Ana"
    assert recording.screen(0).lines[0] == "hi"
    assert "too-large" in codes(recording)


@pytest.mark.parametrize("nested", ["[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000, "[" * 5000])
def test_deep_json_nesting_is_tolerated(tmp_path: Path, nested: str):
    path = tmp_path / "deep.json"
    path.write_text('{"user_name": "Ana", "labels": ' + nested + ', "event_stream": [[0, "o", "aGk="]]}')
    recording = load(str(path)) if nested.endswith(("]", "}")) else None
    if recording:
        assert recording.session.fields.user_name == "Ana"
        assert recording.screen(0).lines[0] == "hi"
        assert "bad-json" in codes(recording)
    else:
        assert main(["show", str(path)]) in (0, 3)


def test_table_cell_limit_gives_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("replay_tui.decoders.tsv_table.MAX_CELLS", 100)
    text = b"id\tname\n" + b"".join(b"%d\tx\n" % at for at in range(500))
    recording = load(
        saved(tmp_path, [event(0, "o", text)], type="database", verb="exec", connection_subtype="postgres")
    )
    table = recording.analysis.decoded.table
    assert table is not None
    assert len(table.rows) <= 100
    assert table.truncated


NEVER_ENDING = [
    "(a+)+$", "(a|a)*b", "(.*a){20}", "a?" * 28 + "a" * 28, "(a|aa)" * 28 + "b", "a*a*a*a*a*a*b",
    "(?#[)(a+)+(?#])$",  # the comment contains the start of a character class
]  # fmt: skip


@sampled("pattern", NEVER_ENDING, daily=2)
def test_search_endless_pattern_stops(tmp_path: Path, pattern: str):
    path = saved(tmp_path, [event(0, "o", b"\x1b[1m" + b"a" * 28 + b"\x1b[0m\r\n")])
    assert process("search", path, pattern, "--regex").returncode in (0, 1, 2)


@pytest.mark.parametrize("pattern", ["(?:(?:a{1000}){1000}){1000}", "((a{9,999}b){999}c){0,999}"])
def test_pattern_with_huge_repetition_is_rejected(tmp_path: Path, pattern: str, capsys: pytest.CaptureFixture[str]):
    path = saved(tmp_path, [event(0, "o", b"a" * 28)])
    assert main(["search", path, pattern, "--regex"]) == 2
    assert "repeats too much" in capsys.readouterr().err
    with pytest.raises(UsageError, match=r"repeats too much|nested repetitions"):
        custom_rules([{"name": "large", "pattern": pattern}])


@pytest.mark.slow
def test_query_slow_pattern_stops_search_and_highlighting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("replay_tui.search.query._TOTAL_SECONDS", 0.0)
    monkeypatch.setattr("replay_tui.search.query._SLOW_SECONDS", 0.0)  # every line takes long
    line = "x" * 390
    for pattern in (".*.*=", "(x+x+)+y"):
        query = Query(pattern, regex=True)
        read: set[int] = set()

        class Line(str):
            def __len__(self, read: set[int] = read) -> int:
                read.add(id(self))
                return super().__len__()

            def __getitem__(self, key: Any, read: set[int] = read) -> str:
                read.add(id(self))
                return super().__getitem__(key)

        lines = [Line(line) for _ in range(1000)]
        assert not any(map(query.display_spans, lines))
        assert 1 <= len(read) <= 5
        with pytest.raises(UsageError, match="exceeded the 0 s time limit"):
            query.matching([line] * 64, 0)


@pytest.mark.slow
def test_custom_rule_endless_pattern_is_skipped(tmp_path: Path):
    events = [event(at, "i", b"select '%b';" % (b"a" * 4000)) for at in range(50)]
    loaded = read_all(saved(tmp_path, events, type="database", connection_subtype="mysql"))
    rows = [{"name": "slow", "pattern": "(a|aa)" * 28 + "b"}, {"name": "quick", "pattern": "select 'a"}]
    for _ in range(2):  # each session has its own time budget
        recording = Recording(loaded, custom_rules=custom_rules(rows))
        found = [finding.rule for finding in recording.findings]
        assert (found.count("slow"), found.count("quick")) == (0, 50)
        warning = next(one for one in recording.fidelity if one.code == "rules-timed-out")
        assert re.fullmatch(
            r"the rule slow did not run on \d+ texts: its time limit of 5 s was exceeded", warning.sentence
        )
