"""Header of an asciicast: size, title, start, theme and idle limit of the recording, and its other members as sent."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.terminal_theme import TerminalTheme, parse_theme
from replay_tui.sources.json_scanner import number
from replay_tui.sources.time_origin import epoch_unit

_METADATA = ("title", "command", "tags", "env")
_ODD_TIMESTAMP = "the header's timestamp is not in seconds; it is converted"
_ODD = "header members have an invalid value and are ignored"


class AsciicastHeader(Struct, frozen=True):
    """The members that change the replay. `start` is an epoch time, `idle_limit` a time, both in seconds."""

    version: int
    members: dict[str, Any]
    size: TerminalSize | None
    title: str
    start: float | None
    idle_limit: float | None
    theme: TerminalTheme | None

    def session(self, start: float | None = None, exit_code: int | None = None) -> Session:
        """Return the session's metadata. `start` replaces a missing start date."""
        kept = {name: self.members[name] for name in _METADATA if self.members.get(name) is not None}
        members = {name: value for name, value in self.members.items() if name != "stdout"}
        raw: dict[str, Any] = {"asciicast": members}
        if kept:
            raw["metadata"] = kept
        start = start if self.start is None else self.start
        if start is not None:
            raw["start_date"] = datetime.fromtimestamp(start, UTC).isoformat()
        if exit_code is not None:
            raw["exit_code"] = exit_code
        return Session.parse(raw)


def parse_header(members: dict[str, Any], log: FidelityWarnings) -> AsciicastHeader:
    """Return the header; invalid members are reported in `log`."""
    term = members.get("term")
    term = term if isinstance(term, dict) else {}
    cols, rows = members.get("width", term.get("cols")), members.get("height", term.get("rows"))
    size = None
    if type(cols) is int and type(rows) is int and cols > 0 and rows > 0:
        size = TerminalSize.clamped(cols, rows, SizeSource.RECORDED)
        if (size.cols, size.rows) != (cols, rows):
            log.add("limited-size", f"the recorded terminal size is limited to {size}")
    elif (cols, rows) != (None, None):
        log.add("bad-size", "the header's terminal size is invalid and ignored")
    title = members.get("title")
    theme = term.get("theme", members.get("theme"))
    found_theme = parse_theme(theme)
    if theme is not None and found_theme is None:
        log.add("odd-header", _ODD)
    return AsciicastHeader(
        version=int(members["version"]),
        members=members,
        size=size,
        title=title if isinstance(title, str) else "",
        start=_start(members.get("timestamp"), log),
        idle_limit=_idle_limit(members.get("idle_time_limit"), log),
        theme=found_theme,
    )


def _start(value: object, log: FidelityWarnings) -> float | None:
    if value is None:
        return None
    start = number(value)
    try:
        if start is not None:
            if (unit := epoch_unit(start)) not in (None, 1.0):
                log.add("odd-header", _ODD_TIMESTAMP)
                start *= unit or 1.0
            datetime.fromtimestamp(start, UTC)
            return start
    except (OverflowError, ValueError, OSError):
        pass
    log.add("odd-field", "the header's timestamp is invalid; the recording has no start date")
    return None


def _idle_limit(value: object, log: FidelityWarnings) -> float | None:
    limit = number(value)
    if limit is not None and math.isfinite(limit) and limit > 0:
        return limit
    if value is not None:
        log.add("odd-header", _ODD)
    return None
