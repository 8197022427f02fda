"""Incremental reader for the gateway's session object. Metadata before the stream is available before the stream.

Source of the format: the gateway's `GET /sessions/{id}` (hoophq/hoop at e939597dc): `event_stream` is in the middle of
the object. The last duplicate of a key wins, as in common JSON parsers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.session import Session, SessionFields
from replay_tui.domain.text_encoding import UTF8, Transcoder
from replay_tui.sources.asciicast import frame_format
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT, TripleReader
from replay_tui.sources.json_array import BAD_JSON, read_elements
from replay_tui.sources.json_scanner import (
    LOOKAHEAD_BYTES,
    UnexpectedEnd,
    decode_value,
    skip_space,
    string_end,
    value_end,
)
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.single_string_stream import add_single_string, partial_text
from replay_tui.sources.time_origin import TimeOrigin

NOT_LIST = "the session's event_stream is not a list of events; nothing can be replayed"


class GatewaySessionReader:
    """Reads the JSON object at the start of `window`. `members` holds all members except the stream."""

    def __init__(self, window: ByteBuffer, loaded: LoadedSession) -> None:
        self.window = window
        self.loaded = loaded
        self.members: dict[str, Any] = {}
        self.has_stream = False
        self._single_string: str | None = None
        self._single_string_truncated = False
        self._transcoder: Transcoder | None = None

    def read(self) -> Iterator[None]:
        """Read to the end of the object, yielding after each batch.

        Raises `UnexpectedEnd` if the object is incomplete; everything before the end is kept.
        """
        try:
            yield from self._read_members()
        finally:
            self._end_encoding()
            if self.has_stream:
                self.loaded.session = Session.parse(self.members)
                if self._single_string is not None:
                    add_single_string(self.loaded, self._single_string, truncated=self._single_string_truncated)
                    self._single_string = None

    def _read_members(self) -> Iterator[None]:
        window = self.window
        window.consume(1)
        while True:
            pos = skip_space(window, 0)
            byte = window.buf[pos]
            if byte == 0x7D:
                window.consume(pos + 1)
                if not self._has_next_member():
                    return
                self._warn_damaged()
            if byte == 0x2C:
                window.consume(pos + 1)
            elif byte == 0x22:
                window.consume(pos)
                yield from self._read_member()
            else:
                window.consume(pos)
                self._find_next_key()

    def _read_member(self) -> Iterator[None]:
        window = self.window
        end = string_end(window, 0)
        pos = skip_space(window, end)
        if window.buf[pos] != 0x3A:
            window.consume(end)
            self._find_next_key()
            return
        key = self._decoded(bytes(window.buf[:end]))
        window.consume(skip_space(window, pos + 1))
        if key == "event_stream":
            yield from self._read_stream()
            return
        if key == "stdout" and self.members.get("version") == 1:
            frames: list[Any] = []
            self.members["stdout"] = frames
            if window.buf[0] == 0x5B:
                window.consume(1)
                yield from read_elements(window, frame_format(frames), self.loaded.stream.log)
                return
        length = self._member_end()
        if length is None:
            return
        value = self._decoded(window.take(length))
        if isinstance(key, str) and value is not _INVALID:
            self.members[key] = value

    def _member_end(self) -> int | None:
        """Return the end of the value at the start of the window; None if it was damaged and skipped up to a key.

        A missing bracket in a small field would otherwise extend it to the end of the file, including the stream.
        """
        window = self.window
        try:
            end = value_end(window, 0)
            if self.has_stream or window.buf[0] not in b"[{" or not self._ends_at(end):
                return end
        except UnexpectedEnd:
            end = 0
        if not self.has_stream and _STREAM_KEY.search(window.buf):
            self._find_next_key()
            return None
        if not end:
            raise UnexpectedEnd
        return end

    def _ends_at(self, pos: int) -> bool:
        try:
            skip_space(self.window, pos)
        except UnexpectedEnd:
            return True
        return False

    def _decoded(self, raw: bytes) -> Any:
        try:
            return decode_value(raw)
        except ValueError:
            self._warn_damaged()
            return _INVALID

    def _has_next_member(self) -> bool:
        """Return True if the closing brace was misplaced, because another member or brace follows.

        An object that starts here is another one, as in files that were joined.
        """
        try:
            pos = skip_space(self.window, 0)
        except UnexpectedEnd:
            return False
        if self.window.buf[pos] == 0x7B:
            return False
        self.window.fill(pos + LOOKAHEAD_BYTES)
        return self.window.buf[pos] == 0x7D or _NEXT_KEY.match(self.window.buf, pos) is not None

    def _find_next_key(self) -> None:
        """Skip to the next key that only sessions have. Raises `UnexpectedEnd` if there is none."""
        self._warn_damaged()
        window = self.window
        while (found := _SESSION_KEY.search(window.buf)) is None:
            window.consume(max(0, len(window.buf) - LOOKAHEAD_BYTES))
            if not window.read_more():
                raise UnexpectedEnd
        window.consume(found.start(1))

    def _warn_damaged(self) -> None:
        self.loaded.stream.log.add("bad-json", BAD_JSON)

    def _read_stream(self) -> Iterator[None]:
        """Read the value of `event_stream` at the start of the window, in any stream format."""
        window, loaded = self.window, self.loaded
        if self.has_stream:
            self._resume_at_next_member()
        self.has_stream = True
        loaded.session = Session.parse(self.members)
        if window.buf[0] != 0x5B:
            end = value_end(window, 0)
            loaded.stream_format = "none" if window.buf[:end] == b"null" else "not-list"
            if loaded.stream_format == "not-list":
                loaded.stream.log.add("stream-not-list", NOT_LIST)
            window.consume(end)
            return
        loaded.stream_format = "triples"
        pos = skip_space(window, 1)
        if window.buf[pos] == 0x22:
            self._read_single_string(pos)
            return
        window.consume(1)
        yield from read_elements(window, self._triples().format, loaded.stream.log)

    def _read_single_string(self, pos: int) -> None:
        try:
            end = string_end(self.window, pos)
        except UnexpectedEnd:
            self._single_string, self._single_string_truncated = partial_text(bytes(self.window.buf[pos:])), True
            raise
        self.window.consume(pos)
        text = self._decoded(self.window.take(end - pos))
        self._single_string = text if isinstance(text, str) else ""
        # The gateway sends one string only; further elements are invalid events.
        for _ in read_elements(self.window, TripleReader(self.loaded.stream, 1.0).format, self.loaded.stream.log):
            pass
        if len(self.loaded.stream):  # then the string is an invalid event among valid ones
            self.loaded.stream.log.add("bad-event", BAD_EVENT)

    def _triples(self) -> TripleReader:
        loaded = self.loaded
        start = loaded.session.start_date
        origin = TimeOrigin(loaded.stream.log, start.timestamp() if start else None)
        if loaded.encoding != UTF8:
            if _has_wire(loaded.session):  # the lengths in its messages count bytes
                loaded.stream.encoding = loaded.encoding
            else:
                self._transcoder = Transcoder(loaded.encoding)
        return TripleReader(loaded.stream, loaded.seconds_per_unit, origin, self._transcoder)

    def _end_encoding(self) -> None:
        """Append what is left of incomplete characters, and warn of invalid ones."""
        if self._transcoder:
            stream = self.loaded.stream
            for kind in "oi":
                if rest := self._transcoder.end(kind):
                    stream.append(stream.duration, kind, rest)
            message = f"places are not valid {self.loaded.encoding} and shown as U+FFFD"
            self.loaded.stream.log.replace("bad-encoding", message, self._transcoder.invalid)

    def _resume_at_next_member(self) -> None:
        log = self.loaded.stream.log
        self.loaded.stream = EventStream()
        self.loaded.stream.log = log
        self._single_string = None
        log.add("duplicate-stream", "the session has more than one event_stream; the last one is shown")


def _has_wire(session: Session) -> bool:
    """Return True if the metadata names a connection whose wire protocol is recorded instead of text."""
    names = {(name or "").lower() for name in (session.fields.type, session.fields.connection_subtype)}
    return session.fields.verb != "exec" and bool(names & _WIRES)


_WIRES = frozenset(
    ("postgres", "postgresql", "mongodb", "mongo", "httpproxy", "http-proxy", "mcp", "mcpproxy", "kubernetes-token",
     "kibana", "grafana", "claude-code", "tcp", "rdp")
)  # fmt: skip
"""Connection types whose recording is binary, or text in an encoding that the protocol names."""
_INVALID = object()
_SPACE = rb"[ \t\r\n]{0,40}"
_NEXT_KEY = lazy_compile(rb',%b("\w{1,80}"%b:)' % (_SPACE, _SPACE))
_STREAM_KEY = lazy_compile(rb'[,{]%b("event_stream"%b:%b[\[n"])' % (_SPACE, _SPACE, _SPACE))
# These keys also occur in nested objects: a review's status must not become the session's status.
_AMBIGUOUS = {"id", "type", "status", "event_size", "model", "user"}
_NAMES = "|".join(sorted({*SessionFields.model_fields, "event_stream"} - _AMBIGUOUS)).encode()
_SESSION_KEY = lazy_compile(rb'[,{]%b("(?:%b)"%b:)' % (_SPACE, _NAMES, _SPACE))
