"""Output whose effect depends on the terminal's state in ways that the emulator's library does not implement.

- Marked control functions are carried out.
- In DEC special graphics, `_` is a blank; the library draws it.
- BS and CUB inside the side margins stop at the left one; the library ignores it.

The result does not depend on how the output is cut, as long as no sequence is cut.
"""

from __future__ import annotations

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.control_functions import MARKED, carry_out, move_back
from replay_tui.terminal.native_terminal import SIDE_MARGINS, NativeTerminal
from replay_tui.terminal.sequence_rewrites import MARK

_GRAPHICS = lazy_compile(rb"\x1b[()*+]0")
_CHARSET = lazy_compile(
    rb"_+|(?P<set>\x1b(?P<slot>[()*+])(?P<charset>[0-~]))|(?P<shift>[\x0e\x0f])"
    rb"|(?P<other>\x1b(?:[no78c~}|]|[()*+][ -/]|\[(?:[su]|\?[0-9;]*[hlr])))"
)
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
    at, left = 0, terminal.drawing_state().left
    for found in _LEFTWARD.finditer(data):
        is_move = found["back"] is not None
        if is_move and not left:
            continue
        end = found.start() if is_move else found.end()
        _write_graphics(terminal, data[at:end])
        if is_move:
            count = len(found[0]) if found["count"] is None else int(found["count"].lstrip(b"0")[:9] or 1)
            move_back(terminal, count)
            end = found.end()
        else:
            left = terminal.drawing_state().left
        at = end
    _write_graphics(terminal, data[at:])


def _write_graphics(terminal: NativeTerminal, data: bytes) -> None:
    """Write `data` with blanks for each `_` that is drawn in DEC special graphics."""
    if b"_" not in data:
        terminal.write_native(data)
        return
    state = terminal.drawing_state()
    if b"0" not in state.charsets and not _GRAPHICS.search(data):
        terminal.write_native(data)
        return
    parts: list[bytes] = []
    at = 0
    is_blank: bool | None = state.draws_graphics
    for found in _CHARSET.finditer(data):
        if found.lastgroup:
            is_blank = None  # unknown until asked for
        else:
            if is_blank is None:
                terminal.write_native(b"".join([*parts, data[at : found.start()]]))
                parts, at = [], found.start()
                is_blank = terminal.drawing_state().draws_graphics
            if is_blank:
                parts += data[at : found.start()], b" " * len(found[0])
                at = found.end()
    terminal.write_native(b"".join([*parts, data[at:]]))
