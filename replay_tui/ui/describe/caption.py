"""What is flagged at the playhead, in a line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from rich.text import Text

from replay_tui.domain.finding import Finding
from replay_tui.domain.text import clean, shorten
from replay_tui.ui.describe.writer import BAD, MUTED, STRONG, WARN, Styles

SECONDS = 2.0
"""How long a flagged moment is told while the recording plays on."""


def flagged_at(findings: Sequence[Finding], position: float, *, playing: bool) -> list[Finding]:
    """The findings (in the order of time) of the moment at the playhead, while playing of the last one just passed."""
    start = bisect_left(findings, position - (SECONDS if playing else 1e-9), key=lambda one: one.time)
    near = [one for one in findings[start : start + 100] if one.time <= position + 1e-9]
    return [one for one in near if one.time == near[-1].time]


def caption(findings: Sequence[Finding], styles: Styles) -> Text:
    """The findings of one moment in a line, the worst first."""
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    ranked = sorted(findings, key=lambda one: -one.severity.rank)
    if ranked:
        worst = ranked[0]
        text.append(f" {worst.severity.shape} ", styles.get(BAD if worst.severity.rank == 2 else WARN, ""))
        text.append(f"{shorten(clean(worst.evidence), 80)}  " if worst.evidence else "", styles.get(STRONG, ""))
        text.append(clean(worst.message))
        if len(ranked) > 1:
            text.append(f"  and {len(ranked) - 1} more", styles.get(MUTED, ""))
    return text
