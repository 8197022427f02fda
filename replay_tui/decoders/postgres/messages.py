"""Framing of a Postgres client's bytes: messages, start-up packets, and resynchronization after garbage.

Format: PostgreSQL manual 55.7 "Message Formats" (protocol 3.0 and 3.2): a type byte, a 4-byte big-endian length that
includes itself, a body. Start-up packets have no type byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct

import msgspec

from replay_tui.domain.lazy_regex import lazy_compile

_LENGTH = Struct(">I").unpack_from
_HEAD = Struct(">BI").unpack_from
_SHORT = Struct(">H").unpack_from
_TWO_SHORTS = Struct(">HH").unpack_from
_SIGNED = Struct(">i").unpack_from
STARTUP, SSL, GSS, CANCEL, EXECUTIONS, UNPARSEABLE, UNFINISHED = 0, 1, 2, 3, 4, -1, -2
_REQUEST_CODES = {80877103: SSL, 80877104: GSS, 80877102: CANCEL}
_LARGE_TYPES = frozenset(b"QPBFd")
_SMALL_TYPES = frozenset(b"EDCHScfXp")
_BODILESS_TYPES = frozenset(b"HScX")
_CANDIDATE = lazy_compile(rb"[QPBFdEDCHScfXp]\x00|\x00\x00[\x00-\x27].(?:\x00\x03\x00|\x04\xd2\x16)", re.DOTALL)
PASSWORD = 112
"""Type of the messages that authenticate: passwords and SASL."""
MIN_SECRET_CHARS = 6
"""A shorter password is hidden in its message only, because its text occurs by chance elsewhere."""
_SASL = lazy_compile(rb"SCRAM-SHA|n,,n=|c=[A-Za-z0-9+/=]{4,},r=")
_LENGTH_AND_TEXT = lazy_compile(rb"\0\0[\0-\x27][\x04-\xff][\x20-\x7e\x80-\xff]+(?:\0|\Z)")
_TEXT_ONLY = lazy_compile(rb"[\0-\x27]{0,4}[\x20-\x7e\x80-\xff]+\0")
_SYNC = b"S\0\0\0\4"
_MAX_RUN = 1000
_SMALL_BIND = b"B\0\0"
"""Start of a Bind of less than 65,536 bytes."""
_EXECUTE = b"E\0\0\0\x09" + bytes(5)
"""Execution of the unnamed portal without a limit."""
MAX_SMALL_BYTES, MAX_LARGE_BYTES, MAX_STARTUP_BYTES = 65535, 0x3FFFFFFF, 10000
"""Maximum lengths in bytes that a Postgres server accepts."""


class BindLayout(msgspec.Struct, frozen=True, gc=False):
    """The layout of a Bind message: the prepared statement's name, the start of its formats, their number, the values.

    A value is None for NULL.
    """

    name: bytes
    formats: int
    given: int
    values: list[bytes | None]


Execution = tuple[int, bytes, list[bytes | None]]
"""The start of an Execute, the name of the prepared statement, and its values."""


class PgMessage(msgspec.Struct, frozen=True, gc=False):
    """A message: its `type` byte (or a constant of this module), its start, the start of its body, and its end.

    `layout` is set for a Bind message that `iter_messages` yields. A run of messages that only bind text values to the
    unnamed portal and execute it, which drivers send most, is one message of the type `EXECUTIONS`.
    """

    type: int
    start: int
    body: int
    end: int
    layout: BindLayout | None = None
    executions: list[Execution] | None = None


def startup_at(data: bytes, at: int) -> PgMessage | None:
    """Return the start-up packet at `at`, None if there is no complete one."""
    if len(data) - at < 8:
        return None
    length, code = _LENGTH(data, at)[0], _LENGTH(data, at + 4)[0]
    if code in _REQUEST_CODES and length == {SSL: 8, GSS: 8}.get(_REQUEST_CODES[code], length) and 8 <= length <= 300:
        return PgMessage(_REQUEST_CODES[code], at, at + 8, at + length) if at + length <= len(data) else None
    if code >> 16 == 3 and 9 <= length <= MAX_STARTUP_BYTES and at + length <= len(data) and data[at + length - 1] == 0:
        return PgMessage(STARTUP, at, at + 8, at + length)
    return None


def _head(data: bytes, at: int) -> PgMessage | None:
    """Return the message at `at` if type and length are valid, otherwise None; its end may be beyond the data."""
    kind, length = _HEAD(data, at)
    if kind in _LARGE_TYPES:
        fits = 4 < length <= MAX_LARGE_BYTES or (kind == 100 and length == 4)
    elif kind in _BODILESS_TYPES:
        fits = length == 4
    else:
        fits = kind in _SMALL_TYPES and 4 < length <= MAX_SMALL_BYTES
    return PgMessage(kind, at, at + 5, at + 1 + length) if fits else None


def may_be_password(data: bytes) -> bool:
    """Return True if bytes without a valid type may be a password or a message of SASL."""
    return bool(_SASL.search(data) or _LENGTH_AND_TEXT.search(data) or _TEXT_ONLY.fullmatch(data)) and not (
        len(data) >= 5 and data[0] != PASSWORD and _head(data, 0) is not None
    )


def _checked(data: bytes, message: PgMessage) -> PgMessage | None:
    """Return a complete message, with the `layout` of a Bind; None if its body does not have the layout of its type."""
    kind, body, end = message.type, message.body, message.end
    if kind == 66:
        return _bind(data, message.start, end)
    return message if _is_well_formed(data, kind, body, end) else None


def _bind(data: bytes, start: int, end: int) -> PgMessage | None:
    """Return a complete Bind message with its `layout`, None if that is invalid."""
    layout = bind_layout(data, start + 5, end)
    return PgMessage(66, start, start + 5, end, layout) if layout else None


def _executions(data: bytes, start: int) -> PgMessage | None:
    """Return the run of executions of the unnamed portal at `start`, None if there is none."""
    found: list[Execution] = []
    at = start
    while len(found) < _MAX_RUN:
        if data.startswith(_SYNC, at):
            at += len(_SYNC)
            continue
        if not data.startswith(_SMALL_BIND, at):
            break
        end = at + 1 + int.from_bytes(data[at + 3 : at + 5], "big")
        name_end = data.find(b"\0", at + 6, end)
        if name_end < 0 or data[at + 5] or not data.startswith(_EXECUTE, end):
            break
        given, count = _TWO_SHORTS(data, name_end + 1)  # the Execute follows, so that reading beyond the end is valid
        place = name_end + 5
        values: list[bytes | None] = []
        for _ in range(count):
            if place > end:
                break
            length = _SIGNED(data, place)[0]
            begin, place = place + 4, place + 4 + (length if length > 0 else 0)
            values.append(data[begin:place] if length >= 0 else None)
        if given or place + 2 > end or place + 2 + 2 * _SHORT(data, place)[0] != end:
            break
        found.append((end, data[at + 6 : name_end], values))
        at = end + len(_EXECUTE)
    return PgMessage(EXECUTIONS, start, start, at, None, found) if found else None


def _is_well_formed(data: bytes, kind: int, body: int, end: int) -> bool:
    """Return True if the body of a message other than Bind has the layout of its type."""
    if kind in b"Qf":
        return data.find(b"\0", body, end) == end - 1
    if kind == 80:  # P: name, query, number of types, types
        query = data.find(b"\0", body, end)
        types = data.find(b"\0", query + 1, end) + 1 if query >= 0 else 0
        return types > 0 and types + 2 <= end and types + 2 + 4 * _SHORT(data, types)[0] == end
    if kind == 69:  # E: portal, number of rows
        return data.find(b"\0", body, end) == end - 5
    if kind in b"DC":
        return data[body] in b"SP" and data.find(b"\0", body + 1, end) == end - 1
    return True


def bind_layout(data: bytes, body: int, end: int) -> BindLayout | None:
    """Return the layout of a Bind message with the body from `body` to `end`, None if it is invalid."""
    name = data.find(b"\0", body, end) + 1
    formats = data.find(b"\0", name, end) + 1 if name else 0
    if not formats or formats + 2 > end:
        return None
    given = _SHORT(data, formats)[0]
    at = formats + 2 + 2 * given
    if at + 2 > end:
        return None
    count, at = _SHORT(data, at)[0], at + 2
    values: list[bytes | None] = []
    for _ in range(count):
        start = at + 4
        if start > end:
            return None
        length = _SIGNED(data, at)[0]
        if length < 0:
            values.append(None)
            at = start
        else:
            at = start + length
            values.append(data[start:at])
    if at + 2 > end or at + 2 + 2 * _SHORT(data, at)[0] != end:
        return None
    return BindLayout(data[name : formats - 1], formats, given, values)


def iter_messages(data: bytes) -> Iterator[PgMessage]:
    """Yield all messages in order; invalid bytes have the type `UNPARSEABLE`, a truncated last message `UNFINISHED`."""
    at, size = 0, len(data)
    search = _Resync(data)
    while at < size:
        if data.startswith(_SYNC, at):  # fast paths for the most frequent messages
            yield PgMessage(83, at, at + 5, at + 5)
            at += 5
            continue
        if executions := _executions(data, at):
            yield executions
            at = executions.end
            continue
        message = _head(data, at) if size - at >= 5 else None
        if message is not None and message.end <= size and (checked := _checked(data, message)):
            yield checked
            at = checked.end
            continue
        startup = startup_at(data, at)
        if startup is not None:
            yield startup
            at = startup.end
            continue
        following = search.after(at)
        early = message is None and _may_be_truncated(data, at)
        if following == size and (early or (message is not None and message.end > size)):
            yield PgMessage(UNFINISHED, at, min(size, at + 5), size)
            return
        # If the layout is invalid but a valid message follows at its end, only this message is unparseable.
        if message is not None and message.end <= size and following >= message.end:
            yield PgMessage(UNPARSEABLE, at, message.body, message.end)
            at = message.end
            continue
        yield PgMessage(UNPARSEABLE, at, min(following, at + 5), following)
        at = following


def _may_be_truncated(data: bytes, at: int) -> bool:
    """Return True if the rest of the data may be the start of a start-up packet or of a message's first five bytes."""
    left = len(data) - at
    if left < 5:
        return data[at] in _LARGE_TYPES or data[at] in _SMALL_TYPES or data[at] == 0
    length = _LENGTH(data, at)[0]
    return data[at] == 0 and left < length <= MAX_STARTUP_BYTES


class _Resync:
    """Finds the next valid messages after garbage. Its work is bounded for any bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.budget = 200_000 + len(data) // 16
        self._next = -1

    def after(self, at: int) -> int:
        """Return the start of the next plausible run of messages after `at`, the end of the data if there is none."""
        if self._next <= at:
            self._next = self._find(at)
        return self._next

    def _find(self, at: int) -> int:
        for found in _CANDIDATE.finditer(self.data, at + 1):
            if self.budget <= 0:
                break
            if self._is_plausible(found.start()):
                return found.start()
        return len(self.data)

    def _is_plausible(self, at: int) -> bool:
        """Return True if three valid messages start at `at`, or valid ones up to the end of the data."""
        data, size = self.data, len(self.data)
        for _ in range(3):
            self.budget -= 1
            if at == size:
                return True
            message = startup_at(data, at)
            if message is None and size - at >= 5:
                message = _head(data, at)
                if message is not None and message.end > size:
                    return message.type in b"QPBd" and _is_printable(data[message.body : message.body + 8])
            if message is None:
                return False
            if message.type == 66:
                self.budget -= (message.end - message.start) // 4
            if _checked(data, message) is None:
                return False
            at = message.end
        return True


def _is_printable(head: bytes) -> bool:
    return bool(head) and all(32 <= byte < 127 or byte in b"\t\n\r\0" for byte in head)
