"""Terminal emulator of the native library: interprets output bytes and reports the screen.

A stream has no side effects: no callbacks are registered, image protocols are off (they may name files to read),
replies are discarded. `feed` releases the GIL. A `snapshot` holds the whole state (both screens, saved cursors, modes,
tab stops, pending wrap, an unfinished sequence), so that a restored emulator continues exactly like the original.
"""

from __future__ import annotations

from replay_tui.terminal import input_vetter
from replay_tui.terminal.native.cells import (
    ascii_text,
    blank_row,
    changed_palette,
    character,
    has_gap,
)
from replay_tui.terminal.native.dirty_rows import DirtyRows
from replay_tui.terminal.native.native_terminal import PLAIN, SIDE_MARGINS, VT, NativeTerminal
from replay_tui.terminal.native.snapshot import decode_snapshot
from replay_tui.terminal.screen import BLANK_ROW, STYLED_BLANK, Screen, ScreenRow
from replay_tui.terminal.sequence_rewrites import MARK
from replay_tui.terminal.stateful_output import write_carefully
from replay_tui.terminal.vt_dump import complex_row, plain_lines, simple_row, written_row

_CLEAR_HISTORY = b"\x1b[3J"
LEAVE_ALTERNATE = b"\x1b[?1049l"
_MERGE_GAP_ROWS = 8
"""Two dirty rows at most this many rows apart are read in one call."""


class GhosttyEmulator(NativeTerminal):
    """A terminal that draws output like xterm.

    `skipped` counts the places where input was skipped because it would have crashed the process.
    """

    skipped = 0

    def feed(self, data: bytes) -> None:
        """Check and write `data`. Results do not depend on how a stream is cut into calls."""
        self.write(self.vetted(data))

    def vetted(self, data: bytes) -> bytes:
        """Return the part of `data` that does not crash the process: all of it if no vetter is installed."""
        return input_vetter.vetter.feed(self, data) if input_vetter.vetter else data

    def write(self, data: bytes) -> None:
        """Write `data` that has been vetted."""
        if MARK in data or self._has_side_margins or (self.extended.uses_graphics and b"_" in data):
            write_carefully(self, data)
            self._has_side_margins = self.mode(SIDE_MARGINS)
        else:
            self.write_native(data)

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells; the primary screen reflows. Raises `EmulatorError`."""
        if input_vetter.vetter:
            input_vetter.vetter.resize(self, cols, rows)
        self._normalize()
        self._resize_native(cols, rows)

    @staticmethod
    def restore(snapshot: bytes, history: int | None = None) -> GhosttyEmulator:
        """Return a new emulator in the state of a snapshot, with a scrollback of `history` lines for further output.

        Raises `EmulatorError` if the bytes are not a valid snapshot.
        """
        emulator = GhosttyEmulator.__new__(GhosttyEmulator)
        emulator._adopt(*decode_snapshot(snapshot))
        emulator.set_scrollback(history)
        return emulator

    def leave_alternate(self) -> None:
        """Switch to the primary screen if the alternate screen is active."""
        if self.alt:
            self.feed(LEAVE_ALTERNATE)

    def dump(self, *, history: bool = False) -> list[str]:
        """Return the rows of the screen (with `history`: of the scrollback) as VT text: reset, SGR, text per run."""
        rows = self.history_rows if history else self._get("ROWS")
        dumped = self._formatted(VT, rows, history) if rows else b""
        lines = dumped.decode("utf-8", "replace").split("\r\n") if rows else []
        return lines[:rows] + [""] * (rows - len(lines))

    def plain_rows(self, first: int = 0, count: int | None = None, *, history: bool = False) -> list[str]:
        """Return the plain text of `count` rows (default: all) from row `first`; several times faster than `screen`."""
        rows = count if count is not None else self.history_rows if history else self._get("ROWS")
        if not rows:
            return []
        lines = plain_lines(self._formatted(PLAIN, rows, history, first=first))
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

    def text_rows(self, *, history: bool = False) -> list[tuple[str, bool]]:
        """Return each row as (plain text, is wrapped at the margin into the next row)."""
        rows = self.plain_rows(history=history)
        if not rows:
            return []
        cols = self._get("COLS")
        # Reading a row's wrap flag is expensive: rows that are whole lines in the unwrapped dump do not need it, unless
        # a blank row below them may be their continuation.
        joined = self._formatted(PLAIN, len(rows), history, unwrap=True)
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

    def drain_scrollback(self) -> list[tuple[str, bool]]:
        """Return `text_rows` of the scrollback and empty it. Does nothing inside a sequence."""
        if not self.at_ground_state or not self.history_rows:
            return []
        rows = self.text_rows(history=True)
        self.feed(_CLEAR_HISTORY)
        return rows

    def clear_scrollback(self) -> None:
        """Empty the scrollback. Does nothing inside a sequence."""
        if self.at_ground_state and self.history_rows:
            self.feed(_CLEAR_HISTORY)

    def screen(self, time: float = 0.0) -> Screen:
        """Return the current screen, labelled with `time` (seconds)."""
        cols, rows = self.size
        dump = self.dump()
        grid = [simple_row(line) for line in dump]
        # The dump has no rows with a background but no text, no widths, and no unwritten cells between text: read those
        # from the cells.
        unresolved = [y for y, row in enumerate(grid) if row is None or row is BLANK_ROW]
        if unresolved:
            raw = self.raw_rows()
            for y in unresolved:
                grid[y] = self._resolved_row(dump[y], raw[y], y)
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

    def _resolved_row(self, dump: str, raw: bytes, y: int) -> ScreenRow:
        if not dump:
            return blank_row(raw)
        row = None if has_gap(raw) else written_row(dump)
        return row or complex_row(dump, self._cells(raw, y))

    def displays_same_as(self, other: GhosttyEmulator) -> bool:
        """Return True if both have the same screen and cursor state. Faster than comparing their `screen()`s.

        A pending wrap is compared too: at a side margin (DECSLRM) it is not part of a snapshot.
        """
        ours, theirs = ((one.size, one.cursor, one.alt, one.wrap_pending) for one in (self, other))
        if ours != theirs:
            return False
        if (lines := self.dump()) != other.dump():
            return False
        if all(lines):
            return True
        # The dump has no rows with a background but no text. Raw cells of text contain style numbers, which may differ.
        rows = zip(lines, self.raw_rows(), other.raw_rows(), strict=True)
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

    def dump_row(self, y: int) -> str:
        """Return one row in the format of `dump`."""
        return self._formatted(VT, 1, False, first=y).decode("utf-8", "replace")
