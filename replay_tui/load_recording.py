"""The function with which Python programs open a saved session."""

from __future__ import annotations

import os

from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.text_encoding import UTF8, parse_encoding
from replay_tui.recording import Recording
from replay_tui.sources import read_all
from replay_tui.sources.loaded_session import TimeUnit


def load(
    source: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    times: str = "s",
    encoding: str = UTF8,
    timing: str | None = None,
) -> Recording:
    """Return the recording in a saved session: a gateway's JSON answer or download, an asciicast, or another tool's.

    `size` (columns, rows) overrides the terminal's size; `times="ms"` reads event times as milliseconds; `encoding`
    is that of the recorded terminal's text; `timing` is the timing file of a typescript. Raises `UnreadableSource` of
    `replay_tui.domain.errors` if the source is not a session, and `UsageError` for an unknown encoding.
    """
    given = TerminalSize.clamped(*size, SizeSource.GIVEN) if size else None
    unit: TimeUnit = "ms" if times == "ms" else "s"
    loaded = read_all(os.fspath(source), times=unit, encoding=parse_encoding(encoding), timing=timing)
    return Recording(loaded, size=given)
