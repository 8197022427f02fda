"""Hostile texts in every field, event and name of a session reach no command's output.

More kinds of sessions, and all commands, are in `tests/hostile/test_commands.py`.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.gateway_runs import Asking
from tests.cli.runs import FIXTURES, Runner
from tests.support.effort import sampled
from tests.support.hostile import PAYLOADS, payload_bytes

SGR = re.compile(r"\x1b\[[0-9;:]*m")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\b\x7f\u202e\u200b\n\t<b>&\"'[red]"


def poisoned(value: Any) -> Any:
    """Return the object with a payload appended to every text."""
    if isinstance(value, str):
        return value if re.match(r"^[\d-]{10}T", value) else value + EVIL
    if isinstance(value, dict):
        return {key + (EVIL if key == "team" else ""): poisoned(item) for key, item in value.items()}
    return [poisoned(item) for item in value] if isinstance(value, list) else value


def event(time: float, kind: str, data: bytes) -> list[Any]:
    return [time, kind, base64.b64encode(data).decode()]


@pytest.fixture(params=["shell-vim", "pg-psql"])
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Write a recorded session with a payload in every text and all payloads in its stream."""
    session = json.loads((FIXTURES / "sessions" / f"{request.param}.json").read_text())
    stream = session.pop("event_stream", None) or []
    typed = {key: session.get(key) for key in ("status", "verb", "type", "connection_subtype")}
    session = {
        **poisoned(session), **typed, "labels": {"team": "x", EVIL: EVIL}, "metadata": {"a": [EVIL]}, EVIL: EVIL,
        "connection": "db" + EVIL, "user_name": "Ana" + EVIL, "extra": {"deep": {EVIL: [EVIL]}},
        "ai_analysis": poisoned({
            "risk_level": "high", "title": "t", "explanation": "e", "action": "a", "summary": "s", "model": "m",
            "steps": [{"type": "t", "thinking": "x", "tool_name": "n", "tool_input": {"q": "i"}, "tool_output": "o"}],
        }),
    }  # fmt: skip
    end = stream[-1][0] if stream else 0.0
    for number, name in enumerate(PAYLOADS):
        kind = "i" if number % 3 == 1 else "o"
        stream.append(event(end + number / 10, kind, payload_bytes(name) + b"\r\nneedle\r\n"))
    session["event_stream"] = stream
    path = tmp_path / "evil\x1b[2J\u202e.json"
    path.write_text(json.dumps(session))
    return str(path)


@pytest.mark.slow
@sampled(
    "words",
    [
        ["show"],
        ["show", "--json"],
        ["screen"],
        ["screen", "--format", "json"],
        ["screen", "--format", "svg"],
        ["screen", "--at", "50%", "--format", "ansi"],
        ["transcript"],
        ["transcript", "--times"],
        ["transcript", "--json"],
        ["statements"],
        ["statements", "--json"],
        ["search", "needle"],
        ["search", "e", "--json"],
        ["search", "e", "--in", "output"],
    ],
    daily=5,
    ids=" ".join,
)
def test_commands_print_no_control_bytes(run: Runner, hostile: str, words: list[str]):
    ran = run(words[0], hostile, *words[1:])
    assert ran.code in (0, 1), ran.err
    out = SGR.sub("", ran.out) if "ansi" in words else ran.out
    assert not CONTROL.search(out), CONTROL.search(out)
    assert not CONTROL.search(ran.err)
    if "--json" in words:
        assert out.isascii()
        json.loads(out)


EDGES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]


def at_the_edge(session: dict[str, Any], date: str) -> dict[str, Any]:
    group = {"group": "g", "status": "APPROVED", "review_date": date}
    return {
        **session, "start_date": date, "end_date": date,
        "review": {"id": "r", "created_at": date, "revoke_at": date, "review_groups_data": [group]},
        "ai_analysis": {"risk_level": "high", "steps": [{"type": "thinking", "thinking": "x", "timestamp": date}]},
    }  # fmt: skip


@pytest.mark.parametrize("date", EDGES)
def test_dates_at_calendar_limits_never_fail(run: Runner, tmp_path: Path, date: str):
    path = tmp_path / "edge.json"
    path.write_text(json.dumps(at_the_edge(json.loads((FIXTURES / "sessions" / "shell-vim.json").read_text()), date)))
    source, out = str(path), str(tmp_path / "out")
    wall = run("screen", source, "--at", "@14:00")
    assert wall.code == 2
    assert "no start date" in wall.err
    for words in (
        ["show", source], ["show", source, "--json"], ["report", source, "--output", out + ".html"],
        ["export", source, "--to", "asciicast", "-o", out + ".cast"], ["scan", source],
        ["export", source, "--to", "html", "-o", out + "2.html"],
    ):  # fmt: skip
        ran = run(*words)
        assert ran.code in (0, 1), (words, ran.err)
        assert "nternal error" not in ran.err


@pytest.mark.parametrize("date", EDGES)
def test_list_with_dates_at_calendar_limits(ask: Asking, date: str):
    for number, session in ask.gateway.store.sessions.items():
        ask.gateway.store.sessions[number] = at_the_edge(session, date)
    ran = ask("list")
    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) > 3


def test_svg_of_hostile_session_is_xml(run: Runner, hostile: str):
    from xml.etree import ElementTree

    ElementTree.fromstring(run("screen", hostile, "--format", "svg").out)
