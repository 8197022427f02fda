"""Progress reports: the first one immediately, then at most one per interval."""

from __future__ import annotations

import pytest

from replay_tui.ui import background
from replay_tui.ui.background import DONE, ProgressReport, TaskProgress


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (TaskProgress("reading"), "reading"),
        (TaskProgress("reading", 0.426, "esc stops"), "reading 42 %"),
        (TaskProgress("reading", 1.0), "reading 99 %"),  # 100 % only once the task has ended
        (DONE, ""),
    ],
)
def test_progress_text_has_label_and_percent(given: TaskProgress, text: str) -> None:
    assert given.text == text


def test_report_repeated_at_once_shows_first_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "REPORT_SECONDS", 1000.0)
    shown: list[TaskProgress] = []
    report = ProgressReport(shown.append, "indexing")
    report(1, 4)
    report(2, 4)
    assert shown == [TaskProgress("indexing", 0.25)]


def test_report_without_total_has_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "REPORT_SECONDS", 0.0)
    shown: list[TaskProgress] = []
    ProgressReport(shown.append, "reading", "esc stops")(10)
    assert shown == [TaskProgress("reading", None, "esc stops")]
