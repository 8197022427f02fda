"""Inbox columns: they fit any width, and hostile or wide names shift none of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.session import Session
from replay_tui.ui.inbox.columns import heading, layout, line

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


@given(HOSTILE, HOSTILE, HOSTILE, st.integers(38, 240))
def test_line_of_hostile_session_is_sanitized_and_as_wide(who: str, what: str, title: str, width: int) -> None:
    row = line(session(who, what, title), title, width, {})
    assert row.cell_len == heading(width).cell_len <= width
    assert not any(char in row.plain for char in "\x1b\n\t\x9b\u202e\u200b")


def test_line_at_80_columns_shows_risk_review_and_status() -> None:
    titles = [column.title for column, _ in layout(77)]
    assert titles == ["", "started", "risk", "review", "user", "connection", "status"]
    row = line(session(), "", 77, {}).plain
    assert all(word in row for word in ("#", "20 Nov", "! HIGH", "◔ PENDING", "Ana", "pgdemo", "exit 254")), row


def test_line_of_ai_title_masks_secrets_by_their_form() -> None:
    """The list is shown without an analysis of its sessions."""
    row = line(session(title="Runs psql with PGPASSWORD=hunter22"), "", 200, {}).plain
    assert "PGPASSWORD=••••••••" in row


def test_line_at_60_columns_shows_risk_review_and_status() -> None:
    row = line(session(), "", 58, {}).plain
    assert all(word in row for word in ("20 Nov", "! HIGH", "◔ PENDING", "Ana", "pgdemo", "exit 254")), row
    assert [column.title for column, _ in layout(38)] == ["", "risk", "review", "user", "status"]


def test_layout_fills_small_columns_before_names() -> None:
    widths = {column.title: cells for column, cells in layout(117)}
    assert (widths["type"], widths["review"]) == (12, 12)
    assert abs(widths["user"] - 2 - widths["connection"]) <= 1


def test_layout_of_wider_terminal_has_more_columns() -> None:
    shown = [{column.title for column, _ in layout(width)} for width in (77, 117, 197)]
    assert shown[0] < shown[1] < shown[2]
    assert {"duration", "size", "type"} <= shown[1]
    row = line(session(title="Drops a table"), "", 197, {}).plain
    assert all(word in row for word in ("1 min 25 s", "2.0 KiB", "database", "Drops a table"))
    assert "my note" in line(session(title="Drops a table"), "my note", 197, {}).plain
