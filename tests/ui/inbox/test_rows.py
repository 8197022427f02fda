"""Inbox rows: filtering and order while pages arrive and sessions change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.session import Session
from replay_tui.ui.inbox.rows import ORDERS, InboxRow, InboxRows


def session(number: int, **fields: Any) -> Session:
    minute = f"2026-11-20T{number // 60 % 24:02d}:{number % 60:02d}:00Z"
    risk = ("low", "medium", "high", "")[number % 4]
    found = {"id": f"s{number}", "start_date": minute, "user_name": f"user {number % 3}", "event_size": number * 7 % 50}
    return Session.parse({**found, "ai_analysis": {"risk_level": risk}, **fields})


@given(st.lists(st.integers(0, 300), unique=True), st.integers(1, 40), st.sampled_from(sorted(ORDERS)), st.booleans())
def test_rows_added_in_pages_equal_rows_added_at_once(numbers: list[int], size: int, sort: str, flagged: bool) -> None:
    once, paged = (InboxRows(text="user", flagged=flagged, sort=sort) for _ in range(2))
    once.add(map(session, numbers))
    for start in range(0, len(numbers), size):
        paged.add(map(session, numbers[start : start + size]))
    assert [ORDERS[sort](row) for row in paged.visible] == [ORDERS[sort](row) for row in once.visible]
    assert {row.id for row in paged.visible} == {row.id for row in once.visible}


def test_rows_text_filter_searches_names_and_metadata() -> None:
    rows = InboxRows()
    rows.add([session(0), session(1, connection="Pgdemo", metadata={"ticket": "OPS-7"}), session(2, user="x@y.com")])
    for text, ids in (("pgDEMO", ["s1"]), ("ops-7", ["s1"]), ("x@y", ["s2"]), ("", ["s2", "s1", "s0"])):
        rows.text = text
        rows.apply()
        assert [row.id for row in rows.visible] == ids


def test_rows_flagged_by_gateway_or_findings_are_visible() -> None:
    rows = InboxRows(flagged=True)
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
    rows.next_sort()
    rows.text = "user 1"
    rows.apply()
    assert len(rows) == 10_000
    assert 3_000 < len(rows.visible) < 4_000
    assert len(made) == 10_000
