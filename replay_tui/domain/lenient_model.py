"""Lenient models for JSON objects from a gateway: parsing never fails.

Any field may be missing, null, or of the wrong type. A field of the wrong type gets its default and is reported in
`Session.invalid_fields`; `received` keeps the object, with fields that this program does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

Model = TypeVar("Model", bound="LenientModel")
_MIN_TIME, _MAX_TIME = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_NO_TIME = "0001-01-01T00:00:00Z"
"""The zero `time.Time` in Go's JSON encoding, which stands for a missing time."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_RECEIVED = "received"


class LenientModel(msgspec.Struct, frozen=True, kw_only=True):
    """Base class of the models of JSON objects: frozen, with the object as it was received.

    The types of fields are `T | None` with None as default, where T is `str`, `bool`, `int`, `float`, `dict[str, Any]`,
    `datetime`, a model, or a list of strings or models; or `Any`. Times are RFC 3339 (UTC if they have no zone) between
    the years 1 and 9999 in all zones; an empty string and Go's zero time become None.
    """

    received: dict[str, Any] = {}

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the names of the documented fields."""
        return tuple(_types(cls))

    @property
    def unknown_fields(self) -> dict[str, Any]:
        """The received fields that this program does not know."""
        known = _types(type(self))
        return {name: value for name, value in self.received.items() if name not in known}


def parse_lenient(model: type[Model], value: Mapping[str, Any]) -> tuple[Model, list[str]]:
    """Return the model of a received object and the names of the fields of the wrong type."""
    invalid_fields: list[str] = []
    return _parse(model, _replace_surrogates(dict(value)), invalid_fields), invalid_fields


def _parse(model: type[Model], value: dict[str, Any], invalid_fields: list[str]) -> Model:
    fields = {}
    for name, kind in _types(model).items():
        if value.get(name) is None:
            continue
        try:
            fields[name] = _convert(kind, value[name], name, invalid_fields)
        except (ValueError, RecursionError, OverflowError):  # of which msgspec's error is one
            invalid_fields.append(f"{model.__name__.lower()}.{name}")
    return model(received=value, **fields)


@cache
def _types(model: type[LenientModel]) -> dict[str, Any]:
    """Return the type of each documented field, without None."""
    hints = {name: hint for name, hint in get_type_hints(model).items() if name != _RECEIVED}
    return {name: next(iter(get_args(hint)), hint) for name, hint in hints.items()}


def _convert(kind: Any, value: Any, name: str, invalid_fields: list[str]) -> Any:
    """Return a value as `kind`. Raises `ValueError` if it is of the wrong type."""
    if kind is datetime:
        return _time(value)
    if get_origin(kind) is list:
        return _items(get_args(kind)[0], value, name, invalid_fields)
    if isinstance(kind, type) and issubclass(kind, LenientModel):
        if not isinstance(value, dict):
            raise ValueError("not an object")
        return _parse(kind, value, invalid_fields)
    return msgspec.convert(value, kind, strict=False)


def _items(kind: Any, value: Any, name: str, invalid_fields: list[str]) -> list[Any]:
    """Return the items of a list that are strings or objects; others are dropped and reported as invalid."""
    if not isinstance(value, list):
        raise ValueError("not a list")
    kept: list[Any] = [item for item in value if isinstance(item, str if kind is str else dict)]
    invalid_fields += [f"{name}[]"] * (len(value) - len(kept))
    return kept if kind is str else [_parse(kind, item, invalid_fields) for item in kept]


def _time(value: Any) -> datetime | None:
    if value in ("", _NO_TIME):
        return None
    if isinstance(value, str):
        moment = datetime.fromisoformat(value.upper())  # RFC 3339 allows `t` and `z`
    else:
        moment = msgspec.convert(value, datetime, strict=False)
    if not moment.tzinfo:
        moment = moment.replace(tzinfo=UTC)
    # Outside of these limits, conversion to another zone or to the next midnight can overflow.
    if not _MIN_TIME <= moment <= _MAX_TIME:
        raise ValueError("date out of range")
    return moment


def _replace_surrogates(value: Any) -> Any:
    """Return `value` with lone surrogates, which are valid in JSON, replaced by U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
    try:
        if isinstance(value, dict):
            return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
        return [_replace_surrogates(item) for item in value] if isinstance(value, list) else value
    except RecursionError:
        return None
