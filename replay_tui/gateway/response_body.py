"""Response bodies: JSON values and the error messages of the server."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from replay_tui.gateway.connection_control import FAILURES

MAX_ERROR_BYTES = 64 << 10
ERROR_BODY_TIMEOUT_SECONDS = 5.0
"""Time limit for an error body that arrives slowly; the status alone is sufficient."""
INVALID_JSON = object()
"""Result of `parse_json` for invalid JSON; None is a valid value."""


def parse_json(body: bytes | bytearray) -> Any:
    """Return the JSON value, None for an empty body, `INVALID_JSON` if it cannot be parsed.

    Never raises: the traceback would hold the body.
    """
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return INVALID_JSON


def error_message(response: httpx.Response) -> str:
    """Return the server's message in an error response, an empty string if it has none."""
    body, start = b"", time.monotonic()
    try:
        for chunk in response.iter_bytes():
            body += chunk[: MAX_ERROR_BYTES - len(body)]
            if len(body) >= MAX_ERROR_BYTES or time.monotonic() - start > ERROR_BODY_TIMEOUT_SECONDS:
                break
    except FAILURES:
        pass  # the status alone is sufficient
    value = parse_json(body)
    if value is INVALID_JSON and response.headers.get("content-type", "").startswith("text/plain"):
        return body.decode(errors="replace")
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else ""
