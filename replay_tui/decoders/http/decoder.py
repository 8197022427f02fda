"""Decoder for HTTP proxy sessions: requests and responses, paired in order."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from replay_tui.decoders.decode_result import DecodeResult
from replay_tui.decoders.http.credentials import find_credentials, is_credential
from replay_tui.decoders.http.parser import HttpMessage, iter_messages
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads, output_payloads
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement

MAX_BODY_BYTES = 256 * 1024
"""Bytes of a body that are kept as text in a statement's details; the raw view has the rest."""
REDACTED_TEXT = "(hidden)"


def decode_http(session: Session, stream: EventStream) -> DecodeResult:
    """Return one statement per request: `verb` is the method, `text` method and target, `duration` until its response.

    Details: `status`, `reason`, `size` (response body, bytes), `request_size`, `host`, `content_type`,
    `request_headers` and `response_headers` (pairs; credentials redacted), `request_body`, `response_body` (text,
    truncated at 256 KiB), `response_time` (seconds).
    """
    sent, received, log = input_payloads(stream), output_payloads(stream), FidelityWarnings()
    result = DecodeResult(decoder="http")
    damaged_at: tuple[list[int], list[int]] = [0], [0]
    requests = [one for one in iter_messages(sent, responses=False) if _is_message(one, log, damaged_at[0])]
    responses = _iter_responses(received, [request.line[0] for request in requests], log, damaged_at[1])
    pending = next(responses, None)
    for request in requests:
        event, response = sent.event(request.start), None
        while pending is not None and received.event(pending.start) < event:
            log.add("http-unpaired", "responses have no request")
            pending = next(responses, None)
        while pending is not None and pending.line[1].startswith("1") and pending.line[1] != "101":
            pending = next(responses, None)  # skip interim responses such as 100 Continue
        if pending is not None:
            response, pending = pending, next(responses, None)
        result.statements.append(_statement(sent, request, received, response))
        for message in (request, response):
            if message is not None and message.is_damaged:
                log.add("http-damaged", "messages are truncated or have a wrong length")
    if pending is not None:
        log.add("http-unpaired", "responses have no request", 1 + sum(1 for _ in responses))
    for one in (http_credentials(sent, damaged_at[0]), http_credentials(received, damaged_at[1])):
        result.redacted += one.redacted
        result.secrets |= one.secrets
    result.warnings = list(log.warnings)
    return result


def http_credentials(payloads: PayloadBuffer, starts: Iterable[int] = (0,)) -> DecodeResult:
    """Return what to redact in one direction; `starts` are offsets at which a header may have lost its start."""
    result = DecodeResult()
    for start, end, secrets in find_credentials(payloads.data, starts):
        result.redacted.extend(payloads.redacted_spans(start, end))
        result.secrets |= {*secrets}
    return result


def _iter_responses(
    payloads: PayloadBuffer, methods: list[str], log: FidelityWarnings, damaged_at: list[int]
) -> Iterator[HttpMessage]:
    messages = iter_messages(payloads, responses=True, methods=methods)
    return (one for one in messages if _is_message(one, log, damaged_at))


def _is_message(
    one: HttpMessage | tuple[int, int], log: FidelityWarnings, damaged_at: list[int]
) -> TypeGuard[HttpMessage]:
    if isinstance(one, HttpMessage):
        return True
    damaged_at.append(one[0])
    log.add("http-garbage", "parts of the stream are not HTTP; see the raw view")
    return False


def _statement(
    sent: PayloadBuffer, request: HttpMessage, received: PayloadBuffer, response: HttpMessage | None
) -> Statement:
    event, time = sent.locate(request.start)
    method, target, _ = request.line
    details: dict[str, object] = {
        "host": request.header("host"),
        "request_headers": _headers(request),
        "request_size": request.size,
        "request_type": request.header("content-type"),
    }
    if request.body:
        details["request_body"] = body_text(sent, request)
    if response is None:
        return Statement(
            time, "http", f"{method} {target}", None, None, False, event, method, details, "no response recorded"
        )
    began, ended = received.time(response.start), received.time(max(response.start, response.end - 1))
    details |= {
        "status": int(response.line[1]),
        "reason": response.line[2],
        "size": response.size,
        "content_type": response.header("content-type"),
        "response_headers": _headers(response),
        "response_time": began,
    }
    if response.body:
        details["response_body"] = body_text(received, response)
    span = max(0.0, ended - time)
    return Statement(time, "http", f"{method} {target}", None, span, False, event, method, details)


def _headers(message: HttpMessage) -> list[tuple[str, str]]:
    return [(name, REDACTED_TEXT if is_credential(name, value) else value) for name, value in message.headers]


def body_text(payloads: PayloadBuffer, message: HttpMessage) -> str:
    """Return the body as text, decompressed if it is gzip or deflate; a binary body is described by its size."""
    parts, left = [], MAX_BODY_BYTES
    for start, end in message.body:
        parts.append(payloads.data[start : min(end, start + left)])
        left -= len(parts[-1])
        if left <= 0:
            break
    body = b"".join(parts)
    if message.header("content-encoding").lower() in ("gzip", "x-gzip", "deflate"):
        body = _decompress(body)
    text = body.decode("utf-8", "replace")
    if b"\0" in body or text.count("\ufffd") * 10 > len(text):
        return f"(binary, {message.size} bytes)"
    return text if left > 0 else text + "\u2026"


def _decompress(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(body, MAX_BODY_BYTES)
    except zlib.error:
        return body
