"""Reader for typescripts of util-linux `script` (script(1), scriptreplay(1), util-linux 2.41), with their timing file.

The typescript has a first line `Script started on ...` and, if it was closed, a last line `Script done on ...`, which
are not part of the output. Input is in the same file (`--log-io`) or in one named by the timing file (`--log-in`),
which is read if it is in the same folder. Not supported: the binary recordings of the BSD `script -r`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.sources.beside import Beside, timing_names
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink
from replay_tui.sources.recorders.script_timing import Entry, TimingFile, is_timing
from replay_tui.sources.rejection import quoted

NO_TIMES = (
    "the typescript has no timing file; its text is shown in one moment, recorded input as output, and commands and "
    "hidden input in it may be missing"
)
UNTIMED = "bytes at the end of the typescript have no time and are shown at the last one"
APPENDED = "the typescript has several recordings and the timing file is of one of them; times may be wrong"
SHORT = "the typescript ends before its timing file does; the rest is missing"
BAD_TIMING = "lines of the timing file are invalid and skipped"
NO_INPUT_LOG = "the file with the recorded input is not beside the typescript; input is missing"
MAX_HEADER_BYTES = 8192
_FOOTER_BYTES = 1024
_FOOTER = lazy_compile(rb"\r?\n?(?:Script done(?: on |, )[^\r\n]{0,480}|\[END TYPESCRIPT\])\s*\Z")
_VALUE = lazy_compile(r'([A-Z_]{1,40})="((?:[^"\\]|\\.)*)"')
_DATE = lazy_compile(r"(?:on |, )(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d)")
_PIECE_BYTES = 1 << 16


def find_timing(beside: Beside) -> TimingFile | None:
    """Return the timing file that the user named, else the one beside the typescript; None without one.

    Raises `UnreadableSource` if the user's file is not a timing file.
    """
    found = beside.read_timing(timing_names(beside.name))
    if found and is_timing(found[1]):
        return TimingFile(found[1])
    if beside.timing is not None:
        raise UnreadableSource(f"{quoted(beside.timing)} is not the timing file of a typescript; check --timing.")
    return None


def read(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
    """Read a typescript and the files that belong to it."""
    loaded.stream_format = "script"
    yield from TypescriptReader(window, loaded, find_timing(beside), beside).read()


class TypescriptReader:
    """Reads a typescript with or without a timing file. `tool` is the name of the recorder."""

    def __init__(
        self,
        window: ByteBuffer,
        loaded: LoadedSession,
        timing: TimingFile | None,
        beside: Beside,
        tool: str = "util-linux script",
    ) -> None:
        self._window, self._loaded, self._timing, self._beside = window, loaded, timing, beside
        self._tool = tool
        self._sink = EventSink(loaded, is_raw=True)
        self._log = loaded.stream.log
        self._header = _take_line(window)
        self._footer = b""
        self._input: bytes | None = None  # the file of `--log-in`
        self._input_at = 0

    def read(self) -> Iterator[None]:
        """Read to the end; set the metadata first and last, because the exit code is at the end."""
        self._describe()
        if self._timing:
            yield from self._read_timed(self._timing)
        else:
            yield from self._read_untimed()
        self._sink.end()
        self._describe()
        yield

    def _read_untimed(self) -> Iterator[None]:
        self._log.add("untimed-text", NO_TIMES)
        self._loaded.stream.timed = False
        while self._window.fill(_PIECE_BYTES + _FOOTER_BYTES):
            self._sink.add(0.0, "o", self._window.take(_PIECE_BYTES))
            self._sink.flush()
            yield
        if rest := self._without_footer(self._window.take(len(self._window.buf))):
            self._sink.add(0.0, "o", rest)

    def _read_timed(self, timing: TimingFile) -> Iterator[None]:
        last, is_short, has_lost_input = 0.0, False, False
        for number, entry in enumerate(timing.entries()):
            if number == 0:
                self._describe()  # the headers before the first entry have the size
            last = entry.time
            if entry.kind == "r":
                self._sink.resize(entry.time, *entry.value)
                continue
            if entry.kind == "m":
                self._sink.marker(entry.time, entry.label)
                continue
            data = self._take(entry, timing)
            if data:
                self._sink.add(entry.time, entry.kind, data)
            has_lost_input = has_lost_input or data is None
            is_short = is_short or (data is not None and len(data) < entry.value[0])
            if self._sink.is_full:
                self._sink.flush()
                self._describe()
                yield
        while self._window.read_more():
            pass
        if rest := self._without_footer(self._window.take(len(self._window.buf))):
            self._log.add("untimed-bytes", UNTIMED, len(rest))
            if b"\nScript started on " in rest:  # `script --append` writes a new timing file
                self._log.add("second-cast", APPENDED)
            self._sink.add(last, "o", rest)
        if is_short:
            self._log.add("input-cut", SHORT)
        if has_lost_input:
            self._log.add("input-missing", NO_INPUT_LOG)
        self._log.add("bad-event", BAD_TIMING, timing.bad_lines)

    def _take(self, entry: Entry, timing: TimingFile) -> bytes | None:
        """Return the bytes of an entry, fewer if the file ends; None if its file is not there."""
        length = entry.value[0]
        name = timing.headers.get("INPUT_LOG")
        if entry.kind == "i" and name and name != timing.headers.get("OUTPUT_LOG"):
            if self._input is None:
                found = self._beside.read([name, name + ".gz"])
                if found is None:
                    return None
                self._input = found[1]
                if self._input.startswith(b"Script started"):
                    self._input_at = self._input.find(b"\n") + 1
            start, self._input_at = self._input_at, self._input_at + length
            return self._input[start : start + length]
        self._window.fill(length)
        return self._window.take(min(length, len(self._window.buf)))

    def _without_footer(self, rest: bytes) -> bytes:
        found = _FOOTER.search(rest, max(0, len(rest) - _FOOTER_BYTES))
        if not found:
            return rest
        self._footer = found[0]
        return rest[: found.start()]

    def _describe(self) -> None:
        headers = self._timing.headers if self._timing else {}
        first, last = (line.decode("utf-8", "replace") for line in (self._header, self._footer))
        values: dict[str, Any] = {**dict(_VALUE.findall(first)), **headers}
        size = _number(values.get("COLUMNS")), _number(values.get("LINES"))
        if all(size) and self._loaded.size is None and not self._loaded.resizes:
            self._sink.resize(0.0, *size)
        code = dict(_VALUE.findall(last)).get("COMMAND_EXIT_CODE", headers.get("EXIT_CODE"))
        form = "without timing file" if not self._timing else "advanced timing" if headers else "timing file"
        env = {name: values[name] for name in ("TERM", "SHELL") if values.get(name)}
        command = values.get("COMMAND")
        self._sink.describe(
            f"{self._tool}, {form}",
            values,
            start_date=_date(headers.get("START_TIME") and f"on {headers['START_TIME']}") or _date(first),
            end_date=_date(last),
            exit_code=_number(code),
            metadata={**({"command": command} if command else {}), **({"env": env} if env else {})},
        )


def _take_line(window: ByteBuffer) -> bytes:
    """Consume and return the first line, which is not part of the output; its bytes only if it has no end."""
    while (end := window.buf.find(b"\n", 0, MAX_HEADER_BYTES)) < 0 and len(window.buf) < MAX_HEADER_BYTES:
        if not window.read_more():
            return window.take(len(window.buf))
    return window.take(end + 1)


def _number(text: object) -> int | None:
    found = re.fullmatch(r"-?\d{1,9}", text) if isinstance(text, str) else None
    return int(found[0]) if found else None


def _date(text: str | None) -> str | None:
    found = _DATE.search(text) if text else None
    try:
        return datetime.fromisoformat(found[1]).isoformat() if found else None
    except ValueError:
        return None
