"""Start of a source, examined to detect its format without reading more than is needed."""

from __future__ import annotations

from typing import Any

from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, skip_space, value_end

MAX_OBJECT_BYTES = 1 << 15
"""Longest first object that is examined; a message of tlog has 2 KiB by default."""
_EVENT_STREAM = b'"event_stream"'


class _Start(ByteBuffer):
    """Copy of the start of another buffer, at most `MAX_OBJECT_BYTES`, and nothing of a gateway's event stream."""

    __slots__ = ("_window",)

    def __init__(self, window: ByteBuffer) -> None:
        super().__init__(())
        self._window = window
        self.read_more()

    def read_more(self) -> bool:
        """Copy more of the other buffer, which is filled if needed."""
        before = len(self.buf)
        if self.done or (len(self._window.buf) <= before and not self._window.read_more()):
            return False
        self.buf += self._window.buf[before:MAX_OBJECT_BYTES]
        at = self.buf.find(_EVENT_STREAM, max(0, before - len(_EVENT_STREAM)))
        self.done = at >= 0 or len(self.buf) == MAX_OBJECT_BYTES
        if at >= 0:
            del self.buf[max(at, before) :]
        return len(self.buf) > before


def first_object(window: ByteBuffer) -> dict[str, Any] | None:
    """Return the first JSON object of a source, or of an array at its start; None if there is none or it is long.

    Nothing is consumed.
    """
    start = _Start(window)
    try:
        pos = skip_space(start, 1) if start.buf.startswith(b"[") else 0
        if start.buf[pos : pos + 1] != b"{":
            return None
        end = value_end(start, pos)
        found = decode_value(bytes(start.buf[pos:end]))
    except (UnexpectedEnd, ValueError):
        return None
    return found if isinstance(found, dict) else None
