"""Reading what a server sent without ever refusing it.

Every field of every model may be missing, null, or of the wrong type. A wrong one is left out of the model, counted,
and still stands in the session's `received` object as it came. Unknown fields are kept as extras.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

Model = TypeVar("Model", bound="LenientModel")
_MIN_TIME, _MAX_TIME = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_NO_TIME = "0001-01-01T00:00:00Z"
"""What a program in Go writes for a time that it does not have."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class LenientModel(BaseModel):
    """Base of the models of wire objects: frozen, lenient, unknown fields kept in `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())

    @field_validator("*", mode="wrap")
    @classmethod
    def _drop_invalid(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except (ValidationError, RecursionError, OverflowError):
            _record_invalid_field(info, f"{cls.__name__.lower()}.{info.field_name}")
            return cls.model_fields[str(info.field_name)].get_default(call_default_factory=True)


def _record_invalid_field(info: ValidationInfo, name: str) -> None:
    if isinstance(info.context, list):
        info.context.append(name)


def parse_lenient(model: type[Model], value: Mapping[str, Any]) -> tuple[Model, list[str]]:
    """The model of a received object, and the names of the fields whose type was wrong."""
    odd: list[str] = []
    # Only text keys can be fields; a JSON object has no others.
    return model.model_validate(_replace_surrogates(dict(value)), context=odd), odd


def _replace_surrogates(value: Any) -> Any:
    """`value` with U+FFFD for lone surrogates: JSON can name them, pydantic refuses a text that holds one."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
    try:
        if isinstance(value, dict):
            return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
        return [_replace_surrogates(item) for item in value] if isinstance(value, list) else value
    except RecursionError:
        return None


def _objects_only(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, list):
        return value
    kept = [item for item in value if isinstance(item, Mapping)]
    for _ in range(len(value) - len(kept)):
        _record_invalid_field(info, f"{info.field_name}[]")
    return kept


def _strings_only(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, list):
        return value
    kept = [item for item in value if isinstance(item, str)]
    for _ in range(len(value) - len(kept)):
        _record_invalid_field(info, f"{info.field_name}[]")
    return kept


def _empty_to_none(value: Any) -> Any:
    return None if value in ("", _NO_TIME) else value


def _default_to_utc(value: datetime) -> datetime:
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    # Beyond these there are zones in which it is no date, and nights after it that are none.
    if not _MIN_TIME <= moment <= _MAX_TIME:
        raise ValueError("a moment at the edge of the calendar")
    return moment


Item = TypeVar("Item")
ObjectList = Annotated[list[Item], BeforeValidator(_objects_only)]
"""A list of wire objects; items that are no objects are left out and counted."""
StringList = Annotated[list[str], BeforeValidator(_strings_only)]
"""A list of strings; other items are left out and counted."""
Timestamp = Annotated[datetime, AfterValidator(_default_to_utc)]
"""An RFC 3339 time with its zone (UTC where none is written), some days off the calendar's edges: all zones have it."""
OptionalTimestamp = Annotated[Timestamp | None, BeforeValidator(_empty_to_none)]
"""A moment, or None; an empty text is None too."""
