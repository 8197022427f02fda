"""Sink for the events of a recording: batches, text encoding, terminal sizes and metadata of the session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from replay_tui.domain.event_stream import Triple
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.text_encoding import UTF8, Transcoder
from replay_tui.sources.asciicast import BAD_RESIZE
from replay_tui.sources.json_text import TextEncoder, encode_text
from replay_tui.sources.loaded_session import LoadedSession, warn_of_unused_encoding

BATCH_EVENTS = 2000
TIMES_UNUSED = "the format defines its unit of times; --times is not applied"
MAX_EPOCH_SECONDS = 4.2e9


class EventSink:
    """Appends events to `loaded`.

    `is_text`: the source contains the terminal's text, to which no encoding applies; `is_raw`: it contains its bytes.
    """

    def __init__(self, loaded: LoadedSession, *, is_text: bool = False, is_raw: bool = False) -> None:
        self.loaded = loaded
        self.log = loaded.stream.log
        loaded.is_raw = is_raw
        if loaded.times != "s":
            self.log.add("times-unused", TIMES_UNUSED)
        self._batch: list[Triple] = []
        self._texts = TextEncoder(self.log)
        self._transcoder: Transcoder | None = None
        if is_text:
            warn_of_unused_encoding(loaded)
        elif loaded.encoding != UTF8:
            loaded.stream.encoding = loaded.encoding
            self._transcoder = Transcoder(loaded.encoding)

    @property
    def is_full(self) -> bool:
        """Return True if a batch should be flushed."""
        return len(self._batch) >= BATCH_EVENTS

    def add(self, time: float | None, kind: str, data: bytes) -> None:
        """Append output (`o`), errors (`e`) or input (`i`)."""
        self._batch.append((time, kind, self._transcoder.convert(kind, data) if self._transcoder else data))

    def add_text(self, time: float | None, kind: str, text: str) -> None:
        """Append output or input from a JSON string, in which a character may be split between events."""
        self._batch.append((time, kind, self._texts.encode(kind, text)))

    def resize(self, time: float | None, cols: object, rows: object) -> None:
        """Append a change of the terminal size; before any output and size, it is the size at the start."""
        if type(cols) is not int or type(rows) is not int or cols <= 0 or rows <= 0:
            self.log.add("bad-resize", BAD_RESIZE)
            return
        self.flush()
        loaded = self.loaded
        if loaded.size is None and not loaded.stream.output:
            loaded.size = TerminalSize.clamped(cols, rows, SizeSource.RECORDED)
            return
        size = TerminalSize.clamped(cols, rows, SizeSource.RESIZE_EVENT)
        now = loaded.resizes[-1][1:] if loaded.resizes else loaded.size and (loaded.size.cols, loaded.size.rows)
        if now != (size.cols, size.rows):
            loaded.stream.append(time, "r", f"{size.cols}x{size.rows}".encode())
            loaded.resizes.append((len(loaded.stream.output), size.cols, size.rows))

    def marker(self, time: float, label: str) -> None:
        """Append a marker."""
        self.flush()
        self.loaded.stream.append(time, "m", encode_text(label))
        self.loaded.markers.append((self.loaded.stream.duration, label))

    def flush(self) -> None:
        """Append the pending events to the stream."""
        batch, self._batch = self._batch, []
        self.loaded.stream.extend(batch)

    def end(self) -> None:
        """Append incomplete characters and the pending events."""
        self.flush()
        stream = self.loaded.stream
        for kind in "oi":
            rest = self._texts.end(kind) + (self._transcoder.end(kind) if self._transcoder else b"")
            if rest:
                stream.append(stream.duration, kind, rest)
        if self._transcoder:
            message = f"places are not valid {self.loaded.encoding} and shown as U+FFFD"
            self.log.replace("bad-encoding", message, self._transcoder.invalid)

    def describe(self, name: str, recorder: Mapping[str, Any], **fields: Any) -> None:
        """Set the session's metadata as `describe` does."""
        describe(self.loaded, name, recorder, **fields)


def describe(loaded: LoadedSession, name: str, recorder: Mapping[str, Any], **fields: Any) -> None:
    """Set the session's metadata: `fields` of a session, and `recorder`, the values of format `name` as recorded."""
    loaded.recorder = name
    kept = {key: value for key, value in recorder.items() if value not in (None, "", {}, [])}
    raw = {key: value for key, value in fields.items() if value not in (None, "", {})}
    loaded.session = Session.parse({**raw, "recorder": {"format": name, **kept}})


def iso_date(epoch: float | None) -> str | None:
    """Return an epoch time in seconds as RFC 3339 text; None if it is unknown or out of range."""
    if epoch is None or not 0 < epoch < MAX_EPOCH_SECONDS:
        return None
    return datetime.fromtimestamp(epoch, UTC).isoformat()
