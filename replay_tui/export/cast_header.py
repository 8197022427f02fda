"""Header of an exported asciicast: the members of a source's header are kept, in the form of the written version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.terminal_size import TerminalSize

_DERIVED = frozenset(("version", "width", "height", "term", "theme", "timestamp", "duration", "stdout", "title"))
"""Members that are written from the recording, or in another place."""


def cast_header(
    version: int,
    size: TerminalSize,
    *,
    title: str,
    start: int | None,
    source: object,
    redact: Callable[[str], str],
) -> dict[str, Any]:
    """Return the header of an asciicast of `version` 2 or 3.

    `title` is already redacted; `start` is an epoch time in seconds; `source` is the header of the recording's own
    asciicast, if it was one. Its strings pass through `redact`.
    """
    known = _redacted(source, redact) if isinstance(source, dict) else {}
    term = known.get("term")
    term = dict(term) if isinstance(term, dict) else {}
    theme = term.pop("theme", None) or known.get("theme")
    env = known.get("env")
    converts = (known.get("version") == 3) != (version == 3)
    header: dict[str, Any] = {"version": version}
    if version == 3:
        term |= {"cols": size.cols, "rows": size.rows}
        if converts and "type" not in term and isinstance(env, dict) and isinstance(env.get("TERM"), str):
            term["type"] = env["TERM"]
        header["term"] = term | ({"theme": theme} if theme is not None else {})
    else:
        header |= {"width": size.cols, "height": size.rows}
        header |= {"theme": theme} if theme is not None else {}
    if start is not None:
        header["timestamp"] = start
    header |= {name: value for name, value in known.items() if name not in _DERIVED}
    if converts and version == 2 and isinstance(term.get("type"), str):
        kept = env if isinstance(env, dict) else {}
        header["env"] = {"TERM": term["type"], **kept}
    return header | ({"title": title} if title else {})


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return sanitize(redact(value))
    if isinstance(value, dict):
        return {_redacted(name, redact): _redacted(item, redact) for name, item in value.items()}
    return [_redacted(item, redact) for item in value] if isinstance(value, list) else value
