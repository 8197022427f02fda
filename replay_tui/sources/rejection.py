"""Rejection of input that is not a session: one sentence that names what the source looks like and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import Session, SessionFields
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.foreign_formats import (
    EXPECTED,
    OPEN_SESSION,
    ForeignFormat,
    identify_bytes,
    identify_element,
    identify_log,
    identify_object,
)
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, skip_space, value_end

MIN_FIELDS = 3
"""Documented fields of the right type that make a JSON object a session without a stream."""
_KNOWN = frozenset(SessionFields.model_fields)
_COMMON = frozenset(
    ("id", "user", "user_id", "user_name", "type", "status", "metadata", "labels", "metrics", "script", "connection")
)
"""Fields that logs of other programs have too."""
_WORDS = {"verb": ("exec", "connect"), "status": ("open", "ready", "done"), "identity_type": ("user", "machine")}
"""Values by field; words of a newer gateway are read, but identify no session."""
_DOWNLOAD_KEYS = frozenset(("time", "type", "stream"))
_CAST_KEYS = frozenset(
    ("version", "width", "height", "timestamp", "duration", "idle_time_limit", "command", "title", "env", "theme",
     "term", "tags", "stdout", "child_pid")
)  # fmt: skip
_MAX_ELEMENTS = 8
HEAD_BYTES = 4096


def quoted(name: str) -> str:
    """Return a source's name, sanitised and truncated, with quotes around a file name."""
    return "Standard input" if name == "standard input" else f"'{truncate(sanitize(name), 200)}'"


def require_session_object(members: dict[str, Any], window: ByteBuffer, name: str, *, truncated: bool) -> None:
    """Raise `UnreadableSource` unless `members` are those of a session without a stream.

    `window` is at the end of the object, `truncated` if the object is incomplete.
    """
    message = members.get("message")
    if isinstance(message, str) and members.keys() <= {"message", "status", "error", "code"}:
        raise UnreadableSource(
            f"{quoted(name)} holds a gateway's error, not a session: {truncate(sanitize(message).strip(), 300)}"
        )
    if isinstance(members.get("data"), list) and not members.keys() & (_KNOWN - {"data"}):
        raise UnreadableSource(f"{quoted(name)} holds a gateway's list of sessions, not one session; {OPEN_SESSION}.")
    if "download_url" in members:
        raise UnreadableSource(
            f"{quoted(name)} holds a download link, not a session; open the link within its five minutes and save that."
        )
    window.fill(HEAD_BYTES)
    following = b"" if truncated else bytes(window.buf[:HEAD_BYTES])
    fields = _typed_fields(members)
    distinctive = len(fields - _COMMON)
    if distinctive <= MIN_FIELDS and (found := identify_object(members, following)):
        if truncated and found.name.startswith("an asciicast"):  # the missing member may be in the missing part
            raise UnreadableSource(f"{quoted(name)} is incomplete and contains no event; save it again.")
        _reject(found, name)
    log = identify_log(members, following)
    if len(fields) >= MIN_FIELDS and (not log or distinctive >= 2):
        return
    if log:
        _reject(log, name)
    if truncated:
        raise UnreadableSource(f"{quoted(name)} is incomplete and contains no part of a session; save it again.")
    raise UnreadableSource(f"{quoted(name)} is JSON but not a session; {EXPECTED}.")


def _typed_fields(members: dict[str, Any]) -> set[str]:
    """Return the documented fields that have the right type. Null counts for a name that only sessions have."""
    session = Session.parse({name: value for name, value in members.items() if name in _KNOWN})
    invalid = {name.partition(".")[2] for name in session.invalid_fields}
    found = {"event_stream"} & members.keys()
    for name in members.keys() & _KNOWN - invalid:
        value = members[name]
        if value is None:
            found |= {name} - _COMMON
        elif name not in _WORDS or value in _WORDS[name]:
            found.add(name)
    return found


def is_cast_start(header: dict[str, Any], window: ByteBuffer) -> bool:
    """Return True if an asciicast's events follow a header in `window`, or if it has an asciicast's fields.

    A header without events may have one field of its recorder besides them.
    """
    if header.get("version") == 1:
        return isinstance(header.get("stdout"), list)
    try:
        return window.buf[skip_space(window, 0)] != 0x7B or header.keys() <= _CAST_KEYS
    except UnexpectedEnd:
        return len(header.keys() - _CAST_KEYS) <= 1


def reject_list(window: ByteBuffer, name: str) -> None:
    """Raise `UnreadableSource` unless one of the first elements of the array in `window` is an event of a download."""
    first: Any = None
    try:
        for number, raw in enumerate(_elements(window)):
            try:
                element = decode_value(raw)
            except ValueError:
                element = None
                if _mentions_event(raw):
                    return
            if _is_download_event(element):
                return
            first = element if number == 0 else first
    except UnexpectedEnd:
        if _mentions_event(bytes(window.buf[1:])):
            return
        if first is None:
            raise UnreadableSource(f"{quoted(name)} is incomplete and contains no event; save it again.") from None
    else:
        if first is None and window.buf[skip_space(window, 1)] == 0x5D:
            _reject(ForeignFormat("an empty JSON list"), name)
    if isinstance(first, dict) and not identify_object(first) and _is_session(first):
        raise UnreadableSource(f"{quoted(name)} holds a list of sessions, not one session; {OPEN_SESSION}.")
    _reject(identify_element(first), name)


def _is_session(members: dict[str, Any]) -> bool:
    fields = _typed_fields(members)
    return len(fields) >= 2 and len(fields - _COMMON) >= 2 * bool(identify_log(members))


def _elements(window: ByteBuffer) -> Iterator[bytes]:
    """Yield the first elements of the array in `window`, as far as they are separated by commas."""
    pos = skip_space(window, 1)
    for _ in range(_MAX_ELEMENTS):
        if window.buf[pos] == 0x5D:
            return
        end = value_end(window, pos)
        yield bytes(window.buf[pos:end])
        pos = skip_space(window, end)
        if window.buf[pos] != 0x2C:
            return
        pos = skip_space(window, pos + 1)


def _is_download_event(element: Any) -> bool:
    """Return True for `{"time": RFC 3339, "type": "o", "stream": text}`, in which one value may be damaged."""
    if not isinstance(element, dict):
        return False
    time, kind = element.get("time"), element.get("type")
    right = [
        isinstance(time, str) and time[4:5] == "-" and "T" in time,
        isinstance(kind, str) and len(kind) == 1,
        isinstance(element.get("stream"), str),
    ]
    return all(right) or (sum(right) == 2 and element.keys() <= _DOWNLOAD_KEYS)


def _mentions_event(raw: bytes) -> bool:
    return raw.lstrip().startswith(b"{") and sum(b'"%s"' % key.encode() in raw for key in _DOWNLOAD_KEYS) >= 2


def reject_start(window: ByteBuffer, name: str) -> NoReturn:
    """Raise `UnreadableSource` for a source that does not start with a JSON object or array."""
    window.fill(HEAD_BYTES)
    _reject(identify_bytes(bytes(window.buf[:HEAD_BYTES])), name)


def _reject(found: ForeignFormat, name: str) -> NoReturn:
    raise UnreadableSource(f"{quoted(name)} is {found.name}, not a session; {found.advice}.")
