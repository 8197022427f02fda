"""Searchable lines of HTTP messages besides the request lines: headers, bodies and status, as displayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from replay_tui.domain.statement import Statement


class HttpMessageLine(NamedTuple):
    """A line of a request (`where` is `input`) or response (`output`), its time in seconds and the request's event."""

    time: float
    where: str
    text: str
    event: int


def http_message_lines(statements: Iterable[Statement]) -> Iterator[HttpMessageLine]:
    """Yield the lines of all statements that are HTTP requests; credentials are already redacted."""
    for row in statements:
        details = row.details
        if "request_headers" not in details:
            continue
        # The text of an RPC statement is the call in its body, so the request line is added.
        request = [str(details["request"])] if "request" in details else []
        for line in (*request, *_message_lines(details, "request")):
            yield HttpMessageLine(row.time, "input", line, row.event)
        if "status" in details:
            time = details.get("response_time", row.time)
            status = f"{details['status']} {details.get('reason') or ''}".rstrip()
            for line in (status, *_message_lines(details, "response")):
                yield HttpMessageLine(time, "output", line, row.event)


def _message_lines(details: Mapping[str, object], side: str) -> Iterator[str]:
    headers = details.get(f"{side}_headers")
    for name, value in headers if isinstance(headers, list) else ():
        yield f"{name}: {value}"
    yield from str(details.get(f"{side}_body") or "").splitlines()
