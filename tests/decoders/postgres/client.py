"""Helpers: decoding of a Postgres client's bytes."""

from __future__ import annotations

import struct

from replay_tui.decoders.decode_result import DecodeResult
from replay_tui.decoders.postgres.decoder import decode_postgres
from tests.decoders.loading import inputs, session_of
from tests.decoders.wire import SYNC, bind, execute, message, parse, query, startup

SESSION = session_of(type="database", connection_subtype="postgres", verb="connect")


def decode(data: bytes, cuts: list[int] | None = None) -> DecodeResult:
    """Return the result for a client's bytes, as input events cut at `cuts`."""
    return decode_postgres(SESSION, inputs(data, cuts))


def mixed_messages() -> bytes:
    """Return a client's messages of many types, starting with a password."""
    return (
        startup()
        + message(b"p", b"secret\0")
        + query("begin; update t set a = 'x;y' where b = 1;")
        + parse("a", "insert into t values ($1, $2)", 23, 25)
        + b"".join(bind("", "a", struct.pack(">i", n), b"v", formats=(1, 0)) + execute() for n in range(3))
        + SYNC
        + query("copy t from stdin")
        + message(b"d", bytes(range(64)))
        + message(b"c")
        + query("commit")
        + message(b"X")
    )
