"""Serialised terminal state: control sequences and text that restore it in a new terminal of the same size.

State that the emulator does not expose (pen, scrolling region, character sets, tab stops, saved cursor) is found by
probing a copy. Not restored: hyperlinks, and which rows are wrapped (a later resize does not join them).

An exported range starts with this state, and with a control sequence that was incomplete at its start.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from replay_tui.domain.display_text import char_width
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.domain.terminal_theme import BACKGROUND, CURSOR, FOREGROUND
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.screen import PLAIN, Pen, Screen
from replay_tui.terminal.stream_renderer import StreamRenderer
from replay_tui.terminal.vt_dump import sgr

_MODES = (5, 7, 45, 2027)
"""DEC private modes that affect drawing."""
_MOVE_TO_LAST_CELL = b"\x1b[?6h\x1b[999;999H"


class _DrawingState(NamedTuple):
    """State that affects how the next characters are drawn."""

    pen: Pen
    graphics: str
    insert: bool


def serialize_terminal_state(emulator: Emulator) -> str:
    """Return the state as control sequences and text; only the screen if the emulator cannot be copied now.

    An emulator cannot be copied within an over-long control sequence.
    """
    snapshot = emulator.snapshot()
    if snapshot is None:
        return _screen_text(emulator.screen()) + _move_to(emulator.cursor)
    parts = []
    if emulator.alt:
        switch = next((mode for mode in (1049, 1047, 47) if emulator.mode(mode)), 1049)
        primary = Emulator.restore(snapshot)
        primary.feed(f"\x1b[?{switch}l".encode())
        below = primary.screen()
        parts += [_screen_text(below), _cursor(primary, below, snapshot), _drawing_state(primary), f"\x1b[?{switch}h"]
        parts.append("\x1b[0m\x0f\x1b(B\x1b)B")
    screen = emulator.screen()
    parts += [_screen_text(screen), _palette(screen), _tabs(snapshot, screen.cols), _saved_cursor(snapshot)]
    fresh = Emulator(*emulator.size)
    changed = {mode: emulator.mode(mode) for mode in _MODES if emulator.mode(mode) != fresh.mode(mode)}
    parts += [_scrolling_region(emulator, snapshot), _cursor(emulator, screen, snapshot), _drawing_state(emulator)]
    parts += [f"\x1b[?{mode}{'h' if on else 'l'}" for mode, on in changed.items()]
    parts.append("" if screen.cursor_visible else "\x1b[?25l")
    return "".join(parts)


def _screen_text(screen: Screen) -> str:
    parts = []
    for y, row in enumerate(screen.grid):
        if row.runs:
            parts.append(f"\x1b[{y + 1};1H")
            parts += [f"\x1b[0m{sgr(run.pen)}{run.text}" for run in row.runs]
    return "".join([*parts, "\x1b[0m"])


def _move_to(cursor: tuple[int, int]) -> str:
    return f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H"


def _palette(screen: Screen) -> str:
    default = {FOREGROUND: "10", BACKGROUND: "11", CURSOR: "12"}
    return "".join(
        f"\x1b]{default.get(number, f'4;{number}')};rgb:{red:02x}/{green:02x}/{blue:02x}\x1b\\"
        for number, (red, green, blue) in screen.palette.items()
    )


def _tabs(snapshot: bytes, cols: int) -> str:
    """Return sequences that set the tab stops, if they differ from every 8th column."""
    copy = Emulator.restore(snapshot)
    copy.feed(b"\x1b[?6l\x1b[?69l\x1b[r\x1b[1;1H")
    stops: list[int] = []
    while True:
        copy.feed(b"\t")
        column = copy.cursor[0]
        if column >= cols - 1 or (stops and column <= stops[-1]):
            break
        stops.append(column)
    if stops == list(range(8, cols - 1, 8)):
        return ""
    return "\x1b[3g" + "".join(f"\x1b[1;{column + 1}H\x1bH" for column in stops)


def _saved_cursor(snapshot: bytes) -> str:
    """Return sequences that set the saved cursor (DECSC) with its pen and character sets."""
    copy = Emulator.restore(snapshot)
    copy.feed(b"\x1b[?6l\x1b8")
    place = (
        _move_to(copy.cursor) + "\x1b[?6h" + _move_to(copy.cursor)
        if copy.mode(6)
        else _cursor(copy, copy.screen(), snapshot)
    )
    return f"{place}{_drawing_state(copy)}\x1b7\x1b[?6l\x1b[0m\x0f\x1b(B\x1b)B\x1b[4l"


def _scrolling_region(emulator: Emulator, snapshot: bytes) -> str:
    """Return sequences that set the scrolling region and side margins. They move the cursor."""
    copy = Emulator.restore(snapshot)
    copy.feed(b"\x1b[?6h\x1b[1;1H")
    left, top = copy.cursor
    copy.feed(_MOVE_TO_LAST_CELL)
    right, bottom = copy.cursor
    rows = emulator.size[1]
    parts = ["" if (top, bottom) == (0, rows - 1) else f"\x1b[{top + 1};{bottom + 1}r"]
    if emulator.mode(69):
        parts.append(f"\x1b[?69h\x1b[{left + 1};{right + 1}s")
    return "".join(parts)


def _cursor(emulator: Emulator, screen: Screen, snapshot: bytes) -> str:
    """Return sequences that set the cursor. A pending wrap is restored by drawing the last character again."""
    x, y = emulator.cursor
    last_character = ""
    if emulator.wrap_pending:
        text, pen, x = _last_character(screen, x, y)
        last_character = f"\x1b[0m{sgr(pen)}{text}"
    if not emulator.mode(6):
        return _move_to((x, y)) + last_character
    copy = Emulator.restore(emulator.snapshot() or snapshot)
    copy.feed(b"\x1b[1;1H")
    left, top = copy.cursor
    return "\x1b[?6h" + _move_to((max(0, x - left), max(0, y - top))) + last_character


def _last_character(screen: Screen, x: int, y: int) -> tuple[str, Pen, int]:
    """Return the character whose last cell is column `x`, its pen, and its first column."""
    column = 0
    for run in screen.grid[y].runs:
        column += run.width
        if column > x:
            if len(run.text) == run.width:
                return run.text[x - column], run.pen, x
            base = len(run.text) - 1
            while base and unicodedata.category(run.text[base]) in ("Mn", "Me"):
                base -= 1
            wide = char_width(run.text[base]) == 2
            return run.text[base:], run.pen, x - wide
    return " ", PLAIN, x


def _drawing_state(emulator: Emulator) -> str:
    """Return sequences that set the pen, character sets and insert mode of an emulator, which is not changed."""
    snapshot = emulator.snapshot()
    if snapshot is None:
        return ""
    copy = Emulator.restore(snapshot)
    now = _probe_drawing_state(copy, b"")
    g0, g1 = _probe_drawing_state(copy, b"\x0f").graphics, _probe_drawing_state(copy, b"\x0e").graphics
    parts = [f"\x1b[0m{sgr(now.pen)}", f"\x1b({g0}" if g0 != "B" else "", f"\x1b){g1}" if g1 != "B" else ""]
    if _probe_drawing_state(Emulator.restore(snapshot), b"\x1b(0\x1b)B").graphics != "0":  # G1 is active
        parts.append("\x0e")
    if now.insert:
        parts.append("\x1b[4h")
    return "".join(parts)


def _probe_drawing_state(copy: Emulator, shift: bytes) -> _DrawingState:
    """Return the drawing state after `shift`, found by drawing `q#` in the first cells of `copy`."""
    home = b"\x1b[?6l\x1b[?69l\x1b[r\x1b[1;1H"
    copy.feed(home + b"\x1b[2K" + shift + b"q#")
    row = copy.screen().grid[0]
    pen = row.runs[0].pen if row.runs else PLAIN
    drawn = "0" if row.text.startswith("\u2500") else "A" if row.text[1:2] == "\u00a3" else "B"
    copy.feed(home + b"x")
    return _DrawingState(pen, drawn, copy.screen().grid[0].text[1:2] not in ("#", "\u00a3"))


_MAX_SEQUENCE_BYTES = 1 << 16
"""Limit of an incomplete sequence; the start of a longer one is lost."""
_UNFINISHED = lazy_compile(rb"\x1b(?:\[[0-?]*[ -/]*|[ -/]*|[\]P_^X][^\x07\x1b]*)\Z", re.DOTALL)
_UNFINISHED_DCS = lazy_compile(rb"\x1b[P_^X][^\x1b]*\Z", re.DOTALL)


class InitialScreen(Struct, frozen=True):
    """`data` draws the screen after `offset` output bytes on a new terminal of `cols` x `rows` cells."""

    offset: int
    data: bytes
    cols: int
    rows: int


def initial_screen_at(
    stream: EventStream, sizes: SizeTimeline, start: float, is_cancelled: Callable[[], bool]
) -> InitialScreen:
    """Return the screen after all events with time <= `start` (seconds). Raises `Cancelled`."""
    target = stream.output_length_after(stream.event_count_at(start))
    renderer = StreamRenderer(stream, sizes)
    renderer.render_to(_last_safe_offset(stream.output, target), is_cancelled)
    cols, rows = renderer.emulator.size
    drawn = serialize_terminal_state(renderer.emulator).encode("utf-8", "replace")
    return InitialScreen(renderer.offset, drawn + bytes(stream.output[renderer.offset : target]), cols, rows)


def _last_safe_offset(output: bytearray, end: int) -> int:
    """Return the last offset up to `end` that is not within a character or control sequence."""
    floor = max(0, end - _MAX_SEQUENCE_BYTES)
    while True:
        before = end
        end -= _incomplete_character_length(bytes(output[max(0, end - 3) : end]))
        escape = output.rfind(b"\x1b", floor, end)
        if escape >= 0:
            tail = bytes(output[escape:end])
            if _UNFINISHED.match(tail) or _UNFINISHED_DCS.match(tail):
                end = escape
        if end == before:
            return end


def _incomplete_character_length(tail: bytes) -> int:
    """Return the number of bytes of an incomplete UTF-8 character at the end of `tail`."""
    for length in range(1, len(tail) + 1):
        lead = tail[-length]
        if lead & 0xC0 != 0x80:
            whole = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC2 else 1
            return length if whole > length and lead < 0xF5 else 0
    return 0
