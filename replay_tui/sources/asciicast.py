"""Reader for asciicast files, versions 1 to 3 (https://docs.asciinema.org/manual/asciicast/v3/).

Version 1 is one object with `stdout: [[delay, text], ...]`. Versions 2 and 3 are a header line and one line per event,
with times since the start (v2) or since the previous event (v3). Casts that follow in the same file continue the first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from replay_tui.domain.event_stream import EXIT, Triple
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import TerminalSize
from replay_tui.domain.terminal_theme import TerminalTheme
from replay_tui.domain.text_encoding import UTF8
from replay_tui.domain.times import format_duration
from replay_tui.sources.asciicast_header import AsciicastHeader, parse_header
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.json_array import ElementFormat
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, number
from replay_tui.sources.json_text import TextEncoder, encode_text
from replay_tui.sources.loaded_session import LoadedSession, warn_of_unused_encoding
from replay_tui.sources.time_origin import MIN_EPOCH_SECONDS, TimeOrigin

_FRAMES = msgspec.json.Decoder(list[tuple[float, str]])
_FRAME_START = lazy_compile(rb'\[[ \t\r\n]{0,20}-?\d[\d.eE+-]{0,30}[ \t\r\n]{0,20},[ \t\r\n]{0,20}"')
_EXIT_CODE = lazy_compile(r"-?\d{1,9}\Z")
_NULS = lazy_compile(rb"\0{8,}")
_BATCH_LINES = 2000
"""Lines read between two yields."""
LATE_EXIT_SECONDS = 2.0
"""An exit later than this after the last output is reported: the end of the recording shows nothing new."""
BAD_RESIZE = "resize events have no valid size and are ignored"
SECOND_CAST = "more recordings in the same file, shown one after another on one terminal"
NUL_BLOCK = "blocks of NUL bytes in the file, skipped"


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

    def __init__(self, window: ByteBuffer, loaded: LoadedSession, members: dict[str, Any]) -> None:
        self._window = window
        self._loaded = loaded
        self._log = loaded.stream.log
        self._batch: list[Triple] = []
        self._texts = TextEncoder(self._log)
        self._exit_code: int | None = None
        self._header = header = parse_header(members, self._log)
        self._version = header.version
        self._origin = TimeOrigin(self._log, header.start)
        self._begin = self._time = 0.0  # start of this cast, and time of the previous event, in seconds
        loaded.stream_format = f"asciicast-v{header.version}"
        warn_of_unused_encoding(loaded)
        loaded.size, loaded.title = header.size, header.title
        loaded.idle_limit, loaded.theme = header.idle_limit, header.theme or TerminalTheme()
        loaded.session = header.session()

    def read(self, *, truncated: bool = False) -> Iterator[None]:
        """Read to the end, yielding after each batch. `truncated`: the file ends within a cast of version 1.

        Raises `UnexpectedEnd` if the last line is incomplete.
        """
        try:
            if self._version == 1:
                self._read_frames(self._header)
            if truncated:
                raise UnexpectedEnd
            yield from self._read_lines()
        finally:
            for kind in "oi":
                if rest := self._texts.end(kind):
                    self._batch.append((self._time, kind, rest))
            self._flush()
            self._loaded.session = self._header.session(self._origin.first, self._exit_code)
            self._warn_of_playback()
        yield

    def _read_frames(self, header: AsciicastHeader) -> None:
        frames = header.members.get("stdout")
        for frame in frames if isinstance(frames, list) else [None]:
            if isinstance(frame, list | tuple) and len(frame) >= 2 and isinstance(frame[1], str):
                self._add(frame[0], "o", frame[1])
            else:
                self._log.add("bad-event", BAD_EVENT)

    def _read_lines(self) -> Iterator[None]:
        window = self._window
        start = scanned = lines = 0
        while True:
            end = window.buf.find(b"\n", scanned)
            if end >= 0:
                self._read_line(bytes(window.buf[start:end]))
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
        if not self._read_line(bytes(window.buf), last=True):
            raise UnexpectedEnd
        window.consume(len(window.buf))

    def _read_line(self, raw: bytes, *, last: bool = False) -> bool:
        """Read one line. Return False if the last line of the file is an incomplete JSON value."""
        line = raw.strip()
        if line[:1] == b"\0" or line[-1:] == b"\0":
            line = line.strip(b" \t\r\n\0")
            self._log.add("nul-block", NUL_BLOCK)
        if not line or line.startswith(b"#"):
            return True
        if self._loaded.encoding != UTF8 and not line.isascii():
            line = self._transcode(line)
        try:
            event = decode_value(line)
        except ValueError:
            if _NULS.search(line):  # a lost block of the file has replaced the line end
                self._log.add("nul-block", NUL_BLOCK)
                *parts, tail = _NULS.split(line)
                for part in parts:
                    self._read_line(part)
                return self._read_line(tail, last=last)
            if last:
                return False
            event = None
        if isinstance(event, list) and len(event) >= 3 and isinstance(event[2], str):
            self._add(event[0], event[1] if isinstance(event[1], str) else "?", event[2])
        elif isinstance(event, dict) and (event.get("version") in (2, 3) or is_asciicast(event)):
            self._begin_cast(parse_header(event, self._log))
        else:
            self._log.add("bad-event", BAD_EVENT)
        return True

    def _transcode(self, line: bytes) -> bytes:
        """Return a line that is not UTF-8 as UTF-8: the encoding of the terminal became that of the file."""
        try:
            line.decode()
        except UnicodeDecodeError:
            self._log.replace("encoding-unused", "", 0)
            return line.decode(self._loaded.encoding, "replace").encode("utf-8", "replace")
        return line

    def _begin_cast(self, header: AsciicastHeader) -> None:
        """Continue with another cast: at its own start date, if that is known and later, else without a pause."""
        self._flush()
        stream = self._loaded.stream
        self._log.add("second-cast", SECOND_CAST)
        begin, first = stream.duration, self._header.start
        if first is not None and header.start is not None and begin <= header.start - first < 1e8:
            begin = header.start - first
        self._version, self._begin, self._time = header.version, begin, begin
        self._origin = TimeOrigin(self._log, header.start)
        if header.size:
            stream.append(begin, "r", f"{header.size.cols}x{header.size.rows}".encode())
            self._resize(header.size)
        label = header.title or "next recording"
        self._loaded.markers.append((begin, label))
        stream.append(begin, "m", encode_text(label))
        if header.version == 1:
            self._read_frames(header)

    def _event_time(self, value: object) -> float | None:
        """Return the time of an event in seconds, or None if `value` is invalid. Adds up intervals (v1, v3)."""
        time = number(value)
        if time is None or not math.isfinite(time):
            return None
        time *= self._loaded.seconds_per_unit
        if time >= MIN_EPOCH_SECONDS:
            return self._since_epoch(time)
        if self._version == 2:
            self._origin.previous = time
            self._time = max(self._time, moment := self._begin + time)
            return moment
        if time < 0:  # invalid: return an earlier time, so that the stream warns, and ignore the interval
            return -1.0 if self._time == 0 else self._time + time
        self._time += time
        return self._time

    def _since_epoch(self, time: float) -> float:
        """Return the time of an event whose time counts from 1970, in any version."""
        if self._version != 2:
            self._origin.previous = self._time - self._begin
        moment = self._begin + self._origin.convert(time)
        self._time = max(self._time, moment)
        return moment

    def _add(self, time: object, kind: str, text: str) -> None:
        moment = self._event_time(time)
        if kind in ("o", "i"):
            self._batch.append((moment, kind, self._texts.encode(kind, text)))
            return
        self._flush()
        stream = self._loaded.stream
        stream.append(moment, kind, encode_text(text))
        if kind == "x":
            self._exit(text.strip())
        elif kind == "r":
            if size := TerminalSize.parse(text):
                self._resize(size)
                if not re.fullmatch(rf"0*{size.cols}x0*{size.rows}", text.strip()):
                    self._log.add("limited-resize", "resize events have a size outside of the limits, which is limited")
            else:
                self._log.add("bad-resize", BAD_RESIZE)
        elif kind == "m":
            self._loaded.markers.append((stream.duration, text))

    def _resize(self, size: TerminalSize) -> None:
        self._loaded.resizes.append((len(self._loaded.stream.output), size.cols, size.rows))

    def _exit(self, text: str) -> None:
        if _EXIT_CODE.match(text):
            self._exit_code = int(text)
        else:
            self._log.add("bad-exit", "exit events have no valid exit code")

    def _warn_of_playback(self) -> None:
        """Warn if the recording ends long after its last output, or plays faster than it was recorded."""
        stream, log = self._loaded.stream, self._log
        silent = stream.duration - stream.time_of_output(max(0, len(stream.output) - 1))
        if EXIT in stream.kinds and silent > LATE_EXIT_SECONDS:
            log.replace("late-exit", f"the program exited {format_duration(silent)} after the last output")
        if self._loaded.idle_limit is not None:
            message = (
                f"the header limits idle time during playback to {self._loaded.idle_limit:g} s; recorded times stay"
            )
            log.replace("idle-limit", message)

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        self._loaded.stream.extend(batch)
