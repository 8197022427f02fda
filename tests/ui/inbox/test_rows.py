"""Inbox rows: filtering and order while pages arrive and sessions change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.session import Session
from replay_tui.ui.inbox.orders import ORDERS, next_order
from replay_tui.ui.inbox.rows import InboxRow, InboxRows, InboxTab


def session(number: int, **fields: Any) -> Session:
    minute = f"2026-11-20T{number // 60 % 24:02d}:{number % 60:02d}:00Z"
    risk = ("low", "medium", "high", "")[number % 4]
    found = {"id": f"s{number}", "start_date": minute, "user_name": f"user {number % 3}", "event_size": number * 7 % 50}
    return Session.parse({**found, "ai_analysis": {"risk_level": risk}, **fields})


@given(st.lists(st.integers(0, 300), unique=True), st.integers(1, 40), st.sampled_from(sorted(ORDERS)), st.booleans())
def test_rows_added_in_pages_equal_rows_added_at_once(numbers: list[int], size: int, sort: str, flagged: bool) -> None:
    view = InboxTab.FLAGGED if flagged else InboxTab.ALL
    once, paged = (InboxRows(text="user", view=view, sort=sort) for _ in range(2))
    once.add(map(session, numbers))
    for start in range(0, len(numbers), size):
        paged.add(map(session, numbers[start : start + size]))
    key = ORDERS[sort].key
    assert [key(row) for row in paged.visible] == [key(row) for row in once.visible]
    assert {row.id for row in paged.visible} == {row.id for row in once.visible}


def test_rows_text_filter_searches_names_and_metadata() -> None:
    rows = InboxRows()
    rows.add([session(0), session(1, connection="Pgdemo", metadata={"ticket": "OPS-7"}), session(2, user="x@y.com")])
    for text, ids in (("pgDEMO", ["s1"]), ("ops-7", ["s1"]), ("x@y", ["s2"]), ("", ["s2", "s1", "s0"])):
        rows.text = text
        rows.apply()
        assert [row.id for row in rows.visible] == ids


def test_rows_flagged_by_gateway_or_findings_are_visible() -> None:
    rows = InboxRows(view=InboxTab.FLAGGED)
    rows.add([session(0), session(1), session(4), session(8, guardrails_info=[{"rule_name": "x"}])])
    assert [row.id for row in rows.visible] == ["s8", "s1"]
    rows.max_severities = {"s4": "high", "s0": "low"}
    rows.apply()
    assert [row.id for row in rows.visible] == ["s8", "s4", "s1"]


def test_rows_replace_moves_changed_session() -> None:
    rows = InboxRows(sort="riskiest")
    rows.add(map(session, range(4)))
    assert rows.position_of("s0") == 2
    assert rows.replace(session(0, ai_analysis={"risk_level": "high"}))
    assert rows.position_of("s0") == 1
    assert not rows.replace(session(0, ai_analysis={"risk_level": "high"}))
    assert not rows.replace(session(99))
    rows.keep({"s1", "s2"})
    assert (len(rows), [row.id for row in rows.visible]) == (2, ["s2", "s1"])


@pytest.mark.slow
def test_rows_in_pages_are_created_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Creating all rows again for each page would take twenty times as long."""
    made: list[InboxRow] = []
    row_of = InboxRow.from_session

    def counted(listed: Session) -> InboxRow:
        made.append(row_of(listed))
        return made[-1]

    monkeypatch.setattr(InboxRow, "from_session", counted)
    pages = [[session(number, id=f"s{number}") for number in range(at, at + 100)] for at in range(0, 10_000, 100)]
    rows = InboxRows(sort="riskiest")
    for page in pages:
        rows.add(page)
    rows.sort = next_order(rows.sort)
    rows.text = "user 1"
    rows.apply()
    assert len(rows) == 10_000
    assert 3_000 < len(rows.visible) < 4_000
    assert len(made) == 10_000


def listed(number: int, **fields: Any) -> Session:
    """Return a row of the gateway's list, which has no AI analysis."""
    raw = session(number).raw
    return Session.parse_row({**raw, "ai_analysis": None, "end_date": raw["start_date"], **fields})


def test_row_of_unknown_risk_sorts_between_none_and_low() -> None:
    rows = InboxRows(sort="riskiest")
    rows.add([listed(0), session(2), session(4), Session.parse({**session(3).raw, "ai_analysis": None})])
    assert [row.id for row in rows.visible] == ["s2", "s4", "s0", "s3"]
    assert rows.judged == 3


def test_rows_completed_enter_the_flagged_view() -> None:
    rows = InboxRows(view=InboxTab.FLAGGED)
    rows.add(map(listed, range(4)))
    assert (rows.visible, rows.counts[InboxTab.FLAGGED], rows.judged) == ([], 0, 0)
    rows.complete([("s2", listed(2).completed_by(session(2)), "Drops a table")])
    assert [(row.id, row.what) for row in rows.visible] == [("s2", "Drops a table")]
    assert (rows.counts[InboxTab.FLAGGED], rows.judged) == (1, 1)
    rows.mark_unreadable(["s3"])
    assert rows.unreadable == 1


def test_refreshed_row_keeps_what_was_read_until_it_ends() -> None:
    rows = InboxRows()
    rows.add([listed(2)])
    rows.complete([("s2", listed(2).completed_by(session(2)), "what")])
    rows.add([listed(2, status="done", exit_code=3)])
    (row,) = rows.visible
    assert (row.session.severity.value, row.session.fields.exit_code, row.needs_reading) == ("high", 3, False)
    rows.add([listed(2, end_date="2026-11-25T00:00:00Z")])
    assert (row.is_judged, row.needs_reading) == (False, True)


def test_running_row_is_read_again_after_a_refresh() -> None:
    rows = InboxRows()
    rows.add([listed(2, end_date=None)])
    rows.complete([("s2", listed(2, end_date=None).completed_by(session(2)), "what")])
    assert not rows.visible[0].needs_reading
    rows.add([listed(2, end_date=None)])
    assert (rows.visible[0].is_judged, rows.visible[0].needs_reading) == (True, True)


def test_waiting_rows_are_oldest_first_and_leave_once_decided() -> None:
    rows = InboxRows(view=InboxTab.MINE)
    rows.add([listed(9)])
    pending = [listed(number, review={"status": "PENDING"}) for number in (5, 3, 7)]
    rows.put_waiting(pending, lambda one: one.fields.review.status == "PENDING")
    assert [row.id for row in rows.visible] == ["s3", "s5", "s7"]
    assert (len(rows), rows.counts[InboxTab.MINE]) == (1, 3)
    rows.replace(Session.parse({**pending[1].raw, "review": {"status": "APPROVED"}}))
    assert [row.id for row in rows.visible] == ["s5", "s7"]
    rows.view = InboxTab.ALL
    rows.apply()
    assert [row.id for row in rows.visible] == ["s9"]


def test_next_order_of_a_column_reverses_it() -> None:
    assert next_order("newest", "risk") == "riskiest"
    assert next_order("riskiest", "risk") == "least risky"
    assert next_order("least risky", "risk") == "riskiest"
    assert next_order("newest", "what") == ""
