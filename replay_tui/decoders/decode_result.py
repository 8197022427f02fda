"""Result of decoding a session, and the builder for its statements."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import RedactedSpan
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.statement import Statement

MAX_STATEMENTS = 1_000_000
"""Maximum number of statements of a session; each takes about 512 bytes of memory."""


class Table(Struct, frozen=True):
    """Tabular output: `columns`, `rows` of the same width, `truncated` if rows are missing, `note` on bad rows."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    truncated: bool = False
    note: str = ""


class DecodeResult(Struct):
    """The result of decoding a session.

    `statements` are in the order of their requests; `warnings` count undecodable data (available in the raw view);
    `redacted` are the bytes of credentials, `secrets` their texts, which are hidden elsewhere too;
    `connection_info` has the parameters of a start-up message
    (`user`, `database`, `application_name`); `decoder` is the name of the decoder.
    """

    statements: list[Statement] = field(default_factory=list)
    warnings: list[FidelityWarning] = field(default_factory=list)
    redacted: list[RedactedSpan] = field(default_factory=list)
    secrets: frozenset[str] = frozenset()
    connection_info: dict[str, str] = field(default_factory=dict)
    table: Table | None = None
    decoder: str = "raw"

    def __repr__(self) -> str:
        return f"DecodeResult({self.decoder}, {len(self.statements)} statements, {self.warnings})"


_DURATION = Statement.__struct_fields__.index("duration")


class StatementBuilder:
    """Collects at most `MAX_STATEMENTS` statements in order; each one's duration is the time to the next."""

    __slots__ = ("_last", "statements")

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._last: list[Any] = []  # the fields of the last statement, whose duration is unknown yet

    def add(
        self,
        time: float,
        kind: str,
        text: str,
        params: tuple[str | None, ...] | None = None,
        event: int = 0,
        verb: str = "",
        details: dict[str, Any] | None = None,
        *,
        note: str = "",
        deleted: bool = False,
    ) -> dict[str, Any]:
        """Add a statement (fields as in `Statement`) and return its `details`, which the caller may extend later."""
        check_cancelled()
        if details is None:
            details = {}
        last = self._last
        if last and len(self.statements) < MAX_STATEMENTS:
            last[_DURATION] = max(0.0, time - last[0])
            self.statements.append(Statement(*last))
        self._last = [time, kind, text, params, None, deleted, event, verb, details, note]
        return details

    def close(self) -> list[Statement]:
        """Return all statements; the last one has no duration."""
        if self._last and len(self.statements) < MAX_STATEMENTS:
            self.statements.append(Statement(*self._last))
        self._last = []
        return self.statements


def merge_by_time(statements: list[Statement], more: list[Statement]) -> list[Statement]:
    """Return both lists sorted by time and event; durations are recalculated if `more` is not empty."""
    if not more:
        return statements
    merged = sorted([*more, *statements], key=lambda row: (row.time, row.event))
    following = [row.time for row in merged[1:]]
    durations = [max(0.0, after - row.time) for row, after in zip(merged, following, strict=False)]
    return [row.changed(duration=duration) for row, duration in zip(merged, [*durations, None], strict=True)]


def redact_payload(data: bytes, event: int, redacted: list[RedactedSpan]) -> bytes:
    """Return the payload of an event with its redacted bytes replaced by `*`."""
    spans = [span for span in redacted if span.event == event]
    if not spans:
        return data
    masked = bytearray(data)
    for _, start, stop in spans:
        masked[start:stop] = b"*" * len(masked[start:stop])
    return bytes(masked)
