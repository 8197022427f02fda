"""Typed input as keys that can be read: `ls Return`, `^C`, `Up`; for the overlay beside the screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.text import sanitize

_NAMES = {
    b"\r": "⏎", b"\n": "⏎", b"\t": "⇥", b"\x7f": "⌫", b"\x08": "⌫", b"\x1b": "Esc",
    b"\x1b[A": "↑", b"\x1b[B": "↓", b"\x1b[C": "→", b"\x1b[D": "←", b"\x1bOA": "↑", b"\x1bOB": "↓", b"\x1bOC": "→",
    b"\x1bOD": "←", b"\x1b[H": "Home", b"\x1b[F": "End", b"\x1bOH": "Home", b"\x1bOF": "End", b"\x1b[3~": "Del",
    b"\x1b[2~": "Ins", b"\x1b[5~": "PgUp", b"\x1b[6~": "PgDn", b"\x1b[Z": "⇤", b"\x1b[200~": "[paste ",
    b"\x1b[201~": " paste]",
}  # fmt: skip
_KEY = re.compile(
    rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1bO[@-~]|\x1b[ -~]?|[\xc0-\xf7][\x80-\xbf]{1,3}|[\x00-\xff]", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class DisplayKey:
    """A key as shown, and whether it is plain text (which is written without gaps)."""

    label: str
    is_text: bool


def display_keys(data: bytes) -> list[DisplayKey]:
    """The keys in a piece of input; terminal replies and mouse reports are left out."""
    keys = []
    for match in _KEY.finditer(data[:4096]):
        raw = match[0]
        if raw in _NAMES:
            keys.append(DisplayKey(_NAMES[raw], False))
        elif len(raw) == 1 and raw[0] < 0x20:
            keys.append(DisplayKey(f"^{chr(raw[0] + 64)}", False))
        elif raw.startswith(b"\x1b"):
            if len(raw) == 2:
                keys.append(DisplayKey(f"Alt+{chr(raw[1])}", False))
            elif raw[-1:] in b"~ABCDFHPQRS" and not raw.startswith((b"\x1b[<", b"\x1b[?", b"\x1b[>")) and len(raw) < 8:
                keys.append(DisplayKey(sanitize(raw[1:].decode("ascii", "replace")), False))
        else:
            keys.append(DisplayKey(sanitize(raw.decode("utf-8", "replace")), True))
    return keys


def recent_keys(
    stream: EventStream,
    count: int,
    masked: Callable[[int, bytes], bytes] = lambda _, data: data,
    *,
    seconds: float = 12.0,
    most: int = 400,
) -> list[DisplayKey]:
    """The keys typed in the `seconds` before the end of the first `count` events, at most the last `most` events.

    `masked` hides secrets: it gets an event's index and payload.
    """
    if not count:
        return []
    since = stream.times[count - 1] - seconds
    found: list[bytes] = []
    for index in range(count - 1, max(-1, count - 1 - 4000), -1):
        if stream.times[index] < since or len(found) >= most:
            break
        if stream.kind(index) == "i":
            found.append(masked(index, stream.data(index)))
    return display_keys(b"".join(reversed(found))[-2000:])
