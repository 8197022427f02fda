"""Loaded session: the session metadata and event stream of a source, updated while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import TerminalSize

TimeUnit = Literal["s", "ms"]
"""Unit of event times. The gateway writes seconds, although its documentation says milliseconds."""


@dataclass(slots=True)
class LoadedSession:
    """A session and its stream, which grows while the source is read; `stream.complete` is True at the end.

    Attributes:
        name: name of the source as given, not sanitised: a file name, or `standard input`.
        session: metadata, replaced while reading; first the members before the stream.
        stream: the events read, with the fidelity warnings of the source in `stream.log`.
        stream_format: `triples`, `raw-queries`, `utf8`, `base64`, `none` (null), `absent`, `undecodable` (not decodable
            by the gateway), `not-list`, `download`, `asciicast-v1`, `asciicast-v2` or `asciicast-v3`.
        size: terminal size from an asciicast's header; None for other sources.
        resizes: (output bytes before it, columns, rows) of each resize event.
        markers: (seconds, label) of each marker event.
        title: title from an asciicast's header.
        times: unit of the source's event times.
        bytes_read, bytes_total: progress in stored (possibly compressed) bytes; the total is None if unknown.
    """

    name: str
    session: Session = field(default_factory=lambda: Session.parse({}))
    stream: EventStream = field(default_factory=EventStream)
    stream_format: str = "absent"
    size: TerminalSize | None = None
    resizes: list[tuple[int, int, int]] = field(default_factory=list)
    markers: list[tuple[float, str]] = field(default_factory=list)
    title: str = ""
    times: TimeUnit = "s"
    bytes_read: int = 0
    bytes_total: int | None = None

    @property
    def seconds_per_unit(self) -> float:
        """Unit of the source's event times in seconds."""
        return 0.001 if self.times == "ms" else 1.0
