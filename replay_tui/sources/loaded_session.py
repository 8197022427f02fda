"""What has been read of a source so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import TerminalSize

TimeUnit = Literal["s", "ms"]
"""The unit of a source's event times. The gateway writes seconds, though its published page says milliseconds."""


@dataclass(slots=True)
class LoadedSession:
    """A session and its stream, growing while the source is read; `stream.complete` is True at the end.

    Attributes:
        name: the source's name as given, uncleaned: a file name, or `standard input`.
        session: replaced as more of the object becomes known; first it holds what stands before the stream.
        stream: the events so far, and in `stream.log` all doubts about this source.
        form: how the stream came: `triples`, `raw-queries`, `utf8`, `base64`, `none` (null), `absent`, `undecodable`
            (the gateway could not build it), `not-list`, `download`, `asciicast-v1`, `asciicast-v2`, `asciicast-v3`.
        size: the size that an asciicast's header names, None for every other source.
        resizes: (bytes of the screen lane before it, columns, rows) of each resize event.
        markers: (seconds, label) of each marker event.
        title: the title that an asciicast's header names.
        times: the unit in which event times were read.
        bytes_read, bytes_total: how far the source is read, in bytes as stored (compressed ones if it is compressed);
            the total is None where it cannot be known.
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
        """Seconds in one unit of the source's event times."""
        return 0.001 if self.times == "ms" else 1.0
