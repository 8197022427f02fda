"""Authentication messages of Postgres in a session that is not known to be one."""

from __future__ import annotations

import re

from replay_tui.decoders.decode_result import DecodeResult
from replay_tui.decoders.payload_buffer import PayloadBuffer
from replay_tui.decoders.postgres.messages import MIN_SECRET_CHARS, PASSWORD
from replay_tui.decoders.postgres.session import PgSessionDecoder

_STARTUP = re.compile(rb"\0\0[\0-\x27].\0\x03\0[\0-\x02][a-z_]{1,40}\0", re.DOTALL)
_SASL = re.compile(rb"SCRAM-SHA-(?:1|256|512)(?:-PLUS)?\0|n,,n=[^,\0]*,r=|c=[A-Za-z0-9+/=]{4,},r=[^\0]*,p=")
_MAX_PASSWORD_BYTES = 10_000


def find_authentication(payloads: PayloadBuffer) -> DecodeResult:
    """Return what to redact: authentication after a start-up packet, and events that have the form of one."""
    result = DecodeResult()
    if _STARTUP.search(payloads.data):
        decoded = PgSessionDecoder(payloads).run()
        result.redacted, result.secrets = decoded.redacted, decoded.secrets
    for _, start, end in payloads:
        data = payloads.data[start:end]
        password = _password_in(data)
        if password or _SASL.search(data):
            result.redacted.extend(payloads.redacted_spans(start, end))
            result.secrets |= {password} if len(password) >= MIN_SECRET_CHARS else set()
    return result


def _password_in(data: bytes) -> str:
    """Return the password in a message with or without its type, empty if the bytes are no such message."""
    body = data[1:] if data[:1] == bytes((PASSWORD,)) else data
    if not 6 <= len(body) <= _MAX_PASSWORD_BYTES or int.from_bytes(body[:4], "big") != len(body) or body[-1]:
        return ""
    password = body[4:-1].decode("utf-8", "replace")
    return password if password.isprintable() else ""
