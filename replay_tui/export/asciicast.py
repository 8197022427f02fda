"""Export as asciicast, versions 2 and 3 (https://docs.asciinema.org/manual/asciicast/v3/).

Terminal sessions are written as recorded, sessions of other kinds as this program displays them. Error events become
output, because asciicasts have no error events. Times are rounded down to microseconds, so that no event is late.
The members of a source's header are kept, in the form of the written version.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from msgspec.structs import replace

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.event_stream import EXIT, Event
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.export.event_text import text_events
from replay_tui.export.export_job import ExportJob
from replay_tui.export.terminal_state import InitialScreen, initial_screen_at
from replay_tui.export.text_formats import ascii_json
from replay_tui.presenters.completeness import incomplete_text

_DERIVED = frozenset(("version", "width", "height", "term", "theme", "timestamp", "duration", "stdout", "title"))
"""Members that are written from the recording, or in another place."""


def cast_header(
    version: int,
    size: TerminalSize,
    *,
    title: str,
    start: int | None,
    source: object,
    redact: Callable[[str], str],
) -> dict[str, Any]:
    """Return the header of an asciicast of `version` 2 or 3.

    `title` is already redacted; `start` is an epoch time in seconds; `source` is the header of the recording's own
    asciicast, if it was one. Its strings pass through `redact`.
    """
    known = _redacted(source, redact) if isinstance(source, dict) else {}
    term = known.get("term")
    term = dict(term) if isinstance(term, dict) else {}
    theme = term.pop("theme", None) or known.get("theme")
    env = known.get("env")
    converts = (known.get("version") == 3) != (version == 3)
    header: dict[str, Any] = {"version": version}
    if version == 3:
        term |= {"cols": size.cols, "rows": size.rows}
        if converts and "type" not in term and isinstance(env, dict) and isinstance(env.get("TERM"), str):
            term["type"] = env["TERM"]
        header["term"] = term | ({"theme": theme} if theme is not None else {})
    else:
        header |= {"width": size.cols, "height": size.rows}
        header |= {"theme": theme} if theme is not None else {}
    if start is not None:
        header["timestamp"] = start
    header |= {name: value for name, value in known.items() if name not in _DERIVED}
    if converts and version == 2 and isinstance(term.get("type"), str):
        kept = env if isinstance(env, dict) else {}
        header["env"] = {"TERM": term["type"], **kept}
    return header | ({"title": title} if title else {})


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return sanitize(redact(value))
    if isinstance(value, dict):
        return {_redacted(name, redact): _redacted(item, redact) for name, item in value.items()}
    return [_redacted(item, redact) for item in value] if isinstance(value, list) else value


MAX_LABEL_CHARS = 160
"""Longer marker labels are truncated."""
_EXIT_CODE = lazy_compile(r"-?\d{1,9}\Z")

Item = tuple[float, str, str]
"""Recorded time, event code, data."""


def write_v3(job: ExportJob, file: TextIO) -> None:
    """Write asciicast version 3, with intervals as times and the exit status at the end."""
    _Cast(job).write(file, 3)


def write_v2(job: ExportJob, file: TextIO) -> None:
    """Write asciicast version 2, with times since the start."""
    _Cast(job).write(file, 2)


class _Cast:
    def __init__(self, job: ExportJob) -> None:
        self._job = job
        self._recording = job.recording
        self._terminal = self._recording.kind.has_screen
        self._initial_screen: InitialScreen | None = None
        recorded = self._recording.loaded_session.size if self._recording.given_size is None else None
        self._size = recorded or self._recording.sizes.first
        if job.start is not None:
            self._initial_screen = initial_screen_at(
                self._recording.text.display_stream, self._recording.sizes, job.start, job.is_cancelled
            )
            self._size = TerminalSize(self._initial_screen.cols, self._initial_screen.rows)
        self._resizes = deque(self._recording.sizes.resizes if self._terminal else ())
        self._first_offset = self._initial_screen.offset if self._initial_screen else -1
        self._has_recorded_sizes = self._terminal and self._recording.given_size is None

    def write(self, file: TextIO, version: int) -> None:
        job, stream = self._job, self._recording.stream
        file.write(ascii_json(self._header(version)) + "\n")
        ticks = _TimeFormatter(relative=version == 3)
        begin = job.played_time(job.first)

        def write_event(time: float, code: str, data: str) -> None:
            moment = ticks.text(max(0.0, job.played_time(time) - begin))
            file.write(f'[{moment}, "{code}", {ascii_json(data)}]\n')

        last = 0.0
        for time, code, data in self._items():
            if code != "x" or (version == 3 and _EXIT_CODE.match(data)):
                write_event(time, code, data)
                last = time
        if job.end is not None:
            return
        if stream.duration > last:  # the last event has no form in a cast; an empty one keeps the duration
            write_event(stream.duration, "o", "")
        status = self._recording.session.fields.exit_code
        if version == 3 and status is not None and EXIT not in stream.kinds:
            file.write(f'[0.000000, "x", "{status}"]\n')

    def _header(self, version: int) -> dict[str, Any]:
        job, session = self._job, self._recording.session
        began = session.fields.start_date
        source = session.raw.get("asciicast")
        named = self._recording.loaded_session.title or session.fields.connection or session.fields.user
        return cast_header(
            version,
            self._size,
            title=job.redactor.text(self._recording.display_title) if named or not isinstance(source, dict) else "",
            start=int(began.timestamp() + job.first) if began else None,
            source=source,
            redact=job.redactor.text,
        )

    def _items(self) -> Iterator[Item]:
        """Iterate over events, resizes and markers in order of time."""
        marks = deque(self._markers())
        for event in text_events(self._events()):
            while marks and marks[0][0] <= event.time:
                yield marks.popleft()
            if self._resizes and event.kind in "oer":
                yield from self._resizes_before(event.event)
            if event.kind == "r" and self._has_recorded_sizes and (size := TerminalSize.parse(event.text)):
                yield event.time, "r", _size_text(size)
            if event.kind in "oe":
                yield event.time, "o", event.text
            elif event.kind == "i":
                yield event.time, "i", event.text
            elif event.kind == "m":
                yield event.time, "m", sanitize(self._job.redactor.text(event.text))
            elif event.kind == "x":
                yield event.time, "x", event.text.strip()
        yield from marks

    def _events(self) -> Iterator[Event]:
        """Iterate over the events of the exported range, with line endings for a terminal."""
        job, kind = self._job, self._recording.kind
        initial = self._initial_screen
        if initial is not None:
            yield Event(-1, job.first, "o", initial.data)
        stream = self._recording.text.display_stream if kind.lists_statements else self._recording.stream
        for event in job.events(stream):
            if event.kind in "oe":
                if initial is not None and event.time <= job.first:
                    continue
                if kind.prints_lines:
                    event = replace(event, data=event.data.replace(b"\n", b"\r\n"))  # noqa: PLW2901
            yield event

    def _resizes_before(self, event: Event) -> Iterator[Item]:
        """Iterate over the resizes before the first byte of an event."""
        if event.index < 0:
            assert self._initial_screen is not None
            while self._resizes and self._resizes[0].offset < self._initial_screen.offset:
                self._resizes.popleft()
            return
        reached = self._recording.stream.output_length_after(event.index)
        while self._resizes and self._resizes[0].offset <= reached:
            resize = self._resizes.popleft()
            # Resize events in the range are written themselves.
            if resize.size.source is not SizeSource.RESIZE_EVENT or resize.offset <= self._first_offset:
                yield event.time, "r", _size_text(resize.size)

    def _markers(self) -> list[Item]:
        """Return markers for findings, bookmarks and statements, except at times of the source's own markers.

        The first marker of an incomplete recording says so.
        """
        job, taken = self._job, {round(time, 3) for time, _ in self._recording.loaded_session.markers}
        marks, with_finding = [], set()
        for finding in job.findings():
            with_finding.add(finding.statement)
            evidence = f": {finding.evidence}" if finding.evidence else ""
            message = finding.message.rstrip(".") if evidence else finding.message
            marks.append((finding.time, f"{finding.symbol} {message}{evidence}"))
        marks += [(one.time, f"* {one.note or 'bookmark'}") for one in job.bookmarks_in_range()]
        for at, row in job.statements():
            if at not in with_finding and row.text.strip():
                marks.append((row.time, f"{row.text} (typed, then deleted)" if row.deleted else row.text))
        labelled = (
            (time, truncate(sanitize(" ".join(job.redactor.text(text).split())), MAX_LABEL_CHARS))
            for time, text in marks
        )
        made = sorted((max(0.0, time), "m", label) for time, label in labelled if round(time, 3) not in taken)
        note = incomplete_text(job.recording.completeness)
        return [(job.first, "m", sanitize(note)), *made] if note else made


def _size_text(size: TerminalSize) -> str:
    return f"{size.cols}x{size.rows}"


class _TimeFormatter:
    """Formats times with six decimals, rounded down so that the sum of intervals never exceeds the actual time."""

    def __init__(self, *, relative: bool) -> None:
        self._relative = relative
        self._sum = 0.0

    def text(self, seconds: float) -> str:
        """Return `seconds` rounded down, or the interval since the previous call."""
        base = self._sum if self._relative else 0.0
        ticks = max(0, round((seconds - base) * 1e6))
        while ticks and base + ticks / 1e6 > seconds:
            ticks -= 1
        self._sum = base + ticks / 1e6
        return f"{ticks // 1_000_000}.{ticks % 1_000_000:06d}"
