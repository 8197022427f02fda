"""What stands in an answer's body: JSON, or the server's own words about an error."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from replay_tui.gateway.connection_control import FAILURES

MAX_ERROR_BYTES = 64 << 10
ERROR_BODY_TIMEOUT_SECONDS = 5.0
"""Seconds for words that drip; the status says enough."""
INVALID_JSON = object()
"""Stands for what is no JSON."""


def parse_json(body: bytes | bytearray) -> Any:
    """The JSON value, None for an empty body, `UNPARSEABLE` for what is no JSON. Never raises with the body at hand."""
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return INVALID_JSON


def error_message(response: httpx.Response) -> str:
    """The server's own message in an error answer, an empty string where there is none."""
    body, begin = b"", time.monotonic()
    try:
        for chunk in response.iter_bytes():
            body += chunk[: MAX_ERROR_BYTES - len(body)]
            if len(body) >= MAX_ERROR_BYTES or time.monotonic() - begin > ERROR_BODY_TIMEOUT_SECONDS:
                break
    except FAILURES:
        pass  # the status says enough
    value = parse_json(body)
    if value is INVALID_JSON and response.headers.get("content-type", "").startswith("text/plain"):
        return body.decode(errors="replace")
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else ""
