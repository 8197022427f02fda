"""Results of a scan: JSON, how much was searched, and their ranking."""

from __future__ import annotations

import pickle

from replay_tui.archive.analyse import analyse
from replay_tui.archive.scan_result import ScanResult, rank
from replay_tui.archive.source import SessionSource
from replay_tui.domain.completeness import Completeness, Searched
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from tests.cli.runs import VIM

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


def result(source: str, *severities: Severity, warnings: tuple[FidelityWarning, ...] = ()) -> ScanResult:
    counts = {one.value: severities.count(one) for one in (HIGH, MEDIUM, LOW)}
    findings = tuple(Finding(float(at), "rule", one, "Words.") for at, one in enumerate(severities))
    worst = min(findings, key=lambda one: (-one.severity.rank, one.time), default=None)
    return ScanResult(source, counts=counts, worst=worst, findings=findings, completeness=Completeness(warnings, 1))


def test_rank_orders_by_count_of_highest_severity() -> None:
    results = [result("d", LOW), result("c", MEDIUM, MEDIUM), result("e"), result("b", LOW, HIGH)]
    results += [result("a", HIGH, MEDIUM), ScanResult("f", failure="It is empty.")]
    assert [one.source for one in rank(results)] == ["a", "b", "c", "d", "f"]


def test_rank_keeps_partly_searched_session_without_findings() -> None:
    partly = result("a", warnings=(FidelityWarning("input-cut", "the file ends early"),))
    assert partly.searched is Searched.PARTLY
    assert rank([partly]) == [partly]


def test_scan_result_of_recording_counts_and_survives_pickle() -> None:
    found = analyse(SessionSource(VIM))
    assert found.searched is Searched.FULLY
    assert found.counts == {"high": 1, "medium": 0, "low": 2}
    assert found.worst is not None
    assert found.worst.severity is HIGH
    assert len(found.findings) == found.finding_count
    assert pickle.loads(pickle.dumps(found)) == found


def test_failure_sentence_names_source_once() -> None:
    assert ScanResult("a.json", failure="'a.json' is empty.").failure_sentence == "'a.json' is empty."
    assert ScanResult("a.json", failure="It failed.").failure_sentence == "a.json: It failed."
    assert "\x1b" not in ScanResult("\x1b[2J", failure="It failed.").failure_sentence
