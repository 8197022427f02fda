"""Error messages for input that is not a session: what the source contains, and what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import SessionFields
from replay_tui.domain.text import sanitize, truncate
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.json_scanner import UnexpectedEnd, decode_value, skip_space, value_end

_KNOWN = frozenset(SessionFields.model_fields)
_LIST_HINT = "`replay-tui list` shows such lists, `replay-tui ID` opens one of their sessions"
_EXPECTED_HINT = "name a gateway's JSON answer, its json download, or an asciicast"


def quoted(name: str) -> str:
    """Return a source's name, sanitised and truncated, with quotes around a file name."""
    return "Standard input" if name == "standard input" else f"'{truncate(sanitize(name), 200)}'"


def require_session_object(members: dict[str, Any], name: str, *, truncated: bool) -> None:
    """Raise `UnreadableSource` unless `members` contains a session field. `truncated`: the object is incomplete."""
    message = members.get("message")
    if isinstance(message, str) and members.keys() <= {"message", "status", "error", "code"}:
        raise UnreadableSource(
            f"{quoted(name)} holds a gateway's error, not a session: {truncate(sanitize(message).strip(), 300)}"
        )
    if isinstance(members.get("data"), list) and not members.keys() & (_KNOWN - {"data"}):
        raise UnreadableSource(f"{quoted(name)} holds a gateway's list of sessions, not one session; {_LIST_HINT}.")
    if "download_url" in members:
        raise UnreadableSource(
            f"{quoted(name)} holds a download link, not a session; open the link within its five minutes and save that."
        )
    if members.keys() & _KNOWN and not {"email", "is_admin"} <= members.keys():  # what `GET /userinfo` answers
        return
    if truncated:
        raise UnreadableSource(f"{quoted(name)} is incomplete and contains no part of a session; save it again.")
    raise UnreadableSource(f"{quoted(name)} is JSON but not a session; {_EXPECTED_HINT}.")


def reject_list(window: ByteBuffer, name: str) -> None:
    """Raise `UnreadableSource` if the first element of the array in `window` is not one of a download."""
    try:
        pos = skip_space(window, 1)
        if window.buf[pos] == 0x5D:
            return
        raw = bytes(window.buf[pos : value_end(window, pos)])
    except UnexpectedEnd:
        raw = bytes(window.buf[1:])
        if raw.lstrip().startswith(b"{") and any(key in raw for key in (b'"stream"', b'"time"')):
            return
        raise UnreadableSource(f"{quoted(name)} is incomplete and contains no event; save it again.") from None
    try:
        first = decode_value(raw)
    except ValueError:
        first = None
        if raw.startswith(b"{") and b'"stream"' in raw:
            return
    if isinstance(first, dict):
        if first.keys() & {"stream", "time"}:
            return
        if first.keys() & _KNOWN:
            raise UnreadableSource(f"{quoted(name)} holds a list of sessions, not one session; {_LIST_HINT}.")
    raise UnreadableSource(f"{quoted(name)} is JSON but not a session; {_EXPECTED_HINT}.")


def reject_start(window: ByteBuffer, name: str) -> NoReturn:
    """Raise `UnreadableSource` for a source that does not start with a JSON object or array."""
    window.fill(512)
    head = bytes(window.buf[:512])
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "is UTF-16 text; save it as UTF-8"
    elif b"\0" in head or sum(byte < 0x20 and byte not in b"\t\n\r\f\x1b" for byte in head) * 10 > len(head):
        what = f"is a binary file, not a session; {_EXPECTED_HINT}"
    elif head.lstrip().startswith(b"<"):
        what = f"is a web page or XML, not a session; {_EXPECTED_HINT}"
    else:
        what = f"is not JSON; {_EXPECTED_HINT}"
    raise UnreadableSource(f"{quoted(name)} {what}.")
