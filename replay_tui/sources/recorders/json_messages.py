"""JSON objects that follow one another in a source: one in a line (JSON Lines), over several lines, or in an array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, value_end

_BETWEEN = b" \t\r\n,\x1e\0"
"""Separators: white space, the comma of arrays, and the record separator of `journalctl -o json-seq`."""


def read_objects(window: ByteBuffer, log: FidelityWarnings) -> Iterator[dict[str, Any]]:
    """Iterate over the objects. Damaged lines are counted in `log`. Raises `UnexpectedEnd` if the last one is cut."""
    _skip_separators(window, also=b"[")
    while _skip_separators(window):
        if window.buf[0] == 0x5D:  # the end of an array
            window.consume(1)
            continue
        raw = _next_object(window)
        try:
            value = decode_value(raw) if raw.startswith(b"{") else None
        except ValueError:
            value = None
        if isinstance(value, dict):
            yield value
        else:
            log.add("bad-event", BAD_EVENT)


def _skip_separators(window: ByteBuffer, also: bytes = b"") -> bool:
    """Consume separators; return False at the end of the source."""
    while True:
        rest = window.buf.lstrip(_BETWEEN + also)
        window.consume(len(window.buf) - len(rest))
        if rest or not window.read_more():
            return bool(rest)


def _next_object(window: ByteBuffer) -> bytes:
    """Consume and return the next object, or a damaged line. Raises `UnexpectedEnd` if the source ends within it."""
    length = _line_length(window)
    line = ByteBuffer([bytes(window.buf[:length])])
    line.read_more()
    try:
        return window.take(value_end(line, 0) or length)
    except UnexpectedEnd:
        pass
    if window.buf[0] == 0x7B and window.fill(length + 1) and window.buf[length] != 0x7B:
        return window.take(value_end(window, 0))  # over several lines
    if not window.fill(length + 1):
        raise UnexpectedEnd
    return window.take(length)


def _line_length(window: ByteBuffer) -> int:
    at = 0
    while (end := window.buf.find(b"\n", at)) < 0:
        at = len(window.buf)
        if not window.read_more():
            return at
    return end + 1
