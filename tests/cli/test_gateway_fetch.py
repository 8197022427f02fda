"""`fetch`: complete answers and downloads, written completely or not at all, readable by their owner only."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from replay_tui import load
from replay_tui.cli import open_session
from tests.cli.gateway_runs import OWNER, REVIEWER, Asking
from tests.support.effort import sampled
from tests.support.gateway import Fault

pytestmark = pytest.mark.slow


@pytest.fixture
def vim(ask: Asking) -> str:
    return ask.gateway.store.names["shell-vim"]


def test_fetched_session_replays_offline(ask: Asking, vim: str, tmp_path: Path) -> None:
    target = tmp_path / "vim.json"
    ran = ask("fetch", vim, "-o", str(target))
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"{target.stat().st_size} bytes saved in {target}.\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert json.loads(target.read_bytes()) == ask.gateway.session("shell-vim")
    assert len(load(target).stream) == 384


@pytest.mark.parametrize("form", ["utf8", "base64", "raw-queries"])
def test_fetch_saves_each_stream_form(ask: Asking, tmp_path: Path, form: str) -> None:
    session = ask.gateway.store.names["pg-psql" if form == "raw-queries" else "exec-postgres-tsv"]
    page = f"{ask.gateway.url}/sessions/{session}?tab=log"
    ran = ask("fetch", page, "-o", str(tmp_path / "x"), "--event-stream", form)
    assert ran.code == 0, ran.err
    assert ran.err.count("\n") == 1
    assert ask.gateway.seen[-1].params == {"expand": "event_stream,session_input", "event_stream": form}


def test_fetch_unavailable_form_prints_warning(ask: Asking, tmp_path: Path) -> None:
    names = ask.gateway.store.names
    ran = ask("fetch", names["exec-bad-utf8"], "-o", str(tmp_path / "a"), "--event-stream", "utf8")
    assert (ran.code, "cannot decode" in ran.err) == (0, True)
    ask.gateway.store.raw_queries[names["mysql-connect"]] = None  # type: ignore[assignment]
    ran = ask("fetch", names["mysql-connect"], "-o", str(tmp_path / "b"), "--event-stream", "raw-queries")
    assert (ran.code, "no raw queries" in ran.err) == (4, True)


@pytest.mark.parametrize("form", [[], ["--event-stream", "utf8"], ["--format", "json"], ["--format", "txt"]])
def test_fetch_without_recording_writes_nothing(ask: Asking, tmp_path: Path, form: list[str]) -> None:
    ask.gateway.session("no-stream").update(event_size=0, metrics=None)
    words = ["fetch", ask.gateway.store.names["no-stream"], "-o", str(tmp_path / "c"), *form]
    assert "has no recording. Nothing was saved; --allow-empty" in ask.fails(*words)
    assert list(tmp_path.iterdir()) == []
    ran = ask(*words, "--allow-empty")
    assert ran.code == 0, ran.err
    assert (tmp_path / "c").exists()


@pytest.mark.parametrize("stream", [None, []])
def test_fetch_of_empty_stream_writes_nothing(ask: Asking, tmp_path: Path, stream: list[object] | None) -> None:
    session_id = ask.gateway.store.copy_of("no-stream", event_stream=stream)
    assert "Nothing was saved" in ask.fails("fetch", session_id, "-o", str(tmp_path / "c"))
    assert list(tmp_path.iterdir()) == []


def test_fetch_withheld_recording_writes_nothing(ask: Asking, tmp_path: Path) -> None:
    session_id = ask.gateway.store.copy_of("pg-psql", user_id=OWNER.id, user=OWNER.id)
    assert "withheld" in ask.fails("fetch", session_id, "-o", str(tmp_path / "c"), who=REVIEWER)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"id": "other"}', b"<html>", b'"text"'])
def test_fetch_of_something_else_writes_nothing(ask: Asking, tmp_path: Path, vim: str, body: bytes) -> None:
    ask.gateway.fault(f"/sessions/{vim}", *[Fault(body=body)] * 9)
    ask.fails("fetch", vim, "-o", str(tmp_path / "c"))
    assert list(tmp_path.iterdir()) == []


HANDING_ON = [
    ["transcript"], ["transcript", "--json"], ["screen"], ["screen", "--format", "svg"], ["screen", "--format", "json"],
    ["statements"], ["statements", "--json"], ["search", "{}", "a"], ["search", "{}", "a", "--json"],
    ["export", "{}", "--to", "txt", "-o", "{target}"], ["report", "{}", "-o", "{target}.md"],
    ["fetch", "{}", "-o", "{target}"], ["fetch", "{}", "--format", "csv", "-o", "{target}"],
]  # fmt: skip


@sampled("words", HANDING_ON, daily=13, ids=" ".join)
@pytest.mark.parametrize("state", ["disabled", "unknown", "missing"])
def test_disabled_downloads_are_obeyed(ask: Asking, tmp_path: Path, vim: str, words: list[str], state: str) -> None:
    ask.gateway.downloads_disabled = state == "disabled"
    if state == "unknown":
        ask.gateway.fault("/serverinfo", *[Fault(status=500)] * 20)
    if state == "missing":
        ask.gateway.fault("/serverinfo", Fault(body=b'{"version": "1"}'))
    made = [word.format(vim, target=tmp_path / "c") for word in words]
    said = ask.fails(*(made if "{}" in words else [made[0], vim, *made[1:]]))
    assert ("disabled" if state == "disabled" else "did not say whether downloads are allowed") in said
    assert list(tmp_path.iterdir()) == []
    assert not any(seen.params.get("expand") for seen in ask.gateway.seen)


def test_serverinfo_without_answer_does_not_delay(ask: Asking, vim: str) -> None:
    ask.gateway.fault("/serverinfo", Fault(delay=600))
    assert "did not say" in ask.fails("transcript", vim)
    assert ask("show", vim).code == 0


def test_disabled_downloads_allow_viewing_on_a_terminal(ask: Asking, vim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_session, "is_terminal", lambda _stream: True)
    ask.gateway.downloads_disabled = True
    for command in ("transcript", "screen", "statements"):
        assert ask(command, vim).code == 0


def test_fetch_withheld_stream_prints_warning(ask: Asking, tmp_path: Path) -> None:
    other = ask.gateway.store.copy_of("shell-vim", review=ask.gateway.session("exec-review-pending")["review"])
    ran = ask("fetch", other, "-o", str(tmp_path / "x"), "--allow-empty", who=REVIEWER)
    assert ran.code == 0
    assert "only the session's owner, admins and auditors" in ran.err
    ran = ask("transcript", other, who=REVIEWER)
    assert (ran.code, ran.out) == (0, "")
    assert "only the session's owner, admins and auditors" in ran.err


def test_fetch_format_saves_download(ask: Asking, vim: str, tmp_path: Path) -> None:
    target = tmp_path / "vim.csv"
    ran = ask("fetch", vim, "-o", str(target), "--format", ".csv", "--events", "i,o", "--event-time", "--newline")
    assert ran.code == 0, ran.err
    assert target.read_bytes().startswith(b"2026-11-20T09:30:00Z ")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert ask.gateway.asked(f"/sessions/{vim}")[-1].params == {
        "extension": "csv",
        "events": "i,o",
        "event-time": "1",
        "newline": "1",
    }
    assert len(ask.gateway.asked(f"/sessions/{vim}/download")) == 1


def test_fetch_saves_script_and_single_parts(ask: Asking, tmp_path: Path) -> None:
    session = ask.gateway.store.names["exec-postgres-tsv"]
    script = ask.gateway.session(session)["script"]["data"]
    assert ask("fetch", session, "-o", str(tmp_path / "a"), "--format", "sql", "--script").code == 0
    assert (tmp_path / "a").read_text() == script
    ran = ask("fetch", session, "-o", str(tmp_path / "b"), "--expand", "session_input")
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    assert ask.gateway.seen[-1].params == {"expand": "session_input"}
    saved = json.loads((tmp_path / "b").read_bytes())
    assert ("event_stream" in saved, saved["script"]["data"]) == (False, script)


@pytest.mark.parametrize("words", [[], ["--format", "json"]])
def test_fetch_with_disabled_downloads_fails(ask: Asking, vim: str, tmp_path: Path, words: list[str]) -> None:
    ask.gateway.downloads_disabled = True
    assert "Downloads are disabled" in ask.fails("fetch", vim, "-o", str(tmp_path / "x"), *words)
    assert not ask.gateway.asked(f"/sessions/{vim}")
    assert not list(tmp_path.iterdir())


def test_fetch_resumes_interrupted_answer(ask: Asking, vim: str, tmp_path: Path) -> None:
    ask.gateway.fault(f"/sessions/{vim}", None, Fault(cut_at=9000), Fault(cut_at=12000))
    assert ask("fetch", vim, "-o", str(tmp_path / "x")).code == 0
    assert json.loads((tmp_path / "x").read_bytes()) == ask.gateway.session("shell-vim")


def test_fetch_failed_keeps_old_file(ask: Asking, vim: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    ask.gateway.fault(f"/sessions/{vim}", None, *[Fault(cut_at=9000)] * 40)
    assert "before the end of the response" in ask.fails("fetch", vim, "-o", str(tmp_path / "x"))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["-o", "x", "--events", "i"], "--format"),
        (["-o", "x", "--newline"], "--format"),
        (["-o", "x", "--script"], "--format"),
        (["-o", "x", "--expand", "everything"], "event_stream or session_input"),
        (["-o", "x", "--format", "json", "--event-stream", "utf8"], "cannot be combined"),
        (["-o", "x", "--format", "json", "--events", "i,q"], "event types"),
        (["-o", "x", "--format", "../x"], "format"),
        (["-o", "x", "--event-stream", "utf7"], "utf7"),
        (["-o", "-"], "-o FILE"),
        (["-o", "/dev/null"], "not a regular file"),
        (["-o", "."], "not a regular file"),
        (["-o", "missing/x"], "not a folder"),
        (["-o", "x" * 5000], "is not a valid file name"),
        ([], "--output"),
    ],
)
def test_fetch_invalid_options_fail(
    ask: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vim: str, words: list[str], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert named in ask.fails("fetch", vim, *words, code=2)
    assert not ask.gateway.seen
