"""Builders of Postgres client messages."""

from __future__ import annotations

import struct


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


def startup(user: bytes = b"ana") -> bytes:
    body = struct.pack(">I", 196608) + b"user\0" + user + b"\0\0"
    return struct.pack(">I", len(body) + 4) + body


def query(sql: str) -> bytes:
    return message(b"Q", sql.encode() + b"\0")


def parse(name: str, sql: str, *oids: int) -> bytes:
    return message(
        b"P", name.encode() + b"\0" + sql.encode() + b"\0" + struct.pack(f">H{len(oids)}I", len(oids), *oids)
    )


def bind(portal: str, name: str, *values: bytes | None, formats: tuple[int, ...] = ()) -> bytes:
    body = portal.encode() + b"\0" + name.encode() + b"\0" + struct.pack(f">H{len(formats)}H", len(formats), *formats)
    body += struct.pack(">H", len(values))
    for value in values:
        body += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
    return message(b"B", body + struct.pack(">H", 0))


def execute(portal: str = "", rows: int = 0) -> bytes:
    return message(b"E", portal.encode() + b"\0" + struct.pack(">i", rows))


SYNC = message(b"S")
SSL_REQUEST = struct.pack(">II", 8, 80877103)
GSS_REQUEST = struct.pack(">II", 8, 80877104)
CANCEL = struct.pack(">IIII", 16, 80877102, 4711, 0x5EC2E7)
