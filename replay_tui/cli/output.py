"""Writing: data on stdout, words on stderr, nothing that a terminal would act on."""

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
    """Let no character fail to be written: one that the output's encoding lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


class OutputClosed(Exception):
    """Stdout takes nothing more: its reader left (`reason` is a `BrokenPipeError`), or the disk is full."""

    def __init__(self, reason: OSError) -> None:
        self.reason = reason
        super().__init__(str(reason))


def write(text: str) -> None:
    """A line, or several, of data that is already clean. Raises `OutputClosed`."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text + "\n")
    except OSError as error:
        raise OutputClosed(error) from None


def write_lines(lines: Iterable[str]) -> None:
    """Lines of data that are already clean, as they come."""
    for line in lines:
        write(line)


def write_json(value: Any) -> None:
    """A value as JSON in plain ASCII: no control byte of a session stands in it raw."""
    if sys.stdout is None:
        return
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2)
    except ValueError:  # NaN and infinities are no JSON
        text = json.dumps(_finite(value), ensure_ascii=True, indent=2)
    write(text.replace("\x7f", "\\u007f"))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def print_status(text: str) -> None:
    """A sentence on stderr."""
    if sys.stderr is not None:
        print(sanitize(text), file=sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def coloured() -> bool:
    """Whether stdout takes colours: a terminal that is not dumb, without NO_COLOR."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def style(text: str, *styles: str) -> str:
    """Clean text in a style (`bold`, `faint`, `red`, `green`, `yellow`, `cyan`) where stdout takes colours."""
    codes = ";".join(_CODES[style] for style in styles)
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text and coloured() else text
