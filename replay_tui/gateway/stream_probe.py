"""Probe for the event stream in the large answer with a session, which is passed on without being decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class StreamProbe:
    """Passes chunks on and inspects the start of the member `event_stream`.

    The bytes of `KEY` occur nowhere else, because quotes inside a JSON string are escaped.
    """

    KEY = b'"event_stream"'
    PROBE_BYTES = 120

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._tail = b""
        self.is_found = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if not (self.is_found and len(self._tail) >= self.PROBE_BYTES):
                self._inspect(chunk)
            yield chunk

    def _inspect(self, chunk: bytes) -> None:
        seen = self._tail + (chunk[: self.PROBE_BYTES] if self.is_found else chunk)
        place = 0 if self.is_found else seen.find(self.KEY)
        if place >= 0 and not self.is_found:
            self.is_found, place = True, place + len(self.KEY)
        self._tail = seen[place : place + self.PROBE_BYTES] if self.is_found else seen[-len(self.KEY) :]

    @property
    def is_null(self) -> bool:
        """Return True if the stream is null."""
        return self.is_found and self.start.startswith(b"null")

    @property
    def is_empty(self) -> bool:
        """Return True if the answer has no stream, or one without events."""
        return not self.is_found or self.is_null or self.start.replace(b" ", b"").startswith(b"[]")

    @property
    def start(self) -> bytes:
        """The first bytes of the stream."""
        return self._tail.lstrip(b" \t\r\n:")
