"""Control functions that the emulator's library lacks and that depend on the emulator's state.

The sequence filter marks them; `stateful_output` calls `carry_out` where one occurs. Each is expressed in sequences
that the library implements, from queried state. Cursor, pen, margins, character sets and modes are restored afterwards.
Sources: DEC STD 070, the VT420 and VT510 manuals, xterm 379.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from replay_tui.domain.display_text import text_width
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.native.drawing_state import INSERT, DrawingState, StyledCell
from replay_tui.terminal.native.native_terminal import SIDE_MARGINS, NativeTerminal
from replay_tui.terminal.screen import Pen
from replay_tui.terminal.sequence_rewrites import MARK
from replay_tui.terminal.vt_dump import pen_of, sgr

MARKED = lazy_compile(MARK + rb"\x1b(?:\[([0-9:;]*)([ -/][@-~])|([69]|#8)|\[\?[0-9;]*h|([()*+]0))")
MAX_SAVED_PENS = 10
"""Pens that XTPUSHSGR saves; xterm counts further ones, but does not restore them."""
CALL_COST, READING_COST = 30, 150
"""Costs of a function that draws, and of one that reads the screen before; one per cell is added. The unit is that of
`NativeTerminal.work_limit`."""
CELLS_FILLED_PER_COST = 64

_ORIGIN, _WRAP, _REVERSE_WRAP = 6, 7, 45
_RESET_CHARSETS = b"\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b}"
_SOFT_RESET = (
    b'\x1b[?6l\x1b[r\x1b[?69l\x1b[4l\x1b[m\x1b[0"q\x1b[?25h\x1b[?1l\x1b>\x1b[?7h\x1b[?45l\x1b]104\x1b\\'
    + _RESET_CHARSETS
    + b"\x1b[H\x1b7"
)
_PEN_PARTS = {
    1: "bold", 2: "faint", 3: "italic", 4: "underline", 5: "blink", 7: "inverse", 8: "hidden", 9: "strike",
    10: "fg", 11: "bg", 21: "underline", 30: "fg", 31: "bg",
}  # fmt: skip
"""Attributes of a pen by the numbers with which XTPUSHSGR selects them."""
_CHANGES: dict[int, dict[str, Any]] = {
    0: {"bold": False, "underline": 0, "blink": False, "inverse": False},
    1: {"bold": True}, 4: {"underline": 1}, 5: {"blink": True}, 7: {"inverse": True}, 8: {"hidden": True},
    22: {"bold": False}, 24: {"underline": 0}, 25: {"blink": False}, 27: {"inverse": False}, 28: {"hidden": False},
}  # fmt: skip
"""Changes of a pen by the parameters of DECCARA."""

Params = list[int]
Area = tuple[int, int, int, int]
"""Top, left, bottom and right of a rectangle, zero-based and inclusive."""
Transform = Callable[[int, int, StyledCell], StyledCell]
"""Returns the new content of the cell in a column and row."""


def carry_out(terminal: NativeTerminal, marked: re.Match[bytes]) -> None:
    """Carry out the control function of a match of `MARKED`."""
    if marked[3] == b"#8":
        _align_screen(terminal)
    elif marked[3]:
        _column_index(terminal, left=marked[3] == b"6")
    elif marked[2] in _FUNCTIONS:
        params = [min(int(text.lstrip(b"0")[:9] or 0), 65535) for text in marked[1].replace(b":", b";").split(b";")]
        _FUNCTIONS[marked[2]](terminal, params)
    else:  # line drawing or DECSET of the side margins, which `stateful_output` watches; or CAN in the output
        terminal.extended.uses_graphics |= marked[4] is not None
        terminal.write_native(marked[0])


def move_back(terminal: NativeTerminal, count: int, left: int) -> None:
    """Carry out BS or CUB: from inside the side margins the cursor moves no further than to the `left` one."""
    x = terminal.cursor[0]
    if x >= left and not terminal.mode(_REVERSE_WRAP):
        count = min(count, x - left)
    terminal.write_native(b"\x1b[%dD" % count if count else b"\x1b[C\x1b[D")


def _soft_reset(terminal: NativeTerminal, _params: Params) -> None:
    """DECSTR. As in xterm, the screen and the cursor's place stay, and autowrap is set."""
    (x, y), pending = terminal.cursor, terminal.wrap_pending
    pending = pending and terminal.may_work(READING_COST)  # a reset that is too expensive loses the pending wrap only
    terminal.write_native(_SOFT_RESET)
    terminal.write_native(_place(terminal, x, y, pending) + b"\x1b[m")


def _set_conformance(terminal: NativeTerminal, params: Params) -> None:
    """DECSCL: reset like DECSTR."""
    if 61 <= params[0] <= 64:
        _soft_reset(terminal, params)


def _align_screen(terminal: NativeTerminal) -> None:
    """DECALN: fill the screen with a plain `E`. As in xterm, the pen keeps only its colours."""
    if not terminal.may_work(CALL_COST):
        return
    pen = terminal.drawing_state().pen
    terminal.write_native(b"\x1b[m\x1b#8" + _pen(Pen(fg=pen.fg, bg=pen.bg)))


def _edit_columns(terminal: NativeTerminal, count: int, edit: bytes, *, at_margin: bool) -> None:
    """Insert (ICH) or delete (DCH) columns at the cursor or the left margin, within the scrolling region."""
    if not terminal.may_work(_drawing_cost(terminal) + terminal.size[1]):
        return
    state = terminal.drawing_state()
    if not (state.top <= state.y <= state.bottom and state.left <= state.x <= state.right):
        return
    column = state.left if at_margin else state.x
    edit = b"\x1b[%d%b" % (min(count or 1, terminal.size[0]), edit)
    with _direct_access(terminal, state, keeps_margins=True):
        pen = b"\x1b[m" + state.sgr
        terminal.write_native(pen + b"".join(_move(column, y) + edit for y in range(state.top, state.bottom + 1)))


def _column_index(terminal: NativeTerminal, *, left: bool) -> None:
    """DECBI (`left`) and DECFI: move the cursor, or the columns if it is at the margin."""
    if not terminal.may_work(CALL_COST // 2):
        return
    state = terminal.drawing_state()
    if state.x == (state.left if left else state.right):
        _edit_columns(terminal, 1, b"@" if left else b"P", at_margin=True)
    elif left:
        move_back(terminal, 1, state.left)
    else:
        terminal.write_native(b"\x1b[C")


def _area(terminal: NativeTerminal, params: Params) -> Area | None:
    """Return the rectangle of four parameters, None if it is empty or begins outside the screen."""
    first_row, first_col, last_row, last_col = _page(terminal)
    top, left, bottom, right = (*params, 0, 0, 0, 0)[:4]
    top, left = first_row + (top or 1) - 1, first_col + (left or 1) - 1
    bottom = min(first_row + bottom - 1, last_row) if bottom else last_row
    right = min(first_col + right - 1, last_col) if right else last_col
    return (top, left, bottom, right) if top <= bottom and left <= right else None


def _page(terminal: NativeTerminal) -> Area:
    """Return the area that can be addressed: within the margins in origin mode, otherwise the screen."""
    cols, rows = terminal.size
    if not terminal.mode(_ORIGIN):
        return 0, 0, rows - 1, cols - 1
    state = terminal.drawing_state()
    return state.top, state.left, state.bottom, state.right


def _fill(terminal: NativeTerminal, params: Params) -> None:
    """DECFRA: fill with a character and the pen."""
    char = chr(params[0]) if 32 <= params[0] < 127 or 160 <= params[0] < 0xD800 else ""
    if char and text_width(char) == 1:
        _fill_with(terminal, char, params[1:])


def _erase(terminal: NativeTerminal, params: Params) -> None:
    """DECERA: fill with blanks and the pen, as xterm does."""
    _fill_with(terminal, " ", params)


def _fill_with(terminal: NativeTerminal, char: str, params: Params) -> None:
    area = _area(terminal, params)
    if area is None:
        return
    top, left, bottom, right = area
    if not terminal.may_work(_drawing_cost(terminal) + _cell_count(area) // CELLS_FILLED_PER_COST):
        return
    line = char.encode() * (right - left + 1)
    state = terminal.drawing_state()
    with _direct_access(terminal, state):
        pen = b"\x1b[m" + state.sgr + state.protection
        terminal.write_native(pen + b"".join(_move(left, y) + line for y in range(top, bottom + 1)))


def _erase_unprotected(terminal: NativeTerminal, params: Params) -> None:
    """DECSERA: blank the unprotected cells, which keep their style."""
    _change(
        terminal, _area(terminal, params), lambda _x, _y, old: old if old.protected or not old.text else _blank(old)
    )


def _blank(cell: StyledCell) -> StyledCell:
    return cell._replace(text=" ")


def _copy(terminal: NativeTerminal, params: Params) -> None:
    """DECCRA: copy a rectangle with its styles. There is only one page."""
    source, place = _area(terminal, params), _area(terminal, (params + [0] * 8)[5:7])
    if source is None or place is None:
        return
    top, left, bottom, right = source
    y0, x0 = place[:2]
    _, _, last_row, last_col = _page(terminal)
    area = y0, x0, min(y0 + bottom - top, last_row), min(x0 + right - left, last_col)
    if not terminal.may_work(_editing_cost(source) + _editing_cost(area)):
        return
    cells = terminal.styled_cells(*source)
    _edit(terminal, area, lambda x, y, _old: cells[y - y0][x - x0])


def _change_attributes(terminal: NativeTerminal, params: Params) -> None:
    """DECCARA: set attributes of cells."""
    changes: dict[str, Any] = {}
    for number in params[4:] or [0]:
        changes |= _CHANGES.get(number, {})
    _change_pens(terminal, params, lambda pen: replace(pen, **changes))


def _reverse_attributes(terminal: NativeTerminal, params: Params) -> None:
    """DECRARA: reverse attributes of cells."""
    names = [name for number in params[4:] if 0 < number < 20 for name in _CHANGES.get(number, {})]

    def reversed_pen(pen: Pen) -> Pen:
        for name in names:
            changed: dict[str, Any] = {name: type(getattr(pen, name))(not getattr(pen, name))}
            pen = replace(pen, **changed)
        return pen

    _change_pens(terminal, params, reversed_pen)


def _change_pens(terminal: NativeTerminal, params: Params, change: Callable[[Pen], Pen]) -> None:
    """Change styles in a rectangle or (DECSACE) in the stream of cells from its first to its last corner."""
    area = _area(terminal, params)
    if area is None:
        return
    top, left, bottom, right = area
    is_stream = not terminal.extended.selects_rectangles

    pens: dict[int, tuple[Pen, Pen]] = {}  # by identity: cells of one style share their pen

    def changed(x: int, y: int, old: StyledCell) -> StyledCell:
        if is_stream and ((y == top and x < left) or (y == bottom and x > right)):
            return old
        if (known := pens.get(id(old.pen))) is None:
            known = pens[id(old.pen)] = old.pen, change(old.pen)
        pen = known[1]
        return old if old.text is None or pen == old.pen else StyledCell(old.text or " ", pen, old.protected)

    _, first_col, _, last_col = _page(terminal)
    _change(terminal, (top, first_col, bottom, last_col) if is_stream else area, changed)


def _select_extent(terminal: NativeTerminal, params: Params) -> None:
    """DECSACE: select whether DECCARA and DECRARA change rectangles."""
    terminal.extended.selects_rectangles = params[0] == 2


def _push_pen(terminal: NativeTerminal, params: Params) -> None:
    """XTPUSHSGR: save attributes of the pen, all by default."""
    extended = terminal.extended
    if not terminal.may_work(CALL_COST // 2):
        return
    if len(extended.saved_pens) < MAX_SAVED_PENS:
        numbers = sorted({number for number in params if number in _PEN_PARTS}) if params != [0] else []
        extended.saved_pens.append((terminal.drawing_state().sgr.decode("ascii"), numbers))
    else:
        extended.unsaved_pens += 1


def _pop_pen(terminal: NativeTerminal, _params: Params) -> None:
    """XTPOPSGR: restore what XTPUSHSGR saved."""
    extended = terminal.extended
    if extended.unsaved_pens:
        extended.unsaved_pens -= 1
    elif extended.saved_pens:
        text, numbers = extended.saved_pens.pop()
        saved = pen_of(text)
        parts = {_PEN_PARTS[number] for number in numbers}
        pen = (
            replace(terminal.drawing_state().pen, **{part: getattr(saved, part) for part in parts}) if parts else saved
        )
        terminal.write_native(_pen(pen))


_FUNCTIONS: dict[bytes, Callable[[NativeTerminal, Params], None]] = {
    b"!p": _soft_reset,
    b'"p': _set_conformance,
    b" @": lambda terminal, params: _edit_columns(terminal, params[0], b"P", at_margin=True),  # SL
    b" A": lambda terminal, params: _edit_columns(terminal, params[0], b"@", at_margin=True),  # SR
    b"'}": lambda terminal, params: _edit_columns(terminal, params[0], b"@", at_margin=False),  # DECIC
    b"'~": lambda terminal, params: _edit_columns(terminal, params[0], b"P", at_margin=False),  # DECDC
    b"$x": _fill,
    b"$z": _erase,
    b"${": _erase_unprotected,
    b"$v": _copy,
    b"$r": _change_attributes,
    b"$t": _reverse_attributes,
    b"*x": _select_extent,
    b"#{": _push_pen,
    b"#p": _push_pen,
    b"#}": _pop_pen,
    b"#q": _pop_pen,
}


def _cell_count(area: Area) -> int:
    top, left, bottom, right = area
    return max(0, bottom - top + 1) * max(0, right - left + 1)


def _drawing_cost(terminal: NativeTerminal) -> int:
    return READING_COST if terminal.wrap_pending else CALL_COST  # the last character is read to restore a pending wrap


def _editing_cost(area: Area) -> int:
    return READING_COST + _cell_count(area)


def _change(terminal: NativeTerminal, area: Area | None, transform: Transform) -> None:
    """Replace each cell of a rectangle, as far as the limit of work allows it."""
    if area and terminal.may_work(_editing_cost(area)):
        _edit(terminal, area, transform)


def _edit(terminal: NativeTerminal, area: Area, transform: Transform) -> None:
    parts, (top, left) = [], area[:2]
    for y, old in enumerate(terminal.styled_cells(*area), top):
        new = [transform(x, y, cell) for x, cell in enumerate(old, left)]
        parts += [_move(x, y) + drawn for x, drawn in _drawn(left, _whole(new), old)]
    with _direct_access(terminal, terminal.drawing_state()):
        terminal.write_native(b"".join(parts))


def _whole(cells: list[StyledCell]) -> list[StyledCell]:
    """Return `cells` with blanks for halves of wide characters."""
    found = list(cells)
    for x, cell in enumerate(cells):
        is_wide = bool(cell.text) and text_width(cell.text or "") == 2
        has_tail = x + 1 < len(cells) and cells[x + 1].text is None
        has_head = x > 0 and text_width(cells[x - 1].text or "") == 2
        if is_wide != has_tail and (is_wide or has_tail):
            found[x] = _blank(cell) if is_wide else cell
        if cell.text is None and not has_head:
            found[x] = _blank(cell)
    return found


def _drawn(left: int, cells: list[StyledCell], old: list[StyledCell]) -> Iterator[tuple[int, bytes]]:
    """Yield (column, control sequences and text) that draw those `cells` which differ from `old`."""
    run, start, end, last = b"", 0, -1, StyledCell(None)
    for x, cell in enumerate(cells):
        if cell.text is None or (cell == old[x] and cells[x + 1 : x + 2] == old[x + 1 : x + 2]):
            continue
        text = cell.text.encode("utf-8", "replace") or b"\x1b[X"
        is_same = cell.protected == last.protected and (cell.pen is last.pen or cell.pen == last.pen)
        if x == end and is_same and len(text) == 1:
            run += text
        else:
            if run:
                yield left + start, run
            run, start = _pen(cell.pen) + b'\x1b[%d"q' % cell.protected + text, x
        last, end = cell, x + 1 if len(text) == 1 else -1  # the cursor is certain after an ASCII character only
    if run:
        yield left + start, run


def _pen(pen: Pen) -> bytes:
    return b"\x1b[m" + sgr(pen).encode("ascii")


def _move(x: int, y: int) -> bytes:
    return b"\x1b[%d;%dH" % (y + 1, x + 1)


def _place(terminal: NativeTerminal, x: int, y: int, pending: bool) -> bytes:
    """Return sequences that move the cursor; a pending wrap is restored by drawing the character there again."""
    if not pending:
        return _move(x, y)
    cells = terminal.styled_cells(y, max(0, x - 1), y, x)[0]
    is_wide = cells[-1].text is None and x > 0
    x, last = (x - 1, cells[-2]) if is_wide else (x, cells[-1])
    protection = b'\x1b[%d"q' % last.protected
    return _move(x, y) + _pen(last.pen) + protection + (last.text or " ").encode("utf-8", "replace") + b'\x1b[0"q'


@contextmanager
def _direct_access(terminal: NativeTerminal, state: DrawingState, *, keeps_margins: bool = False) -> Iterator[None]:
    """Let the block draw ASCII anywhere: no origin mode, wrap, insert mode and side margins. Restores `state`."""
    pending = terminal.wrap_pending
    modes = [(mode, terminal.mode(mode)) for mode in (_ORIGIN, _WRAP, INSERT)]
    for mode, _ in modes:
        terminal.set_mode(mode, False)
    has_margins = terminal.mode(SIDE_MARGINS) and not keeps_margins
    terminal.write_native(b"\x0f\x1b(B" + b"\x1b[?69l" * has_margins)
    yield
    if has_margins:
        terminal.write_native(b"\x1b[?69h\x1b[%d;%ds" % (state.left + 1, state.right + 1))
    terminal.set_mode(_WRAP, True)
    terminal.write_native(
        _place(terminal, state.x, state.y, pending)
        + _RESET_CHARSETS
        + state.charsets
        + b"\x1b[m"
        + state.sgr
        + state.protection
    )
    for mode, on in modes:
        terminal.set_mode(mode, on)
