"""Parser of the filter text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from replay_tui.domain.errors import UsageError
from replay_tui.gateway.session_list import Filters, parse_filters, set_saved_filters

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_parse_filters_reads_every_filter() -> None:
    text = (
        "user=u connection='prod db' type=database review=pending approver=a@x batch=b correlation=c jira=A-1,A-2 "
        "since=7d until=2026-11-20T09:30"
    )
    assert parse_filters(text, NOW) == Filters(
        "u", "prod db", "database", "PENDING", "a@x", "b", "c", ("A-1", "A-2"),
        datetime(2026, 11, 17, 12, 0, tzinfo=UTC), datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    assert parse_filters("  ", NOW) == Filters()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("pgdemo", "name=value"),
        ("connection=", "name=value"),
        ("colour=red", "not a filter of the gateway"),
        ("review=maybe", "PENDING"),
        ("since=soon", "is not a date"),
        ("connection='a", "quote"),
        ("\x1b[2J=x", "\u241b"),
    ],
)
def test_parse_filters_invalid_text_names_the_error(text: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_filters(text, NOW)
    assert named in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_saved_filters_are_expanded_by_name() -> None:
    set_saved_filters({"night": "review=PENDING connection=prod-*", "loop": "@night"})
    try:
        found = parse_filters("@night connection=x")
        assert (found.review_status, found.connection) == ("PENDING", "x")
        for wrong in ("@nobody", "@loop"):
            with pytest.raises(UsageError):
                parse_filters(wrong)
    finally:
        set_saved_filters({})
