"""Type inference for binary values without a type: drivers such as asyncpg query the server for the types."""

from __future__ import annotations

from struct import Struct

from replay_tui.decoders.postgres.values import format_bytea, value_text

_INT2, _INT4, _INT8 = Struct(">h").unpack, Struct(">i").unpack, Struct(">q").unpack
_LIKELY_TIMES = range(-631_152_000_000_000, 3_155_760_000_000_000)  # 1980 to 2100, microseconds around 2000
_MIN_TIME_MICROSECONDS = 10**13


def infer_value(value: bytes) -> str | None:
    """Return the most likely text of a binary value, None if no type is likely. Never certain."""
    size = len(value)
    if size == 1 and value in (b"\0", b"\1"):
        return "t" if value == b"\1" else "f"
    if value and _is_text(value):
        return value.decode("utf-8")
    if size == 2:
        return str(_INT2(value)[0])
    if size == 4:
        return str(_INT4(value)[0])
    if size == 8:
        return _infer_eight_bytes(value)
    if value[:1] == b"\1" and value[1:2] in (b"{", b"["):
        return value_text(value, 3802, True)
    for oid in (1700, 1007):
        if (oid == 1700 or size >= 12) and (text := value_text(value, oid, True)) != format_bytea(value):
            return text
    return value_text(value, 2950, True) if size == 16 else None


def _infer_eight_bytes(value: bytes) -> str:
    number = _INT8(value)[0]
    if abs(number) > _MIN_TIME_MICROSECONDS and number in _LIKELY_TIMES:
        return value_text(value, 1184, True)
    numeric = value_text(value, 1700, True) if number and value[0] == 0 and value[1] == 0 else format_bytea(value)
    if numeric not in (format_bytea(value), "0"):
        return numeric
    return str(number) if abs(number) < 2**53 else value_text(value, 701, True)


def _is_text(value: bytes) -> bool:
    try:
        return value.decode("utf-8").replace("\n", "").replace("\t", "").isprintable()
    except UnicodeDecodeError:
        return False
