"""The emulator: the only file that knows pyghostty (libghostty-vt, the core of the terminal Ghostty).

Nothing in a stream is acted on: no callbacks are registered, image protocols are off (they may name files to read),
replies go nowhere. Feeding releases the interpreter lock. A `snapshot` holds the whole state (both screens, saved
cursors, modes, tab stops, pending wrap, the unfinished sequence), so that `restore` goes on exactly where it was taken.
"""

from __future__ import annotations

import unicodedata
import weakref
from array import array
from collections.abc import Iterator
from typing import Any, Protocol

from pyghostty._ffi import ffi, lib, union_fn

from replay_tui.terminal.screen import BLANK_ROW, Pen, Row, Run, Screen
from replay_tui.terminal.sgr import Cell, complex_row, plain_lines, simple_row

CONTINUATION_LIMIT = 1 << 20
"""Bytes of an unfinished sequence that a snapshot can carry; a longer one has no snapshot until it ends."""

SCROLLBACK_BYTES = 1 << 28
"""What a scrollback may take; whoever asks for one takes its lines out long before."""

FILLED = "\0"
"""What stands for a blank on a background, where each cell is told by a character."""

CLEAR_HISTORY = b"\x1b[3J"

_POINTERS = (
    "GhosttyTerminal*", "GhosttySelection*", "GhosttyFormatterTerminalOptions*", "GhosttyFormatter*", "GhosttyGridRef*",
    "GhosttyPointS*", "GhosttyRow*", "GhosttyCell*", "GhosttyRenderState*", "GhosttyRenderStateRowIterator*",
    "GhosttyRenderStateDirty*", "GhosttyCellsView*", "GhosttyCellWide*",
    "GhosttyCellContentTag*", "GhosttyTerminalScreen*", "GhosttyColorRgb*",
    "GhosttyTerminalModeConfig*", "GhosttyStyle*", "GhosttyColorPaletteIndex*", "GhosttySnapshotDecoder*", "bool*",
    "size_t*", "uint8_t*", "uint8_t**", "uint16_t*", "uint32_t*", "uint64_t*",
)  # fmt: skip
_ARRAYS = ("uint8_t(*)[]", "uint32_t(*)[64]", "void*(*)[]", "GhosttyColorRgb(*)[256]", "GhosttyTerminalData(*)[]")
_GRID_REF = "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)"
# Each name that cffi has to parse costs 9 ms, with all others behind it: one parse for all of them.
_PARSED = ffi.typeof(f"void(*)({', '.join((*_POINTERS, *_ARRAYS, _GRID_REF))})").args
_TYPES: dict[str, Any] = dict(zip(_POINTERS, _PARSED, strict=False))
_TYPES |= {name.replace("(*)", ""): kind.item for name, kind in zip(_ARRAYS, _PARSED[len(_POINTERS) :], strict=False)}

_grid_ref = union_fn("ghostty_terminal_grid_ref", _PARSED[-1])
_PLAIN = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
_ACTIVE, _HISTORY = lib.GHOSTTY_POINT_TAG_ACTIVE, lib.GHOSTTY_POINT_TAG_HISTORY
_DIRTY, _ROWS = lib.GHOSTTY_RENDER_STATE_DATA_DIRTY, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
_ALL_DIRTY = lib.GHOSTTY_RENDER_STATE_DIRTY_FULL
_PLACE = {"ACTIVE_SCREEN": "GhosttyTerminalScreen", "SCROLLBACK_ROWS": "size_t", "CURSOR_Y": "uint16_t"}
_CELLS: dict[int, tuple[int, int, int]] = {}  # raw cell -> codepoint, wide flag, content tag
_CHARACTERS: dict[int, str] = {}  # raw cell -> what it shows


class Tried(Protocol):
    """Who looks at what is about to be done; see `replay_tui.terminal.canary`."""

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """What of `data` may be drawn."""

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Before a resize."""


trial: Tried | None = None
"""Set only after native code has ended the program on a session."""


class EmulatorError(RuntimeError):
    """The emulator refused: a size it cannot hold, a snapshot that is none."""


class Emulator:
    """A terminal of `cols` x `rows` cells without scrollback (unless `history` lines are asked for).

    `lost` counts the places where what was fed would have ended the process and is left out.
    """

    lost = 0

    def __init__(self, cols: int, rows: int, history: int = 0) -> None:
        handle = _new("GhosttyTerminal*")
        _check(lib.ghostty_terminal_new(ffi.NULL, handle, cols, rows), "make a terminal")
        self._adopt(handle)
        self._set("SCROLLBACK_MAX_LINES", "size_t*", history)
        if history:  # the limit in bytes that comes with a terminal holds only some hundred lines
            self._set("SCROLLBACK_MAX_BYTES", "size_t*", SCROLLBACK_BYTES)
        self._set("CONTINUATION_MAX_BYTES", "size_t*", CONTINUATION_LIMIT)

    def _adopt(self, handle: Any) -> None:
        self._terminal = handle[0]
        self._free = _freed_with(self, lib.ghostty_terminal_free, self._terminal)
        self._set("KITTY_IMAGE_STORAGE_LIMIT", "uint64_t*", 0)
        self._set("KITTY_IMAGE_MEDIUM_FILE", "bool*", False)
        self._set("KITTY_IMAGE_MEDIUM_SHARED_MEM", "bool*", False)
        # The folder for images in temporary files: no folder, no such images.
        lib.ghostty_terminal_set(self._terminal, lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_MEDIUM_TEMP_FILE, ffi.NULL)
        self._format: tuple[Any, ...] | None = None
        self._buffer = _new("uint8_t[]", 1 << 14)
        self._slots: dict[str, tuple[int, Any]] = {}
        self._places: tuple[Any, ...] | None = None
        self._damage: _Damage | None = None
        self._style: Any = None
        self._last_col = self._get("COLS") - 1

    def _set(self, option: str, ctype: str, value: Any) -> None:
        key = getattr(lib, f"GHOSTTY_TERMINAL_OPT_{option}")
        _check(lib.ghostty_terminal_set(self._terminal, key, _new(ctype, value)), f"set {option}")

    def _get(self, name: str, ctype: str = "uint16_t") -> Any:
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = (getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}"), _new(f"{ctype}*"))
        if lib.ghostty_terminal_get(self._terminal, slot[0], slot[1]):
            raise EmulatorError(f"The terminal emulator could not tell {name}.")
        return slot[1][0]

    def feed(self, data: bytes) -> None:
        """Draw `data`. Results do not depend on how a stream is cut into calls."""
        self.draw(self.tried(data))

    def tried(self, data: bytes) -> bytes:
        """What of `data` can be drawn without an end of the process: all of it, unless there has been one."""
        return trial.feed(self, data) if trial else data

    def draw(self, data: bytes) -> None:
        """`feed` for what has been tried."""
        lib.ghostty_terminal_vt_write(self._terminal, data, len(data))
        if self._damage and not data.isascii():
            self._damage.doubtful = True

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells; the primary screen reflows."""
        if trial:
            trial.resize(self, cols, rows)
        _check(lib.ghostty_terminal_resize(self._terminal, cols, rows, 8, 16), "resize")
        self._last_col = cols - 1

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._get("COLS"), self._get("ROWS")

    @property
    def cursor(self) -> tuple[int, int]:
        """Zero-based column and row."""
        return self._get("CURSOR_X"), self._get("CURSOR_Y")

    @property
    def place(self) -> tuple[bool, int, int]:
        """Whether the alternate screen is shown, lines in the scrollback, the cursor's row: three in one call."""
        if self._places is None:
            keys = [getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}") for name in _PLACE]
            slots = [_new(f"{ctype}*") for ctype in _PLACE.values()]
            self._places = (
                _new("GhosttyTerminalData[]", keys), slots, _new("void*[]", slots), _new("size_t*")
            )  # fmt: skip
        named, slots, values, written = self._places
        _check(lib.ghostty_terminal_get_multi(self._terminal, len(slots), named, values, written), "tell its place")
        alt, history, row = slots
        return bool(alt[0]), history[0], row[0]

    @property
    def wrap_pending(self) -> bool:
        """Whether the cursor waits at the right margin: the next character wraps first."""
        return bool(self._get("CURSOR_PENDING_WRAP", "bool"))

    @property
    def alt(self) -> bool:
        """Whether the alternate screen is shown."""
        return bool(self._get("ACTIVE_SCREEN", "GhosttyTerminalScreen"))

    @property
    def history_rows(self) -> int:
        """Lines in the scrollback."""
        return int(self._get("SCROLLBACK_ROWS", "size_t"))

    def mode(self, number: int) -> bool:
        """Whether a DEC private mode is set."""
        config = _new("GhosttyTerminalModeConfig*")
        config.mode = number
        _check(lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_MODE, config), "read a mode")
        return bool(config.value)

    def snapshot(self) -> bytes | None:
        """The whole state, None while an over-long sequence is unfinished."""
        return _allocated(
            lambda out, size: lib.ghostty_snapshot_encode_alloc(self._terminal, ffi.NULL, out, size), refusable=True
        )

    @staticmethod
    def restore(snapshot: bytes) -> Emulator:
        """A new emulator in the state of a snapshot. Raises `EmulatorError` for bytes that are none."""
        decoder = _new("GhosttySnapshotDecoder*")
        source = ffi.from_buffer(snapshot)
        pointer = ffi.cast(_TYPES["uint8_t*"], source)
        _check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, pointer, len(snapshot)), "read a snapshot")
        handle = _new("GhosttyTerminal*")
        try:
            for option, ctype, value in (
                (lib.GHOSTTY_SNAPSHOT_DECODER_OPT_MAX_CONTINUATION_BYTES, "size_t*", CONTINUATION_LIMIT),
                (lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION, "bool*", True),
            ):
                _check(lib.ghostty_snapshot_decoder_set(decoder[0], option, _new(ctype, value)), "read a snapshot")
            _check(lib.ghostty_snapshot_decoder_decode(decoder[0], handle), "read a snapshot")
        finally:
            lib.ghostty_snapshot_decoder_free(decoder[0])
        emulator = Emulator.__new__(Emulator)
        emulator._adopt(handle)
        return emulator

    def dump(self, *, history: bool = False) -> list[str]:
        """The rows shown as VT text, each run written as reset, SGR, text; with `history` those of the scrollback."""
        rows = self.history_rows if history else self._get("ROWS")
        dumped = self._formatted(lib.GHOSTTY_FORMATTER_FORMAT_VT, rows, history) if rows else b""
        lines = dumped.decode("utf-8", "replace").split("\r\n") if rows else []
        return lines[:rows] + [""] * (rows - len(lines))

    def plain_rows(self, first: int = 0, count: int | None = None, *, history: bool = False) -> list[str]:
        """The plain text of `count` rows (all), the same as `Screen.lines` and several times faster."""
        rows = count if count is not None else self.history_rows if history else self._get("ROWS")
        if not rows:
            return []
        lines = plain_lines(self._formatted(_PLAIN, rows, history, first=first))
        return lines if len(lines) == rows else lines[:rows] + [""] * (rows - len(lines))

    def changed_rows(self) -> list[int] | None:
        """The rows written to since the last call, in order; None for all of them (a scroll, another screen).

        A row may be told of though it is as it was, never left out though it changed.
        """
        if self._damage is None:
            self._damage = _Damage()
        return self._damage.of(self._terminal)

    def _formatted(self, form: int, rows: int, history: bool, *, unwrap: bool = False, first: int = 0) -> bytes:
        """`rows` rows in one of the library's formats. The structs are kept: sizing them anew costs 40 us."""
        selection, options, formatter, size = self._structs()[:4]
        selection.start = self._ref(0, first, history)[0]
        selection.end = self._ref(self._last_col, first + rows - 1, history)[0]
        options.emit, options.selection, options.unwrap = form, selection, unwrap
        options.trim = form == _PLAIN
        _check(lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self._terminal, options[0]), "dump")
        try:
            while result := lib.ghostty_formatter_format_buf(formatter[0], self._buffer, len(self._buffer), size):
                if size[0] <= len(self._buffer):
                    _check(result, "dump")
                self._buffer = _new("uint8_t[]", size[0] * 2)
            return bytes(ffi.buffer(self._buffer, size[0]))
        finally:
            lib.ghostty_formatter_free(formatter[0])

    def _structs(self) -> tuple[Any, ...]:
        if self._format is None:
            self._format = (
                _sized("GhosttySelection*"), _sized("GhosttyFormatterTerminalOptions*"),
                _new("GhosttyFormatter*"), _new("size_t*"), _sized("GhosttyGridRef*"),
                _new("GhosttyPointS*"), _new("GhosttyRow*"), _new("bool*"),
            )  # fmt: skip
        return self._format

    def _ref(self, x: int, y: int, history: bool) -> Any:
        """A reference to a cell, good until the next call."""
        ref, point = self._structs()[4:6]
        value = point.value
        point.tag, value.x, value.y = _HISTORY if history else _ACTIVE, x, y
        _check(_grid_ref(self._terminal, point[0], ref), "find a cell")
        return ref

    def text_rows(self, *, history: bool = False) -> list[tuple[str, bool]]:
        """The rows' plain text, and whether each goes on in the next one (it was wrapped at the margin)."""
        rows = self.plain_rows(history=history)
        if not rows:
            return []
        cols = self._get("COLS")
        # A row that is a whole line needs no look at its flag, which costs far more than this.
        joined = self._formatted(_PLAIN, len(rows), history, unwrap=True)
        whole, found = iter(plain_lines(joined)), []
        line = next(whole, "")
        for y, text in enumerate(rows):
            wraps = len(text) * 2 >= cols and (text != line or y == len(rows) - 1) and self._wraps(y, history)
            if not wraps:
                line = next(whole, "")
            found.append((text + " " * self._blanks_at_margin(text, cols, y, history) if wraps else text, wraps))
        return found

    def _blanks_at_margin(self, text: str, cols: int, y: int, history: bool) -> int:
        """The blanks that end a full row, which its plain text leaves out."""
        gap = cols - (len(text) if text.isascii() else sum(_width(char) for char in text))
        if gap == 1:  # a blank, or the cell that a wide character left free because it did not fit
            raw = _new("GhosttyCell*")
            if not lib.ghostty_grid_ref_cell(self._ref(cols - 1, y, history), raw):
                return int(_cell(raw[0])[1] != lib.GHOSTTY_CELL_WIDE_SPACER_HEAD)
        return max(0, gap)

    def _wraps(self, y: int, history: bool) -> bool:
        row, wraps = self._structs()[6:]
        if lib.ghostty_grid_ref_row(self._ref(0, y, history), row):
            return False
        lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, wraps)
        return bool(wraps[0])

    def take_history(self) -> list[tuple[str, bool]]:
        """`text_rows` of the scrollback, which is empty afterwards; none in the middle of a sequence."""
        if not self._get("VT_GROUND", "bool") or not self.history_rows:
            return []
        rows = self.text_rows(history=True)
        self.feed(CLEAR_HISTORY)
        return rows

    def drop_history(self) -> None:
        """Empty the scrollback, except in the middle of a sequence."""
        if self._get("VT_GROUND", "bool") and self.history_rows:
            self.feed(CLEAR_HISTORY)

    def screen(self, time: float = 0.0) -> Screen:
        """What is shown now, labelled with `time` (seconds)."""
        cols, rows = self.size
        dump = self.dump()
        grid = [simple_row(line) for line in dump]
        # The dump leaves out rows that hold a background but no text, and says nothing of widths: look at the cells.
        unsure = [y for y, row in enumerate(grid) if row is None or row is BLANK_ROW]
        if unsure:
            raw = self._raw_rows()
            for y in unsure:
                grid[y] = _blank_row(raw[y]) if grid[y] is BLANK_ROW else complex_row(dump[y], self._cells(raw[y], y))
        return Screen(
            cols=cols,
            rows=rows,
            cursor=self.cursor,
            cursor_visible=bool(self._get("CURSOR_VISIBLE", "bool")),
            alt=self.alt,
            grid=tuple(row or BLANK_ROW for row in grid),
            time=time,
            reverse=self.mode(5),
            palette=self._palette(),
        )

    def shows_what(self, other: Emulator) -> bool:
        """Whether both show the same, with the cursor in the same state; faster than comparing their screens.

        A wrap that waits at a side margin (DECSLRM) is not in a snapshot, and equal rows would hide its loss.
        """
        ours, theirs = ((one.size, one.cursor, one.alt, one.wrap_pending) for one in (self, other))
        if ours != theirs:
            return False
        if (lines := self.dump()) != other.dump():
            return False
        # The dump leaves out rows that hold a background but no text; cells of text hold style numbers, which differ.
        rows = zip(lines, self._raw_rows(), other._raw_rows(), strict=True)
        return all(line or raw == raw2 for line, raw, raw2 in rows)

    def row_ends(self) -> list[tuple[int, int, str]]:
        """Of each row written to since the last call: its number, cells up to the last one written to, its character.

        A blank on a background is `FILLED`. The character is empty where only the row's dump can tell what is shown:
        a cluster, a wide character, a background alone.
        """
        if self._damage is None:
            self._damage = _Damage()
        found = []
        for y, raw, doubtful in self._damage.cells(self._terminal):
            # As one number: its highest bit that is set lies in the last cell (stripping zero bytes is slower).
            row = int.from_bytes(raw, "little")
            width = -(-row.bit_length() // 64)
            character = "" if doubtful or not width else _character(row >> (width - 1) * 64)
            if character == FILLED and not self._filled(width - 1, y):
                character = " "
            found.append((y, width, character))
        return found

    def _filled(self, x: int, y: int) -> bool:
        """Whether a cell's style gives it a background."""
        if self._style is None:
            self._style = _sized("GhosttyStyle*")
        _check(lib.ghostty_grid_ref_style(self._ref(x, y, False), self._style), "read a style")
        return bool(self._style.inverse or self._style.bg_color.tag != lib.GHOSTTY_STYLE_COLOR_NONE)

    def dump_row(self, y: int) -> str:
        """One row as in `dump`."""
        return self._formatted(lib.GHOSTTY_FORMATTER_FORMAT_VT, 1, False, first=y).decode("utf-8", "replace")

    def _palette(self) -> dict[int, tuple[int, int, int]]:
        now, default = _new("GhosttyColorRgb[256]"), _new("GhosttyColorRgb[256]")
        lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE, now)
        lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE_DEFAULT, default)
        new, old = bytes(ffi.buffer(now)), bytes(ffi.buffer(default))
        if new == old:
            return {}
        return {
            i: (new[3 * i], new[3 * i + 1], new[3 * i + 2])
            for i in range(256)
            if new[3 * i : 3 * i + 3] != old[3 * i : 3 * i + 3]
        }

    def _raw_rows(self) -> list[bytes]:
        state, rows = _new("GhosttyRenderState*"), _new("GhosttyRenderStateRowIterator*")
        _check(lib.ghostty_render_state_new(ffi.NULL, state), "read cells")
        try:
            _check(lib.ghostty_render_state_update(state[0], self._terminal), "read cells")
            _check(lib.ghostty_render_state_row_iterator_new(ffi.NULL, rows), "read cells")
            lib.ghostty_render_state_get(state[0], lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, rows)
            view, found = _new("GhosttyCellsView*"), []
            while lib.ghostty_render_state_row_iterator_next(rows[0]):
                lib.ghostty_render_state_row_get(rows[0], lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, view)
                found.append(bytes(ffi.buffer(view.ptr, view.len * 8)))
            lib.ghostty_render_state_row_iterator_free(rows[0])
        finally:
            lib.ghostty_render_state_free(state[0])
        return found

    def _cells(self, raw: bytes, y: int) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        for x, value in enumerate(array("Q", raw)):
            codepoint, wide, tag = _cell(value)
            if wide in (lib.GHOSTTY_CELL_WIDE_SPACER_TAIL, lib.GHOSTTY_CELL_WIDE_SPACER_HEAD):
                continue
            text = chr(codepoint) if codepoint else " "
            if tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:
                text = self._grapheme(x, y) or text
            cells.append((text, 2 if wide == lib.GHOSTTY_CELL_WIDE_WIDE else 1))
        return tuple(cells)

    def _grapheme(self, x: int, y: int) -> str:
        points, count = _new("uint32_t[64]"), _new("size_t*")
        if lib.ghostty_grid_ref_graphemes(self._ref(x, y, False), points, 64, count):
            return ""
        return "".join(chr(point) for point in points[0 : count[0]])


class _Damage:
    """Which rows were written to since they were asked for last.

    The library does not count a row that got but a combining mark: it is `doubtful` after anything that may hold one.
    """

    def __init__(self) -> None:
        self.doubtful = False
        state, rows = _new("GhosttyRenderState*"), _new("GhosttyRenderStateRowIterator*")
        _check(lib.ghostty_render_state_new(ffi.NULL, state), "follow changes")
        self._free_state = _freed_with(self, lib.ghostty_render_state_free, state[0])
        _check(lib.ghostty_render_state_row_iterator_new(ffi.NULL, rows), "follow changes")
        self._free_rows = _freed_with(self, lib.ghostty_render_state_row_iterator_free, rows[0])
        self._state, self._rows, self._y = state[0], rows, _new("uint16_t*")
        self._dirty = _new("GhosttyRenderStateDirty*")

    def of(self, terminal: Any) -> list[int] | None:
        state, dirty = self._state, self._dirty
        _check(lib.ghostty_render_state_update(state, terminal), "follow changes")
        _check(lib.ghostty_render_state_get(state, _DIRTY, dirty), "follow changes")
        doubtful, self.doubtful = self.doubtful, False
        if not dirty[0]:
            return None if doubtful else []
        found: list[int] | None = None
        if dirty[0] != _ALL_DIRTY and not doubtful:
            rows, y, following = self._rows[0], self._y, lib.ghostty_render_state_row_iterator_next_dirty
            _check(lib.ghostty_render_state_get(state, _ROWS, self._rows), "follow changes")
            found = []
            while following(rows, y):
                found.append(y[0])
        _check(lib.ghostty_render_state_clean(state), "follow changes")
        return found

    def cells(self, terminal: Any) -> Iterator[tuple[int, Any, bool]]:
        """The rows written to with their raw cells, and whether those may lack a combining mark; all where doubtful.

        The cells are the library's own memory, good until the next row.
        """
        state, dirty, y, view = self._state, self._dirty, self._y, _new("GhosttyCellsView*")
        _check(lib.ghostty_render_state_update(state, terminal), "follow changes")
        _check(lib.ghostty_render_state_get(state, _DIRTY, dirty), "follow changes")
        doubtful, self.doubtful = self.doubtful, False
        _check(lib.ghostty_render_state_get(state, _ROWS, self._rows), "follow changes")
        rows, every, count = self._rows[0], doubtful or dirty[0] == _ALL_DIRTY, 0
        following = lib.ghostty_render_state_row_iterator_next_dirty
        while lib.ghostty_render_state_row_iterator_next(rows) if every else dirty[0] and following(rows, y):
            lib.ghostty_render_state_row_get(rows, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, view)
            yield count if every else y[0], ffi.buffer(view.ptr, view.len * 8), doubtful
            count += 1
        _check(lib.ghostty_render_state_clean(state), "follow changes")


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _blank_row(raw: bytes) -> Row:
    """A row without text: its backgrounds."""
    if raw == bytes(len(raw)):
        return BLANK_ROW
    runs: list[Run] = []
    for value in array("Q", raw):
        tag = _cell(value)[2]
        colour: Any = None
        if tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
            out = _new("GhosttyColorPaletteIndex*")
            lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, out)
            colour = int(out[0])
        elif tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_RGB:
            rgb = _new("GhosttyColorRgb*")
            lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_COLOR_RGB, rgb)
            colour = (rgb.r, rgb.g, rgb.b)
        pen = Pen(bg=colour)
        if runs and runs[-1].pen == pen:
            runs[-1] = Run(runs[-1].text + " ", pen, runs[-1].width + 1)
        else:
            runs.append(Run(" ", pen, 1))
    return Row("", tuple(runs))


def _cell(value: int) -> tuple[int, int, int]:
    """Codepoint, wide flag and content tag of a raw cell; the same number always means the same."""
    known = _CELLS.get(value)
    if known is None:
        point, wide, tag = _new("uint32_t*"), _new("GhosttyCellWide*"), _new("GhosttyCellContentTag*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_CODEPOINT, point)
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_WIDE, wide)
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_CONTENT_TAG, tag)
        if len(_CELLS) > 50_000:
            _CELLS.clear()
        known = _CELLS[value] = (int(point[0]), int(wide[0]), int(tag[0]))
    return known


def _character(value: int) -> str:
    """What a raw cell shows: one character, `FILLED` for a blank with a style; empty where it alone cannot tell."""
    known = _CHARACTERS.get(value)
    if known is None:
        point, wide, tag = _cell(value)
        styled = _new("bool*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_HAS_STYLING, styled)
        sure = tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT and wide == lib.GHOSTTY_CELL_WIDE_NARROW
        if len(_CHARACTERS) > 50_000:
            _CHARACTERS.clear()
        known = chr(point) if sure and point > 31 else ""
        known = _CHARACTERS[value] = FILLED if known == " " and styled[0] else known
    return known


def _freed_with(owner: object, free: Any, handle: Any) -> Any:
    """Free memory of the library's when `owner` goes; not at the process's end, when a thread may still draw in it."""
    finalizer = weakref.finalize(owner, free, handle)
    finalizer.atexit = False
    return finalizer


def _new(name: str, value: Any = None) -> Any:
    """Memory for a C value, zero unless told otherwise; for an array `value` is its length or what it holds."""
    return ffi.new(_TYPES[name], value)


def _sized(name: str) -> Any:
    """A struct of those that begin with their own size, and whose parts do."""
    made = _new(name)
    _set_sizes(made, ffi.typeof(made).item)
    return made


def _set_sizes(struct: Any, kind: Any) -> None:
    for name, field in kind.fields:
        if name == "size":
            struct.size = ffi.sizeof(kind)
        elif field.type.kind == "struct":
            _set_sizes(ffi.addressof(struct[0], name), field.type)


def _allocated(call: Any, *, refusable: bool = False) -> bytes | None:
    """The bytes that a C function allocates and hands over."""
    out, size = _new("uint8_t**"), _new("size_t*")
    result = call(out, size)
    if result and refusable:
        return None
    _check(result, "read the terminal")
    try:
        return bytes(ffi.buffer(out[0], size[0]))
    finally:
        lib.ghostty_free(ffi.NULL, out[0], size[0])


def _check(result: int, what: str) -> None:
    if result:
        raise EmulatorError(f"The terminal emulator could not {what} (code {result}).")
