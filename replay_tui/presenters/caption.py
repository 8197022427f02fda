"""What is flagged at the playhead, in a line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from rich.text import Text

from replay_tui.domain.finding import Finding
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import sanitize, truncate
from replay_tui.presenters.text_writer import BAD, MUTED, STRONG, WARN, Styles

MAX_STATEMENT_CHARS = 600
"""Characters of a statement that are looked at."""
SHOWN_SECONDS = 2.0
"""How long a flagged moment is told while the recording plays on."""


def findings_at(findings: Sequence[Finding], position: float, *, playing: bool) -> list[Finding]:
    """The findings (in the order of time) of the moment at the playhead, while playing of the last one just passed."""
    start = bisect_left(findings, position - (SHOWN_SECONDS if playing else 1e-9), key=lambda one: one.time)
    near = [one for one in findings[start : start + 100] if one.time <= position + 1e-9]
    return [one for one in near if one.time == near[-1].time]


def caption(findings: Sequence[Finding], styles: Styles) -> Text:
    """The findings of one moment in a line, the worst first."""
    ranked = sorted(findings, key=lambda one: -one.severity.rank)
    if not ranked:
        return _line()
    text = finding_caption(ranked[0], styles)
    if len(ranked) > 1:
        text.append(f"  and {len(ranked) - 1} more", styles.get(MUTED, ""))
    return text


def finding_caption(one: Finding, styles: Styles, place: str = "") -> Text:
    """A finding in a line, with its `place` among others."""
    text = _line()
    text.append(f" {one.severity.symbol} ", styles.get(BAD if one.severity.rank == 2 else WARN, ""))
    text.append(place, styles.get(MUTED, ""))
    text.append(f"{truncate(sanitize(one.evidence), 80)}  " if one.evidence else "", styles.get(STRONG, ""))
    return text.append(sanitize(one.message))


def statement_caption(statement: Statement, styles: Styles, place: str) -> Text:
    """A statement in a line, with its `place` among all."""
    text = _line().append(f" {place}", styles.get(MUTED, ""))
    return text.append(sanitize(" ".join(statement.text[:MAX_STATEMENT_CHARS].split())), styles.get(STRONG, ""))


def _line() -> Text:
    return Text(no_wrap=True, overflow="ellipsis", end="")
