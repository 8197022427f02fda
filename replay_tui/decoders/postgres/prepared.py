"""Prepared statements of a Postgres client: text, parameter types, statement kind and verb."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct, unpack_from

from replay_tui.decoders.postgres.values import cast_types
from replay_tui.decoders.sql.classify import classify

_SHORT = Struct(">H").unpack_from


class PreparedStatement:
    """A Parse message at offset `at`: its text, parameter types by OID, and whether it was executed."""

    __slots__ = ("at", "casts", "executed", "kind", "name", "text", "types", "verb")

    def __init__(self, name: str, parsed: tuple[str, tuple[int, ...], str, str], at: int) -> None:
        self.name, self.at = name, at
        self.text, self.types, self.kind, self.verb = parsed
        self.casts: dict[int, int] | None = None
        self.executed = False

    def type_of(self, order: int) -> int:
        """Return the type OID of a parameter, 0 if neither the client nor a cast in the text specifies it."""
        known = self.types[order] if order < len(self.types) else 0
        if known:
            return known
        if self.casts is None:
            self.casts = cast_types(self.text)
        return self.casts.get(order + 1, 0)


def parse_prepared(body: bytes) -> tuple[str, tuple[int, ...], str, str]:
    """Return (text, parameter type OIDs, kind, verb) from the body of a Parse message after the name.

    Results for bodies of up to 4,096 bytes are cached.
    """
    return _parse_cached(body) if len(body) <= 4096 else _parse_uncached(body)


def _parse_uncached(body: bytes) -> tuple[str, tuple[int, ...], str, str]:
    query, _, types = body.partition(b"\0")
    text = query.decode("utf-8", "replace")
    return text, unpack_from(f">{_SHORT(types)[0]}I", types, 2), *classify(text)


_parse_cached = lru_cache(maxsize=256)(_parse_uncached)
