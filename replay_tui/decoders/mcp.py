"""Decoder for MCP sessions: tool calls, from JSON-RPC requests (bare or inside HTTP) or one JSON record per call.

Format: Model Context Protocol, `tools/call` with `params.name` and `params.arguments`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.http.decoder import decode_http
from replay_tui.decoders.http.parser import REQUEST
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads, output_payloads
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement

_TOOL_KEYS = ("tool", "tool_name", "toolName", "name")
_INPUT_KEYS = ("arguments", "tool_input", "input", "params", "args")
_MAX_JSON_BYTES = 8 << 20


def decode_mcp(session: Session, stream: EventStream) -> DecodeResult:
    """Return one statement per request or tool call: `verb` is the method, `text` the tool and its JSON arguments.

    `details["response"]` is the JSON text of the response with the same id, `response_time` when it arrived (seconds).
    """
    payloads = input_payloads(stream)
    if REQUEST.match(payloads.data):
        result = decode_http(session, stream)
        result.statements = [_describe_http_request(row) for row in result.statements]
        result.decoder = "mcp"
        return result
    log = FidelityWarnings()
    received = output_payloads(stream)
    statements = _decode_calls(payloads, _responses(received, log), log)
    if not statements:
        statements = _decode_calls(received, {}, log)
    return DecodeResult(statements, list(log.warnings), decoder="mcp")


def _decode_calls(
    payloads: PayloadBuffer, responses: Mapping[str, tuple[float, str]], log: FidelityWarnings
) -> list[Statement]:
    """Return the calls in `payloads`. `responses` are the time and the JSON text of each response, by the id's JSON."""
    out = StatementBuilder()
    for event, start, item in _iter_records(payloads, log):
        if described := describe_call(item):
            verb, text, details = described
            time = payloads.time(start)
            answered, response = responses.get(_json_text(item.get("id")), (time, ""))
            out.add(
                time,
                "mcp",
                text,
                event=event,
                verb=verb,
                details=details | ({"response": response, "response_time": max(time, answered)} if response else {}),
            )
    return out.close()


def _responses(payloads: PayloadBuffer, log: FidelityWarnings) -> dict[str, tuple[float, str]]:
    found: dict[str, tuple[float, str]] = {}
    for _event, start, item in _iter_records(payloads, log):
        if isinstance(item, dict) and item.get("id") is not None and ("result" in item or "error" in item):
            text = _json_text(item["result"] if "result" in item else {"error": item["error"]})
            found.setdefault(_json_text(item["id"]), (payloads.time(start), text))
    return found


def _iter_records(payloads: PayloadBuffer, log: FidelityWarnings) -> Iterator[tuple[int, int, Any]]:
    """Yield (event, start, record) of the JSON in each event: one value, a batch of values, or a value in each line."""
    for event, start, value in _iter_values(payloads, log):
        for item in value if isinstance(value, list) else [value]:
            yield event, start, item


def _iter_values(payloads: PayloadBuffer, log: FidelityWarnings) -> Iterator[tuple[int, int, Any]]:
    for event, start, end in payloads:
        data = payloads.data[start:end]
        value = _parse_json(data)
        if value is not None:
            yield event, start, value
            continue
        for line in data.splitlines():
            text = line.removeprefix(b"data:").strip()
            if text[:1] in (b"{", b"["):
                value = _parse_json(text)
                if value is None:
                    log.add("not-json", "records are not valid JSON; see the raw view")
                else:
                    yield event, start, value


def _parse_json(data: bytes) -> Any:
    if len(data) > _MAX_JSON_BYTES or not data.strip().startswith((b"{", b"[")):
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def describe_call(item: Any) -> tuple[str, str, dict[str, Any]] | None:
    """Return (verb, text, details) of a request or call record, None for responses and other values."""
    if not isinstance(item, dict):
        return None
    method = item.get("method")
    if isinstance(method, str):
        params = item.get("params")
        if method == "tools/call" and isinstance(params, dict):
            text = f"{params.get('name', '')} {_json_text(params.get('arguments', {}))}"
            return method, text, {"tool": str(params.get("name", ""))}
        return method, method if params in (None, {}) else f"{method} {_json_text(params)}", {}
    tool = next((item[key] for key in _TOOL_KEYS if isinstance(item.get(key), str)), None)
    if tool is None:
        return None
    arguments: Any = next((item[key] for key in _INPUT_KEYS if key in item), {})
    details = {"tool": tool} | {key: item[key] for key in ("status", "is_error", "error", "duration_ms") if key in item}
    return "tools/call", f"{tool} {_json_text(arguments)}", details


def _json_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "(nested too deeply)"


def _describe_http_request(row: Statement) -> Statement:
    """Return the statement of an HTTP request described by the JSON-RPC call in its body, if it has one."""
    described = describe_call(_parse_json(str(row.details.get("request_body", "")).encode("utf-8", "replace")))
    if described is None:
        return row
    verb, text, details = described
    return row.changed(kind="mcp", verb=verb, text=text, details=row.details | details | {"request": row.text})
