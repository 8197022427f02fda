"""HTTP/1 parser for the bytes of one direction: heads, bodies with length or chunks, and recovery after damage.

Format: RFC 9112. Lengths may be wrong (masking changes bodies, recordings are truncated), so a message also ends where
the next one begins at the start of an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from replay_tui.decoders.payload_buffer import PayloadBuffer

MAX_HEAD_BYTES = 256 * 1024
_METHODS = (
    rb"GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE|CONNECT|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|REPORT"
    rb"|SEARCH|PURGE|LINK|UNLINK"
)
REQUEST = re.compile(rb"(" + _METHODS + rb") ([^\r\n]{1,16384}+)(?:(?<= HTTP/\d\.\d)|(?<= HTTP/\d))()\r?\n")
RESPONSE = re.compile(rb"HTTP/(\d(?:\.\d)?) (\d{3})(?: ([^\r\n]{0,1000}))?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[^\r\n]{0,200}\r?\n")
_LENGTH = re.compile(r"\d{1,18}")


def has_message_start(data: bytes) -> bool:
    """Return True if the first line of a request or response is anywhere in the bytes."""
    return any(first.search(data) for first in (REQUEST, RESPONSE))


class HttpMessage(Struct):
    """A request or response: the three parts of its first line, headers, offsets, and the ranges of its body."""

    line: tuple[str, str, str]
    headers: list[tuple[str, str]]
    start: int
    end: int = 0
    body: list[tuple[int, int]] = field(default_factory=list)
    is_damaged: bool = False

    def header(self, name: str) -> str:
        """Return the first value of a header, an empty string if it is missing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def size(self) -> int:
        """The body's length in bytes, without chunk headers."""
        return sum(end - start for start, end in self.body)


def iter_messages(
    payloads: PayloadBuffer, *, responses: bool, methods: Iterable[str] = ()
) -> Iterator[HttpMessage | tuple[int, int]]:
    """Yield all messages in order, and (start, end) for bytes that are not HTTP.

    `methods` are those of the requests for these responses: a response to HEAD has no body, despite its length.
    """
    requested = iter(methods)
    data, at = payloads.data, 0
    first = RESPONSE if responses else REQUEST
    while at < len(data):
        found = first.match(data, at)
        if not found:
            begin = at
            at = _next_start(payloads, first, at)
            if data[begin:at].strip():
                yield begin, at
            continue
        message, body = _head(data, found, at)
        interim = message.line[1][:1] == "1" and message.line[1] != "101"
        bodiless = responses and not interim and next(requested, "") == "HEAD"
        message.end = at = body if bodiless else _read_body(payloads, message, body, first, responses)
        yield message


def _head(data: bytes, found: re.Match[bytes], at: int) -> tuple[HttpMessage, int]:
    """Return the message whose first line is `found`, and the start of its body."""
    ends = _HEAD_END.search(data, found.end() - 2, at + MAX_HEAD_BYTES)
    stop, body = (ends.start(), ends.end()) if ends else (min(len(data), at + MAX_HEAD_BYTES),) * 2
    headers: list[tuple[str, str]] = []
    for raw in data[found.end() : stop].splitlines()[:500]:
        name, colon, value = raw.decode("utf-8", "replace").partition(":")
        if raw[:1] in (b" ", b"\t") and headers:  # a folded value
            headers[-1] = headers[-1][0], f"{headers[-1][1]} {raw.decode('utf-8', 'replace').strip()}".strip()
        elif colon:
            headers.append((name.strip(), value.strip()))
    one, two, three = (part.decode("utf-8", "replace") if part else "" for part in found.groups())
    if found.re is REQUEST:
        two, _, three = two.rpartition(" HTTP/")
    message = HttpMessage((one, two, three), headers, at, is_damaged=ends is None)
    return message, max(body, found.end())


def _read_body(
    payloads: PayloadBuffer, message: HttpMessage, at: int, first: re.Pattern[bytes], responses: bool
) -> int:
    """Set the body's ranges and return the end of the message."""
    data = payloads.data
    if responses and (message.line[1][:1] == "1" or message.line[1] in ("204", "304")):
        return at
    if "chunked" in message.header("transfer-encoding").lower():
        return _chunked(payloads, message, at, first)
    length = message.header("content-length")
    if _LENGTH.fullmatch(length):
        end = at + int(length)
        if end > len(data):
            message.is_damaged = True
            end = _next_start(payloads, first, at - 1)
        elif end < len(data) and not first.match(data, end):  # no message begins after the length
            after = _next_start(payloads, first, at - 1)
            message.is_damaged = after != end
            end = after if after < end or not data[end:after].strip() else end
    elif responses:
        end = _next_start(payloads, first, at - 1)  # closed by the end of the connection
    else:
        end = at
    if end > at:
        message.body.append((at, end))
    return end


def _chunked(payloads: PayloadBuffer, message: HttpMessage, at: int, first: re.Pattern[bytes]) -> int:
    data = payloads.data
    while True:
        found = _CHUNK.match(data, at)
        size = int(found[1], 16) if found else -1
        if not found or found.end() + size > len(data):
            message.is_damaged = True
            end = _next_start(payloads, first, at - 1)
            if end > at:
                message.body.append((at, end))
            return end
        if size == 0:
            trailer = data[found.end() : found.end() + 2]
            if trailer == b"\r\n":
                return found.end() + 2
            ends = _HEAD_END.search(data, found.end(), found.end() + MAX_HEAD_BYTES)
            return ends.end() if ends and not first.match(data, found.end()) else found.end()
        message.body.append((found.end(), found.end() + size))
        at = found.end() + size
        at += 2 if data[at : at + 2] == b"\r\n" else 0


def _next_start(payloads: PayloadBuffer, first: re.Pattern[bytes], at: int) -> int:
    """Return the next event start after `at` at which a message begins, the end of the data if there is none."""
    data = payloads.data
    while (at := payloads.next_event_start(at)) < len(data):
        if first.match(data, at):
            return at
    return at
