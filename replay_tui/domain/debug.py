"""Debug mode: an exception in a decoder, rule or worker ends the program instead of being logged and skipped.

The state is an environment variable, so that worker processes inherit it.
"""

from __future__ import annotations

import os
import sys

VARIABLE = "REPLAY_TUI_DEBUG"


def is_debugging() -> bool:
    """Return True if debug mode is on."""
    return os.environ.get(VARIABLE) == "1"


def set_debugging(on: bool) -> None:
    """Turn debug mode on or off for this process and the processes that it starts."""
    if on:
        os.environ[VARIABLE] = "1"
    else:
        os.environ.pop(VARIABLE, None)


def reraise_if_debugging() -> None:
    """Raise the exception that is being handled, if debug mode is on. Call it first in a broad `except`."""
    error = sys.exception()
    if error is not None and is_debugging():
        raise error
