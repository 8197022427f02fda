"""Output of the commands: data on stdout, messages on stderr, without control characters of a session."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from replay_tui.domain.text import sanitize

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
