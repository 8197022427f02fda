"""Reports about a session: requested with the day on which it ended; a failed one does not hide the others."""

from __future__ import annotations

from datetime import datetime

import pytest

from replay_tui.gateway.report_api import read_report
from tests.gateway.conftest import Connect
from tests.support.fixtures import FIXTURES
from tests.support.gateway import Fault, LoopbackGateway
from tests.support.gateway.seed import Seed


@pytest.fixture
def filled(gateway: LoopbackGateway) -> LoopbackGateway:
    Seed(FIXTURES / "conformance" / "seed.gz").fill(gateway.store)
    gateway.session("rdp").update(
        rdp_detections=[{"timestamp": n / 2, "entity_type": kind} for n, kind in enumerate(("PERSON", "IP", "PERSON"))],
        rdp_analysis={"status": "done"},
    )
    return gateway


@pytest.mark.parametrize("end", ["2026-11-20T00:00:00Z", "2026-11-20T23:59:59.999Z", "2026-11-21T01:30:00+02:00"])
def test_report_of_ended_session_names_masked_types(filled: LoopbackGateway, connect: Connect, end: str) -> None:
    session_id = filled.store.copy_of("pg-psql", end_date=end, metrics={
        "data_masking": {"info_types": {"PERSON": 2}, "total_redact_count": 2, "transformed_bytes": 8}})  # fmt: skip
    client = connect()
    report = read_report(client.read, client.read.session(session_id))
    assert report.masking
    assert [(one.info_type, one.redact_total) for one in report.masking.items or []] == [("PERSON", 2)]
    assert not report.unread
    (asked,) = filled.asked("/reports/sessions")
    assert asked.params["start_date"] < asked.params["end_date"]


def test_report_of_running_session_is_not_requested(filled: LoopbackGateway, connect: Connect) -> None:
    client = connect()
    session = client.read.session(filled.store.copy_of("pg-psql", end_date=None, status="open"))
    assert read_report(client.read, session).masking is None
    assert not filled.asked("/reports/sessions")


def test_report_of_rdp_session_has_counts_and_no_pictures(filled: LoopbackGateway, connect: Connect) -> None:
    client = connect()
    report = read_report(client.read, client.read.session(filled.store.names["rdp"]))
    assert report.frames
    assert (report.frames.total_frames, report.frames.total_duration) == (5, 2)
    assert report.detections
    assert report.detections.total == 3
    asked = [seen for seen in filled.seen if seen.path.endswith("/rdp-frames")]
    assert [seen.params["limit"] for seen in asked] == ["1"]


@pytest.mark.parametrize(
    "fault",
    [Fault(status=403, message="no"), Fault(status=500), Fault(body=b"[]"), Fault(body=b"{"), Fault(body=b"null")],
)
def test_failed_report_is_named_and_others_are_read(filled: LoopbackGateway, connect: Connect, fault: Fault) -> None:
    filled.fault("/reports/sessions", *[fault] * 20)
    client = connect()
    report = read_report(client.read, client.read.session(filled.store.names["rdp"]))
    assert report.masking is None
    assert report.detections is not None
    assert [one.partition(":")[0] for one in report.unread] == ["masking"]


def test_report_of_wrong_types_is_read_leniently(filled: LoopbackGateway, connect: Connect) -> None:
    body = b'{"items": [1, {"info_type": [], "redact_total": "x"}], "total_redact_count": {}}'
    filled.fault("/reports/sessions", Fault(body=body))
    client = connect()
    report = read_report(client.read, client.read.session(filled.store.names["machine"]))
    assert report.masking
    assert len(report.masking.items or []) == 1
    assert isinstance(client.read.session(filled.store.names["machine"]).end_date, datetime)
