"""Details of list rows: completion, cache, bounds, and failures."""

from __future__ import annotations

import threading

import pytest

from replay_tui.domain.errors import Cancelled, GatewayError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import InvalidResponse, RequestTimeout, Unauthorized
from replay_tui.gateway.session_details import MAX_FAILURES_IN_A_ROW, MAX_PARALLEL, SessionDetails
from replay_tui.gateway.session_list import Filters
from tests.support.gateway import Fault, LoopbackGateway

PENDING = "exec-review-pending"


def row_of(client: GatewayClient, session_id: str) -> Session:
    return next(row for row in client.read.sessions(Filters()).sessions if row.fields.id == session_id)


def reads(gateway: LoopbackGateway) -> list[str]:
    return [seen.path for seen in gateway.seen if seen.path.startswith("/sessions/")]


def test_complete_adds_risk_and_review_details(client: GatewayClient, gateway: LoopbackGateway) -> None:
    stored = gateway.session(PENDING)
    row = row_of(client, stored["id"])
    assert (row.is_judged, row.severity, row.fields.review.min_approvals) == (False, None, None)
    whole = SessionDetails(client.read).complete(row)
    assert (whole.is_judged, whole.severity.value) == (True, "high")
    assert whole.fields.review == Session.parse(stored).fields.review
    assert whole.fields.script is None


def test_completed_row_keeps_its_own_newer_values() -> None:
    row = Session.parse_row({"id": "a", "status": "done", "review": {"status": "APPROVED", "time_window": None}})
    window = {"type": "time_range", "configuration": {"start_time": "22:00", "end_time": "23:00"}}
    read = Session.parse({"id": "a", "status": "ready", "review": {"status": "PENDING", "time_window": window}})
    whole = row.completed_by(read)
    assert (whole.fields.status, whole.fields.review.status) == ("done", "APPROVED")
    assert whole.fields.review.time_window.configuration == window["configuration"]


def test_read_is_cached_until_the_session_ends(client: GatewayClient, gateway: LoopbackGateway) -> None:
    stored = gateway.session(PENDING)
    stored["end_date"] = None
    details = SessionDetails(client.read)
    for _ in range(3):
        details.complete(row_of(client, stored["id"]))
    assert len(reads(gateway)) == 1
    stored["end_date"] = "2026-11-25T00:00:00Z"
    details.complete(row_of(client, stored["id"]))
    details.resume()
    details.complete(row_of(client, stored["id"]))
    assert len(reads(gateway)) == 2


def test_complete_all_keeps_order_and_bounds_requests() -> None:
    lock, at_once, most = threading.Lock(), [0], [0]

    class Slow:
        def session(self, session_id: str, **_more: object) -> Session:
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            barrier.wait(10)  # until as many requests as allowed are running
            with lock:
                at_once[0] -= 1
            return Session.parse({"id": session_id})

    barrier = threading.Barrier(MAX_PARALLEL)
    rows = [Session.parse_row({"id": str(number)}) for number in range(4 * MAX_PARALLEL)]
    found = list(SessionDetails(Slow()).complete_all(rows))
    assert [row.fields.id for row in found] == [row.fields.id for row in rows]
    assert all(row.is_judged for row in found)
    assert most[0] == MAX_PARALLEL


def test_read_of_another_session_is_an_error(client: GatewayClient, gateway: LoopbackGateway) -> None:
    stored = gateway.session(PENDING)
    row = row_of(client, stored["id"])
    gateway.fault(f"/sessions/{stored['id']}", Fault(body=b'{"id": "other", "ai_analysis": {"risk_level": "low"}}'))
    with pytest.raises(InvalidResponse, match="another session"):
        SessionDetails(client.read).read(row)


def test_details_stop_after_repeated_failures(connect, gateway: LoopbackGateway) -> None:
    rows = connect().read.sessions(Filters()).sessions
    for row in rows:
        gateway.fault(f"/sessions/{row.fields.id}", Fault(body=b"<html>"))
    details = SessionDetails(connect().read)
    assert not any(row.is_judged for row in details.complete_all(rows))
    assert MAX_FAILURES_IN_A_ROW <= len(reads(gateway)) < MAX_FAILURES_IN_A_ROW + MAX_PARALLEL
    with pytest.raises(GatewayError):
        details.read(rows[-1])
    details.resume()
    assert details.complete(rows[0]).is_judged


def test_details_stop_at_once_without_authorization(client: GatewayClient, gateway: LoopbackGateway) -> None:
    rows = client.read.sessions(Filters()).sessions
    gateway.fault(f"/sessions/{rows[0].fields.id}", Fault(status=401))
    details = SessionDetails(client.read)
    with pytest.raises(Unauthorized):
        details.read(rows[0])
    assert "replay-tui login" in details.failure


def test_session_is_limited_in_time_and_cancellable(client: GatewayClient, gateway: LoopbackGateway) -> None:
    stored = gateway.session(PENDING)
    gateway.fault(f"/sessions/{stored['id']}", Fault(delay=30), Fault(delay=30))
    with pytest.raises(RequestTimeout):
        client.read.session(stored["id"], max_seconds=0.05)
    cancel = CancelToken()
    timer = threading.Timer(0.05, cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        client.read.session(stored["id"], max_seconds=20, cancel=cancel)
    timer.join()
