"""Texts of the gateway's reports and of the metadata that the gateway itself writes."""

from __future__ import annotations

from typing import Any

import pytest

from replay_tui.domain.gateway_report import DesktopDetections, DesktopFrames, GatewayReport, MaskingReport
from replay_tui.domain.lenient_model import parse_lenient
from replay_tui.domain.session import Session
from replay_tui.presenters.document import Field, Pairs
from replay_tui.presenters.session import session_section


def shown(session: dict[str, Any], report: GatewayReport | None = None) -> dict[str, str]:
    """Return the labels of the metadata panel with their texts."""
    section = session_section(Session.parse({"id": "x", **session}), recorded="", zone="utc", report=report)
    fields = {part.label: part.value for part in section.parts if isinstance(part, Field)}
    return fields | {part.label: part.text for part in section.parts if isinstance(part, Pairs)}


def test_masking_report_shows_types_and_contradiction() -> None:
    received = {"items": [{"info_type": "PERSON", "redact_total": 2}], "total_redact_count": 2}
    report = GatewayReport(parse_lenient(MaskingReport, received)[0], unread=("detections: no answer",))
    found = shown({}, report)
    assert found["masking report"] == "2 values, 0 bytes"
    assert found["reported types"] == "PERSON=2 values"
    assert "counts 0 masked values" in found["masking note"]
    assert found["not read"] == "detections: no answer"
    masked = {"metrics": {"data_masking": {"total_redact_count": 2}}}
    assert "masking note" not in shown(masked, report)


def test_report_without_masking_shows_nothing() -> None:
    assert shown({}, GatewayReport(MaskingReport())) == shown({})


@pytest.mark.parametrize(
    ("analysis", "text"),
    [
        ({"status": "done"}, None),
        ({"status": ""}, "not analysed by the gateway"),
        ({"status": "not_analyzed"}, "not analysed by the gateway"),
        ({"status": "running"}, "running, not complete"),
        ({"status": "failed", "attempt": 3, "max_attempts": 3, "last_error": "offline"},
         "failed after 3 of 3 attempts: offline"),
    ],
)  # fmt: skip
def test_detections_show_state_of_analysis(analysis: dict[str, Any], text: str | None) -> None:
    received = {"detections": [], "total": 0, "analysis": analysis}
    report = GatewayReport(detections=parse_lenient(DesktopDetections, received)[0])
    found = shown({}, report)
    assert found.get("bitmap analysis") == text
    assert ("detections" in found) == (text is None)


def test_detections_show_kinds_with_counts_and_times() -> None:
    kinds = ["PERSON"] * 7 + ["IP_ADDRESS"]
    received = {"detections": [{"entity_type": kind, "timestamp": at} for at, kind in enumerate(kinds)], "total": 8}
    frames = parse_lenient(DesktopFrames, {"total_frames": 40, "total_duration": 8.5})[0]
    found = shown({}, GatewayReport(frames=frames, detections=parse_lenient(DesktopDetections, received)[0]))
    assert found["bitmaps"] == "40 bitmaps in 00:00:08.5"
    assert found["detections"] == "8 detections"
    assert found["detected"].startswith("PERSON=7 at 00:00:00.0, ")
    assert "and 2 more  IP_ADDRESS=1 at 00:00:07.0" in found["detected"]


def test_gateway_metadata_has_labels_and_masked_secrets() -> None:
    found = shown({
        "metadata": {
            "credentials_expire_at": "2026-11-20T15:00:00+02:00", "credentials_secret_key": "hunter2",
            "federation": {"provider": "gcp_iam", "resolved_principal": "kim@proj", "new_field": 3},
            "ticket": "OPS-1", "federation_note": None,
        },
        "identity_type": "machine", "machine_identity_id": "ci-7",
    })  # fmt: skip
    assert found["credentials until"] == "2026-11-20 13:00:00 UTC"
    assert (found["identity from"], found["acted as"]) == ("gcp_iam", "kim@proj")
    assert found["federation new field"] == "3"
    assert found["metadata"] == "ticket=OPS-1"
    assert found["identity"] == "machine, not a person (ci-7)"
    assert "hunter2" not in str(found)
    assert "identity" not in shown({"identity_type": "user"})


@pytest.mark.parametrize("value", [[], "text", 7, {"federation": []}, {"credentials_expire_at": {"a": [1]}}, None])
def test_metadata_of_wrong_type_is_shown_without_error(value: object) -> None:
    shown({"metadata": value})
