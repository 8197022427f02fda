"""Terminal emulator: interprets output bytes and reports the screen.

A stream has no side effects: no callbacks are registered, image protocols are off (they may name files to read),
replies are discarded. `feed` releases the GIL. A `snapshot` holds the whole state (both screens, saved cursors, modes,
tab stops, pending wrap, an unfinished sequence), so that a restored emulator continues exactly like the original.
"""

from __future__ import annotations

from array import array
from typing import Any

from replay_tui.domain.text import text_width
from replay_tui.terminal import input_vetter
from replay_tui.terminal.cells import STYLED_BLANK, ascii_text, blank_row, cell, changed_palette, character, raw_rows
from replay_tui.terminal.dirty_rows import DirtyRows
from replay_tui.terminal.ghostty import (
    EmulatorError,
    check,
    ffi,
    freed_with,
    grid_ref,
    lib,
    new,
    sized,
)
from replay_tui.terminal.screen import BLANK_ROW, Screen
from replay_tui.terminal.snapshot import CONTINUATION_LIMIT, decode_snapshot, encode_snapshot
from replay_tui.terminal.vt_dump import Cell, complex_row, plain_lines, simple_row

MAX_SCROLLBACK_BYTES = 1 << 28
"""Memory limit of the scrollback; callers that use one drain it long before."""

CLEAR_HISTORY = b"\x1b[3J"
LEAVE_ALTERNATE = b"\x1b[?1049l"
_MERGE_GAP_ROWS = 8
"""Two dirty rows at most this many rows apart are read in one call."""

_PLAIN = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
_ACTIVE, _HISTORY = lib.GHOSTTY_POINT_TAG_ACTIVE, lib.GHOSTTY_POINT_TAG_HISTORY
_PLACE = {"ACTIVE_SCREEN": "GhosttyTerminalScreen", "SCROLLBACK_ROWS": "size_t", "CURSOR_Y": "uint16_t"}


class Emulator:
    """A terminal of `cols` x `rows` cells.

    `history` is the maximum number of scrollback lines; None means the library's own limit (some hundred lines). With 0
    the emulator is twice as fast, but a resize to more rows cannot restore lines from the scrollback.

    `skipped` counts the places where input was skipped because it would have crashed the process.
    """

    skipped = 0

    def __init__(self, cols: int, rows: int, history: int | None = None) -> None:
        handle = new("GhosttyTerminal*")
        check(lib.ghostty_terminal_new(ffi.NULL, handle, cols, rows), "create a terminal")
        self._adopt(handle)
        self.set_scrollback(history)
        self._set("CONTINUATION_MAX_BYTES", "size_t*", CONTINUATION_LIMIT)

    def set_scrollback(self, history: int | None) -> None:
        """Set the maximum number of scrollback lines for further output; None keeps the current limit."""
        if history is not None:
            self._set("SCROLLBACK_MAX_LINES", "size_t*", history)
            self._set("SCROLLBACK_MAX_BYTES", "size_t*", MAX_SCROLLBACK_BYTES if history else 0)

    def _adopt(self, handle: Any) -> None:
        self._terminal = handle[0]
        self._free = freed_with(self, lib.ghostty_terminal_free, self._terminal)
        self._set("KITTY_IMAGE_STORAGE_LIMIT", "uint64_t*", 0)
        self._set("KITTY_IMAGE_MEDIUM_FILE", "bool*", False)
        self._set("KITTY_IMAGE_MEDIUM_SHARED_MEM", "bool*", False)
        # Without a folder for temporary files the library loads no images from them.
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
            raise EmulatorError(f"The terminal emulator could not read {name}.")
        return slot[1][0]

    def feed(self, data: bytes) -> None:
        """Check and write `data`. Results do not depend on how a stream is cut into calls."""
        self.write(self.vetted(data))

    def vetted(self, data: bytes) -> bytes:
        """Return the part of `data` that does not crash the process: all of it if no vetter is installed."""
        return input_vetter.vetter.feed(self, data) if input_vetter.vetter else data

    def write(self, data: bytes) -> None:
        """Write `data` that has been vetted."""
        lib.ghostty_terminal_vt_write(self._terminal, data, len(data))
        if self._changes and not data.isascii():
            self._changes.uncertain = True

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells; the primary screen reflows. Raises `EmulatorError`."""
        if input_vetter.vetter:
            input_vetter.vetter.resize(self, cols, rows)
        check(lib.ghostty_terminal_resize(self._terminal, cols, rows, 8, 16), "resize")
        self._last_col = cols - 1

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows)."""
        return self._get("COLS"), self._get("ROWS")

    @property
    def cols(self) -> int:
        """Number of columns; faster than `size`."""
        return int(self._get("COLS"))

    @property
    def cursor(self) -> tuple[int, int]:
        """(column, row), zero-based."""
        return self._get("CURSOR_X"), self._get("CURSOR_Y")

    @property
    def place(self) -> tuple[bool, int, int]:
        """(alternate screen is active, lines in the scrollback, cursor row), read in one native call."""
        if self._places is None:
            keys = [getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}") for name in _PLACE]
            slots = [new(f"{ctype}*") for ctype in _PLACE.values()]
            self._places = (
                new("GhosttyTerminalData[]", keys), slots, new("void*[]", slots), new("size_t*")
            )  # fmt: skip
        named, slots, values, written = self._places
        check(
            lib.ghostty_terminal_get_multi(self._terminal, len(slots), named, values, written),
            "read the cursor position",
        )
        alt, history, row = slots
        return bool(alt[0]), history[0], row[0]

    @property
    def wrap_pending(self) -> bool:
        """Whether a wrap is pending: the cursor is at the right margin and the next character wraps first."""
        return bool(self._get("CURSOR_PENDING_WRAP", "bool"))

    @property
    def alt(self) -> bool:
        """Whether the alternate screen is active."""
        return bool(self._get("ACTIVE_SCREEN", "GhosttyTerminalScreen"))

    @property
    def history_rows(self) -> int:
        """Lines in the scrollback."""
        return int(self._get("SCROLLBACK_ROWS", "size_t"))

    def mode(self, number: int) -> bool:
        """Return True if DEC private mode `number` is set."""
        config = new("GhosttyTerminalModeConfig*")
        config.mode = number
        check(lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_MODE, config), "read a mode")
        return bool(config.value)

    def snapshot(self) -> bytes | None:
        """Return the whole state, None inside a sequence that is longer than `CONTINUATION_LIMIT`."""
        return encode_snapshot(self._terminal)

    @staticmethod
    def restore(snapshot: bytes, history: int | None = None) -> Emulator:
        """Return a new emulator in the state of a snapshot, with a scrollback of `history` lines for further output.

        Raises `EmulatorError` if the bytes are not a valid snapshot.
        """
        emulator = Emulator.__new__(Emulator)
        emulator._adopt(decode_snapshot(snapshot))
        emulator.set_scrollback(history)
        return emulator

    @property
    def at_ground_state(self) -> bool:
        """Whether the parser is at ground state (not inside a sequence)."""
        return bool(self._get("VT_GROUND", "bool"))

    def leave_alternate(self) -> None:
        """Switch to the primary screen if the alternate screen is active."""
        if self.alt:
            self.feed(LEAVE_ALTERNATE)

    def dump(self, *, history: bool = False) -> list[str]:
        """Return the rows of the screen (with `history`: of the scrollback) as VT text: reset, SGR, text per run."""
        rows = self.history_rows if history else self._get("ROWS")
        dumped = self._formatted(lib.GHOSTTY_FORMATTER_FORMAT_VT, rows, history) if rows else b""
        lines = dumped.decode("utf-8", "replace").split("\r\n") if rows else []
        return lines[:rows] + [""] * (rows - len(lines))

    def plain_rows(self, first: int = 0, count: int | None = None, *, history: bool = False) -> list[str]:
        """Return the plain text of `count` rows (default: all) from row `first`; several times faster than `screen`."""
        rows = count if count is not None else self.history_rows if history else self._get("ROWS")
        if not rows:
            return []
        lines = plain_lines(self._formatted(_PLAIN, rows, history, first=first))
        return lines if len(lines) == rows else lines[:rows] + [""] * (rows - len(lines))

    def changed_text(self) -> dict[int, str] | None:
        """Return the plain text of each row written to since the last call, in row order; None means all rows.

        The result may include unchanged rows, but never misses a changed one.
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
        """Return `rows` rows in one of the library's formats. The C structs are reused: creating them takes 40 us."""
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
        """Return a reference to a cell, valid until the next call. Raises `EmulatorError`."""
        ref, point = self._structs()[4:6]
        value = point.value
        point.tag, value.x, value.y = _HISTORY if history else _ACTIVE, x, y
        check(grid_ref(self._terminal, point[0], ref), "find a cell")
        return ref

    def text_rows(self, *, history: bool = False) -> list[tuple[str, bool]]:
        """Return each row as (plain text, is wrapped at the margin into the next row)."""
        rows = self.plain_rows(history=history)
        if not rows:
            return []
        cols = self._get("COLS")
        # Reading a row's wrap flag is expensive: rows that are whole lines in the unwrapped dump do not need it, unless
        # a blank row below them may be their continuation.
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

    def wrapped_row(self, y: int, text: str, cols: int) -> str | None:
        """Return row `y` with its plain `text`, padded to the margin; None if it is not wrapped there."""
        if not self._wraps(y, False):
            return None
        is_full = len(text) == cols and text.isascii()
        return text if is_full else text + " " * self._blanks_at_margin(text, cols, y, False)

    def _blanks_at_margin(self, text: str, cols: int, y: int, history: bool) -> int:
        """Return the number of blanks at the end of a full row, which its plain text does not contain."""
        gap = cols - text_width(text)
        if gap == 1:  # a blank, or the cell left free by a wide character that did not fit
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
        """Return `text_rows` of the scrollback and empty it. Does nothing inside a sequence."""
        if not self.at_ground_state or not self.history_rows:
            return []
        rows = self.text_rows(history=True)
        self.feed(CLEAR_HISTORY)
        return rows

    def clear_scrollback(self) -> None:
        """Empty the scrollback. Does nothing inside a sequence."""
        if self.at_ground_state and self.history_rows:
            self.feed(CLEAR_HISTORY)

    def screen(self, time: float = 0.0) -> Screen:
        """Return the current screen, labelled with `time` (seconds)."""
        cols, rows = self.size
        dump = self.dump()
        grid = [simple_row(line) for line in dump]
        # The dump has no rows with a background but no text, and no widths: read those from the cells.
        unresolved = [y for y, row in enumerate(grid) if row is None or row is BLANK_ROW]
        if unresolved:
            raw = raw_rows(self._terminal)
            for y in unresolved:
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
            palette=changed_palette(self._terminal),
        )

    def displays_same_as(self, other: Emulator) -> bool:
        """Return True if both have the same screen and cursor state. Faster than comparing their `screen()`s.

        A pending wrap is compared too: at a side margin (DECSLRM) it is not part of a snapshot.
        """
        ours, theirs = ((one.size, one.cursor, one.alt, one.wrap_pending) for one in (self, other))
        if ours != theirs:
            return False
        if (lines := self.dump()) != other.dump():
            return False
        # The dump has no rows with a background but no text. Raw cells of text contain style numbers, which may differ.
        rows = zip(lines, raw_rows(self._terminal), raw_rows(other._terminal), strict=True)
        return all(line or raw == raw2 for line, raw, raw2 in rows)

    def row_ends(self) -> list[tuple[int, int, str]]:
        """Return (row, width in cells, last character) of each row written to since the last call.

        A blank on a background is `STYLED_BLANK`. The character is empty if only the row's dump shows it: a grapheme
        cluster, a wide character, a background without text.
        """
        if self._changes is None:
            self._changes = DirtyRows()
        found = []
        for y, raw, uncertain in self._changes.cells(self._terminal):
            # As one integer: its highest set bit is in the last used cell (stripping zero bytes is slower).
            row = int.from_bytes(raw, "little")
            width = -(-row.bit_length() // 64)
            end = "" if uncertain or not width else character(row >> (width - 1) * 64)
            if end == STYLED_BLANK and not self._has_background(width - 1, y):
                end = " "
            found.append((y, width, end))
        return found

    def _has_background(self, x: int, y: int) -> bool:
        """Return True if the style of a cell sets a background."""
        if self._style is None:
            self._style = sized("GhosttyStyle*")
        check(lib.ghostty_grid_ref_style(self._ref(x, y, False), self._style), "read a style")
        return bool(self._style.inverse or self._style.bg_color.tag != lib.GHOSTTY_STYLE_COLOR_NONE)

    def dump_row(self, y: int) -> str:
        """Return one row in the format of `dump`."""
        return self._formatted(lib.GHOSTTY_FORMATTER_FORMAT_VT, 1, False, first=y).decode("utf-8", "replace")

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
