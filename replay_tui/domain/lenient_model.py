"""Lenient pydantic models for JSON objects from a gateway: parsing never fails.

Any field may be missing, null, or of the wrong type. A field of the wrong type gets its default and is reported in
`Session.invalid_fields`; `Session.raw` keeps the received value. Unknown fields are kept in `model_extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
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

from replay_tui.domain.lazy_regex import lazy_compile

Model = TypeVar("Model", bound="LenientModel")
_MIN_TIME, _MAX_TIME = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_NO_TIME = "0001-01-01T00:00:00Z"
"""The zero `time.Time` in Go's JSON encoding, which stands for a missing time."""
_building = Lock()
"""Held while a validator is built, which pydantic does not protect against other threads."""
_LONE_SURROGATE = lazy_compile("[\ud800-\udfff]")


class LenientModel(BaseModel):
    """Base class of the models of JSON objects: frozen, lenient, with unknown fields in `model_extra`.

    The validator of a model is built when the first object is parsed, and not for models that are part of another one.
    """

    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=(), defer_build=True)

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
    """Return the model of a received object and the names of the fields of the wrong type."""
    if not model.__pydantic_complete__:
        with _building:
            model.model_rebuild()
    invalid_fields: list[str] = []
    return model.model_validate(_replace_surrogates(dict(value)), context=invalid_fields), invalid_fields


def _replace_surrogates(value: Any) -> Any:
    """Return `value` with lone surrogates replaced by U+FFFD: valid in JSON, rejected by pydantic."""
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
    # Outside of these limits, conversion to another zone or to the next midnight can overflow.
    if not _MIN_TIME <= moment <= _MAX_TIME:
        raise ValueError("date out of range")
    return moment


Item = TypeVar("Item")
ObjectList = Annotated[list[Item], BeforeValidator(_objects_only)]
"""A list of JSON objects. Other items are dropped and reported as invalid."""
StringList = Annotated[list[str], BeforeValidator(_strings_only)]
"""A list of strings. Other items are dropped and reported as invalid."""
Timestamp = Annotated[datetime, AfterValidator(_default_to_utc)]
"""An RFC 3339 time (UTC if it has no zone) between the years 1 and 9999 in all zones."""
OptionalTimestamp = Annotated[Timestamp | None, BeforeValidator(_empty_to_none)]
"""A timestamp or None. An empty string and Go's zero time become None."""
