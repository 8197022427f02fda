"""Labels of typed keys, such as `ls`, `⏎`, `^C`, `↑`, for the keystroke overlay."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.event_stream import EventStream
from replay_tui.terminal.input_keys import PASTE_END, PASTE_START, plain_key, tokenize_input

_NAMES = {
    b"\r": "⏎", b"\n": "⏎", b"\t": "⇥", b"\x7f": "⌫", b"\x08": "⌫", b"\x1b": "Esc",
    b"\x1b[A": "↑", b"\x1b[B": "↓", b"\x1b[C": "→", b"\x1b[D": "←", b"\x1bOA": "↑", b"\x1bOB": "↓", b"\x1bOC": "→",
    b"\x1bOD": "←", b"\x1b[H": "Home", b"\x1b[F": "End", b"\x1bOH": "Home", b"\x1bOF": "End", b"\x1b[3~": "Del",
    b"\x1b[2~": "Ins", b"\x1b[5~": "PgUp", b"\x1b[6~": "PgDn", b"\x1b[Z": "⇤", PASTE_START: "[paste ",
    PASTE_END: " paste]",
}  # fmt: skip
_SHOWN_FINALS = frozenset(b"~ABCDFHPQRS")
"""Final bytes of cursor and function keys."""
_MAX_KEY_BYTES = 7
MAX_INPUT_BYTES, MAX_SHOWN_BYTES = 4096, 2000
_MAX_LOOKBACK_EVENTS = 4000


class DisplayKey(Struct, frozen=True):
    """Label of a key. `is_text` is True for plain text, which is displayed without gaps."""

    label: str
    is_text: bool


def display_keys(data: bytes) -> list[DisplayKey]:
    """Return the keys of a piece of input without terminal replies and mouse reports.

    Only the first `MAX_INPUT_BYTES` bytes are read.
    """
    keys: list[DisplayKey] = []
    for token in tokenize_input(data[:MAX_INPUT_BYTES]):
        raw = plain_key(token[0])
        if not raw:  # a released key
            continue
        if raw[0] >= 0x20 and raw != b"\x7f":
            keys += [DisplayKey(sanitize(char), True) for char in raw.decode("utf-8", "replace")]
        elif label := _label(raw):
            keys.append(DisplayKey(label, False))
    return keys


def _label(raw: bytes) -> str:
    """Return the label of a control key, empty for a sequence that no known key sends."""
    if raw in _NAMES:
        return _NAMES[raw]
    if len(raw) == 1:
        return f"^{chr(raw[0] + 64)}"
    if len(raw) == 2:
        return f"Alt+{_label(raw[1:]) if raw[1] < 0x20 or raw[1] == 0x7F else chr(raw[1])}"
    is_private = raw.startswith((b"\x1b[<", b"\x1b[?", b"\x1b[>"))
    if raw[-1] in _SHOWN_FINALS and not is_private and len(raw) <= _MAX_KEY_BYTES:
        return sanitize(raw[1:].decode("ascii", "replace"))
    return ""


def recent_keys(
    stream: EventStream,
    count: int,
    redact: Callable[[int, bytes], bytes] = lambda _, data: data,
    *,
    seconds: float = 12.0,
    max_events: int = 400,
) -> list[DisplayKey]:
    """Return the keys typed in the `seconds` before the end of the first `count` events, at most `max_events` events.

    `redact` replaces hidden input: it is called with an event's index and payload.
    """
    if not count:
        return []
    since = stream.times[count - 1] - seconds
    found: list[bytes] = []
    for index in range(count - 1, max(-1, count - 1 - _MAX_LOOKBACK_EVENTS), -1):
        if stream.times[index] < since or len(found) >= max_events:
            break
        if stream.kind(index) == "i":
            found.append(redact(index, stream.data(index)))
    return display_keys(b"".join(reversed(found))[-MAX_SHOWN_BYTES:])
