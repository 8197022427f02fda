"""Loaded session: the session metadata and event stream of a source, updated while it is read.

Fidelity warnings that need the complete session and stream, such as a wrong time unit, are derived at the end.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import NO_EVENTS, FidelityWarning
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason
from replay_tui.domain.terminal_size import DEFAULT_SIZE, Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.domain.terminal_theme import TerminalTheme
from replay_tui.domain.text_encoding import UTF8

EXPORTED = "before it was exported: "
MAX_EXPORTED_WARNINGS = 50
TimeUnit = Literal["s", "ms"]
"""Unit of event times. The gateway writes seconds, although its documentation says milliseconds."""


class LoadedSession(Struct):
    """A session and its stream, which grows while the source is read; `stream.complete` is True at the end.

    Attributes:
        name: name of the source as given, not sanitised: a file name, or `standard input`.
        session: metadata, replaced while reading; first the members before the stream.
        stream: the events read, with the fidelity warnings of the source in `stream.log`.
        stream_format: `triples`, `raw-queries`, `utf8`, `base64`, `none` (null), `absent`, `undecodable` (not decodable
            by the gateway), `not-list`, `download`, `asciicast-v1`, `asciicast-v2`, `asciicast-v3`, or the module of
            `recorders` that read it, such as `script`.
        recorder: format and version for users if another tool made the recording, else empty; not sanitised.
        is_raw: True if the file contains the terminal's bytes, not text, so that its own encoding does not matter.
        size: terminal size that an asciicast or another tool recorded; None for other sources.
        resizes: (output bytes before it, columns, rows) of each resize event.
        markers: (seconds, label) of each marker event.
        title: title from an asciicast's header.
        idle_limit: limit in seconds of idle time during playback, from an asciicast's header.
        theme: colours from an asciicast's header.
        times: unit of the source's event times.
        encoding: encoding of the recorded terminal's text; other texts are UTF-8.
        bytes_read, bytes_total: progress in stored (possibly compressed) bytes; the total is None if unknown.
    """

    name: str
    session: Session = field(default_factory=lambda: Session.parse({}))
    stream: EventStream = field(default_factory=EventStream)
    stream_format: str = "absent"
    recorder: str = ""
    is_raw: bool = False
    size: TerminalSize | None = None
    resizes: list[tuple[int, int, int]] = field(default_factory=list)
    markers: list[tuple[float, str]] = field(default_factory=list)
    title: str = ""
    idle_limit: float | None = None
    theme: TerminalTheme = field(default_factory=TerminalTheme)
    times: TimeUnit = "s"
    encoding: str = UTF8
    bytes_read: int = 0
    bytes_total: int | None = None

    @property
    def recorded_sizes(self) -> SizeTimeline | None:
        """Terminal sizes from the header and resize events of a recording; None without any."""
        if not self.size and not self.resizes:
            return None
        sizes = [(at, TerminalSize.clamped(cols, rows, SizeSource.RESIZE_EVENT)) for at, cols, rows in self.resizes]
        return SizeTimeline(self.size or DEFAULT_SIZE, [Resize(at, size) for at, size in sizes])

    def refine_empty_reason(self, reason: EmptyReason) -> EmptyReason:
        """Return why there are no events, for the `reason` that session and events alone tell."""
        if any(note.code == "stream-undecodable" for note in self.stream.log.warnings):
            return EmptyReason.UNDECODABLE  # the stream is missing because of that, not because it was withheld
        if reason is EmptyReason.NO_STREAM and self.session.stored_bytes is None and self.is_streamless:
            return EmptyReason.NOT_ASKED  # the gateway's answers have a size, also without a recording
        return reason

    @property
    def is_streamless(self) -> bool:
        """Return True if the source has no stream at all, not even an empty one."""
        return self.stream_format == "absent"

    @property
    def is_recorder_file(self) -> bool:
        """Return True if the source is an asciicast or another tool's recording, not a session of a gateway."""
        return bool(self.recorder) or self.stream_format.startswith("asciicast")

    @property
    def format_name(self) -> str:
        """Format and version for users; empty for a session of a gateway. Not sanitised."""
        return self.recorder or self.stream_format.replace("-v", " version ") if self.is_recorder_file else ""

    @property
    def seconds_per_unit(self) -> float:
        """Unit of the source's event times in seconds."""
        return 0.001 if self.times == "ms" else 1.0


def add_load_warnings(loaded: LoadedSession) -> None:
    """Add the fidelity warnings of a completely read source."""
    session, log = loaded.session, loaded.stream.log
    if session.invalid_fields:
        names = ", ".join(
            dict.fromkeys(
                truncate(sanitize(name.removeprefix("sessionfields.")), 40) for name in session.invalid_fields[:3]
            )
        )
        more = " and more" if len(session.invalid_fields) > 3 else ""
        message = f"fields have an undocumented type and are kept as received: {names}{more}"
        log.add("odd-field", message, len(session.invalid_fields))
    metrics = session.fields.metrics
    if metrics and metrics.truncated:
        log.add("truncated", "the gateway stopped recording at its size limit; the rest of the session is missing")
    if session.is_open:
        log.add("still-open", "the session was still running when it was read")
    elif session.fields.status == "done" and session.fields.end_date is None:
        log.add("no-end", "the session is done but has no end date")
    is_whole = not (session.is_open or session.script_text or any(one.is_unread for one in log.warnings))
    if len(loaded.stream) and not loaded.stream.has_content and is_whole:
        log.add(NO_EVENTS.code, NO_EVENTS.message)
    _warn_of_time_unit(loaded)
    _add_exported_warnings(loaded)


def _warn_of_time_unit(loaded: LoadedSession) -> None:
    """Warn if stream and session durations differ by a factor of 1,000, which suggests a wrong time unit."""
    wall, span = loaded.session.wall_clock_seconds, loaded.stream.duration
    if not wall or wall < 0 or span <= 0 or not loaded.stream.timed:
        return
    ratio = span / wall
    if 300 <= ratio <= 3000 and loaded.times == "s":
        message = "event times run about a thousand times longer than the session took; try --times ms"
    elif 1 / 3000 <= ratio <= 1 / 300 and loaded.times == "ms":
        message = "event times run about a thousand times shorter than the session took; try --times s"
    # Narrower limits, because a short burst in a long session is common.
    elif 0.9 / 1000 <= ratio <= 1.1 / 1000:
        message = "event times run a thousand times shorter than the session took; their unit may be wrong"
    else:
        return
    loaded.stream.log.add("time-scale", message)


def warn_of_unused_encoding(loaded: LoadedSession) -> None:
    """Warn if an encoding was given for a source that contains text instead of bytes."""
    if loaded.encoding != UTF8:
        message = f"the source contains text, not bytes; the encoding {loaded.encoding} is not applied"
        loaded.stream.log.add("encoding-unused", message)


def _add_exported_warnings(loaded: LoadedSession) -> None:
    """Add what was missing when this session was exported, from `replay.fidelity` of the `json` export."""
    replay = loaded.session.raw.get("replay")
    rows = replay.get("fidelity") if isinstance(replay, dict) and replay.keys() == {"fidelity"} else None
    if not isinstance(rows, list):
        return
    loaded.session = Session.parse({name: value for name, value in loaded.session.raw.items() if name != "replay"})
    present = {one.code for one in loaded.stream.log.warnings}
    for row in rows[:MAX_EXPORTED_WARNINGS]:
        code, message, count = (
            (row.get(name) for name in ("code", "message", "count")) if isinstance(row, dict) else ((None,) * 3)
        )
        if isinstance(code, str) and isinstance(message, str) and type(count) is int and code not in present:
            one = FidelityWarning(code, truncate(sanitize(message).removeprefix(EXPORTED), 200), count)
            if one.is_unread:
                loaded.stream.log.add(code, EXPORTED + one.sentence)
