"""What an analysis reports: findings (dangerous or suspicious actions that a rule detects) and control sequences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:  # not loaded, because index workers need no pydantic
    from replay_tui.domain.risk import Severity


class Finding(Struct, frozen=True):
    """A match of a rule, on a best-effort basis.

    Attributes:
        time: seconds since the start of the recording.
        rule: the rule's name.
        severity: how dangerous the action is.
        message: a sentence for users.
        evidence: the text that the rule matched.
        statement: index of the matched statement; None if the rule matched the output instead.
        informational: listed, but no risk: a link from the gateway's words to a statement, or a control sequence that
            prompts and full-screen programs send too.
    """

    time: float
    rule: str
    severity: Severity
    message: str
    evidence: str = ""
    statement: int | None = None
    informational: bool = False

    @property
    def level(self) -> str:
        """Value of the severity for output, `info` if the finding is informational."""
        return "info" if self.informational else self.severity.value

    @property
    def symbol(self) -> str:
        """One-cell symbol of the severity, `i` if the finding is informational."""
        return "i" if self.informational else self.severity.symbol


def flagged(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that are not informational."""
    return [one for one in findings if not one.informational]


def notable(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of medium and high severity; where there are none, all that are not informational."""
    worth = flagged(findings)
    return [one for one in worth if one.severity.rank] or worth


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by severity, those of one severity in order of time, informational ones last."""
    return sorted(findings, key=lambda one: (one.informational, -one.severity.rank, one.time))


class SequenceEvent(Struct, frozen=True):
    """Control sequence at output byte `offset` and `time` (seconds). `text`: its content, truncated, not sanitised."""

    offset: int
    time: float
    kind: str
    text: str
