"""Metadata of a session, with labels for the gateway's own keys: temporary credentials, federated identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from replay_tui.domain.known_secrets import MASK
from replay_tui.domain.lenient_model import LenientModel, OptionalTimestamp, parse_lenient
from replay_tui.presenters.document import Section
from replay_tui.presenters.values import compact_json, format_date, pairs_of

_LABELS = {
    "credentials_expire_at": "credentials until",
    "federation_provider": "identity from",
    "federation_resolved_principal": "acted as",
    "federation_admin_principal": "impersonated by",
    "federation_token_expires_at": "identity until",
}
_PREFIXES = ("credential_", "credentials_", "federation_")
_SECRETS = ("secret", "token", "password", "key")
_TIMES = ("_at", "_until")
MAX_GATEWAY_KEYS = 20


class _Timestamp(LenientModel):
    value: OptionalTimestamp = None


def add_metadata(out: Section, metadata: Mapping[str, Any] | None, zone: str) -> None:
    """Add the metadata to a section: the gateway's own keys as fields, then the others. `zone` as in `format_date`."""
    rest = dict(metadata or {})
    for number, (path, key, value) in enumerate(_gateway_values(metadata or {})):
        if number >= MAX_GATEWAY_KEYS:
            break
        rest.pop(key, None)
        label = _LABELS.get(path, path.replace("_", " "))
        out.field(label, MASK if _is_secret(path) else _text(path, value, zone))
    out.parts += pairs_of("metadata", rest)


def _gateway_values(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the key of the metadata and the value of what the gateway wrote."""
    for key, value in metadata.items():
        if key == "federation" and isinstance(value, Mapping):
            yield from ((f"{key}_{name}", key, item) for name, item in value.items())
        elif key == "federation" or key.startswith(_PREFIXES):
            yield key, key, value


def _is_secret(path: str) -> bool:
    """Return True if the last words of a path name a secret; its expiry is none."""
    return path.endswith(_SECRETS)


def _text(path: str, value: Any, zone: str) -> str:
    if isinstance(value, str) and path.endswith(_TIMES):
        moment = parse_lenient(_Timestamp, {"value": value})[0].value
        if isinstance(moment, datetime):
            return format_date(moment, zone)
    return compact_json(value) if value not in (None, "", {}, []) else ""
