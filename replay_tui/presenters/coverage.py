"""Sentence about the sessions that were searched, and those that were not."""

from __future__ import annotations

from replay_tui.domain.coverage import Coverage
from replay_tui.domain.display_text import sanitize


def coverage_text(coverage: Coverage, *, done: str = "searched") -> str:
    """Return `3 of 5 sessions searched; not searched: 1 withheld, 1 unreadable`."""
    total = coverage.total
    text = f"{coverage.searched:,} of {total:,} session{'' if total == 1 else 's'} {done}"
    reasons = [f"{count:,} {sanitize(reason)}" for reason, count in coverage.reasons.most_common() if count]
    return f"{text}; not {done}: {', '.join(reasons)}" if reasons else text
