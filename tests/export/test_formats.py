"""Export formats: content, redaction, and atomic writing."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from replay_tui import load
from replay_tui.domain.errors import Cancelled, UsageError
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.export import FORMATS, export_recording
from replay_tui.player.player import IdleMode, TimeMap
from tests.export.casts import cast, recording, text_of
from tests.support.fixtures import SESSIONS, stream_of
from tests.support.hostile import PAYLOADS, payload_bytes

SECRET = "Tr0ub4dor&3"
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def with_password() -> EventStream:
    """Return a stream with a password typed at a prompt, and printed twice, once split between events."""
    events: list[tuple[float, str, bytes]] = [(0.0, "o", b"$ sudo -v\r\n[sudo] password for ana: ")]
    events += [(0.1 * at, "i", char.encode()) for at, char in enumerate(SECRET, 1)]
    events += [(2.0, "i", b"\r"), (2.1, "o", b"\r\n$ ")]
    typed = [(3 + 0.1 * at, kind, char.encode()) for at, char in enumerate("echo $pw") for kind in "io"]
    pieces = [(6.1 + 0.1 * at, "o", char.encode()) for at, char in enumerate(f"\r\n{SECRET}\r\n")]
    return stream_of(*events, *typed, (6.0, "i", b"\r"), *pieces, (8.0, "o", f"{SECRET}\r\n$ ".encode()))


@pytest.mark.parametrize("form", FORMATS)
def test_export_hidden_input_needs_reveal(form: str, tmp_path: Path):
    made = recording(with_password(), 80, 24)
    masked, whole = text_of(made, form, tmp_path), text_of(made, form, tmp_path, reveal=True)
    if form == "json":
        masked, whole = ("".join(_streams(tmp_path, text)) for text in (masked, whole))
    if form.startswith("asciicast"):
        streams = ["".join(json.loads(line)[2] for line in text.splitlines()[1:] if '"o"' in line or '"i"' in line)
                 for text in (masked, whole)]  # fmt: skip
        assert SECRET not in streams[0]
    if form in ("csv", "jsonl"):
        streams = ["".join(_typed(form, text)) for text in (masked, whole)]
        assert SECRET not in streams[0]
        assert SECRET in streams[1]
    plain = SECRET.replace("&", "&amp;") if form in ("html", "svg") else SECRET
    assert plain not in masked
    assert plain in whole or form.startswith("asciicast") or form in ("csv", "jsonl")
    assert "password for ana" in masked


def _streams(folder: Path, text: str) -> list[str]:
    path = folder / "streams.json"
    path.write_text(text)
    stream = load(path).stream
    return [bytes(stream.output).decode(), bytes(stream.other).decode()]


def _typed(form: str, text: str) -> list[str]:
    rows = csv.DictReader(io.StringIO(text)) if form == "csv" else map(json.loads, text.splitlines())
    return [row["text"] for row in rows if row["type"] == "i"]


def test_export_authentication_is_always_redacted(tmp_path: Path):
    made = load(SESSIONS / "pg-psql.json")
    assert made.redactor.events
    for index in made.redactor.events:
        hidden = made.stream.data(index)
        for reveal in (False, True):
            export_recording(made, "json", tmp_path / "x.json", reveal=reveal)
            assert load(tmp_path / "x.json").stream.data(index) != hidden


@pytest.mark.parametrize("form", FORMATS)
def test_export_has_no_control_characters(form: str, tmp_path: Path):
    stream = EventStream()
    for at, name in enumerate(PAYLOADS):
        stream.append(at / 10, "oie"[at % 3], payload_bytes(name) + b"\r\n")
    evil = '\x1b]0;owned\x07\x9b2J\u202e<script>&"'
    made = recording(stream, user_name=evil, connection=evil)
    text = text_of(made, form, tmp_path).replace("\r\n", "\n")
    assert not CONTROL.search(text), CONTROL.search(text)
    if form in ("json", "jsonl") or form.startswith("asciicast"):
        assert text.isascii()
    if form in ("svg", "html"):
        assert "<script" not in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("name", ["shell-vim", "pg-psql", "exec-postgres-tsv", "no-stream", "httpproxy-connect"])
def test_html_is_self_contained_without_script(name: str, tmp_path: Path):
    made = load(SESSIONS / f"{name}.json")
    page = text_of(made, "html", tmp_path)
    tags = _Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "iframe", "img", "link", "object", "form", "svg"}
    assert not {one for one in tags.attributes if one.startswith("on")} | tags.attributes & {"src"}
    assert not re.search(r"https?://|url\(", page.split("<body>")[0])
    for finding in made.findings:
        assert f"{finding.severity.symbol} {finding.severity.value}" in page
    if made.statements:
        assert f"Statements ({len(made.statements)})" in page


def test_cast_markers_are_findings_and_statements(tmp_path: Path):
    made = load(SESSIONS / "shell-vim.json")
    labels = [event[2] for event in cast(made, tmp_path)[1] if event[1] == "m"]
    assert any(label.startswith("! ") and "rm -rf /tmp/cache-*" in label for label in labels)
    assert "exit" in labels
    export_recording(made, "asciicast", tmp_path / "one.cast")
    again = [event[2] for event in cast(load(tmp_path / "one.cast"), tmp_path)[1] if event[1] == "m"]
    assert again == labels  # not twice


def test_cast_range_and_idle_compression(tmp_path: Path):
    stream = stream_of((0.0, "o", b"a"), (10.0, "o", b"b"), (11.0, "o", b"c"), (30.0, "o", b"d"))
    made = recording(stream)
    capped = TimeMap(made.idle_gaps, IdleMode.CAP).played
    assert [event[0] for event in cast(made, tmp_path, "asciicast-v2", played_time=capped)[1]] == [0, 2, 3, 5]
    events = cast(made, tmp_path, "asciicast-v2", played_time=capped, start=10.0, end=11.0)[1]
    assert [event[0] for event in events] == [0, 1]
    rows = text_of(made, "csv", tmp_path, start=10, end=11).splitlines()
    assert rows == ["time,type,text", "10.000000,o,b", "11.000000,o,c"]
    with pytest.raises(UsageError, match="start"):
        export_recording(made, "csv", tmp_path / "x", start=2, end=1)


def test_csv_formulas_get_apostrophe(tmp_path: Path):
    stream = stream_of(*((0.0, "o", text.encode()) for text in ("=1+1", "@x", " -2", "plain", "\t=x", 'a,"b')))
    rows = list(csv.DictReader(io.StringIO(text_of(recording(stream), "csv", tmp_path))))
    assert [row["text"] for row in rows] == ["'=1+1", "'@x", "' -2", "plain", "'    =x", 'a,"b']


def test_jsonl_round_trip_is_lossless(tmp_path: Path):
    import base64

    stream = stream_of((0.0, "o", b"\xe6"), (0.5, "o", b"\xbc\xa2\xff"), (1.0, "i", b"ok"))
    rows = [json.loads(line) for line in text_of(recording(stream), "jsonl", tmp_path).splitlines()]
    data = [base64.b64decode(row["base64"]) if "base64" in row else row["text"].encode() for row in rows]
    assert data == [b"\xe6", b"\xbc\xa2\xff", b"ok"]
    assert rows[2] == {"time": 1.0, "type": "i", "text": "ok"}


def test_export_cancelled_leaves_no_file(tmp_path: Path):
    made = load(SESSIONS / "shell-vim.json")
    target = tmp_path / "out.cast"
    target.write_text("before")
    with pytest.raises(Cancelled):
        export_recording(made, "asciicast", target, is_cancelled=lambda: True)
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.cast"]
    export_recording(made, "asciicast", target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_export_invalid_target_raises_usage_error(tmp_path: Path):
    made = load(SESSIONS / "shell-vim.json")
    for target in (tmp_path, tmp_path / "none" / "x.cast", Path("/dev/null"), Path("x\0y"), Path("-")):
        with pytest.raises(UsageError, match=r"^[^\n]+\.$"):
            export_recording(made, "asciicast", target)
    with pytest.raises(UsageError, match="not a format"):
        export_recording(made, "gif", tmp_path / "x.gif")
    if Path("/dev/full").exists():
        from replay_tui.export.atomic_file import atomic_writer

        def fill() -> None:
            with atomic_writer(tmp_path / "x") as file:
                os.dup2(os.open("/dev/full", os.O_WRONLY), file.fileno())
                file.write("x")

        with pytest.raises(UsageError, match="no space"):
            fill()
        assert not list(tmp_path.iterdir())


def test_export_bookmarks_in_supported_formats(tmp_path: Path):
    made = recording(with_password(), 80, 24)
    marked = [Bookmark(6.05, f"he typed {SECRET} <here>"), Bookmark(1.0, ""), Bookmark(90.0, "later")]
    texts = {form: text_of(made, form, tmp_path, bookmarks=marked, end=10.0) for form in FORMATS}
    assert not any("later" in text or f"typed {SECRET}" in text for text in texts.values())
    hidden = "\u2022" * len(SECRET)
    for form in ("asciicast", "asciicast-v2"):
        events = [json.loads(line) for line in texts[form].splitlines()[1:]]
        assert [data for _, code, data in events if code == "m" and data.startswith("* ")] == [
            "* bookmark",
            f"* he typed {hidden} <here>",
        ]
    assert json.loads(texts["json"])["bookmarks"] == [
        {"time": 1.0, "note": ""},
        {"time": 6.05, "note": f"he typed {hidden} <here>"},
    ]
    rows = [json.loads(line) for line in texts["jsonl"].splitlines()]
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert [row["time"] for row in rows if row["type"] == "bookmark"] == [1.0, 6.05]
    assert f"he typed {hidden} &lt;here&gt;" in texts["html"]
    assert "Bookmarks (2)" in texts["html"]
