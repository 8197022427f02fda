"""The verdict on a session in one line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from replay_tui.domain.completeness import Completeness
from replay_tui.domain.display_text import text_width
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.presenters.verdict import verdict_line

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
READ = Completeness(read_bytes=10)
CUT = Completeness((FidelityWarning("truncated", "cut"),), read_bytes=10, stored_bytes=99)
DELETE = Finding(36.04, "unbounded", Severity.HIGH, "Deletes every row: it has no WHERE.", "delete from payments", 4)
GRANT = Finding(39.0, "grant", Severity.HIGH, "Grants rights to everybody.", "grant all on payments to public", 5)
LOW = Finding(1.0, "sudo", Severity.LOW, "Runs with other rights.", "sudo ls")
LINK = Finding(0.0, "ai-word", Severity.HIGH, "May be the statement.", "x", informational=True)
REVIEW = {
    "status": "PENDING",
    "access_request_rule_name": "r",
    "min_approvals": 2,
    "review_groups_data": [{"group": "dba", "status": "APPROVED"}, {"group": "admin", "status": "PENDING"}],
    "time_window": {"configuration": {"start_time": "22:00", "end_time": "23:00"}},
}


def line(findings: list[Finding] | None, completeness: Completeness = READ, *, width: int = 200, **fields: Any) -> str:
    spans = verdict_line(Session.parse(fields), findings, completeness, NOON, width=width)
    return "".join(span.text for span in spans)


def test_verdict_names_worst_finding_ai_and_review():
    text = line([LINK, LOW, DELETE, GRANT], ai_analysis={"risk_level": "high"}, review=REVIEW)
    assert text == (
        "! HIGH  deletes every row: delete from payments at 00:36 and 1 more high"
        " · AI high · review pending 1 of 2 · window closed"
    )


@pytest.mark.parametrize("width", range(40, 140, 7))
def test_verdict_narrow_keeps_time_and_review(width):
    text = line([DELETE, GRANT], width=width, review=REVIEW)
    assert "at 00:36" in text
    assert text.endswith("pending 1 of 2 · window closed")
    assert text_width(text) <= max(width, 66)


def test_verdict_narrow_leaves_out_what_is_not_there():
    assert line([DELETE], width=76).endswith(" at 00:36 · no AI analysis · no review")
    assert line([DELETE], width=50) == "! HIGH  delete from payments at 00:36"


def test_verdict_narrow_low_finding_says_what_it_is():
    deleted = Finding(4.0, "typed-then-deleted", Severity.LOW, "Typed, then deleted before it was sent.", "sudo -l")
    assert line([deleted], width=60) == ". LOW  typed, then deleted before it was sent at 00:04"


def test_verdict_narrow_says_what_a_control_sequence_does():
    copied = Finding(5.0, "clipboard-write", Severity.HIGH, "The output tries to write the clipboard.", "52;c;eA==")
    assert line([copied], width=60).startswith("! HIGH  the output tries to write the clipboard at 00:05")


def test_verdict_script_names_no_time():
    assert "at 00:00" not in line([replace(DELETE, time=0.0)])


def test_verdict_pending_session_that_ran_says_so():
    ended = {"status": "done", "end_date": "2026-11-20T10:00:00Z", "event_size": 9, "review": REVIEW}
    assert line([DELETE], **ended).endswith(" · ran, review pending 1 of 2")
    assert line([DELETE], width=64, **ended).endswith(" · ran, pending 1 of 2")
    assert "ran, " not in line([DELETE], **{**ended, "event_size": 0})


def test_verdict_before_analysis_says_so():
    assert line(None) == "findings: analysing… · no AI analysis · no review"


def test_verdict_failed_analysis_is_not_analysed():
    spans = verdict_line(Session.parse({}), None, READ, NOON, failed=True, width=200)
    assert spans[0].text == "findings: not analysed"


@pytest.mark.parametrize("findings", [[], [LINK]])
def test_verdict_no_findings_says_what_was_read(findings):
    assert line(findings).startswith("no findings · ")
    assert line(findings, CUT).startswith("no findings in what could be read (10 of 99 bytes) · ")


def test_verdict_incomplete_recording_is_said_with_findings():
    assert " · incomplete recording · " in line([LOW], CUT)


def test_verdict_badge_is_the_higher_severity():
    assert line([LOW], ai_analysis={"risk_level": "high"}).startswith("! HIGH  runs with other rights")
    assert line([DELETE], ai_analysis={"risk_level": "low"}).startswith("! HIGH  deletes every row")
    assert "AI low" in line([DELETE], ai_analysis={"risk_level": "low"})


def test_verdict_guardrail_and_unknown_risk_word():
    text = line([], guardrails_info=[{"rule_name": "no-drop"}], ai_analysis={"risk_level": "severe"})
    assert text == "~ SEVERE  blocked by 1 guardrail · no findings · AI severe · no review"


def test_verdict_http_analysis_counts_as_analysis():
    text = line([], metrics={"ai_analyzer": {"worst": {"risk_level": "high"}}})
    assert text == "! HIGH  no findings · HTTP analysis high · no review"
