"""Statement: one command, query or request that a user or program sent in a session; and how new its shape is."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field, structs


class Statement(Struct, frozen=True):
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

    def changed(self, **fields: Any) -> Statement:
        """Return a copy with other values of some fields."""
        return structs.replace(self, **fields)


MIN_SESSIONS = 5
"""Earlier sessions of a user on a connection below which "new" means little."""


class Novelty(Struct, frozen=True):
    """How often the shape of a statement was used before on the same connection, by its user and by colleagues.

    Counts of sessions, never a score: `own_sessions` of `own_total` sessions, and `colleagues` of `colleague_total`
    other users.
    """

    own_sessions: int
    own_total: int
    colleagues: int
    colleague_total: int

    @property
    def is_new(self) -> bool:
        """Return True if the user has not used the shape on the connection before."""
        return not self.own_sessions

    @property
    def has_too_few_sessions(self) -> bool:
        """Return True if there are too few earlier sessions of the user to compare with."""
        return self.own_total < MIN_SESSIONS

    def as_json(self) -> dict[str, int | bool]:
        """Return the JSON object that `find --new` prints."""
        return {
            "own_sessions": self.own_sessions,
            "own_total": self.own_total,
            "colleagues": self.colleagues,
            "colleague_total": self.colleague_total,
            "too_few_sessions": self.has_too_few_sessions,
        }
