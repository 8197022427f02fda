"""The emulator: a terminal that draws what it is fed and tells what it shows.

Nothing in a stream is acted on: no callbacks are registered, image protocols are off (they may name files to read),
replies go nowhere. Feeding releases the interpreter lock. A `snapshot` holds the whole state (both screens, saved
cursors, modes, tab stops, pending wrap, the unfinished sequence), so that `restore` goes on exactly where it was taken.
"""

from __future__ import annotations

import unicodedata
from array import array
from typing import Any, Protocol

from replay_tui.terminal.cells import FILLED, ascii_text, blank_row, cell, character
from replay_tui.terminal.dirty_rows import DirtyRows
from replay_tui.terminal.ghostty import (
    EmulatorError,
    allocated,
    check,
    ffi,
    freed_with,
    grid_ref,
    lib,
    new,
    pointer_to,
    sized,
)
from replay_tui.terminal.screen import BLANK_ROW, Screen
from replay_tui.terminal.vt_dump import Cell, complex_row, plain_lines, simple_row

CONTINUATION_LIMIT = 1 << 20
"""Bytes of an unfinished sequence that a snapshot can carry; a longer one has no snapshot until it ends."""

SCROLLBACK_BYTES = 1 << 28
"""What a scrollback may take; whoever asks for one takes its lines out long before."""

CLEAR_HISTORY = b"\x1b[3J"
LEAVE_ALTERNATE = b"\x1b[?1049l"
_MERGE_GAP_ROWS = 8
"""Rows between two that were written to, up to which they are read together."""

_PLAIN = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
_ACTIVE, _HISTORY = lib.GHOSTTY_POINT_TAG_ACTIVE, lib.GHOSTTY_POINT_TAG_HISTORY
_PLACE = {"ACTIVE_SCREEN": "GhosttyTerminalScreen", "SCROLLBACK_ROWS": "size_t", "CURSOR_Y": "uint16_t"}


class InputVetter(Protocol):
    """Who looks at what is about to be done; see `replay_tui.terminal.crash_isolation`."""

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """What of `data` may be drawn."""

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Before a resize."""


vetter: InputVetter | None = None
"""Set only after native code has ended the program on a session."""


def is_isolated() -> bool:
    """Whether what is drawn is tried in another process first."""
    return vetter is not None


class Emulator:
    """A terminal of `cols` x `rows` cells.

    `history` is the lines of its scrollback; None stands for the library's own limit, some hundred lines. Without any,
    it draws twice as fast; but a scrollback is what a resize to more rows fills the screen from.

    `lost` counts the places where what was fed would have ended the process and is left out.
    """

    skipped = 0

    def __init__(self, cols: int, rows: int, history: int | None = None) -> None:
        handle = new("GhosttyTerminal*")
        check(lib.ghostty_terminal_new(ffi.NULL, handle, cols, rows), "make a terminal")
        self._adopt(handle)
        self.set_scrollback(history)
        self._set("CONTINUATION_MAX_BYTES", "size_t*", CONTINUATION_LIMIT)

    def set_scrollback(self, history: int | None) -> None:
        """Change how many lines of what is drawn from now on go into the scrollback; None leaves that as it is."""
        if history is not None:
            self._set("SCROLLBACK_MAX_LINES", "size_t*", history)
            self._set("SCROLLBACK_MAX_BYTES", "size_t*", SCROLLBACK_BYTES if history else 0)

    def _adopt(self, handle: Any) -> None:
        self._terminal = handle[0]
        self._free = freed_with(self, lib.ghostty_terminal_free, self._terminal)
        self._set("KITTY_IMAGE_STORAGE_LIMIT", "uint64_t*", 0)
        self._set("KITTY_IMAGE_MEDIUM_FILE", "bool*", False)
        self._set("KITTY_IMAGE_MEDIUM_SHARED_MEM", "bool*", False)
        # The folder for images in temporary files: no folder, no such images.
        lib.ghostty_terminal_set(self._terminal, lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_MEDIUM_TEMP_FILE, ffi.NULL)
        self._format: tuple[Any, ...] | None = None
        self._buffer = new("uint8_t[]", 1 << 14)
        self._slots: dict[str, tuple[int, Any]] = {}
        self._places: tuple[Any, ...] | None = None
        self._changes: DirtyRows | None = None
        self._style: Any = None
        self._last_col = self._get("COLS") - 1

    def _set(self, option: str, ctype: str, value: Any) -> None:
        key = getattr(lib, f"GHOSTTY_TERMINAL_OPT_{option}")
        check(lib.ghostty_terminal_set(self._terminal, key, new(ctype, value)), f"set {option}")

    def _get(self, name: str, ctype: str = "uint16_t") -> Any:
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = (getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}"), new(f"{ctype}*"))
        if lib.ghostty_terminal_get(self._terminal, slot[0], slot[1]):
            raise EmulatorError(f"The terminal emulator could not tell {name}.")
        return slot[1][0]

    def feed(self, data: bytes) -> None:
        """Draw `data`. Results do not depend on how a stream is cut into calls."""
        self.write(self.vetted(data))

    def vetted(self, data: bytes) -> bytes:
        """What of `data` can be drawn without an end of the process: all of it, unless there has been one."""
        return vetter.feed(self, data) if vetter else data

    def write(self, data: bytes) -> None:
        """`feed` for what has been tried."""
        lib.ghostty_terminal_vt_write(self._terminal, data, len(data))
        if self._changes and not data.isascii():
            self._changes.uncertain = True

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells; the primary screen reflows."""
        if vetter:
            vetter.resize(self, cols, rows)
        check(lib.ghostty_terminal_resize(self._terminal, cols, rows, 8, 16), "resize")
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
            slots = [new(f"{ctype}*") for ctype in _PLACE.values()]
            self._places = (
                new("GhosttyTerminalData[]", keys), slots, new("void*[]", slots), new("size_t*")
            )  # fmt: skip
        named, slots, values, written = self._places
        check(lib.ghostty_terminal_get_multi(self._terminal, len(slots), named, values, written), "tell its place")
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
        config = new("GhosttyTerminalModeConfig*")
        config.mode = number
        check(lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_MODE, config), "read a mode")
        return bool(config.value)

    def snapshot(self) -> bytes | None:
        """The whole state, None while an over-long sequence is unfinished."""
        return allocated(
            lambda out, size: lib.ghostty_snapshot_encode_alloc(self._terminal, ffi.NULL, out, size), refusable=True
        )

    @staticmethod
    def restore(snapshot: bytes, history: int | None = None) -> Emulator:
        """A new emulator in the state of a snapshot. Raises `EmulatorError` for bytes that are none.

        What is drawn from then on goes into a scrollback of `history` lines, as in a new one.
        """
        decoder = new("GhosttySnapshotDecoder*")
        pointer = pointer_to(snapshot)
        check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, pointer, len(snapshot)), "read a snapshot")
        handle = new("GhosttyTerminal*")
        try:
            for option, ctype, value in (
                (lib.GHOSTTY_SNAPSHOT_DECODER_OPT_MAX_CONTINUATION_BYTES, "size_t*", CONTINUATION_LIMIT),
                (lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION, "bool*", True),
            ):
                check(lib.ghostty_snapshot_decoder_set(decoder[0], option, new(ctype, value)), "read a snapshot")
            check(lib.ghostty_snapshot_decoder_decode(decoder[0], handle), "read a snapshot")
        finally:
            lib.ghostty_snapshot_decoder_free(decoder[0])
        emulator = Emulator.__new__(Emulator)
        emulator._adopt(handle)
        emulator.set_scrollback(history)
        return emulator

    @property
    def at_ground_state(self) -> bool:
        """Whether no sequence is unfinished."""
        return bool(self._get("VT_GROUND", "bool"))

    def leave_alternate(self) -> None:
        """Go back to the primary screen, where it is not shown."""
        if self.alt:
            self.feed(LEAVE_ALTERNATE)

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

    def changed_text(self) -> dict[int, str] | None:
        """The rows written to since the last call, in order, with their plain text; None for all of them.

        A row may be told of though it is as it was, never left out though it changed.
        """
        if self._changes is None:
            self._changes = DirtyRows()
        rows = self._changes.rows(self._terminal)
        if rows is None:
            return None
        found = {y: text for y, raw in rows.items() if raw and (text := ascii_text(raw)) is not None}
        if len(found) == len(rows):
            return found
        unread = [y for y in rows if y not in found]
        first, end = unread[0], unread[-1] + 1
        if end - first <= len(unread) + _MERGE_GAP_ROWS:
            read = dict(enumerate(self.plain_rows(first, end - first), first))
            return {y: found[y] if y in found else read[y] for y in rows}
        return {y: found[y] if y in found else self.plain_rows(y, 1)[0] for y in rows}

    def _formatted(self, form: int, rows: int, history: bool, *, unwrap: bool = False, first: int = 0) -> bytes:
        """`rows` rows in one of the library's formats. The structs are kept: sizing them anew costs 40 us."""
        selection, options, formatter, size = self._structs()[:4]
        selection.start = self._ref(0, first, history)[0]
        selection.end = self._ref(self._last_col, first + rows - 1, history)[0]
        options.emit, options.selection, options.unwrap = form, selection, unwrap
        options.trim = form == _PLAIN
        check(lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self._terminal, options[0]), "dump")
        try:
            while result := lib.ghostty_formatter_format_buf(formatter[0], self._buffer, len(self._buffer), size):
                if size[0] <= len(self._buffer):
                    check(result, "dump")
                self._buffer = new("uint8_t[]", size[0] * 2)
            return bytes(ffi.buffer(self._buffer, size[0]))
        finally:
            lib.ghostty_formatter_free(formatter[0])

    def _structs(self) -> tuple[Any, ...]:
        if self._format is None:
            self._format = (
                sized("GhosttySelection*"), sized("GhosttyFormatterTerminalOptions*"),
                new("GhosttyFormatter*"), new("size_t*"), sized("GhosttyGridRef*"),
                new("GhosttyPointS*"), new("GhosttyRow*"), new("bool*"),
            )  # fmt: skip
        return self._format

    def _ref(self, x: int, y: int, history: bool) -> Any:
        """A reference to a cell, good until the next call."""
        ref, point = self._structs()[4:6]
        value = point.value
        point.tag, value.x, value.y = _HISTORY if history else _ACTIVE, x, y
        check(grid_ref(self._terminal, point[0], ref), "find a cell")
        return ref

    def text_rows(self, *, history: bool = False) -> list[tuple[str, bool]]:
        """The rows' plain text, and whether each goes on in the next one (it was wrapped at the margin)."""
        rows = self.plain_rows(history=history)
        if not rows:
            return []
        cols = self._get("COLS")
        # A row that is a whole line needs no look at its flag, which costs far more than this. A blank row below it
        # may still be its continuation.
        joined = self._formatted(_PLAIN, len(rows), history, unwrap=True)
        whole, found = iter(plain_lines(joined)), []
        line = next(whole, "")
        for y, text in enumerate(rows):
            undecided = text != line or y == len(rows) - 1 or not rows[y + 1]
            wraps = len(text) * 2 >= cols and undecided and self._wraps(y, history)
            if not wraps:
                line = next(whole, "")
            found.append((text + " " * self._blanks_at_margin(text, cols, y, history) if wraps else text, wraps))
        return found

    def _blanks_at_margin(self, text: str, cols: int, y: int, history: bool) -> int:
        """The blanks that end a full row, which its plain text leaves out."""
        gap = cols - (len(text) if text.isascii() else sum(_width(char) for char in text))
        if gap == 1:  # a blank, or the cell that a wide character left free because it did not fit
            raw = new("GhosttyCell*")
            if not lib.ghostty_grid_ref_cell(self._ref(cols - 1, y, history), raw):
                return int(cell(raw[0])[1] != lib.GHOSTTY_CELL_WIDE_SPACER_HEAD)
        return max(0, gap)

    def _wraps(self, y: int, history: bool) -> bool:
        row, wraps = self._structs()[6:]
        if lib.ghostty_grid_ref_row(self._ref(0, y, history), row):
            return False
        lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, wraps)
        return bool(wraps[0])

    def drain_scrollback(self) -> list[tuple[str, bool]]:
        """`text_rows` of the scrollback, which is empty afterwards; none in the middle of a sequence."""
        if not self.at_ground_state or not self.history_rows:
            return []
        rows = self.text_rows(history=True)
        self.feed(CLEAR_HISTORY)
        return rows

    def clear_scrollback(self) -> None:
        """Empty the scrollback, except in the middle of a sequence."""
        if self.at_ground_state and self.history_rows:
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
                grid[y] = blank_row(raw[y]) if grid[y] is BLANK_ROW else complex_row(dump[y], self._cells(raw[y], y))
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

    def displays_same_as(self, other: Emulator) -> bool:
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
        if self._changes is None:
            self._changes = DirtyRows()
        found = []
        for y, raw, doubtful in self._changes.cells(self._terminal):
            # As one number: its highest bit that is set lies in the last cell (stripping zero bytes is slower).
            row = int.from_bytes(raw, "little")
            width = -(-row.bit_length() // 64)
            end = "" if doubtful or not width else character(row >> (width - 1) * 64)
            if end == FILLED and not self._filled(width - 1, y):
                end = " "
            found.append((y, width, end))
        return found

    def _filled(self, x: int, y: int) -> bool:
        """Whether a cell's style gives it a background."""
        if self._style is None:
            self._style = sized("GhosttyStyle*")
        check(lib.ghostty_grid_ref_style(self._ref(x, y, False), self._style), "read a style")
        return bool(self._style.inverse or self._style.bg_color.tag != lib.GHOSTTY_STYLE_COLOR_NONE)

    def dump_row(self, y: int) -> str:
        """One row as in `dump`."""
        return self._formatted(lib.GHOSTTY_FORMATTER_FORMAT_VT, 1, False, first=y).decode("utf-8", "replace")

    def _palette(self) -> dict[int, tuple[int, int, int]]:
        now, default = (new("GhosttyColorRgb[256]") for _ in range(2))
        lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE, now)
        lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE_DEFAULT, default)
        mine, usual = bytes(ffi.buffer(now)), bytes(ffi.buffer(default))
        if mine == usual:
            return {}
        return {
            i: (mine[3 * i], mine[3 * i + 1], mine[3 * i + 2])
            for i in range(256)
            if mine[3 * i : 3 * i + 3] != usual[3 * i : 3 * i + 3]
        }

    def _raw_rows(self) -> list[bytes]:
        state, rows = new("GhosttyRenderState*"), new("GhosttyRenderStateRowIterator*")
        check(lib.ghostty_render_state_new(ffi.NULL, state), "read cells")
        try:
            check(lib.ghostty_render_state_update(state[0], self._terminal), "read cells")
            check(lib.ghostty_render_state_row_iterator_new(ffi.NULL, rows), "read cells")
            lib.ghostty_render_state_get(state[0], lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, rows)
            view, found = new("GhosttyCellsView*"), []
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
            codepoint, wide, tag = cell(value)
            if wide in (lib.GHOSTTY_CELL_WIDE_SPACER_TAIL, lib.GHOSTTY_CELL_WIDE_SPACER_HEAD):
                continue
            text = chr(codepoint) if codepoint else " "
            if tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:
                text = self._grapheme(x, y) or text
            cells.append((text, 2 if wide == lib.GHOSTTY_CELL_WIDE_WIDE else 1))
        return tuple(cells)

    def _grapheme(self, x: int, y: int) -> str:
        points, count = new("uint32_t[64]"), new("size_t*")
        if lib.ghostty_grid_ref_graphemes(self._ref(x, y, False), points, 64, count):
            return ""
        return "".join(chr(point) for point in points[0 : count[0]])


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
