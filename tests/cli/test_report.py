"""Review report as HTML and Markdown: contents, escaping and masking."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import replay_tui
from replay_tui import __version__, load
from replay_tui.cli.report import reviewer_notes
from replay_tui.domain.finding import worst_first
from replay_tui.domain.session import Session
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.export.redacted_recording import redact_recording
from replay_tui.export.report.builder import build_report
from replay_tui.export.report.html import report_html
from replay_tui.export.report.identification import EVENTS_DIGEST, events_digest
from replay_tui.export.report.markdown import fenced, plain, report_markdown
from replay_tui.export.report.model import Excerpt, ReportTable, ReviewerNotes
from replay_tui.export.report.review_history import review_history
from replay_tui.export.report.verdict import COMPLETE
from replay_tui.presenters.document import Field
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.themes import MIN_CONTRAST, contrast
from tests.cli.runs import FIXTURES, VIM, Runner
from tests.cli.test_hostile import CONTROL, poisoned
from tests.support.hostile import PAYLOADS, payload_bytes

SESSIONS = FIXTURES / "sessions"
PENDING = str(SESSIONS / "exec-review-pending.json")
DEMO = sorted((Path(replay_tui.__file__).parent / "demo").glob("*.json"))
NOW, LATER = datetime(2026, 12, 1, 10, 30, tzinfo=UTC), datetime(2026, 12, 3, 23, 1, 7, tzinfo=UTC)
DIGEST = (EVENTS_DIGEST, "abc")
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
    for words in ("pending, 1 of 2 approvals", "prod-writes", "John Roe", "! HIGH", "DELETE FROM payments", "Fidelity"):
        assert words in text
    vim = written(run, tmp_path, VIM, "html")
    moments = {one.time for one in load(VIM).findings if one.severity.rank}
    assert vim.count('<pre class="screen"') == len(moments) > 0
    assert "rm -rf /tmp/cache-*" in vim
    assert "@media print" in vim


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_report_begins_with_verdict_then_worst_findings(path: Path):
    recording = load(path)
    report = build_report(redact_recording(recording, reveal=False), ReviewerNotes(), [DIGEST], NOW)
    verdict, findings, *rest = report.sections
    values = {part.label: part.value for part in verdict.parts if isinstance(part, Field)}
    assert values.keys() >= {"risk", "worst finding", "decision", "completeness", "session id", DIGEST[0]}
    assert values["session id"] == recording.session.fields.id
    assert values["completeness"] == COMPLETE
    assert ("decided by" in values) is (recording.session.fields.review is not None)
    excerpts = [part for part in findings.parts if isinstance(part, Excerpt)]
    wanted = [one for one in worst_first(recording.findings) if one.severity.rank]
    assert [one.label for one in excerpts] == [one.message for one in wanted]
    assert all(one.code or one.screen for one in excerpts)
    tables = [part for part in findings.parts if isinstance(part, ReportTable)]
    assert sum(len(table.rows) for table in tables) == len(recording.findings) - len(wanted)
    assert [section.title.split(" (")[0] for section in rest if section.title != "Script"] == [
        "Risk reported by the gateway", "Review history", "Session", "Statements", "Fidelity", "About this report",
    ]  # fmt: skip


def test_report_of_incomplete_recording_says_so_in_verdict(run: Runner, tmp_path: Path):
    cut = tmp_path / "cut.json"
    session = json.loads(Path(VIM).read_text())
    cut.write_text(json.dumps({**session, "event_size": 10**9, "metrics": {"truncated": True}}))
    verdict = written(run, tmp_path, str(cut), "md").split("## Findings")[0]
    assert "This recording is incomplete" in verdict
    assert COMPLETE not in verdict
    pending = written(run, tmp_path, PENDING, "md").split("## Findings")[0]
    assert "This session has not run yet: it waits for its review." in pending
    assert COMPLETE not in pending


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_page_holds_every_table_of_the_report(path: Path):
    report = build_report(redact_recording(load(path), reveal=False), ReviewerNotes(), [DIGEST], NOW)
    tables = [part for section in report.sections for part in section.parts if isinstance(part, ReportTable)]
    page = "".join(report_html(report))
    drawn = [part.split("</table>")[0] for part in page.split('<table class="rows">')[1:]]
    assert [part.count("<tr>") for part in drawn] == [1 + len(table.rows) for table in tables] != []


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_report_depends_on_the_present_in_its_date_only(path: Path):
    redacted = redact_recording(load(path), reveal=False)
    texts = ["".join(report_markdown(build_report(redacted, ReviewerNotes(), [DIGEST], now))) for now in (NOW, LATER)]
    assert texts[0].replace(f"{NOW:%Y-%m-%d %H:%M:%S}", f"{LATER:%Y-%m-%d %H:%M:%S}") == texts[1]
    assert not re.search(r"opens in|closes in|\bago\b", texts[0])


def test_review_history_is_in_order_of_time_waiting_last():
    groups = [
        {"group": "security", "status": "PENDING"},
        {"group": "dba", "status": "APPROVED", "review_date": "2026-11-02T10:00:00Z", "reviewed_by": {"name": "Bo"}},
        {"group": "sre", "status": "APPROVED", "review_date": "2026-11-02T09:00:00Z", "forced_review": True},
    ]
    review = {"status": "PENDING", "created_at": "2026-11-02T08:00:00Z", "review_groups_data": groups}
    table = review_history(Session.parse({"id": "1", "user_name": "Ana", "review": review})).parts[0]
    assert isinstance(table, ReportTable)
    assert table.rows == [
        ("2026-11-02 08:00:00 UTC", "requested", "", "Ana"),
        ("2026-11-02 09:00:00 UTC", "approved (forced)", "sre", "unknown"),
        ("2026-11-02 10:00:00 UTC", "approved", "dba", "Bo"),
        ("not yet", "waiting", "security", ""),
    ]


@pytest.mark.parametrize("path", [*DEMO, SESSIONS / "pg-psql.json"], ids=lambda path: path.stem)
def test_markdown_report_renders_as_tables_and_blocks(run: Runner, tmp_path: Path, path: Path):
    text = written(run, tmp_path, str(path), "md")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = Counter(token.type for token in tokens)
    assert kinds["heading_open"] == len(re.findall(r"(?m)^#+ ", re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", text)))
    assert kinds["fence"] == text.count("```text")
    assert kinds["table_open"] == len(re.findall(r"(?m)^\|( --- \|)+$", text))
    paragraphs = [token.content for token in tokens if token.type == "inline"]
    assert not any(one.lstrip().startswith("|") or "```" in one for one in paragraphs)
    assert not kinds["html_block"]


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
    assert r"00:00:07.000 · 09:30:07 UTC · look \*here\*" in text
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


def test_report_colours_are_readable_in_every_theme():
    style = (Path(replay_tui.__file__).parent / "export/templates/style.css").read_text()
    themes = [
        dict(re.findall(r"--(\w+): (#\w{3,6})\b", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)
    ]
    assert len(themes) == 3  # light, dark, printed
    for theme in themes:
        colours = {name: rgb(value) for name, value in theme.items() if len(value) in (4, 7)}
        for name in ("text", "faint", "high", "medium", "low"):
            for ground in ("ground", "block"):
                assert contrast(colours[name], colours[ground]) >= MIN_CONTRAST, (name, theme)


def rgb(text: str) -> tuple[int, int, int]:
    digits = text[1:] if len(text) == 7 else "".join(char * 2 for char in text[1:])
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue
