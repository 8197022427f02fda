"""A statement: one thing that a person or program asked a session's other end to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """One execution, in the order in which it was asked for.

    Attributes:
        time: seconds since the start of the recording.
        kind: `read`, `dml`, `ddl`, `transaction`, `admin`, `shell`, `http`, `mcp`, `script`, `input` or `other`.
        text: the text as sent, never reformatted.
        params: the bound parameters as text (None for SQL NULL inside the list), or None where there can be none.
        duration: seconds until the next statement (or the response, where one is known), None for the last.
        deleted: typed and then removed before it was sent.
        event: index of the event in which it began.
        verb: the leading word, in capitals (`SELECT`, `GET`, `rm`).
        details: what only some kinds have: `status`, `size`, `collection`, `database`, `exit_code`, `copied`…
        note: why this row is a best effort, empty where it is certain.
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
