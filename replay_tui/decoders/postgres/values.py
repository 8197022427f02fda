"""Text of bound values of a Postgres client: the text format unchanged, common types in binary format decoded.

Formats: PostgreSQL's `*_send` functions (backend/utils/adt): integers and floats big-endian, times in microseconds
since 2000-01-01, dates in days since then, numeric in groups of four digits, arrays with a leading element type.

Binary values without a type get an inferred one: drivers such as asyncpg query the server for the types.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from struct import Struct, error
from typing import NamedTuple

from replay_tui.decoders.payload_buffer import wire_text
from replay_tui.domain.lazy_regex import lazy_compile

MAX_HEX_BYTES = 4096
"""Bytes of an undecoded value that are shown."""
_EPOCH = datetime(2000, 1, 1)
_DAY_ZERO = date(2000, 1, 1).toordinal()
_ARRAY_HEAD, _DIMENSION = Struct(">iii"), Struct(">ii")


def format_bytea(value: bytes) -> str:
    r"""Return bytes in the bytea format: `\x` and hexadecimal digits, truncated with the length after 4,096 bytes."""
    text = "\\x" + value[:MAX_HEX_BYTES].hex()
    return text if len(value) <= MAX_HEX_BYTES else f"{text}... ({len(value)} bytes)"


def _number(code: str) -> Callable[[bytes], str]:
    unpack = Struct(">" + code).unpack
    return lambda value: str(unpack(value)[0])


def _real(code: str) -> Callable[[bytes], str]:
    """Return a reader that gives the shortest text with the same float value, as Postgres prints it."""
    packing = Struct(">" + code)

    def read(value: bytes) -> str:
        number = packing.unpack(value)[0]
        if not math.isfinite(number):
            return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
        if code == "f":
            number = next(short for n in range(6, 10) if packing.pack(short := float(f"{number:.{n}g}")) == value)
        return repr(number).removesuffix(".0")

    return read


_INT8 = Struct(">q").unpack
_INT4 = Struct(">i").unpack


def _bool(value: bytes) -> str:
    return {b"\0": "f", b"\1": "t"}[value]


def _text(value: bytes) -> str:
    return wire_text(value)


def _jsonb(value: bytes) -> str:
    if value[:1] != b"\1":
        raise ValueError("unknown jsonb version")
    return _text(value[1:])


def _uuid(value: bytes) -> str:
    return str(uuid.UUID(bytes=value))


def _date(value: bytes) -> str:
    days = _INT4(value)[0]
    if days in (0x7FFFFFFF, -0x80000000):
        return "infinity" if days > 0 else "-infinity"
    return date.fromordinal(_DAY_ZERO + days).isoformat()


def _timestamp(value: bytes, zone: str = "") -> str:
    micros = _INT8(value)[0]
    if micros in (0x7FFFFFFFFFFFFFFF, -0x8000000000000000):
        return "infinity" if micros > 0 else "-infinity"
    return (_EPOCH + timedelta(microseconds=micros)).isoformat(" ") + zone


def _timestamptz(value: bytes) -> str:
    return _timestamp(value, "+00")


def _time(value: bytes) -> str:
    micros = _INT8(value[:8])[0]
    if len(value) not in (8, 12) or not 0 <= micros <= 86_400_000_000:
        raise ValueError("not a time")
    if micros == 86_400_000_000:
        return "24:00:00"
    text = (_EPOCH + timedelta(microseconds=micros)).time().isoformat()
    if len(value) == 8:
        return text
    west = _INT4(value[8:])[0]
    return f"{text}{'-' if west > 0 else '+'}{abs(west) // 3600:02d}:{abs(west) // 60 % 60:02d}"


def _interval(value: bytes) -> str:
    micros, days, months = Struct(">qii").unpack(value)
    parts = [f"{months} mons"] * bool(months) + [f"{days} days"] * bool(days)
    if micros or not parts:
        seconds, rest = divmod(abs(micros), 1_000_000)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        parts.append(("-" if micros < 0 else "") + clock + (f".{rest:06d}".rstrip("0") if rest else ""))
    return " ".join(parts)


def _numeric(value: bytes) -> str:
    count, weight, sign, scale = Struct(">HhHH").unpack_from(value)
    if len(value) != 8 + 2 * count or sign not in (0, 0x4000):
        named = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
        return named[sign]
    groups = Struct(f">{count}H").unpack_from(value, 8)
    if weight > 4000 or scale > 16383 or any(group > 9999 for group in groups):
        raise ValueError("not a numeric")
    digits = "".join(f"{group:04d}" for group in groups)
    point = 4 * (weight + 1)
    digits = digits.ljust(point, "0") if point > 0 else "0" * -point + digits
    whole = digits[: max(0, point)].lstrip("0") or "0"
    fraction = digits[max(0, point) :].ljust(scale, "0")[:scale]
    return ("-" if sign else "") + whole + ("." + fraction if scale else "")


_READERS: dict[int, Callable[[bytes], str]] = {
    16: _bool, 17: format_bytea, 18: _text, 19: _text, 20: _number("q"), 21: _number("h"), 23: _number("i"), 25: _text,
    26: _number("I"), 114: _text, 142: _text, 700: _real("f"), 701: _real("d"), 1042: _text, 1043: _text,
    1082: _date, 1083: _time, 1114: _timestamp, 1184: _timestamptz, 1186: _interval, 1266: _time, 1700: _numeric,
    2950: _uuid, 3802: _jsonb, 705: _text, 2249: format_bytea,
}  # fmt: skip
_ARRAYS = frozenset((1000, 1001, 1002, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1115, 1182, 1183,
                     1185, 1187, 1231, 1270, 199, 143, 2951, 3807))  # fmt: skip
_NAMES = {
    "bool": 16, "boolean": 16, "bytea": 17, "bigint": 20, "int8": 20, "smallint": 21, "int2": 21, "int": 23,
    "integer": 23, "int4": 23, "text": 25, "oid": 26, "json": 114, "real": 700, "float4": 700, "float8": 701,
    "double": 701, "varchar": 1043, "date": 1082, "time": 1083, "timestamp": 1114, "timestamptz": 1184,
    "interval": 1186, "numeric": 1700, "decimal": 1700, "uuid": 2950, "jsonb": 3802,
}  # fmt: skip
_CAST = lazy_compile(r"\$(\d{1,5})\s*::\s*(?:pg_catalog\.)?(\w+)\s*(\[\])?")


def value_text(value: bytes, oid: int, binary: bool) -> str:
    """Return a bound value as text; hexadecimal digits if the type is unknown or the value is invalid for it."""
    if not binary:
        return wire_text(value)
    try:
        if oid in _ARRAYS:
            return _array(value)
        reader = _READERS.get(oid)
        return reader(value) if reader else format_bytea(value)
    except (error, ValueError, KeyError, OverflowError):
        return format_bytea(value)


def cast_types(sql: str) -> dict[int, int]:
    """Return the type OIDs that casts in `sql` give its parameters (`$2::int4`), by number from 1; 1009 for arrays."""
    return {int(n): 1009 if array else _NAMES.get(name.lower(), 0) for n, name, array in _CAST.findall(sql[:100_000])}


def _array(value: bytes) -> str:
    dimensions, _, oid = _ARRAY_HEAD.unpack_from(value)
    if dimensions == 0:
        return "{}"
    if not 0 < dimensions <= 6:
        raise ValueError("not an array")
    sizes = [_DIMENSION.unpack_from(value, 12 + 8 * n)[0] for n in range(dimensions)]
    at, items = 12 + 8 * dimensions, []
    while at < len(value):
        length = _INT4(value[at : at + 4])[0]
        at += 4
        items.append("NULL" if length < 0 else _item(value[at : at + length], oid, length))
        at += max(0, length)
    for size in reversed(sizes[1:]):
        if size <= 0 or len(items) % size:
            raise ValueError("not an array")
        items = ["{" + ",".join(items[n : n + size]) + "}" for n in range(0, len(items), size)]
    return "{" + ",".join(items) + "}"


def _item(value: bytes, oid: int, length: int) -> str:
    if len(value) != length or oid in _ARRAYS:
        raise ValueError("not an array")
    text = value_text(value, oid, True)
    if text and text.upper() != "NULL" and not re.search(r'[{}",\\\s]', text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_INT2, _INT4, _INT8 = Struct(">h").unpack, Struct(">i").unpack, Struct(">q").unpack
_LIKELY_TIMES = range(-631_152_000_000_000, 3_155_760_000_000_000)  # 1980 to 2100, microseconds around 2000
_MIN_TIME_MICROSECONDS = 10**13


class Inferred(NamedTuple):
    """The most likely text of a binary value of unknown type, and the type with the reason for it."""

    text: str
    reason: str


def infer_value(value: bytes) -> Inferred | None:
    """Return the most likely text of a binary value, None if no type is likely. Never certain."""
    size = len(value)
    if size == 1 and value in (b"\0", b"\1"):
        return Inferred("t" if value == b"\1" else "f", "bool, because it is one byte 0 or 1")
    if value and _is_text(value):
        return Inferred(value.decode("utf-8"), "text, because its bytes are printable")
    if size == 2:
        return Inferred(str(_INT2(value)[0]), "int2, because it has 2 bytes")
    if size == 4:
        return Inferred(str(_INT4(value)[0]), "int4, because it has 4 bytes")
    if size == 8:
        return _infer_eight_bytes(value)
    if value[:1] == b"\1" and value[1:2] in (b"{", b"["):
        return Inferred(value_text(value, 3802, True), "jsonb, because of its first bytes")
    for oid, name in ((1700, "numeric"), (1007, "array")):
        if (oid == 1700 or size >= 12) and (text := value_text(value, oid, True)) != format_bytea(value):
            return Inferred(text, f"{name}, because its bytes are a valid one")
    return Inferred(value_text(value, 2950, True), "uuid, because it has 16 bytes") if size == 16 else None


def _infer_eight_bytes(value: bytes) -> Inferred:
    number = _INT8(value)[0]
    if abs(number) > _MIN_TIME_MICROSECONDS and number in _LIKELY_TIMES:
        return Inferred(value_text(value, 1184, True), "timestamptz, because it has 8 bytes and lies in 1980 to 2100")
    numeric = value_text(value, 1700, True) if number and value[0] == 0 and value[1] == 0 else format_bytea(value)
    if numeric not in (format_bytea(value), "0"):
        return Inferred(numeric, "numeric, because its bytes are a valid one")
    if abs(number) < 2**53:
        return Inferred(str(number), "int8, because it has 8 bytes")
    return Inferred(value_text(value, 701, True), "float8, because it has 8 bytes and is too large for a usual int8")


def _is_text(value: bytes) -> bool:
    try:
        return value.decode("utf-8").replace("\n", "").replace("\t", "").isprintable()
    except UnicodeDecodeError:
        return False
