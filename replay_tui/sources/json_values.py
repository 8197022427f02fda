"""Decoder for single JSON values: strict and fast first, lenient if that fails."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from replay_tui.sources.byte_buffer import ByteBuffer
from replay_tui.sources.json_scanner import UnexpectedEnd, value_end

MAX_DEPTH = 100
"""Nesting limit. Real sessions have under ten levels; recursive JSON encoders fail near a thousand."""

DECODE_ERRORS = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)


def decode_value(raw: bytes) -> Any:
    """Return the value in `raw`. Accepts NaN, Infinity, control characters, lone surrogates and invalid UTF-8.

    Raises `ValueError` for other invalid JSON and for nesting deeper than `MAX_DEPTH`.
    """
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    try:
        return msgspec.json.decode(raw)
    except DECODE_ERRORS:
        pass
    try:
        return json.loads(raw.decode("utf-8", "replace"), strict=False)
    except (RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None


def _depth(raw: bytes) -> int:
    window = ByteBuffer([raw])
    window.read_more()
    deepest = depth = pos = 0
    while pos < len(raw):
        byte = raw[pos]
        if byte == 0x22:
            try:
                pos = value_end(window, pos)
            except UnexpectedEnd:
                break
            continue
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
        pos += 1
    return deepest


def number(value: object) -> float | None:
    """Return a JSON number as a float, else None. NaN and infinities pass; the stream validates them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
