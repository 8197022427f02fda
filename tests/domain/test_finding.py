"""Which findings come first, and which ones a reviewer jumps to."""

from __future__ import annotations

from replay_tui.domain.finding import Finding, flagged, notable, worst_first
from replay_tui.domain.risk import Severity

EARLY = Finding(1.0, "a", Severity.HIGH, "Early.")
LATE = Finding(9.0, "b", Severity.HIGH, "Late.")
MEDIUM = Finding(5.0, "c", Severity.MEDIUM, "Medium.")
LOW = Finding(0.0, "d", Severity.LOW, "Low.")
LINK = Finding(2.0, "ai-word", Severity.HIGH, "Link.", informational=True)


def test_worst_first_orders_by_severity_then_time():
    assert worst_first([LINK, LOW, LATE, MEDIUM, EARLY]) == [EARLY, LATE, MEDIUM, LOW, LINK]


def test_notable_leaves_out_low_and_informational_findings():
    assert notable([LOW, EARLY, LINK, MEDIUM]) == [EARLY, MEDIUM]


def test_notable_without_medium_returns_low_findings():
    assert notable([LOW, LINK]) == [LOW]
    assert notable([LINK]) == flagged([LINK]) == []
