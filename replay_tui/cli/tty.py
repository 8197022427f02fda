"""The user's terminal: check that there is one, and read keys from it if standard input is the session."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from replay_tui.cli.output import is_terminal
from replay_tui.domain.errors import UsageError


def in_browser() -> bool:
    """Return True if `serve` runs this process for a page; Textual then uses standard input and output."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def require_terminal() -> None:
    """Raise `UsageError` if stdout or stderr, on which the interface draws, is not a terminal."""
    if not in_browser() and not (is_terminal(sys.__stdout__) and is_terminal(sys.__stderr__)):
        raise UsageError(
            "The replay screen needs a terminal. In scripts use `replay-tui show`, `screen` or `transcript`."
        )


def claim_keyboard() -> None:
    """Make the controlling terminal standard input, unless that is a terminal. Raises `UsageError` if there is none."""
    if in_browser() or is_terminal(sys.__stdin__):
        return
    try:
        tty = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError("No terminal to read keys from: cannot open /dev/tty.") from None
    os.dup2(tty, 0)
    if tty:
        os.close(tty)
    # The old object's buffer belongs to the session, which is read through another descriptor.
    sys.stdin = sys.__stdin__ = open(0, closefd=False, encoding="utf-8", errors="replace")  # type: ignore[misc]  # noqa: SIM115


def take_stdin() -> BinaryIO:
    """Return standard input as a binary file with its own descriptor, so that 0 can become the keyboard.

    Raises `UsageError` if standard input is closed.
    """
    if sys.__stdin__ is None:
        raise UsageError("Standard input is closed. Pipe a saved session into it, or name a file.")
    return os.fdopen(os.dup(0), "rb")
