"""Reader for the gateway's `json` download: `[{"time": RFC 3339, "type": "i"|"o"|"e", "stream": text}, ...]`.

Source of the format: `GET /sessions/{id}/download` with `extension=json` (hoophq/hoop at e939597dc). It has no
session metadata, its times are truncated to seconds, and invalid UTF-8 was replaced by U+FFFD.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from replay_tui.domain.event_stream import Triple
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.session import Session
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.json_array import ElementFormat, read_elements
from replay_tui.sources.json_scanner import DECODE_ERRORS, decode_value
from replay_tui.sources.json_text import TextEncoder
from replay_tui.sources.loaded_session import LoadedSession, warn_of_unused_encoding

WHOLE_SECONDS = "the download's times are truncated to whole seconds; exact times are lost"
_START = lazy_compile(rb'\{[ \t\r\n]{0,20}"(?:stream|time|type)"[ \t\r\n]{0,20}:')


class _Record(msgspec.Struct):
    time: datetime
    type: str
    stream: str


_MANY = msgspec.json.Decoder(list[_Record])


class DownloadReader:
    """Reads the array at the start of `window` into `loaded`."""

    def __init__(self, window: ByteBuffer, loaded: LoadedSession) -> None:
        self._window = window
        self._loaded = loaded
        self._first: datetime | None = None
        self._whole = True
        self._texts = TextEncoder(loaded.stream.log)

    def read(self) -> Iterator[None]:
        """Read to the end of the array, yielding after each batch. Raises `UnexpectedEnd` if it is incomplete."""
        self._loaded.stream_format = "download"
        warn_of_unused_encoding(self._loaded)
        self._window.consume(1)
        log = self._loaded.stream.log
        try:
            yield from read_elements(self._window, ElementFormat(b"{", self._bulk, self._single, _START), log)
        finally:
            self._append_rest()
            if self._whole and len(self._loaded.stream) > 1:
                log.replace("whole-seconds", WHOLE_SECONDS)

    def _append_rest(self) -> None:
        for kind in "oi":
            if rest := self._texts.end(kind):
                self._loaded.stream.append(self._loaded.stream.duration, kind, rest)

    def _bulk(self, raw: bytes) -> None:
        records = _MANY.decode(raw)
        self._loaded.stream.extend([self._triple(record.time, record.type, record.stream) for record in records])

    def _single(self, raw: bytes) -> None:
        try:
            value = decode_value(raw)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not isinstance(value.get("stream"), str):
            self._loaded.stream.log.add("bad-event", BAD_EVENT)
            return
        kind = value.get("type")
        triple = self._triple(_timestamp(value.get("time")), kind if isinstance(kind, str) else "?", value["stream"])
        self._loaded.stream.append(*triple)

    def _triple(self, time: datetime | None, kind: str, text: str) -> Triple:
        data = self._texts.encode(kind, text)
        if time is None:
            return None, kind, data
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        if self._first is None:
            self._first = time
            self._loaded.session = Session.parse({"start_date": time.isoformat()})
        self._whole = self._whole and not time.microsecond
        return (time - self._first).total_seconds(), kind, data


def _timestamp(value: Any) -> datetime | None:
    try:
        return msgspec.convert(value, datetime) if isinstance(value, str) else None
    except DECODE_ERRORS:
        return None
