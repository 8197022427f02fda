"""Inbox columns: they fit any width, and hostile or wide names shift none of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from replay_tui.domain.session import Session
from replay_tui.ui.inbox.columns import column_at, heading, layout, line
from replay_tui.ui.inbox.orders import ORDERS
from replay_tui.ui.inbox.rows import InboxRow, InboxTab

HOSTILE = st.text(st.sampled_from("a 漢字한\u0301\u202e\u200b\x1b[2J\n\t\x9b👩\u200d🚀é"), max_size=60)


def session(who: str = "Ana", what: str = "pgdemo", title: str = "") -> Session:
    return Session.parse(
        {
            "id": "1", "user_name": who, "connection": what, "type": "database", "status": "done", "exit_code": 254,
            "start_date": "2026-11-20T09:30:00Z", "end_date": "2026-11-20T09:31:25Z", "event_size": 2048,
            "review": {"status": "PENDING"}, "ai_analysis": {"risk_level": "high", "title": title},
            "guardrails_info": [{"rule_name": "no drops"}],
        }
    )  # fmt: skip


NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def text_of(listed: Session, note: str = "", width: int = 77, view: InboxTab = InboxTab.ALL, what: str = "") -> Text:
    return line(InboxRow(listed, what), note, width, {}, view, NOW)


@given(HOSTILE, HOSTILE, HOSTILE, st.integers(38, 240), st.sampled_from(InboxTab), st.sampled_from(sorted(ORDERS)))
def test_line_of_hostile_session_is_sanitized_and_as_wide(
    who: str, what: str, title: str, width: int, view: InboxTab, order: str
) -> None:
    row = text_of(session(who, what, title), title, width, view, title)
    assert row.cell_len == heading(width, view, ORDERS[order]).cell_len <= width
    assert not any(char in row.plain for char in "\x1b\n\t\x9b\u202e\u200b")


def test_line_at_80_columns_tells_what_happened() -> None:
    titles = [column.title for column, _ in layout(77)]
    assert titles == ["", "started", "risk", "review", "user", "connection", "what", "status"]
    row = text_of(session(title="Drops a table")).plain
    for word in ("#", "20 Nov", "! HIGH", "◔ PENDING", "Ana", "pgdemo", "Drops a table", "exit 254"):
        assert word in row


def test_line_of_a_narrow_list_keeps_risk_review_and_what() -> None:
    assert [column.title for column, _ in layout(58)] == ["", "risk", "review", "user", "connection", "what"]
    assert [column.title for column, _ in layout(38)] == ["", "risk", "review", "what"]


def test_line_of_ai_title_masks_secrets_by_their_form() -> None:
    """The list is shown without an analysis of its sessions."""
    row = text_of(session(title="Runs psql with PGPASSWORD=hunter22"), width=200).plain
    assert "PGPASSWORD=••••••••" in row


def test_layout_fills_small_columns_before_names() -> None:
    widths = {column.title: cells for column, cells in layout(170)}
    assert (widths["type"], widths["review"]) == (12, 12)
    assert abs(widths["user"] - 2 - widths["connection"]) <= 1


def test_layout_of_wider_terminal_has_more_columns() -> None:
    shown = [{column.title for column, _ in layout(width)} for width in (77, 117, 197)]
    assert shown[0] < shown[1] < shown[2]
    row = text_of(session(title="Drops a table"), width=197).plain
    assert all(word in row for word in ("1 min 25 s", "2.0 KiB", "database", "Drops a table"))
    assert "my note" in text_of(session(title="Drops a table"), "my note", 197).plain


def test_line_shows_what_the_session_did_by_importance() -> None:
    hit = session()
    bare = Session.parse_row({**hit.raw, "ai_analysis": None, "guardrails_info": None})
    assert "no drops" in text_of(hit).plain
    assert "select 1" in text_of(bare, what="select 1").plain
    assert "title" in text_of(session(title="title"), what="title").plain


def test_line_of_unread_session_shows_unknown_risk() -> None:
    raw = {**session().raw, "ai_analysis": None, "guardrails_info": None}
    assert " ? " in text_of(Session.parse_row(raw)).plain
    assert "?" not in text_of(Session.parse(raw)).plain
    assert "? unread" in line(InboxRow(Session.parse_row(raw), is_unreadable=True), "", 77, {}, InboxTab.ALL, NOW).plain


def test_line_of_waiting_session_shows_its_age() -> None:
    assert "3 d 0 h" in text_of(session(), view=InboxTab.MINE).plain
    assert "waits" in heading(77, InboxTab.MINE, ORDERS["oldest"]).plain


def test_heading_marks_the_order_and_column_is_found() -> None:
    plain = heading(197, InboxTab.ALL, ORDERS["longest"]).plain
    assert "duration ▾" in plain
    assert column_at(plain.index("duration"), 197, InboxTab.ALL) == "duration"
    assert column_at(0, 197, InboxTab.ALL) == ""


@pytest.mark.parametrize("width", [77, 117, 197])
def test_archived_counts_have_a_column_if_there_are_any(width: int) -> None:
    assert "find. stmt." in [column.title for column, _ in layout(width, archived=True)]
    assert "find. stmt." not in [column.title for column, _ in layout(width)]
