"""The lines of HTTP messages beside the requests themselves: headers, bodies and status, as they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from replay_tui.domain.statement import Statement


class HttpMessageLine(NamedTuple):
    """A line of a request (`where` is `input`) or response (`output`), its second and the request's event."""

    time: float
    where: str
    text: str
    event: int


def http_message_lines(statements: Iterable[Statement]) -> Iterator[HttpMessageLine]:
    """The lines of the messages of those statements that are HTTP requests; credentials stay hidden."""
    for row in statements:
        details = row.details
        if "request_headers" not in details:
            continue
        # Where the statement is a call in its body, the request itself stands beside it.
        request = [str(details["request"])] if "request" in details else []
        for line in (*request, *_lines(details, "request")):
            yield HttpMessageLine(row.time, "input", line, row.event)
        if "status" in details:
            time = details.get("response_time", row.time)
            for line in (f"{details['status']} {details.get('reason') or ''}".rstrip(), *_lines(details, "response")):
                yield HttpMessageLine(time, "output", line, row.event)


def _lines(details: Mapping[str, object], side: str) -> Iterator[str]:
    headers = details.get(f"{side}_headers")
    for name, value in headers if isinstance(headers, list) else ():
        yield f"{name}: {value}"
    yield from str(details.get(f"{side}_body") or "").splitlines()
