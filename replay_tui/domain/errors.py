"""Base classes of expected errors. Their messages are sanitised and can be printed as they are.

Cancellation is one of them: long-running functions poll an `is_cancelled` callback and raise `Cancelled`.
"""

from __future__ import annotations


class ReplayError(Exception):
    """Base class of all expected errors. `str(error)` is a sentence that names the problem and the next step."""

    exit_code = 1


class UsageError(ReplayError):
    """Invalid argument or setting, such as an unknown export format."""

    exit_code = 2


class UnreadableSource(ReplayError):
    """Source that contains no readable session: missing, empty, binary, or another kind of file."""

    exit_code = 3


class GatewayError(ReplayError):
    """Request that the gateway rejected or failed to answer, or a gateway that cannot be reached."""

    exit_code = 4


class Cancelled(BaseException):
    """Raised by a function whose `is_cancelled` callback returned True. No `except Exception` takes it for a fault."""


def never_cancelled() -> bool:
    """Return False: the default `is_cancelled` callback of functions that can be cancelled."""
    return False
