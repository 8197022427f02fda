"""Statement: one command, query or request that a user or program sent in a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """One executed command, query or request.

    Attributes:
        time: seconds since the start of the recording.
        kind: `read`, `dml`, `ddl`, `transaction`, `admin`, `shell`, `http`, `mcp`, `script`, `input` or `other`.
        text: the text as sent, not reformatted.
        params: the bound parameters as text (None for SQL NULL); None if the kind has no parameters.
        duration: seconds until the response, if known, else until the next statement; None for the last one.
        deleted: True if the text was typed and deleted before it was sent.
        event: index of the event in which the statement starts.
        verb: the leading word (`SELECT`, `GET`, `rm`).
        details: values that only some kinds have: `status`, `size`, `collection`, `database`, `exit_code`, `copied`.
        note: why the statement may be inaccurate; empty if it is exact.
    """

    time: float
    kind: str
    text: str
    params: tuple[str | None, ...] | None = None
    duration: float | None = None
    deleted: bool = False
    event: int = 0
    verb: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    note: str = ""
