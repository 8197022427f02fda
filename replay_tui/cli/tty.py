"""The real terminal: whether there is one, and taking keys from it when standard input is the session."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from replay_tui.cli.output import is_terminal
from replay_tui.domain.errors import UsageError


def in_browser() -> bool:
    """Whether `serve` runs this process for a page, to which Textual speaks over standard input and output."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def require_terminal() -> None:
    """Raise `UsageError` where there is no terminal to draw on (the interface draws on stderr)."""
    if not in_browser() and not (is_terminal(sys.__stdout__) and is_terminal(sys.__stderr__)):
        raise UsageError(
            "The replay screen needs a terminal; for a script use `replay-tui show`, `screen` or `transcript`."
        )


def claim_keyboard() -> None:
    """Make the controlling terminal standard input, unless it is one already. Raises `UsageError` if there is none."""
    if in_browser() or is_terminal(sys.__stdin__):
        return
    try:
        tty = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError("There is no terminal to read keys from (/dev/tty cannot be opened).") from None
    os.dup2(tty, 0)
    if tty:
        os.close(tty)
    # Buffered text left over in the old object belongs to the session, which has its own descriptor.
    sys.stdin = sys.__stdin__ = open(0, closefd=False, encoding="utf-8", errors="replace")  # type: ignore[misc]  # noqa: SIM115


def take_stdin() -> BinaryIO:
    """Standard input's bytes under a descriptor of their own, so that 0 can become the keyboard."""
    if sys.__stdin__ is None:
        raise UsageError("Standard input is closed; pipe a saved session into it, or name a file.")
    return os.fdopen(os.dup(0), "rb")
