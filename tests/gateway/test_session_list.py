"""Session list: filters, paging up to the deepest offset, and invalid responses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

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
        "start_date": "2026-11-20T00:00:00+00:00",
        "end_date": "2026-11-20T00:00:00+00:00",
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
def test_pages_stop_at_the_deepest_offset(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.store.generate(10_200)
    every = list(pages(client.read))
    assert sum(len(page.sessions) for page in every) == 10_100
    assert every[-1].at_limit
    assert every[0].total_text == "10000+"
    with pytest.raises(BadRequest, match="must not be greater than 10000"):
        client.read.sessions(Filters(), offset=10_001)


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
