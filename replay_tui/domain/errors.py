"""The errors this program raises on purpose: one plain sentence each, safe to print."""

from __future__ import annotations


class ReplayError(Exception):
    """Base of all expected failures. `str(error)` is a sentence that names what was wrong and what to do."""

    exit_code = 1


class UsageError(ReplayError):
    """The command was used wrongly (a time that cannot be read, an unknown format)."""

    exit_code = 2


class UnreadableSource(ReplayError):
    """The source cannot be read at all: missing, empty, binary, not a session."""

    exit_code = 3


class GatewayError(ReplayError):
    """The gateway refused, failed, or could not be reached."""

    exit_code = 4
