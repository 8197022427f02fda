"""Text of the novelty of a statement: counts, never a score."""

from __future__ import annotations

from replay_tui.domain.display_text import pluralize
from replay_tui.domain.novelty import Novelty


def novelty_text(novelty: Novelty) -> str:
    """Return `first time: 0 of this user's 212 sessions, 3 of 40 colleagues`; empty if it is not new."""
    if not novelty.is_new:
        return ""
    colleagues = f"{novelty.colleagues:,} of {pluralize(novelty.colleague_total, 'colleague')}"
    if novelty.has_too_few_sessions:
        return f"too few sessions to compare: {novelty.own_total} earlier, {colleagues}"
    return f"first time: 0 of this user's {novelty.own_total:,} sessions, {colleagues}"
