"""Output whose effect depends on the terminal's state in ways that the emulator's library does not implement.

- Marked control functions are carried out.
- In DEC special graphics, `_` is a blank; the library draws it.
- BS and CUB inside the side margins stop at the left one; the library ignores it.

The result does not depend on how the output is cut, as long as no sequence is cut.
"""

from __future__ import annotations

import re

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.control_functions import MARKED, carry_out, move_back
from replay_tui.terminal.native.native_terminal import SIDE_MARGINS, NativeTerminal
from replay_tui.terminal.sequence_rewrites import MARK

_CHARSET = lazy_compile(
    rb"(?P<blanks>_+)|\x1b(?P<slot>[()*+])(?P<charset>[0-~])|(?P<shift>[\x0e\x0f]|\x1b[no])"
    rb"|\x1b(?:[8c]|[()*+][ -/]|\[(?:u|\?[0-9;]*[hlr]))"
)
"""Underscores, and sequences that select a character set; the last ones restore one that was saved."""
_SLOTS = {b"\x0f": b"(", b"\x0e": b")", b"\x1bn": b"*", b"\x1bo": b"+"}
"""Slot of the character set that each shift selects."""
_LEFTWARD = lazy_compile(rb"(?P<back>\x08+|\x1b\[(?P<count>[0-9]*)D)|\x1b(?:\[(?:[0-9;]*s|\?[0-9;]*[hl])|c)")


def write_carefully(terminal: NativeTerminal, data: bytes) -> None:
    """Write `data`, in which `MARK` precedes control functions."""
    at = 0
    for marked in MARKED.finditer(data) if MARK in data else ():
        _write_text(terminal, data[at : marked.start()])
        carry_out(terminal, marked)
        at = marked.end()
    _write_text(terminal, data[at:])


def _write_text(terminal: NativeTerminal, data: bytes) -> None:
    if terminal.mode(SIDE_MARGINS):
        _write_within_margins(terminal, data)
    elif data:
        _write_graphics(terminal, data)


def _write_within_margins(terminal: NativeTerminal, data: bytes) -> None:
    """Write `data`, moving back no further than to the left margin."""
    at = 0
    left: int | None = None  # unknown
    for found in _LEFTWARD.finditer(data):
        is_move = found["back"] is not None
        if is_move and left is None:
            _write_graphics(terminal, data[at : found.start()])
            at, left = found.start(), terminal.drawing_state().left
        if is_move and not left:
            continue
        end = found.start() if is_move else found.end()
        _write_graphics(terminal, data[at:end])
        if is_move:
            count = len(found[0]) if found["count"] is None else int(found["count"].lstrip(b"0")[:9] or 1)
            move_back(terminal, count, left or 0)
            end = found.end()
        else:
            left = None
        at = end
    _write_graphics(terminal, data[at:])


class _Charsets:
    """The slots that have the set of line drawing, and the slot in use, as far as control sequences tell."""

    def __init__(self, terminal: NativeTerminal) -> None:
        self._graphics: set[bytes] = set()
        self._slot = b"("
        for found in _CHARSET.finditer(terminal.drawing_state().charsets):
            self.select(found)

    @property
    def draws_graphics(self) -> bool:
        """Whether ASCII characters are drawn as DEC special graphics."""
        return self._slot in self._graphics

    def select(self, found: re.Match[bytes]) -> bool:
        """Apply a match of `_CHARSET`; return False if only the terminal knows its effect."""
        if found["shift"]:
            self._slot = _SLOTS[found["shift"]]
        elif found["slot"] and found["charset"] == b"0":
            self._graphics.add(found["slot"])
        elif found["slot"]:
            self._graphics.discard(found["slot"])
        else:
            return False
        return True


def _write_graphics(terminal: NativeTerminal, data: bytes) -> None:
    """Write `data` with blanks for each `_` that is drawn in DEC special graphics."""
    if b"_" not in data or not terminal.extended.uses_graphics:
        terminal.write_native(data)
        return
    parts: list[bytes] = []
    at, known = 0, True
    charsets = _Charsets(terminal)
    for found in _CHARSET.finditer(data):
        if not found["blanks"]:
            known = charsets.select(found) and known
            continue
        if not known:
            terminal.write_native(b"".join([*parts, data[at : found.start()]]))
            parts, at, known, charsets = [], found.start(), True, _Charsets(terminal)
        if charsets.draws_graphics:
            parts += data[at : found.start()], b" " * len(found[0])
            at = found.end()
    terminal.write_native(b"".join([*parts, data[at:]]))
