"""Replacement of the terminal emulator for platforms without the native library: asciinema's avt.

Has the public interface of `ghostty_emulator.GhosttyEmulator`; `tests/terminal/test_emulator_contract.py` tests both.

| the native emulator has | here |
| --- | --- |
| underline styles and colours, hidden text, overline | a plain underline, visible text, none |
| colours that the session sets (OSC 4, 10, 11), DECSCNM | the default colours |
| grapheme clusters, widths of emoji | each character has its own cell |
| side margins, protected cells, rectangles, double-width lines | ignored |
| rows that are wrapped; lines that a resize restores | each row is a line; lines that left the screen do not return |
| modes | autowrap and cursor visibility are reported, others as off |
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

import msgspec
from avt import Color, Line, Vt  # type: ignore[attr-defined]
from avt import Pen as AvtPen  # type: ignore[attr-defined]

from replay_tui.domain.display_text import blank_unsafe, text_width
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_theme import Colour
from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.screen import BLANK_ROW, PLAIN, STYLED_BLANK, Pen, Screen, ScreenRow, TextRun
from replay_tui.terminal.vt_dump import sgr

LIMITS = (
    "the native terminal emulator is not used; screens are drawn by a simpler one, without underline styles, colours "
    "set by the session, hidden text, side margins and joined characters"
)
MAX_CELLS = 1 << 20
_CURSOR_VISIBLE, _AUTOWRAP = 25, 7
_ALTERNATE = lazy_compile(rb"\x1b\[\?(?:[0-9;]*;)?0*(?:47|1047|1049)(?:;[0-9;]*)?(?P<switch>[hl])|\x1bc")
_C1 = lazy_compile("[\x80-\x9f]")


class _State(msgspec.Struct):
    """Snapshot: `dump` restores the screens, `partial` is an incomplete character."""

    cols: int
    rows: int
    alt: bool
    partial: bytes
    dump: str


@dataclass
class _History:
    """Lines that scrolled off, oldest first; `limit` is the number kept, None for the library's own."""

    limit: int | None
    lines: list[str] = field(default_factory=list)

    def add(self, lines: list[Line]) -> None:
        """Append lines within the limit."""
        self.lines += [_text(line) for line in lines]
        limit = 500 if self.limit is None else self.limit
        del self.lines[: max(0, len(self.lines) - limit)]


class AvtEmulator:
    """A terminal of `cols` x `rows` cells; see `ghostty_emulator.GhosttyEmulator` for the methods."""

    skipped = refused = work = work_limit = 0  # see `ghostty_emulator.GhosttyEmulator`

    def __init__(self, cols: int, rows: int, history: int | None = None) -> None:
        if cols < 2 or not 0 < rows <= MAX_CELLS // cols:  # the library panics if one column reflows
            raise EmulatorError(f"The terminal emulator could not create a terminal of {cols}x{rows} cells.")
        self._vt = Vt(cols, rows, 0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._history = _History(history)
        self._changed: set[int] | None = None
        self.alt = False

    def feed(self, data: bytes) -> None:
        """Write `data`."""
        self.write(data)

    def vetted(self, data: bytes) -> bytes:
        """Return `data`: this emulator does not crash the process."""
        return data

    def write(self, data: bytes) -> None:
        """Write `data`, in which no sequence is cut."""
        for found in _ALTERNATE.finditer(data):
            self.alt = found["switch"] == b"h"
        # The library executes C1 controls; xterm in UTF-8 does not.
        rows, gone = self._vt.feed_str(_C1.sub("\ufffd", self._decoder.decode(data)))
        self._note(rows, gone)

    def _note(self, rows: list[int], gone: list[Line]) -> None:
        if self._changed is not None:
            self._changed.update(rows)
        self._history.add(gone)

    def resize(self, cols: int, rows: int) -> None:
        """Change the size in cells. Raises `EmulatorError`."""
        if cols < 2 or not 0 < rows <= MAX_CELLS // cols:  # the library panics if one column reflows
            raise EmulatorError(f"The terminal emulator could not resize to {cols}x{rows} cells.")
        self._note(*self._vt.resize(cols, rows))
        self._changed = None

    def set_scrollback(self, history: int | None) -> None:
        """Set the maximum number of scrollback lines for further output; None keeps the current limit."""
        if history is not None:
            self._history.limit = history

    def snapshot(self) -> bytes | None:
        """Return the whole state except the scrollback."""
        cols, rows = self.size
        return msgspec.msgpack.encode(_State(cols, rows, self.alt, self._decoder.getstate()[0], self._vt.dump()))

    @staticmethod
    def restore(snapshot: bytes, history: int | None = None) -> AvtEmulator:
        """Return a new emulator in the state of a snapshot. Raises `EmulatorError` if it is not valid."""
        try:
            state = msgspec.msgpack.decode(snapshot, type=_State)
        except msgspec.MsgspecError as error:
            raise EmulatorError("The terminal emulator could not read a snapshot.") from error
        emulator = AvtEmulator(state.cols, state.rows, history)
        emulator._vt.feed_str(state.dump)
        emulator._decoder.decode(state.partial)
        emulator.alt = state.alt
        return emulator

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows)."""
        return self._vt.size

    @property
    def cols(self) -> int:
        """Number of columns."""
        return self.size[0]

    @property
    def cursor(self) -> tuple[int, int]:
        """(column, row), zero-based."""
        cursor = self._vt.cursor
        return min(cursor.col, self.cols - 1), cursor.row

    @property
    def place(self) -> tuple[bool, int, int]:
        """(alternate screen is active, lines in the scrollback, cursor row)."""
        return self.alt, self.history_rows, self.cursor[1]

    @property
    def wrap_pending(self) -> bool:
        """Whether the next character wraps first."""
        return self._vt.cursor.col >= self.cols

    @property
    def history_rows(self) -> int:
        """Lines in the scrollback."""
        return len(self._history.lines)

    @property
    def at_ground_state(self) -> bool:
        """Whether no character is incomplete; callers cut no sequence."""
        return not self._decoder.getstate()[0]

    def mode(self, number: int) -> bool:
        """Return True if a mode is set, as far as the library tells."""
        return self._vt.cursor.visible if number == _CURSOR_VISIBLE else number == _AUTOWRAP

    def leave_alternate(self) -> None:
        """Switch to the primary screen if the alternate screen is active."""
        if self.alt:
            self.feed(b"\x1b[?1049l")

    def screen(self, time: float = 0.0) -> Screen:
        """Return the current screen, labelled with `time` (seconds)."""
        cols, rows = self.size
        grid = tuple(map(_row, self._vt.view()))
        return Screen(cols, rows, self.cursor, self._vt.cursor.visible, self.alt, grid, time)

    def plain_rows(self, first: int = 0, count: int | None = None, *, history: bool = False) -> list[str]:
        """Return the plain text of `count` rows (default: all) from row `first`."""
        lines = list(self._history.lines) if history else [_text(line) for line in self._vt.view()]
        return lines[first : None if count is None else first + count]

    def text_rows(self, *, history: bool = False) -> list[tuple[str, bool]]:
        """Return each row as (plain text, False): the library does not tell which rows are wrapped."""
        return [(text, False) for text in self.plain_rows(history=history)]

    def wrapped_row(self, y: int, text: str, cols: int) -> str | None:
        """Return None: the library does not tell which rows are wrapped."""
        return None

    def changed_text(self) -> dict[int, str] | None:
        """Return the plain text of each row written to since the last call, in row order; None means all rows."""
        rows, self._changed = self._changed, set()
        lines = self._vt.view()
        return None if rows is None else {y: _text(lines[y]) for y in sorted(rows) if y < len(lines)}

    def row_ends(self) -> list[tuple[int, int, str]]:
        """Return (row, width in cells, last character) of each row written to since the last call."""
        rows, self._changed = self._changed, set()
        lines, found = self._vt.view(), []
        for y in range(len(lines)) if rows is None else sorted(rows):
            row = _row(lines[y])
            last = row.runs[-1] if row.runs else TextRun("", PLAIN, 0)
            end = STYLED_BLANK if last.text.endswith(" ") else last.text[-1:]
            found.append((y, sum(run.width for run in row.runs), end))
        return found

    def dump_row(self, y: int) -> str:
        """Return one row as VT text: reset, SGR, text per run."""
        return "".join(f"\x1b[0m{sgr(run.pen)}{run.text}" for run in _row(self._vt.view()[y]).runs)

    def drain_scrollback(self) -> list[tuple[str, bool]]:
        """Return `text_rows` of the scrollback and empty it."""
        rows = self.text_rows(history=True)
        self._history.lines.clear()
        return rows

    def clear_scrollback(self) -> None:
        """Empty the scrollback."""
        self._history.lines.clear()

    def displays_same_as(self, other: AvtEmulator) -> bool:
        """Return True if both have the same screen and cursor state."""
        return (self.alt, self._vt.dump()) == (other.alt, other._vt.dump())


def _text(line: Line) -> str:
    return blank_unsafe("".join(cell.char for cell in line.cells if cell.width)).rstrip(" ")


def _row(line: Line) -> ScreenRow:
    """Return a row without blanks of the default style at its end."""
    runs: list[TextRun] = []
    for cell in line.cells:
        if not cell.width:
            continue
        char = blank_unsafe(cell.char)
        # Characters without a width, or with another one than in the viewer's terminal, keep their cells.
        text = char if text_width(char) == cell.width else "\ufffd" + " " * (cell.width - 1)
        pen = PLAIN if cell.pen.is_default() else _pen(cell.pen)
        if runs and runs[-1].pen == pen:
            runs[-1] = TextRun(runs[-1].text + text, pen, runs[-1].width + cell.width)
        else:
            runs.append(TextRun(text, pen, cell.width))
    if runs and runs[-1].pen == PLAIN:
        text = runs[-1].text.rstrip(" ")
        runs[-1:] = [TextRun(text, PLAIN, runs[-1].width - len(runs[-1].text) + len(text))] if text else []
    return ScreenRow("".join(run.text for run in runs).rstrip(" "), tuple(runs)) if runs else BLANK_ROW


def _pen(pen: AvtPen) -> Pen:
    return Pen(
        fg=_colour(pen.foreground),
        bg=_colour(pen.background),
        bold=pen.bold,
        faint=pen.faint,
        italic=pen.italic,
        underline=int(pen.underline),
        blink=pen.blink,
        inverse=pen.inverse,
        strike=pen.strikethrough,
    )


def _colour(colour: Color | None) -> Colour:
    if isinstance(colour, Color.Indexed):
        return colour[0]
    return (colour[0], colour[1], colour[2]) if isinstance(colour, Color.RGB) else None
