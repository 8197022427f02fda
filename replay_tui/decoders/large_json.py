"""Large JSON objects, of which only the small members are parsed.

The parser of the standard library holds the interpreter's lock until the end of an object: keys of the user would not
be handled for a second while 20 MiB are parsed. Here an object is only divided into its members.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec

from replay_tui.domain.lazy_regex import lazy_compile

LARGE_OBJECT_BYTES = 1 << 20
"""Size from which an object is large."""
MAX_MEMBER_BYTES = 1 << 16
"""Size up to which a member of a large object is parsed."""
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_BLANKS = b" \t\r\n"
_END = lazy_compile(r"trailing characters \(byte (\d+)\)")


class LargeObject(NamedTuple):
    """The members of an object, in order, and its size in bytes.

    A larger member than `MAX_MEMBER_BYTES` is None, also in a list of objects.
    """

    members: dict[str, Any]
    end: int


def read_large_object(data: memoryview) -> LargeObject | None:
    """Return the object at the start of `data`, None if there is no valid one or if it is not large."""
    if not data or data[0] != ord("{"):
        return None
    end = len(data)
    try:
        members = _members.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        found = _END.search(str(error))
        end = int(found[1]) - 1 if found else 0
        if end <= LARGE_OBJECT_BYTES:
            return None
        try:
            members = _members.decode(data[:end])
        except (msgspec.DecodeError, RecursionError):
            return None
    while data[end - 1] in _BLANKS:
        end -= 1
    return LargeObject({name: _value(bytes(raw)) for name, raw in members.items()}, end) if members else None


def _value(raw: bytes) -> Any:
    try:
        if len(raw) <= MAX_MEMBER_BYTES:
            return json.loads(raw)
        if not raw.startswith(b"["):
            return None
        return [{name: _small_value(member) for name, member in item.items()} for item in _items.decode(raw)]
    except (ValueError, RecursionError):
        return None


def _small_value(raw: msgspec.Raw) -> Any:
    data = bytes(raw)
    return msgspec.json.decode(data) if len(data) <= MAX_MEMBER_BYTES else None
