"""Start of a source, examined to detect its format without reading more than is needed."""

from __future__ import annotations

from typing import Any

from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, skip_space, value_end

MAX_OBJECT_BYTES = 1 << 15
"""Longest first object that is examined; a message of tlog has 2 KiB by default."""


class _LimitedBuffer(ByteBuffer):
    """View of the start of another buffer that is filled to at most `MAX_OBJECT_BYTES`."""

    __slots__ = ("_window",)

    def __init__(self, window: ByteBuffer) -> None:
        super().__init__(())
        self._window = window
        self.buf = window.buf

    def read_more(self) -> bool:
        """Fill the other buffer up to the limit."""
        return len(self.buf) < MAX_OBJECT_BYTES and self._window.read_more()


def first_object(window: ByteBuffer) -> dict[str, Any] | None:
    """Return the first JSON object of a source, or of an array at its start; None if there is none or it is long.

    Nothing is consumed.
    """
    limited = _LimitedBuffer(window)
    try:
        pos = skip_space(limited, 1) if window.buf.startswith(b"[") else 0
        if window.buf[pos] != 0x7B:
            return None
        end = value_end(limited, pos)
        found = decode_value(bytes(window.buf[pos:end])) if end <= MAX_OBJECT_BYTES else None
    except (UnexpectedEnd, ValueError):
        return None
    return found if isinstance(found, dict) else None
