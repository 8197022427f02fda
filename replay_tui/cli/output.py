"""Output of the commands: data on stdout, messages and progress on stderr, without control characters of a session.

Also the check that there is a terminal, and reading keys from it if standard input is the session.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, BinaryIO, TextIO

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError

_CODES = {"bold": "1", "faint": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def configure_streams() -> None:
    """Replace characters that the output's encoding lacks by question marks instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


class OutputClosed(Exception):
    """Stdout cannot be written: its reader has gone (`reason` is a `BrokenPipeError`), or the disk is full."""

    def __init__(self, reason: OSError) -> None:
        self.reason = reason
        super().__init__(str(reason))


def write(text: str) -> None:
    """Write one or more lines of sanitised data to stdout. Raises `OutputClosed`."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text + "\n")
    except OSError as error:
        raise OutputClosed(error) from None


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of sanitised data to stdout as they arrive. Raises `OutputClosed`."""
    for line in lines:
        write(line)


def write_json(value: Any) -> None:
    """Write a value to stdout as ASCII JSON, which escapes all control characters. Raises `OutputClosed`."""
    if sys.stdout is None:
        return
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2)
    except ValueError:  # JSON has no NaN and infinities
        text = json.dumps(_finite(value), ensure_ascii=True, indent=2)
    write(text.replace("\x7f", "\\u007f"))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def print_status(text: str) -> None:
    """Print a message on stderr, sanitised."""
    if sys.stderr is not None:
        print(sanitize(text), file=sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Return True if a stream is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def coloured() -> bool:
    """Return True if stdout supports colours: a terminal that is not dumb, without NO_COLOR."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def style(text: str, *styles: str) -> str:
    """Return sanitised text in styles (`bold`, `faint`, `red`, `green`, `yellow`, `cyan`) if stdout has colours."""
    codes = ";".join(_CODES[style] for style in styles)
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text and coloured() else text


DELAY_SECONDS = 0.5
INTERVAL_SECONDS = 0.1


class Progress:
    """Context manager of a line such as `reading 43 %`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._next = time.monotonic() + DELAY_SECONDS
        self._on = is_terminal(sys.stderr)
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.clear()

    def update(self, done: float, total: float | None) -> None:
        """Report that `done` of `total` is finished, in any unit; without `total`, `done` is in bytes."""
        now = time.monotonic()
        if not self._on or now < self._next:
            return
        self._next = now + INTERVAL_SECONDS
        amount = f"{min(100, int(100 * done / total))} %" if total else f"{done / (1 << 20):.1f} MiB"
        sys.stderr.write(f"\r{self._label} {amount} \x1b[K")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Clear the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


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
