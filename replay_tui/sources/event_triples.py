"""Element format of the gateway's raw event stream: `[[seconds, "i"|"o"|"e", base64], ...]`.

Source of the format: the gateway's `GET /sessions/{id}?expand=event_stream` (hoophq/hoop at e939597dc).
"""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

from replay_tui.domain.event_stream import EventStream
from replay_tui.sources.json_array import ElementFormat
from replay_tui.sources.json_scanner import DECODE_ERRORS, decode_value, number


class _Triple(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """An event. msgspec decodes JSON and base64 in one pass; `gc=False` makes it a third faster."""

    time: float
    kind: str
    data: bytes


_MANY = msgspec.json.Decoder(list[_Triple])
_ONE = msgspec.json.Decoder(_Triple)
_SP = rb"[ \t\r\n]{0,20}"
_START = re.compile(
    rb"\[" + _SP + rb'(?:-?\d[\d.eE+-]{0,30}|null|NaN|-?Infinity|"[^"\\]{0,30}")' + _SP
    + rb"," + _SP + rb'"[^"\\]{0,8}"' + _SP + rb"," + _SP + rb'"'
)  # fmt: skip
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

BAD_EVENT = "events skipped as invalid"
BAD_BASE64 = "events with invalid base64, shown repaired or raw"


def triple_format(stream: EventStream, scale: float) -> ElementFormat:
    """Return the format of elements that are appended to `stream`; `scale` is the time unit in seconds."""

    def bulk(raw: bytes) -> None:
        found = _MANY.decode(raw)
        times: list[float | None] = [one.time if scale == 1.0 else one.time * scale for one in found]
        stream.extend_columns(times, [one.kind for one in found], [one.data for one in found])

    def single(raw: bytes) -> None:
        try:
            found = _ONE.decode(raw)
        except DECODE_ERRORS:
            _append_invalid(stream, raw, scale)
        else:
            stream.append(found.time * scale, found.kind, found.data)

    return ElementFormat(b"[", bulk, single, _START)


def _append_invalid(stream: EventStream, raw: bytes, scale: float) -> None:
    """Append an event with an invalid time, type or base64. Skips it only if the payload is missing."""
    try:
        value = decode_value(raw)
    except ValueError:
        value = None
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[2], str):
        stream.log.add("bad-event", BAD_EVENT)
        return
    time = number(value[0])
    kind = value[1] if isinstance(value[1], str) else "?"
    stream.append(None if time is None else time * scale, kind, _payload(stream, value[2]))


def _payload(stream: EventStream, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        stream.log.add("bad-base64", BAD_BASE64)
    return repair_base64(text)


def repair_base64(text: str) -> bytes:
    """Return the bytes of damaged base64, or the encoded text itself if it does not look like base64.

    Accepts white space, the URL-safe alphabet and missing padding. Up to 5 % invalid characters are replaced by zero
    bits, so that the bytes around them are decoded correctly.
    """
    plain = re.sub(r"\s", "", text).rstrip("=").translate(str.maketrans("-_", "+/"))
    fixed, wrong = _NOT_BASE64.subn("A", plain)
    if not plain or wrong > len(plain) // 20 or len(plain) < 2:
        return text.encode("utf-8", "replace")
    if len(fixed) % 4 == 1:
        fixed = fixed[:-1]
    return base64.b64decode(fixed + "=" * (-len(fixed) % 4))
