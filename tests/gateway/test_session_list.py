"""Session list: filters, paging up to the deepest offset, and invalid responses."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.session import Session
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import BadRequest, Forbidden, InvalidResponse
from replay_tui.gateway.session_list import Filters, Page, Pager, pages
from tests.support.gateway import OWNER, Fault, LoopbackGateway

RECORDED = Path(__file__).parents[2] / "fixtures" / "gateway"


def test_sessions_sends_every_filter(client: GatewayClient, gateway: LoopbackGateway) -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    filters = Filters("u", "c", "t", "PENDING", "a@x", "b", "w", ("J-1", "J-2"), moment, moment)
    assert client.read.sessions(filters, limit=7, offset=3, count="none").total is None
    assert gateway.seen[-1].params == {
        "user": "u",
        "connection": "c",
        "type": "t",
        "review.status": "PENDING",
        "review.approver": "a@x",
        "batch_id": "b",
        "correlation_id": "w",
        "jira_issue_key": "J-1,J-2",
        "start_date": "2026-11-20T00:00:00Z",
        "end_date": "2026-11-20T00:00:00Z",
        "limit": "7",
        "offset": "3",
        "count": "none",
    }


def test_sessions_returns_filtered_sessions(client: GatewayClient) -> None:
    pending = client.read.sessions(Filters(review_status="PENDING")).sessions
    assert [session.fields.connection for session in pending] == ["pgdemo"]
    assert {session.fields.type for session in client.read.sessions(Filters(type="httpproxy")).sessions} == {
        "httpproxy"
    }


def test_pages_return_each_session_once_and_end(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(250)
    ids = [session.fields.id for page in pages(client.read) for session in page.sessions]
    assert len(ids) == len(set(ids)) == 265
    assert [seen.params["offset"] for seen in gateway.asked("/sessions")] == ["0", "100", "200"]
    assert {seen.params["count"] for seen in gateway.asked("/sessions")} == {"capped"}


@pytest.mark.slow
def test_pages_continue_beyond_the_deepest_offset(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(10_200)
    every = list(pages(client.read))
    ids = [session.fields.id for page in every for session in page.sessions]
    assert len(ids) == len(set(ids)) == len(gateway.store.sessions)
    assert not every[-1].at_limit
    assert every[0].total_text == "10000+"
    with pytest.raises(BadRequest, match="must not be greater than 10000"):
        client.read.sessions(Filters(), offset=10_001)


@dataclass(frozen=True)
class Starts:
    """A list of sessions with these starts in milliseconds, filtered and ordered as the gateway does."""

    starts: list[int]

    def sessions(self, filters: Filters, *, limit: int = 100, offset: int = 0, **_more: object) -> Page:
        params = filters.params()
        end = params.get("end_date")
        until = None if end is None else datetime.fromisoformat(str(end)) - BEGIN
        rows = [
            Session.parse({"id": str(number), "start_date": (BEGIN + timedelta(milliseconds=start)).isoformat()})
            for number, start in enumerate(self.starts)
            if until is None or timedelta(milliseconds=start) <= until
        ]
        rows.sort(key=lambda row: (row.fields.start_date, row.fields.id), reverse=True)
        return Page(tuple(rows[offset : offset + limit]), offset, has_next=len(rows) > offset + limit)


BEGIN = datetime(2026, 11, 20, tzinfo=UTC)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 20_000), max_size=60))
def test_pages_continued_by_date_miss_no_session(starts: list[int]) -> None:
    pager = Pager(Starts(starts), page_size=3, max_offset=9)
    every = []
    while not pager.done:
        every.append(pager.next())
    found = [row.fields.id for page in every for row in page.sessions]
    assert len(found) == len(set(found))
    if not every or not every[-1].at_limit:
        assert len(found) == len(starts)
    else:  # more sessions in one second than the gateway lists
        assert max(Counter(start // 1000 for start in starts).values()) > 3


def test_filters_until_alone_sends_an_early_start() -> None:
    params = Filters(end_date=datetime(2026, 11, 20, 12, 0, 0, 1, timezone(timedelta(hours=3)))).params()
    assert params == {"start_date": "1970-01-01T00:00:00Z", "end_date": "2026-11-20T09:00:01Z"}


def test_filter_until_alone_excludes_later_sessions(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(20)
    moment = datetime(2026, 10, 1, 0, 9, tzinfo=UTC)
    page = client.read.sessions(Filters(end_date=moment))
    assert [row.fields.start_date <= moment for row in page.sessions] == [True] * 10


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("prod_db", ["prod_db"]),
        ("prod*", ["prod%db", "prod-db", "prod_db"]),
        ("prod?db", ["prod%db", "prod-db", "prod_db"]),
        ("prod%db", ["prod%db"]),
        ("%", []),
        (r"a\*", ["a*"]),
        (r"a\b", [r"a\b"]),
    ],
)
def test_connection_filter_escapes_wildcards_of_sql(
    client: GatewayClient, gateway: LoopbackGateway, pattern: str, found: list[str]
) -> None:
    for name in ("prod_db", "prod-db", "prod%db", "a*", r"a\b", "a-b"):
        gateway.store.copy_of("shell-vim", connection=name)
    page = client.read.sessions(Filters(connection=pattern))
    assert sorted(str(row.fields.connection) for row in page.sessions) == found


def test_pages_filter_by_a_pattern_of_an_email(client: GatewayClient, gateway: LoopbackGateway) -> None:
    mine = gateway.store.copy_of("shell-vim", user="Zoe_1@example.com", user_id="auth0|77")
    gateway.store.copy_of("shell-vim", user="zoe-1@example.com", user_id="auth0|78")
    for pattern in ("zoe_1@example.com", "zoe_*@example.com"):
        assert [row.fields.id for page in pages(client.read, Filters(user=pattern)) for row in page.sessions] == [mine]


def test_pages_return_a_shifted_session_once(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(150)
    walk = pages(client.read)
    first = next(walk)
    gateway.store.copy_of("shell-vim", start_date="2027-01-01T00:00:00Z")
    ids = [session.fields.id for page in (first, *walk) for session in page.sessions]
    assert len(ids) == len(set(ids)) == 165


def test_pages_return_a_repeated_session_once(client: GatewayClient, gateway: LoopbackGateway) -> None:
    page = {"data": [{"id": "a"}] * 3 + [{"id": "b"}], "total": 400, "has_next_page": True}
    last = {**page, "data": [{"id": "b"}] * 2 + [{"id": "c"}], "has_next_page": False}
    gateway.fault("/sessions", *(Fault(body=json.dumps(one).encode()) for one in (page, page, last)))
    assert [row.fields.id for page in pages(client.read) for row in page.sessions] == ["a", "b", "c"]


def test_pager_after_an_error_requests_the_same_page(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(150)
    pager = Pager(client.read)
    first = pager.next()
    gateway.fault("/sessions", Fault(status=403, message="not now"))
    with pytest.raises(Forbidden):
        pager.next()
    assert not pager.done
    second = pager.next()
    assert pager.done
    assert len({row.fields.id for page in (first, second) for row in page.sessions}) == 165
    assert pager.next().sessions == ()


def test_pages_filter_by_email_if_ids_differ(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(120)
    mine = gateway.store.copy_of("shell-vim", user="Zoe@example.com", user_id="auth0|77")
    found = [row.fields.id for page in pages(client.read, Filters(user="zoe@example.com")) for row in page.sessions]
    assert found == [mine]
    assert [seen.params.get("user") for seen in gateway.asked("/sessions")] == ["zoe@example.com", None, None]


def test_sessions_of_an_owner_are_their_own(connect, gateway: LoopbackGateway) -> None:
    page = connect(OWNER.token).read.sessions(Filters())
    assert [session.fields.user for session in page.sessions] == ["kim@example.com"]


def test_page_parses_recorded_responses() -> None:
    page = Page.parse(json.loads((RECORDED / "list.json").read_bytes()), 0)
    assert len(page.sessions) > 5
    assert not any(session.invalid_fields for session in page.sessions)
    uncounted = Page.parse(json.loads((RECORDED / "list-page2-count-none.json").read_bytes()), 4)
    assert (uncounted.total, uncounted.total_text) == (None, "?")


@pytest.mark.parametrize("body", [b"[]", b'{"data": 5}', b"null", b'"x"'])
def test_sessions_invalid_list_raises_invalid_response(
    client: GatewayClient, gateway: LoopbackGateway, body: bytes
) -> None:
    gateway.fault("/sessions", Fault(body=body))
    with pytest.raises(InvalidResponse, match="not a list"):
        client.read.sessions(Filters())


def test_page_skips_invalid_rows(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", Fault(body=b'{"data": [5, null, {"id": 7, "review": []}, {}], "total": "many"}'))
    page = client.read.sessions(Filters())
    assert (len(page.sessions), page.total, page.has_next) == (2, None, False)
