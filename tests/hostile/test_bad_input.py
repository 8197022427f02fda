"""Damaged input in commands and interface: an error message, or the readable part with a warning."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from replay_tui.ui.session_ref import SessionRef
from tests.cli.conftest import run as run  # noqa: PLC0414 -- a fixture
from tests.cli.runs import Runner
from tests.support.effort import sampled
from tests.ui.driver import running

HELLO = json.dumps([0, "o", base64.b64encode(b"\x1b[1mhello\x1b[0m ").decode()])


def around(*events: str, tail: str = "") -> bytes:
    """Return a session with one valid event before `events`."""
    head = '{"type": "custom", "verb": "connect", "event_stream": ['
    return f"{head}{', '.join((HELLO, *events))}]{tail}}}".encode()


def payload(data: bytes, time: object = 1, kind: str = "o") -> str:
    return json.dumps([time, kind, base64.b64encode(data).decode()])


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "binary": (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "binary"),
    "text": (b"hello world", "plain text"),
    "page": (b"<!doctype html><html>", "web page"),
    "error": (b'{"message": "session not found"}', "session not found"),
    "cut at once": (b'{"id": "x', "incomplete"),
    "nothing in it": (b"{}", "not a session"),
    "damaged gzip": (b"\x1f\x8b\x08garbage", "damaged"),
}
"""Files without a session, and a word of the error message."""

NULLS = ("id", "user", "type", "verb", "status", "event_stream", "review", "ai_analysis", "metrics", "script", "labels",
         "start_date", "end_date", "connection", "connection_subtype", "guardrails_info", "metadata")  # fmt: skip
PARTLY: dict[str, tuple[bytes, str | None]] = {
    "truncated": (around(payload(b"more"), payload(b"lost"))[:-30], "input-cut"),
    "truncated gzip": (gzip.compress(around(*(payload(b"%d " % i**9, i) for i in range(200))))[:-300], "input-cut"),
    "no list": (b'{"id": "x", "user": "a", "event_stream": 5}', "stream-not-list"),
    "an object": (b'{"id": "x", "user": "a", "event_stream": {"a": 1}}', "stream-not-list"),
    "wrong types": (around("[1]", "[1, 2, 3]", "null", '"x"', '{"a": 1}'), "bad-event"),
    "bad base64": (around('[1, "o", "!!!"]'), "bad-base64"),
    "negative time": (around(payload(b"there", -5)), "negative-time"),
    "repeated time": (around(payload(b"there", 0), payload(b"too", 0)), None),
    "backward time": (around(payload(b"a", 9), payload(b"there", 3)), "time-jumps-back"),
    "a time that is none": (around(f'[NaN, "o", "{base64.b64encode(b"there").decode()}"]'), "broken-time"),
    "an endless time": (around(payload(b"there", 1).replace("1,", "1e999,", 1)), "broken-time"),
    "a time of null": (around(payload(b"there", None)), "broken-time"),
    "unknown type": (around(payload(b"there", 1, "z")), "unknown-event-type"),
    "far cursor": (around(payload(b"\x1b[10000000Cx\x1b[10000000;10000000H\rthere")), None),
    "unterminated": (around(payload(b"\x1b]2;never ends")), None),
    "invalid utf-8": (around(payload(b"\xff\xfe\xc3(there")), None),
    "wrong fields": (around(tail=', "user": 5, "review": "x", "metrics": [1], "labels": 7'), "odd-field"),
    "every field null": (json.dumps(dict.fromkeys(NULLS)).encode(), None),
}
"""Partly readable files, and the code of the warning that counts the rest (None if nothing is lost)."""

WITHOUT_STREAM = ("no list", "an object", "every field null")
BOTH = ("negative time", "repeated time", "backward time", "a time that is none", "an endless time", "a time of null",
        "far cursor", "invalid utf-8")  # fmt: skip
"""Files whose second event is displayed as well."""


def saved(name: str, data: bytes, folder: Path) -> str:
    path = folder / f"{name.replace(' ', '-')}.json"
    path.write_bytes(data)
    return str(path)


def unreadable(folder: Path) -> dict[str, tuple[str, str]]:
    """Return paths without a session, and a word of the error message of each."""
    found = {name: (saved(name, data, folder), words) for name, (data, words) in REFUSED.items()}
    return {**found, "missing": (str(folder / "none"), "does not exist"), "directory": (str(folder), "is a directory")}


def test_commands_invalid_file_gives_one_message(run: Runner, tmp_path: Path):
    for name, (path, words) in unreadable(tmp_path).items():
        for command in (["show"], ["screen"], ["transcript"], ["statements"], ["search"], []):
            ran = run(*command, path, *(["x"] if command == ["search"] else []))
            assert (ran.code, ran.out) == (3, ""), (name, command, ran)
            assert len(ran.err.splitlines()) == 1, (name, ran.err)
            assert ran.err.startswith("replay-tui: "), (name, ran.err)
            assert words in ran.err, (name, ran.err)


@pytest.mark.parametrize("name", PARTLY)
def test_commands_damaged_file_gives_rest_and_warning(name: str, run: Runner, tmp_path: Path):
    data, code = PARTLY[name]
    path = saved(name, data, tmp_path)
    shown = run("show", path, "--json")
    assert shown.code == 0, shown.err
    codes = [note["code"] for note in json.loads(shown.out)["replay"]["fidelity"]]
    assert code is None or code in codes, codes
    for words in (["show"], ["screen"], ["transcript"], ["statements"], ["search", "hello"]):
        ran = run(words[0], path, *words[1:])
        not_found = words[0] == "search" and name in WITHOUT_STREAM
        unread = words[0] != "show" and name in WITHOUT_STREAM and code
        assert ran.code == (3 if unread else 1 if not_found else 0), (words, ran.err)
        assert "Traceback" not in ran.err
        if words[0] in ("screen", "transcript") and name not in WITHOUT_STREAM:
            assert "hello" in ran.out or (name, words[0]) == ("truncated gzip", "screen")  # scrolled off
            assert "there" in ran.out or name not in BOTH


DISPLAYED = (
    (("binary", "missing"), ("truncated", "bad base64", "far cursor", "every field null")),
    (("empty", "error", "directory"), ("wrong types", "backward time", "wrong fields")),
)


@pytest.mark.slow
@sampled(("refused_names", "partly_names"), DISPLAYED, daily=1)
async def test_interface_damaged_file_gives_message(
    tmp_path: Path, refused_names: tuple[str, ...], partly_names: tuple[str, ...]
):
    bad = unreadable(tmp_path)
    refused = [bad[name] for name in refused_names]
    partly = [(saved(name, PARTLY[name][0], tmp_path), PARTLY[name][1]) for name in partly_names]
    refs = [SessionRef(path) for path, _ in (*refused, *partly)]
    async with running(*refs, folder=tmp_path, ready=False, size=(200, 50)) as ui:

        def reads(words: str) -> bool:
            return words in " ".join(ui.text.replace("│", " ").split())  # the message may be wrapped

        for path, words in refused:
            await ui.until(lambda path=path: ui.state.ref.path == path, path)
            await ui.sees("Cannot open this session")
            await ui.until(lambda words=words: reads(words), words)
            await ui.press("right_curly_bracket")
        for path, code in partly:
            await ui.until(lambda path=path: ui.state.ref.path == path, path)
            await ui.until(lambda: reads("finding") or reads("not analysed"), path)
            if code:
                await ui.until(lambda: reads("! "), code)
            await ui.press("right_curly_bracket")
