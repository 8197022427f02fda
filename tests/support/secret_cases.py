"""Sessions with secrets, and the texts that a reader can get out of an output."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.fixtures import FIXTURES, drawn

FOLDER = FIXTURES / "secrets"
SECRET = "hunter2secret"
OTHER_SECRETS = {
    "f-latin1": ("gr\u00fcnkohl99", "gr\ufffdnkohl99", "nkohl99"),
    "h12-vault-token": ("tr0ub4dor-zebra",),
}
"""Secrets of the sessions in `fixtures/secrets` that have another one than `SECRET`."""
SHORT_SECRETS = ("d-short-pin", "l-two-chars")
"""Sessions whose secret is too short to be hidden where a program prints it."""

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f]"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2400-\u2421]|\x1b")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")


def sessions() -> list[Path]:
    """Return the sessions with a secret that no output may show."""
    return sorted(path for path in FOLDER.glob("*.json") if path.stem not in SHORT_SECRETS)


def secrets_of(session: Path) -> tuple[str, ...]:
    """Return the secrets in a session, in all their spellings."""
    found = OTHER_SECRETS.get(session.stem, (SECRET,))
    return (*found, *(base64.b64encode(one.encode()).decode().rstrip("=") for one in found))


def leaks(data: bytes, secrets: tuple[str, ...]) -> list[str]:
    """Return the secrets that a reader of an output can see."""
    return [secret for secret in secrets if any(secret in text for text in readings(data))]


def readings(data: bytes) -> Iterator[str]:
    """Yield the texts in an output: as it is, without tags and sequences, joined, and with base64 and JSON decoded."""
    for text in (data.decode("utf-8", "replace"), data.decode("latin-1")):
        for one in (text, html.unescape(re.sub(r"<[^>]*>", "", text)), *_json_texts(text)):
            yield from _spellings(one)


def _spellings(text: str) -> Iterator[str]:
    drawn = _SEQUENCE.sub("", text)
    yield from (text, drawn, _CONTROL.sub("", text), re.sub(r"\s+", "", drawn))
    yield from (base64.b64decode(one + "=" * (-len(one) % 4)).decode("latin-1") for one in _tokens(drawn))


def _tokens(text: str) -> Iterator[str]:
    for found in _BASE64.findall(text):
        token = found.rstrip("=")
        if len(token) % 4 != 1:
            yield token


def _json_texts(text: str) -> Iterator[str]:
    """Yield the strings of a JSON value, of JSON lines, and the payloads of each kind of event joined."""
    values = []
    for part in (text, *text.splitlines()):
        try:
            values.append(json.loads(part))
        except ValueError:
            continue
    yield "\n".join(found for value in values for found in _strings(value))
    yield from _replayed(values)
    for events in [values, *(value for value in values if isinstance(value, list)), *_streams(values)]:
        for kind in "ioe":
            payloads = [payload for event in events if (payload := _payload(event, kind)) is not None]
            yield "".join(payloads)
            yield b"".join(map(_decoded, payloads)).decode("utf-8", "replace")
            yield b"".join(map(_decoded, payloads)).decode("latin-1")


def _replayed(values: list[Any]) -> Iterator[str]:
    """Yield the screen at the end of a cast, or of a session in the gateway's format."""
    for events in [values, *_streams(values)]:
        payloads = [payload for event in events if isinstance(event, list) and (payload := _payload(event, "o"))]
        if payloads:
            data = b"".join(payload.encode() if events is values else _decoded(payload) for payload in payloads)
            yield "\n".join(drawn(data).lines)


def _streams(values: list[Any]) -> Iterator[list[Any]]:
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("event_stream"), list):
            yield value["event_stream"]


def _payload(event: Any, kind: str) -> str | None:
    if isinstance(event, list) and len(event) == 3 and event[1] == kind and isinstance(event[2], str):
        return event[2]
    if isinstance(event, dict) and event.get("type") == kind:
        return str(event.get("base64") or event.get("text") or "")
    return None


def _decoded(payload: str) -> bytes:
    try:
        return base64.b64decode(payload, validate=True)
    except ValueError:
        return payload.encode("utf-8", "replace")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
