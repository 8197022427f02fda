"""Review report as HTML and Markdown: contents, escaping and masking."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from replay_tui import __version__, load
from replay_tui.cli.report import reviewer_notes
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.export.redacted_recording import redact_recording
from replay_tui.export.report.builder import build_report, events_digest
from replay_tui.export.report.markdown import fenced, plain, report_markdown
from replay_tui.settings.state_store import StateStore
from tests.cli.runs import FIXTURES, VIM, Runner
from tests.cli.test_hostile import CONTROL, poisoned
from tests.support.hostile import PAYLOADS, payload_bytes

SESSIONS = FIXTURES / "sessions"
PENDING = str(SESSIONS / "exec-review-pending.json")
SHOUT = "<script>alert(1)</script>"


def written(run: Runner, folder: Path, source: str, ending: str) -> str:
    target = folder / f"report.{ending}"
    ran = run("report", source, "-o", str(target))
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert ran.err.endswith(f"bytes saved in {target}.\n")
    assert target.stat().st_mode & 0o777 == 0o600
    return target.read_text()


@pytest.mark.parametrize("ending", ["html", "md"])
@pytest.mark.parametrize("path", sorted(SESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_report_of_recorded_session_names_source_and_version(run: Runner, tmp_path: Path, path: Path, ending: str):
    text = written(run, tmp_path, str(path), ending)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert f"replay-tui {__version__}" in text
    assert load(path).session.fields.id in text if path.stem != "download" else True


def test_report_holds_review_risk_and_screens(run: Runner, tmp_path: Path):
    text = written(run, tmp_path, PENDING, "md")
    for words in ("◔ PENDING 1 of 2", "prod-writes", "John Roe", "! HIGH", "DELETE FROM payments", "Fidelity"):
        assert words in text
    vim = written(run, tmp_path, VIM, "html")
    assert vim.count('<pre class="screen"') == len(load(VIM).findings)
    assert "rm -rf /tmp/cache-*" in vim
    assert "@media print" in vim


def test_report_holds_bookmarks_note_and_creation_time(tmp_path: Path):
    recording = load(VIM)
    store, key = StateStore(tmp_path), recording.session.fields.id
    store.save(key, [Bookmark(7.0, "look *here*")])
    store.save_reviewed({key: "fine by me"})
    now = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
    record = build_report(
        redact_recording(recording, reveal=False), reviewer_notes(recording, store), [("source", "x")], now
    )
    text = "".join(report_markdown(record))
    assert "| marked as reviewed | fine by me |" in text
    assert r"00:00:07.000 look \*here\*" in text
    assert "2026-12-01 10:30:00 UTC" in text
    assert text == "".join(report_markdown(record))


def test_events_digest_depends_on_events_only(tmp_path: Path):
    session = json.loads(Path(VIM).read_text())
    (tmp_path / "again.json").write_text(json.dumps(session, indent=3))
    same = events_digest(load(tmp_path / "again.json").stream)
    assert same == events_digest(load(VIM).stream)
    session["event_stream"][5][0] += 1e-6
    (tmp_path / "again.json").write_text(json.dumps(session))
    assert events_digest(load(tmp_path / "again.json").stream) != same


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["shell-vim", "exec-review-pending", "pg-psql", "exec-guardrail-blocked"])
def test_report_of_hostile_session_holds_no_markup(run: Runner, tmp_path: Path, name: str):
    import base64

    session: dict[str, Any] = json.loads((SESSIONS / f"{name}.json").read_text())
    stream = session.pop("event_stream", None) or []
    kept = {key: session.get(key) for key in ("status", "verb", "type", "connection_subtype")}
    end = stream[-1][0] if stream else 0.0
    stream += [[end + at, "o", base64.b64encode(payload_bytes(one)).decode()] for at, one in enumerate(PAYLOADS)]
    session = {**poisoned(session), **kept, "connection": f"db{SHOUT}\n# x", "event_stream": stream}
    source = tmp_path / "evil.json"
    source.write_text(json.dumps(session))
    page = written(run, tmp_path, str(source), "html")
    assert not CONTROL.search(page)
    parser = _Page()
    parser.feed(page)
    assert not parser.open
    assert not parser.tags & {"script", "img", "iframe", "a", "form", "object", "svg"}
    text = written(run, tmp_path, str(source), "md")
    assert not CONTROL.search(text)
    outside = re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", text)
    assert not re.search(r"(?<!\\)<(?!br>)", outside)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("a*b_c", r"a\*b_c"),
        ("_x_", r"\_x\_"),
        ("1. x", r"1\. x"),
        ("# x", r"\# x"),
        ("09:30:00", "09:30:00"),
        ("https://evil.example", r"https\://evil.example"),
        ("[a](b)", r"\[a\](b)"),
        ("a|b", r"a\|b"),
        ("&lt;", r"\&lt;"),
        ("R&D", "R&D"),
        ("one\n- two", r"one \- two"),
    ],
)
def test_plain_escapes_markdown_markup(given: str, wanted: str):
    assert plain(given) == wanted


def test_fenced_uses_longer_fence_than_text():
    assert fenced("a\n````\nb").splitlines()[0] == "`````text"


def test_report_masks_hidden_input(run: Runner, tmp_path: Path):
    from tests.export.casts import exported, recording
    from tests.export.test_formats import SECRET, with_password

    exported(recording(with_password(), 80, 24), "json", tmp_path, reveal=True)
    for ending in ("html", "md"):
        text = written(run, tmp_path, str(tmp_path / "out.json"), ending)
        assert SECRET not in text
        assert SECRET.replace("&", "&amp;") not in text
        assert "masked" in text


@pytest.mark.parametrize(
    ("words", "named"),
    [(["-o", "x.pdf"], "must end in .html or .md"), ([], "--output"), (["-o", "none/x.md"], "not a folder")],
)
def test_report_with_wrong_output_exits_2(run: Runner, words: list[str], named: str):
    ran = run("report", VIM, *words)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err
