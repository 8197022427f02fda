"""Hostile texts in every pane and dialog are sanitised where they enter.

The control filter before the terminal is switched off here, so that a missing sanitisation shows.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from textual.strip import Strip

from replay_tui.archive.library.library import Library
from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.recording import Recording
from replay_tui.ui.rendering import ControlFilter
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets.panels import PanelText
from tests.archive.library.libraries import add
from tests.support.effort import sampled
from tests.support.hostile import WALKS
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import write

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\x9d0;x\x9c\x85\u202egnp.exe\u2066\u200b\u2060\ufeff\u00ad\x00\x7f\r\n\t"
    "[@click=app.quit]x[/][bold[link=https://evil.example]y[/link]" + "long " * 60
)
_SEEN = re.compile(r"owned|evil\.example|click=app")


def _evil() -> dict[str, Any]:
    """Return the fields of a session, each with control characters and markup."""
    step = {
        "type": "tool_call", "thinking": EVIL, "tool_name": EVIL, "tool_input": EVIL, "tool_output": EVIL,
        "is_error": True,
    }  # fmt: skip
    group = {
        "id": EVIL, "group": EVIL, "status": "APPROVED", "reviewed_by": {"id": EVIL, "name": EVIL, "email": EVIL},
        "review_date": EVIL, "forced_review": True,
    }  # fmt: skip
    return {
        "id": EVIL, "user": EVIL, "user_name": EVIL, "user_id": EVIL, "connection": EVIL, "resource_name": EVIL + "r",
        "type": "custom", "connection_subtype": EVIL, "status": EVIL, "session_batch_id": EVIL, "correlation_id": EVIL,
        "identity_type": "machine", "machine_identity_id": EVIL,
        "labels": {EVIL: EVIL}, "metadata": {EVIL: [EVIL]}, "integrations_metadata": {EVIL: EVIL},
        "connection_tags": {EVIL: EVIL},
        "ai_analysis": {
            "risk_level": "high", "title": EVIL, "explanation": EVIL, "action": EVIL, "summary": EVIL, "model": EVIL,
            "steps": [step, {**step, "type": EVIL}],
        },
        "guardrails_info": [{
            "rule_name": EVIL, "message": EVIL, "direction": EVIL, "matched_words": [EVIL],
            "rule": {"type": EVIL, "pattern_regex": EVIL, "words": [EVIL]},
        }],
        "review": {
            "id": EVIL, "type": EVIL, "status": EVIL, "access_request_rule_name": EVIL, "rejection_reason": EVIL,
            "force_approval_groups": [EVIL], "review_groups_data": [group],
        },
        "metrics": {
            "data_masking": {"total_redact_count": 1, "info_types": {EVIL: 1}, "err_count": 1},
            "ai_analyzer": {"total_requests": 1, "risk_counts": {EVIL: 1}, "outcome_counts": {EVIL: 1}},
        },
    }  # fmt: skip


shown: set[str] = set()
"""The widgets that were on the screen while it was checked."""


async def _check(ui: Driver, where: str) -> str:
    """Assert that no control character is displayed, and no text of the session is a link or an action."""
    strips: list[Strip] = []
    await ui.until(lambda: strips.extend(ui.strips) or strips)  # composed once, because it takes most of the time
    screen = ui.app.screen
    shown.update(type(one).__name__ for one in (screen, *screen.walk_children()) if one.region and one.display)
    for strip in strips:
        for segment in strip:
            text = re.sub("(?<=\U0001f469)\u200d", "", segment.text)  # joins two emoji
            bad = [hex(ord(char)) for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co")]
            assert not bad, (where, bad, segment.text)
            meta = segment.style.meta if segment.style else {}
            assert "app.quit" not in str(meta), (where, meta)
            assert not (segment.style and segment.style.link), (where, segment.text)
    return "\n".join(strip.text for strip in strips)


@pytest.fixture(autouse=True)
def _nothing_shown() -> None:
    shown.clear()


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ControlFilter, "apply", lambda self, segments, background: segments)
    found = [Finding(0.0, EVIL, Severity.HIGH, EVIL, EVIL), Finding(2.0, EVIL, Severity.LOW, EVIL)]
    monkeypatch.setattr(Recording, "findings", property(lambda recording: found))


TOUR = (
    "G", "C", "escape",
    "K", "t", "end", "y", "escape", "r", "escape", "right_square_bracket", "colon", "escape", "O", "c", "u", "x",
    "escape", "ctrl+p", "escape", "tab", "tab", "end", "tab", "end", "tab", "end", "v", "v",
)  # fmt: skip
LONG_TOUR = (
    "1", "G", "b", "a", "b", "a", "C", "escape",
    "K", "t", "end", "y", "escape", "r", "y", "escape", "right_square_bracket", "s",
    "question_mark", "escape", "colon", "escape", "Z", "escape", "O", "E", "I", "O", "E", "I", "c", "u", "u", "f", "f",
    "A", "escape", "x", "escape", "F", "w", "escape", "B",
    "ctrl+p", "escape", "tab", "tab", "tab", "end", "tab", "end", "tab", "end", "v", "v",
    "v", "v", "v",
)  # fmt: skip


@sampled(("size", "tour"), [((120, 36), TOUR), ((120, 36), LONG_TOUR), ((80, 24), LONG_TOUR[:12])], daily=1)
@pytest.mark.usefixtures("unfiltered")
async def test_hostile_shell_reaches_no_terminal(
    run: Run, tmp_path: Path, size: tuple[int, int], tour: tuple[str, ...]
) -> None:
    stream = EVIL.encode("utf-8", "surrogatepass")
    path = write(tmp_path, (0.0, "o", stream), (1.0, "i", stream), (2.0, "e", stream), (3.0, "o", b"end"), **_evil())
    seen = ""
    async with run(SessionRef(str(path), title=EVIL), SessionRef(str(path), title=EVIL), size=size) as ui:
        seen += await _check(ui, "opened")
        for position, key in enumerate(tour):
            await ui.press(key)
            seen += await _check(ui, f"{position}: {key}")
        assert "\x1b" not in ui.app.clipboard
        await ui.press("escape", "escape", "m")
        ui.app.screen.query_one("Input").value = EVIL
        await ui.press("enter", "M")
        await _check(ui, "bookmarks")
        await ui.press("escape", "slash")
        await ui.type("long")
        await ui.press("enter")
        await ui.until(lambda: "match" in ui.text)
        seen += await _check(ui, "search")
        await ui.press("escape")
        ui.replay.view.say(EVIL)
        await ui.settle()
        await _check(ui, "notice")
        await ui.press("F")
        await ui.until(lambda: type(ui.app.screen).__name__ == "ListFindingsScreen")
        await _check(ui, "findings of all")
        await ui.press("escape")
        assert ui.app._exit is False
    if len(tour) >= len(TOUR):
        assert WALKS["shell"] <= shown
    assert _SEEN.search(seen), "what was hostile is still shown, made harmless"


@pytest.mark.usefixtures("unfiltered")
@sampled(
    "fields",
    [
        {"verb": "exec", "type": "database", "connection_subtype": "postgres", "script": {"data": EVIL}},
        {"verb": "exec", "connection_subtype": "bash", "script": {"data": EVIL}},
        {"verb": "connect", "type": "database", "connection_subtype": "mysql"},
        {"verb": "connect", "type": "database", "connection_subtype": "mongodb"},
        {"verb": "connect", "type": "httpproxy", "connection_subtype": "httpproxy"},
    ],
    daily=2,
)
async def test_hostile_session_of_other_kinds_is_sanitized(run: Run, tmp_path: Path, fields: dict[str, Any]) -> None:
    line = EVIL.replace("\r\n", "")
    rows = f"{line}\t{line}\n{line}\t{line}\n{line}\tx\n"
    http = f"GET /{line} HTTP/1.1\r\nHost: {line}\r\n\r\n{line}"
    typed = http if fields.get("type") == "httpproxy" else f"select '{EVIL}'; drop {EVIL};"
    events = ((0.0, "i", typed), (0.5, "o", rows), (1.0, "e", EVIL), (2.0, "i", typed))
    async with run(write(tmp_path, *events, **_evil() | fields)) as ui:
        await _check(ui, "opened")
        for key in ("G", "s", "S", "enter", "y", "t", "escape", "r", "escape"):
            await ui.press(key)
            await _check(ui, key)
        assert "\x1b" not in ui.app.clipboard
    assert WALKS["exec" if fields["verb"] == "exec" else "statements"] <= shown


@pytest.mark.usefixtures("unfiltered")
async def test_hostile_table_is_sanitized(run: Run, tmp_path: Path) -> None:
    cell = (
        EVIL.replace("\r\n", "").replace("\t", "").replace("\x1b[", "\x1bc")[:200]
    )  # without CSI, so that it is no control sequence
    text = f"id\t{cell}\n" + "".join(f"{row}\t{cell}\n" for row in range(30))
    fields = {"verb": "exec", "type": "database", "connection_subtype": "postgres", "script": {"data": "select 1"}}
    async with run(write(tmp_path, (0.5, "o", text), **_evil() | fields)) as ui:
        await _check(ui, "opened")
        ui.widget("TablePane").focus()
        for key in ("G", "down", "enter", "escape", "ctrl+right", "y", "r", "escape"):
            await ui.press(key)
            await _check(ui, key)
    assert WALKS["table"] <= shown


@pytest.mark.usefixtures("unfiltered")
async def test_hostile_name_of_unreadable_file_is_sanitized(run: Run) -> None:
    async with run(SessionRef("/nowhere/" + EVIL.replace("\0", "")), ready=False) as ui:
        await ui.sees("Cannot open this session")
        await _check(ui, "failed page")
    assert WALKS["unreadable"] <= shown


async def test_huge_texts_are_truncated_visibly(run: Run, tmp_path: Path) -> None:
    long = "漢é" * 100_000
    fields = {"user_name": long, "connection": long, "labels": {long: long}, "metadata": {"a": [long]}}
    fields["ai_analysis"] = {"risk_level": "high", "title": long, "explanation": long}
    async with run(write(tmp_path, (0.0, "o", "\x1b[1mshown"), **fields), size=(140, 40)) as ui:
        await ui.sees("shown")
        texts = ["".join(row.text.plain for row in text.rows) for text in ui.app.screen.query(PanelText)]
        assert any("more characters" in text for text in texts)
        assert all(len(text) < 100_000 for text in texts)


async def test_find_screen_is_sanitised(run: Run, tmp_path: Path, unfiltered: None) -> None:
    fields, event = {**_evil(), "verb": EVIL}, (0.0, "o", f"needle {EVIL}")
    kept = write(
        tmp_path, event, name="kept.json", **{**fields, "id": f"{EVIL}1", "start_date": "2026-11-21T00:00:00Z"}
    )
    lost = write(tmp_path, event, name="lost.json", **fields)
    with Library.open(tmp_path / "library", writes=True) as library:
        add(library, [kept, lost])
    lost.unlink()
    async with run(write(tmp_path, name="b.json"), archive=tmp_path / "library", ready=False) as ui:
        await ui.press("ctrl+f")
        await ui.type("needle")
        await ui.press("enter")
        await ui.until(lambda: "31m0;x" in ui.pane("#find-screen"), "the recorded screen")
        await _check(ui, "screen")
        await ui.press("f", "enter")
        await ui.until(lambda: "✓ " in ui.text and ui.text.count("09:30") == 2, "all hits again")
        await ui.press("f", "end")
        await ui.until(lambda: "needle" in ui.pane("#find-text"), "the library's text")
        await _check(ui, "text")
        await ui.press("m", "M")
        await ui.sees("Saved searches")
        await _check(ui, "saved")
    assert WALKS["find"] <= shown
