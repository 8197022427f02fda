"""Reader for tlog's JSON messages (https://github.com/Scribery/tlog, doc/log_format.md, versions 1 to 2.3).

Messages come from a file, one or several lines each, from `journalctl -o json`, `json-seq` or `json-pretty`, or from a
log with the message in one of the fields `MESSAGE` and `message`. Times are milliseconds since the start of the
recording (`pos` and delays); `time` is the date. Only the first recording of a file is shown. Not supported:
Elasticsearch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.json_scanner import decode_value
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink, iso_date
from replay_tui.sources.recorders.json_messages import read_objects
from replay_tui.sources.recorders.registry import is_tlog_message
from replay_tui.sources.rejection import quoted
from replay_tui.sources.time_origin import epoch_unit

_STEP = lazy_compile(r"\+(\d{1,15})|([<>])(\d{1,9})|([\[\]])(\d{1,9})/(\d{1,9})|=(\d{1,6})x(\d{1,6})")
_KINDS = {"<": "i", ">": "o", "[": "i", "]": "o"}
_TEXTS = {"[": "<", "]": ">"}
_Step = tuple[float, str, str | bytes | tuple[int, int]]
"""Milliseconds, event type, and text, bytes or (columns, rows)."""
LOST = "messages of the recording are missing; what was typed and printed in them is unknown"
CUT = "messages contain less text than their timing says; the rest is missing"
OTHER = "messages of other recordings in the same file are skipped; save each recording in its own file"


def message_of(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return the tlog message in an object: itself, or the field of a journal entry or log line; None without one."""
    if is_tlog_message(row):
        return row
    for name in ("MESSAGE", "message"):
        text = row.get(name)
        if isinstance(text, list):  # the journal writes a text that is not printable as bytes
            text = _bytes(text).decode("utf-8", "replace")
        if isinstance(text, str) and text.lstrip().startswith("{"):
            try:
                found = decode_value(text.encode("utf-8", "replace"))
            except ValueError:
                continue
            if isinstance(found, dict) and is_tlog_message(found):
                return {**found, "time": found.get("time", _journal_time(row))}
    return None


def read(window: ByteBuffer, loaded: LoadedSession, _beside: Beside) -> Iterator[None]:
    """Read all messages of the first recording. Raises `UnexpectedEnd` if the last message is incomplete."""
    reader = _TlogReader(loaded)
    try:
        for row in read_objects(window, loaded.stream.log):
            message = message_of(row)
            if message is None:
                loaded.stream.log.add("bad-event", BAD_EVENT)
                continue
            reader.add(message)
            if reader.sink.is_full:
                reader.sink.flush()
                yield
    finally:
        reader.sink.end()
    if not reader.has_messages:
        raise UnreadableSource(f"{quoted(loaded.name)} contains no message of tlog; select its entries of the journal.")
    yield


class _TlogReader:
    def __init__(self, loaded: LoadedSession) -> None:
        self.sink = EventSink(loaded, is_text=True)
        self._log = loaded.stream.log
        self._identity: tuple[Any, ...] | None = None
        self._next_id: int | None = None
        self._origin: float | None = None  # `pos` of the first message in milliseconds
        loaded.stream_format = "tlog"

    @property
    def has_messages(self) -> bool:
        """Return True if there was a message."""
        return self._identity is not None

    def add(self, message: dict[str, Any]) -> None:
        """Append the events of a message."""
        identity = tuple(str(message.get(name)) for name in ("host", "rec", "session"))
        if self._identity is None:
            self._begin(message)
            self._identity = identity
        elif identity != self._identity:
            self._log.add("trailing-data", OTHER)
            return
        number = message.get("id")
        if type(number) is int:
            if self._next_id is not None and number > self._next_id:
                self._log.add("input-cut", LOST, number - self._next_id)
            elif self._next_id is not None and number < self._next_id:
                return  # a message that was delivered twice
            self._next_id = number + 1
        self._add_events(message)

    def _begin(self, message: dict[str, Any]) -> None:
        names = ("ver", "host", "rec", "user", "term", "session")
        values = {name: message[name] for name in names if isinstance(message.get(name), str | int)}
        number = message.get("id")
        if type(number) is int and number > 1:
            self._log.add("input-cut", LOST, number - 1)
        pos = _number(message.get("pos")) or 0.0
        time = _number(message.get("time"))
        unit = epoch_unit(time) if time else None
        self._origin = pos
        self.sink.describe(
            f"tlog {values.get('ver', '')}".strip(),
            values,
            user=values.get("user"),
            connection=values.get("host"),
            start_date=iso_date(time * unit if time and unit else None),
            metadata={"env": {"TERM": values["term"]}} if values.get("term") else {},
        )

    def _add_events(self, message: dict[str, Any]) -> None:
        assert self._origin is not None
        pos = _number(message.get("pos"))
        previous = self.sink.loaded.stream.duration * 1000
        steps = _Steps(message, previous if pos is None else pos - self._origin)
        for milliseconds, kind, value in steps.ordered():
            if isinstance(value, str):
                self.sink.add_text(milliseconds / 1000, kind, value)
            elif isinstance(value, bytes):
                self.sink.add(milliseconds / 1000, kind, value)
            else:
                self.sink.resize(milliseconds / 1000, *value)
        if steps.is_cut:
            self._log.replace("input-cut", CUT)
        if steps.has_invalid_timing:
            self._log.add("bad-event", BAD_EVENT)


class _Steps:
    """Events of one message.

    Attributes:
        is_cut: True if the texts are shorter than their timing says.
        has_invalid_timing: True if the timing has an unknown part; texts after it have no time.
    """

    def __init__(self, message: dict[str, Any], milliseconds: float) -> None:
        self._milliseconds = milliseconds
        self._timing = _text(message.get("timing"))
        self._at = dict.fromkeys("<>[]", 0)
        self._content: dict[str, Any] = {
            "<": _text(message.get("in_txt")),
            ">": _text(message.get("out_txt")),
            "[": _bytes(message.get("in_bin")),
            "]": _bytes(message.get("out_bin")),
        }
        self.is_cut = self.has_invalid_timing = False

    def ordered(self) -> Iterator[_Step]:
        """Iterate over the events, in each millisecond the input first.

        tlog writes an input after the output of the same millisecond, its echo, if that has invalid bytes.
        """
        for _, group in groupby(self._recorded(), key=lambda step: step[0]):
            yield from sorted(group, key=lambda step: step[1] != "i")

    def _recorded(self) -> Iterator[_Step]:
        at = 0
        while step := _STEP.match(self._timing, at):
            at = step.end()
            if step[1]:
                self._milliseconds += int(step[1])
            elif step[7]:
                yield self._milliseconds, "r", (int(step[7]), int(step[8]))
            elif step[2]:
                yield self._milliseconds, _KINDS[step[2]], self._take(step[2], int(step[3]))
            else:
                self._take(_TEXTS[step[4]], int(step[5]))  # replacement characters
                yield self._milliseconds, _KINDS[step[4]], self._take(step[4], int(step[6]))
        self.has_invalid_timing = bool(self._timing[at:].strip())
        for mark in "<>":
            if rest := self._content[mark][self._at[mark] :]:
                yield self._milliseconds, _KINDS[mark], rest

    def _take(self, mark: str, length: int) -> str | bytes:
        at = self._at[mark]
        taken: str | bytes = self._content[mark][at : at + length]
        self._at[mark] = at + length
        self.is_cut = self.is_cut or len(taken) < length
        return taken


def _journal_time(row: dict[str, Any]) -> float | None:
    stamp = row.get("_SOURCE_REALTIME_TIMESTAMP", row.get("__REALTIME_TIMESTAMP"))
    return _number(stamp)  # microseconds


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found < 1e18 else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bytes(value: object) -> bytes:
    """Return an array of byte values as bytes; other elements are skipped."""
    return bytes(one for one in value if type(one) is int and 0 <= one < 256) if isinstance(value, list) else b""
