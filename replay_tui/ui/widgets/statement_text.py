"""Text of a complete statement: its query, bound parameters, and the decoder's details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from replay_tui.decoders.sql.format import format_sql
from replay_tui.decoders.sql.text_decoder import DIALECTS
from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.statement import Statement
from replay_tui.domain.times import format_time
from replay_tui.ui.widgets.highlight import highlight_code

FORMAT_RANGE_CHARS = 80, 1000
"""Lengths of single-line SQL that is formatted: shorter is readable, longer takes more than some milliseconds."""
_LANGUAGE = {"shell": "bash", "http": "text", "mcp": "json", "script": "text"}
_MAX_BODY_CHARS = 20_000
"""Shown length of a body or a value; the raw pane has the complete bytes."""
_TIME_DETAILS = {"typed_from", "response_time"}
"""Details that are times, in seconds."""
_HTTP_DETAILS = {
    "host", "request_headers", "request_size", "request_type", "request_body", "status", "reason", "size",
    "content_type", "response_headers", "response_time", "response_body",
}  # fmt: skip


def language_of_statement(statement: Statement, otherwise: str) -> str:
    """Return the name of the Pygments lexer for a statement; `otherwise` is the one of the session."""
    return _LANGUAGE.get(statement.kind, otherwise)


def statement_text(statement: Statement, language: str, *, dark: bool, hidden_input: str | None = None) -> Text:
    """Return the complete text of a statement; `hidden_input` is its input while that is revealed."""
    spoken = language_of_statement(statement, language)
    text = highlight_code(_formatted(statement.text, spoken), spoken, dark)
    for position, value in enumerate(statement.params or (), start=1):
        text.append(f"\n${position} = ", "dim")
        text.append("NULL" if value is None else _shortened(value), "italic" if value is None else "")
    details = statement.details
    if "request_headers" in details:
        _exchange(text, details, dark)
        details = {name: value for name, value in details.items() if name not in _HTTP_DETAILS}
    for name, value in details.items():
        if value not in (None, "", [], {}):
            text.append(f"\n{sanitize(name).replace('_', ' ')}  ", "dim")
            text.append(_detail(name, value))
    if hidden_input is not None:
        text.append("\nhidden input  ", "dim")
        text.append(sanitize(hidden_input), "bold reverse")
    if statement.note and "source" not in details:  # the source says the same, with the reason
        text.append(f"\n{sanitize(statement.note)}", "italic dim")
    return text


def _detail(name: str, value: object) -> str:
    if name in _TIME_DETAILS and isinstance(value, float):
        return format_time(value)
    if isinstance(value, Mapping):
        return _shortened("; ".join(f"{key} {inner}" for key, inner in value.items()))
    return _shortened(str(value))


def _shortened(value: str) -> str:
    """Return the sanitised start of a value."""
    return truncate(sanitize(value[: _MAX_BODY_CHARS + 1], keep_newlines=True), _MAX_BODY_CHARS)


def _formatted(text: str, language: str) -> str:
    """Return long single-line SQL formatted over several lines; copies and exports keep the original."""
    one_line = "\n" not in text and FORMAT_RANGE_CHARS[0] <= len(text) <= FORMAT_RANGE_CHARS[1]
    return format_sql(text) if one_line and language in DIALECTS.values() else text


def _exchange(text: Text, details: Mapping[str, object], dark: bool) -> None:
    """Append a request and its response: one line per header, bodies highlighted by content type."""
    _headers(text, details["request_headers"])
    _body(text, details.get("request_body"), details.get("request_type"), dark)
    if "status" in details:
        status = details["status"]
        good = isinstance(status, int) and status < 400
        text.append(
            f"\n\n{sanitize(status)} {sanitize(details.get('reason') or '')}", "bold" if good else "bold reverse"
        )
        text.append(f"  {sanitize(details.get('size') or 0)} bytes", "dim")
        _headers(text, details.get("response_headers"))
        _body(text, details.get("response_body"), details.get("content_type"), dark)


def _headers(text: Text, headers: object) -> None:
    for header in headers if isinstance(headers, Sequence) and not isinstance(headers, str) else ():
        name, value = header
        text.append(f"\n{sanitize(name)}: ", "dim")
        text.append(_shortened(str(value)).replace("\n", " "))


def _body(text: Text, body: object, kind: object, dark: bool) -> None:
    if body:
        language = next((name for name in ("json", "html", "xml") if name in str(kind)), "text")
        text.append("\n\n")
        text.append_text(highlight_code(truncate(str(body), _MAX_BODY_CHARS), language, dark))
