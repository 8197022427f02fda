"""The kinds of session, each with its own main pane."""

from __future__ import annotations

from enum import StrEnum


class SessionKind(StrEnum):
    """What the main pane shows."""

    TERMINAL = "terminal"
    STATEMENTS = "statements"
    HTTP = "http"
    TABLE = "table"
    TEXT = "text"
    EMPTY = "empty"


class EmptyReason(StrEnum):
    """Why a session has nothing to replay."""

    NO_STREAM = "no-stream"
    NO_LOG = "no-log"
    WITHHELD = "withheld"
    PENDING = "pending"
    OPEN = "open"
    NOT_ASKED = "not-asked"
    UNDECODABLE = "undecodable"
    UNREADABLE = "unreadable"
