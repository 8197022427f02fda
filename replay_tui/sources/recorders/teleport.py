"""Reader for Teleport's session recordings (its audit log reference, and `lib/events` of versions 2 to 4).

A recording is a list of events, in JSON Lines or an array (`tsh play --format=json`), and the output: in `data` of the
`print` events, or in a file of bytes that they point to (`ID-0.chunks.gz`, `ID.session.bytes`), which is in the same
archive (`ID.tar`) or folder. Input is not recorded. Not supported: the protocol buffers in `.tar` files since version
4.4, and recordings of desktops and databases.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_BASE64, BAD_EVENT, repair_base64
from replay_tui.sources.json_scanner import number
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink
from replay_tui.sources.recorders.json_messages import read_objects
from replay_tui.sources.rejection import quoted

OTHER = "events of other sessions in the same file are skipped"
NO_OUTPUT = "print events have no output: the file with it is not beside the events"
_EVENTS = lazy_compile(r"(?:-(\d{1,9})\.events(?:\.gz)?|\.session\.log(?:\.gz)?)\Z")
_CHUNKS = lazy_compile(r"(?:-(\d{1,15})\.chunks(?:\.gz)?|\.session\.bytes(?:\.gz)?)\Z")
_SIZE = lazy_compile(r"(\d{1,6}):(\d{1,6})\Z")


class Output:
    """Bytes that the `print` events point to: files by the offset of their first byte."""

    def __init__(self, files: Iterable[tuple[int, bytes]] = ()) -> None:
        self._files = sorted(files)

    def between(self, offset: int, length: int) -> bytes:
        """Return the bytes at `offset`; fewer if they are missing."""
        at = bisect_right(self._files, offset, key=lambda file: file[0]) - 1
        start, data = self._files[at] if at >= 0 else (0, b"")
        return data[offset - start : offset - start + length]


def has_recording(members: Mapping[str, bytes]) -> bool:
    """Return True if an archive contains events and output."""
    return any(map(_EVENTS.search, members)) and any(map(_CHUNKS.search, members))


def read_members(members: Mapping[str, bytes], loaded: LoadedSession) -> Iterator[None]:
    """Read the recording in an archive, whose members are decompressed. Raises as `read`."""
    files = [(int(found[1] or 0), data) for name, data in members.items() if (found := _CHUNKS.search(name))]
    parts = [(int(found[1] or 0), data) for name, data in members.items() if (found := _EVENTS.search(name))]
    yield from _read(ByteBuffer(data for _, data in sorted(parts)), loaded, Output(files))


def read(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
    """Read events, and the output beside them. Raises `UnreadableSource` if there is no output at all."""
    output = beside.read(output_names(beside.name))
    yield from _read(window, loaded, Output([(0, output[1])] if output else ()))


def output_names(name: str) -> list[str]:
    """Return the names that the file of output beside a file of events may have; none if it has another name."""
    found = _EVENTS.search(name)
    stem = name[: found.start()] if found else ""
    return (
        [f"{stem}{one}" for one in ("-0.chunks.gz", "-0.chunks", ".session.bytes", ".session.bytes.gz")]
        if found
        else []
    )


def _read(window: ByteBuffer, loaded: LoadedSession, output: Output) -> Iterator[None]:
    loaded.stream_format = "teleport"
    reader = _TeleportReader(loaded, output)
    try:
        for row in read_objects(window, loaded.stream.log):
            reader.add(row)
            if reader.sink.is_full:
                reader.sink.flush()
                yield
    finally:
        reader.end()
    yield


class _TeleportReader:
    def __init__(self, loaded: LoadedSession, output: Output) -> None:
        self.sink = EventSink(loaded)
        self._loaded, self._output = loaded, output
        self._start: dict[str, Any] = {}
        self._end: dict[str, Any] = {}
        self._sizes: list[dict[str, Any]] = []  # before the first output
        self._last = 0.0  # time of the last event; `ms` and `time` differ a little
        self._first_print: float | None = None  # its time on the timeline, from which `ms` counts
        self._has_output = False

    def add(self, row: dict[str, Any]) -> None:
        """Append an event."""
        kind, sid = row.get("event"), row.get("sid")
        if not isinstance(kind, str):
            self._loaded.stream.log.add("bad-event", BAD_EVENT)
            return
        if sid is not None and self._start.get("sid") not in (None, sid):
            self._loaded.stream.log.add("trailing-data", OTHER)
        elif kind == "session.start":
            self._start = self._start or row
            self._resize(row)
        elif kind == "session.end":
            self._end = row
        elif kind == "resize":
            self._resize(row)
        elif kind == "session.command" and isinstance(row.get("argv"), list):
            words = [str(row.get("program") or row.get("path") or ""), *map(str, row["argv"])]
            if self._has_output:
                self._last = max(self._last, self._time(row))
                self.sink.marker(self._last, " ".join(words)[:400])
        elif kind == "print":
            self._print(row)

    def _print(self, row: dict[str, Any]) -> None:
        offset, length, delay = row.get("offset"), row.get("bytes"), number(row.get("ms"))
        if isinstance(row.get("data"), str):
            data = self._decode(row["data"])
        elif type(offset) is int and type(length) is int and offset >= 0 and length >= 0:
            data = self._output.between(offset, length)
            if len(data) < length:
                self._loaded.stream.log.add("input-missing", NO_OUTPUT)
        else:
            self._loaded.stream.log.add("bad-event", BAD_EVENT)
            return
        if self._first_print is None:
            self._first_print = max(0.0, self._time(row) - (delay or 0.0) / 1000)
        time = self._time(row) if delay is None else self._first_print + delay / 1000
        if data:
            self._has_output = True
            for one in self._sizes:
                self._resize(one)
            self._sizes = []
            self._last = max(self._last, time)
            self.sink.add(self._last, "o", data)

    def _resize(self, row: dict[str, Any]) -> None:
        found = _SIZE.match(str(row.get("size", "")))
        if found and not self._has_output:
            self._sizes.append(row)
        elif found:
            self._last = max(self._last, self._time(row))
            self.sink.resize(self._last, int(found[1]), int(found[2]))

    def _time(self, row: dict[str, Any]) -> float:
        """Return the time of an event in seconds since the start of the session."""
        start, now = _date(self._start.get("time")), _date(row.get("time"))
        return max(0.0, (now - start).total_seconds()) if start and now else self._last

    def _decode(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            self._loaded.stream.log.add("bad-base64", BAD_BASE64)
        return repair_base64(text)

    def end(self) -> None:
        """Set the metadata. Raises `UnreadableSource` if no event has output."""
        self.sink.end()
        start, end = self._start, self._end
        command = start.get("initial_command")
        names = ("cluster_name", "login", "proto", "server_addr", "addr.remote", "session_recording")
        shown = {name: start[name] for name in names if isinstance(start.get(name), str)}
        words = " ".join(map(str, command)) if isinstance(command, list) else ""
        self.sink.describe(
            "Teleport session recording",
            {name: value for name, value in start.items() if isinstance(value, str | int | float)},
            id=start.get("sid"),
            user=start.get("user"),
            connection=start.get("server_hostname") or start.get("server_addr"),
            start_date=start.get("time"),
            end_date=end.get("session_stop") or end.get("time"),
            metadata={**shown, **({"command": words} if words else {})},
        )
        if not self._has_output:
            raise UnreadableSource(
                f"{quoted(self._loaded.name)} is a file of Teleport events without the output of a session; name the "
                "recording's .tar, or put the file of its output beside the events."
            )


def _date(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and value.endswith("Z") else None
    except ValueError:
        return None
