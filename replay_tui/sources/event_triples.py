"""Element format of the gateway's raw event stream: `[[seconds, "i"|"o"|"e", base64], ...]`.

Source of the format: the gateway's `GET /sessions/{id}?expand=event_stream` (hoophq/hoop at e939597dc).
"""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.text_encoding import Transcoder
from replay_tui.sources.json_array import ElementFormat
from replay_tui.sources.json_scanner import DECODE_ERRORS, decode_value, number
from replay_tui.sources.json_text import encode_text
from replay_tui.sources.time_origin import TimeOrigin


class _Triple(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """An event. msgspec decodes JSON and base64 in one pass; `gc=False` makes it a third faster."""

    time: float
    kind: str
    data: bytes


_MANY = msgspec.json.Decoder(list[_Triple])
_ONE = msgspec.json.Decoder(_Triple)
_SP = rb"[ \t\r\n]{0,20}"
_START = lazy_compile(
    rb"\[" + _SP + rb'(?:-?\d[\d.eE+-]{0,30}|null|NaN|-?Infinity|"[^"\\]{0,30}")' + _SP
    + rb"," + _SP + rb'"[^"\\]{0,8}"' + _SP + rb"," + _SP + rb'"'
)  # fmt: skip
_NOT_BASE64 = lazy_compile(r"[^A-Za-z0-9+/]")

EXIT_KIND = "x"
BAD_EVENT = "events skipped as invalid"
BAD_BASE64 = "events with invalid base64, shown repaired or raw"


class TripleReader:
    """Appends elements to `stream`. `scale` is the time unit in seconds; `transcoder` converts payloads to UTF-8."""

    def __init__(
        self, stream: EventStream, scale: float, origin: TimeOrigin | None = None, transcoder: Transcoder | None = None
    ) -> None:
        self._stream, self._scale = stream, scale
        self._origin = origin or TimeOrigin(stream.log)
        self._transcoder = transcoder

    @property
    def format(self) -> ElementFormat:
        """The format of the elements."""
        return ElementFormat(b"[", self._bulk, self._single, _START)

    def _bulk(self, raw: bytes) -> None:
        found, scale = _MANY.decode(raw), self._scale
        times = self._origin.convert_all([one.time if scale == 1.0 else one.time * scale for one in found])
        kinds, payloads = [one.kind for one in found], [one.data for one in found]
        if EXIT_KIND in kinds:
            kinds = list(map(_known_kind, kinds))
        if self._transcoder:
            payloads = self._transcoder.convert_all(kinds, payloads)
        self._stream.extend_columns(times, kinds, payloads)

    def _single(self, raw: bytes) -> None:
        try:
            found = _ONE.decode(raw)
        except DECODE_ERRORS:
            self._append_invalid(raw)
        else:
            self._append(found.time, found.kind, found.data)

    def _append(self, time: float | None, kind: str, data: bytes) -> None:
        moment = None if time is None else self._origin.convert(time * self._scale)
        kind = _known_kind(kind)
        self._stream.append(moment, kind, self._transcoder.convert(kind, data) if self._transcoder else data)

    def _append_invalid(self, raw: bytes) -> None:
        """Append an event with an invalid time, type or base64. Skips it only if the payload is missing."""
        try:
            value = decode_value(raw)
        except ValueError:
            value = None
        if not isinstance(value, list) or len(value) < 3 or not isinstance(value[2], str):
            self._stream.log.add("bad-event", BAD_EVENT)
            return
        kind = value[1] if isinstance(value[1], str) else "?"
        self._append(number(value[0]), kind, _payload(self._stream, value[2]))


def _known_kind(kind: str) -> str:
    """Return the type of an event; the exit events of asciicasts are unknown to the gateway."""
    return "?" if kind == EXIT_KIND else kind


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
        return encode_text(text)
    if len(fixed) % 4 == 1:
        fixed = fixed[:-1]
    return base64.b64decode(fixed + "=" * (-len(fixed) % 4))
