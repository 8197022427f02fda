"""Fidelity warnings: sentences with counts."""

from __future__ import annotations

import pytest

from replay_tui.domain.fidelity import FidelityWarning


@pytest.mark.parametrize(
    ("message", "count", "sentence"),
    [
        ("events skipped", 1, "1 event skipped"),
        ("events skipped", 1234, "1,234 events skipped"),
        ("attempts to write", 2, "2 attempts to write"),
        ("the stream ends early", 1, "the stream ends early"),
        ("the stream ends early", 2, "the stream ends early (2 times)"),
    ],
)
def test_fidelity_warning_sentence_has_count(message: str, count: int, sentence: str) -> None:
    assert FidelityWarning("code", message, count).sentence == sentence
