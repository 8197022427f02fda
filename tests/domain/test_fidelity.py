"""Fidelity warnings: sentences with counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import replay_tui
from replay_tui.domain.fidelity import FidelityWarning

WITHOUT_LOSS = {
    "bad-encoding", "bad-exit", "bad-resize", "bad-size", "broken-time", "emulator-ended", "encoding-unused",
    "epoch-time", "fallback-emulator", "file-not-utf8", "function-others", "hidden-input-uncertain", "http-unpaired",
    "idle-limit", "late-exit", "limited-resize", "limited-size", "lone-surrogate", "negative-time", "no-input",
    "no-output", "no-end", "no-statement", "no-times", "not-utf8", "nul-output", "odd-field", "odd-header",
    "second-cast", "size-default", "size-guessed", "split-character", "still-open", "time-jumps-back", "time-scale",
    "times-unused", "untimed-bytes", "whole-seconds",
}  # fmt: skip
"""Codes of warnings about recordings of which everything was read and analysed."""
_ADDED = re.compile(r'(?:log\.(?:add|replace)|FidelityWarning|errors\.append)\(\s*\(?\s*"([a-z0-9-]+)",', re.DOTALL)


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


def test_codes_say_whether_something_is_missing() -> None:
    """A new code must be classified: a loss that is not one of the gaps would make an incomplete session look clean."""
    files = Path(replay_tui.__file__).parent.rglob("*.py")
    codes = {code for path in files for code in _ADDED.findall(path.read_text())}
    assert len(codes) > 30
    for code in codes:
        one = FidelityWarning(code, "")
        assert (one.is_unread or one.is_unanalysed) != (code in WITHOUT_LOSS), code
