"""What a decoder hands back, and how statements are put in a row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.redacted_span import RedactedSpan
from replay_tui.domain.statement import Statement

MAX_STATEMENTS = 1_000_000
"""Statements that a session can have; each takes about half a KiB."""


@dataclass(frozen=True, slots=True)
class Table:
    """Tabular output: `columns`, `rows` of the same width, `truncated` where rows were left out, `note` on oddities."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    truncated: bool = False
    note: str = ""


@dataclass(slots=True)
class DecodeResult:
    """The result of decoding a session.

    `statements` in the order asked for; `doubts` counts what could not be decoded (it stands raw in the stream);
    `hidden` names the bytes of authentication messages; `facts` holds what a start-up message says (`user`,
    `database`, `application_name`); `decoder` is the name of the decoder that answered.
    """

    statements: list[Statement] = field(default_factory=list)
    warnings: list[FidelityWarning] = field(default_factory=list)
    redacted: list[RedactedSpan] = field(default_factory=list)
    connection_info: dict[str, str] = field(default_factory=dict)
    table: Table | None = None
    decoder: str = "raw"


class StatementBuilder:
    """Collects statements in order, `MAX_STATEMENTS` of them; each one's duration is the time to the next."""

    __slots__ = ("_last", "statements")

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._last: tuple[Any, ...] | None = None

    def add(
        self,
        time: float,
        kind: str,
        text: str,
        *,
        params: tuple[str | None, ...] | None = None,
        event: int = 0,
        verb: str = "",
        details: dict[str, Any] | None = None,
        note: str = "",
        deleted: bool = False,
    ) -> dict[str, Any]:
        """Add a statement (fields as in `Statement`); answers its `details`, which may still be filled."""
        self._flush(time)
        kept: dict[str, Any] = {} if details is None else details
        self._last = (time, kind, text, params, deleted, event, verb, kept, note)
        return kept

    def _flush(self, until: float | None) -> None:
        last = self._last
        if last is not None:
            duration = None if until is None else max(0.0, until - last[0])
            time, kind, text, params, deleted, event, verb, details, note = last
            if len(self.statements) < MAX_STATEMENTS:
                row = Statement(time, kind, text, params, duration, deleted, event, verb, details, note)
                self.statements.append(row)
            self._last = None

    def close(self) -> list[Statement]:
        """All statements; the last one has no duration."""
        self._flush(None)
        return self.statements


def merge_by_time(statements: list[Statement], more: list[Statement]) -> list[Statement]:
    """Both lists joined in the order of their events, with durations counted anew where there was anything to add."""
    if not more:
        return statements
    joined = sorted([*more, *statements], key=lambda row: (row.time, row.event))
    following = [row.time for row in joined[1:]]
    spans = [max(0.0, after - row.time) for row, after in zip(joined, following, strict=False)]
    return [replace(row, duration=span) for row, span in zip(joined, [*spans, None], strict=True)]


def redact_payload(data: bytes, event: int, redacted: list[RedactedSpan]) -> bytes:
    """The payload of an event with its hidden bytes replaced by `*`. `hidden` is in the order of events."""
    spans = [span for span in redacted if span.event == event]
    if not spans:
        return data
    masked = bytearray(data)
    for _, start, stop in spans:
        masked[start:stop] = b"*" * len(masked[start:stop])
    return bytes(masked)
