"""Reader for asciicast files, versions 1 to 3 (https://docs.asciinema.org/manual/asciicast/v3/).

Version 1 is one object with `stdout: [[delay, text], ...]`. Versions 2 and 3 are a header line and one line per event,
with times since the start (v2) or since the previous event (v3).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from replay_tui.domain.event_stream import Triple
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.json_array import ElementFormat
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, number
from replay_tui.sources.loaded_session import LoadedSession

_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})\Z")
_FRAMES = msgspec.json.Decoder(list[tuple[float, str]])
_FRAME_START = re.compile(rb'\[[ \t\r\n]{0,20}-?\d[\d.eE+-]{0,30}[ \t\r\n]{0,20},[ \t\r\n]{0,20}"')
_BATCH_LINES = 2000
"""Lines read between two yields."""


def is_asciicast(header: dict[str, Any]) -> bool:
    """Return True if an object is the header of an asciicast, or a whole asciicast of version 1."""
    version = header.get("version")
    if version == 1:
        return "stdout" in header
    return version in (2, 3) and ("width" in header or "height" in header or "term" in header)


def frame_format(frames: list[Any]) -> ElementFormat:
    """Return the format of version 1's `stdout` elements, which it appends to `frames`; None for invalid JSON."""

    def single(raw: bytes) -> None:
        try:
            frames.append(decode_value(raw))
        except ValueError:
            frames.append(None)

    return ElementFormat(b"[", lambda raw: frames.extend(_FRAMES.decode(raw)), single, _FRAME_START)


class AsciicastReader:
    """Reads the events of an asciicast after its header was decoded. `window` starts at the first event line."""

    def __init__(self, window: ByteBuffer, loaded: LoadedSession, header: dict[str, Any]) -> None:
        self._window = window
        self._loaded = loaded
        self._header = header
        self._version = int(header["version"])
        self._batch: list[Triple] = []
        self._time = 0.0
        loaded.stream_format = f"asciicast-v{self._version}"
        _apply_header(loaded, header)

    def read(self) -> Iterator[None]:
        """Read to the end, yielding after each batch. Raises `UnexpectedEnd` if the last line is incomplete."""
        try:
            if self._version == 1:
                self._read_v1()
            else:
                yield from self._read_lines()
        finally:
            self._flush()
        yield

    def _read_v1(self) -> None:
        frames = self._header.get("stdout")
        for frame in frames if isinstance(frames, list) else [None]:
            if isinstance(frame, list | tuple) and len(frame) >= 2 and isinstance(frame[1], str):
                self._batch.append((self._moment(frame[0]), "o", frame[1].encode("utf-8", "replace")))
            else:
                self._loaded.stream.log.add("bad-event", BAD_EVENT)

    def _read_lines(self) -> Iterator[None]:
        window = self._window
        start = scanned = lines = 0
        while True:
            end = window.buf.find(b"\n", scanned)
            if end >= 0:
                self._read_line(bytes(window.buf[start:end]).strip())
                start = scanned = end + 1
                lines += 1
                if lines % _BATCH_LINES:
                    continue
            else:
                window.consume(start)
                start, scanned = 0, len(window.buf)
            self._flush()
            if len(self._loaded.stream):
                yield
            if end < 0 and not window.read_more():
                break
        last = bytes(window.buf).strip()
        if last and not self._read_line(last, last=True):
            raise UnexpectedEnd
        window.consume(len(window.buf))

    def _read_line(self, line: bytes, *, last: bool = False) -> bool:
        """Read one line. Return False if the last line of the file is an incomplete JSON value."""
        if not line or line.startswith(b"#"):
            return True
        try:
            event = decode_value(line)
        except ValueError:
            if last:
                return False
            event = None
        if isinstance(event, list) and len(event) >= 3 and isinstance(event[2], str):
            self._add(event[0], event[1] if isinstance(event[1], str) else "?", event[2])
        else:
            self._loaded.stream.log.add("bad-event", BAD_EVENT)
        return True

    def _moment(self, value: object) -> float | None:
        """Return the time of an event in seconds, or None if `value` is invalid. Adds up intervals (v1, v3)."""
        time = number(value)
        if time is None or not math.isfinite(time):
            return None
        time *= self._loaded.seconds_per_unit
        if self._version == 2:
            return time
        if time < 0:  # invalid: return an earlier time, so that the stream warns, and ignore the interval
            return -1.0 if self._time == 0 else self._time + time
        self._time += time
        return self._time

    def _add(self, time: object, kind: str, text: str) -> None:
        moment = self._moment(time)
        data = text.encode("utf-8", "replace")
        if kind in ("o", "i"):
            self._batch.append((moment, kind, data))
            return
        self._flush()
        if kind == "x":
            self._exit(text)
            return
        stream = self._loaded.stream
        stream.append(moment, kind, data)
        if kind == "r":
            if found := _SIZE.match(text):
                size = TerminalSize.clamped(int(found[1]), int(found[2]), SizeSource.RESIZE_EVENT)
                self._loaded.resizes.append((len(stream.output), size.cols, size.rows))
            else:
                stream.log.add("bad-resize", "resize events have no valid size and are ignored")
        elif kind == "m":
            self._loaded.markers.append((stream.duration, text))

    def _exit(self, text: str) -> None:
        if re.fullmatch(r"-?\d{1,9}", text.strip()):
            self._loaded.session = Session.parse({**self._loaded.session.raw, "exit_code": int(text)})

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        self._loaded.stream.extend(batch)


def _apply_header(loaded: LoadedSession, header: dict[str, Any]) -> None:
    term = header.get("term")
    term = term if isinstance(term, dict) else {}
    cols, rows = header.get("width", term.get("cols")), header.get("height", term.get("rows"))
    if type(cols) is int and type(rows) is int and cols > 0 and rows > 0:
        loaded.size = TerminalSize.clamped(cols, rows, SizeSource.RECORDED)
    title = header.get("title")
    loaded.title = title if isinstance(title, str) else ""
    kept = {key: header[key] for key in ("title", "command", "env") if header.get(key) is not None}
    received: dict[str, Any] = {"asciicast": {key: value for key, value in header.items() if key != "stdout"}}
    if kept:
        received["metadata"] = kept
    timestamp = number(header.get("timestamp"))
    try:
        if timestamp is not None:
            received["start_date"] = datetime.fromtimestamp(timestamp, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        loaded.stream.log.add("odd-field", "the header's timestamp is invalid; the recording has no start date")
    loaded.session = Session.parse(received)
