"""Reader of the line being edited on the recorded screen."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.domain.text import char_width, text_width
from replay_tui.terminal.secret_prompts import field_prompt
from replay_tui.terminal.stream_renderer import StreamRenderer

_LOOKAHEAD_BYTES = 1 << 18
"""Bytes validated in one step, before they are drawn in small pieces."""


class ScreenLineReader:
    """The screen at an output offset that only moves forward, and the edited line on it."""

    def __init__(
        self, stream: EventStream, sizes: SizeTimeline, is_cancelled: Callable[[], bool] = never_cancelled
    ) -> None:
        self._renderer, self._is_cancelled = StreamRenderer(stream, sizes), is_cancelled
        self._validated = 0  # output offset in bytes

    def render_to(self, offset: int) -> None:
        """Draw the output up to `offset` (bytes). Raises `Cancelled`."""
        if self._is_cancelled():  # the renderer does not poll while it draws validated bytes
            raise Cancelled
        if offset > self._validated:
            self._validated = offset + _LOOKAHEAD_BYTES
            self._renderer.prevalidate(self._validated)
        self._renderer.render_to(offset, self._is_cancelled)

    def _rows(self) -> tuple[list[str], tuple[int, int], int]:
        """Return the rows as plain text, the cursor (column, row) and the number of columns."""
        emulator = self._renderer.emulator
        return emulator.plain_rows(), emulator.cursor, emulator.size[0]

    @property
    def alt(self) -> bool:
        """True while the alternate screen is active, that is, a full-screen program runs."""
        return self._renderer.emulator.alt

    def before_cursor(self) -> tuple[str, str]:
        """Return the text before the cursor in its row, with blanks, and the text after it."""
        rows, (x, y), _ = self._rows()
        return _split_at(rows[y] if y < len(rows) else "", x)

    def prompt(self) -> str:
        """Return the prompt of the field at the cursor: the text before it, or a label above that asks for a secret."""
        rows, (x, y), _ = self._rows()
        return field_prompt(_split_at(rows[y] if y < len(rows) else "", x)[0], rows[:y])

    def line(self, prompt: str, right: str = "", *, closed: bool = False) -> str | None:
        """Return the text from the nearest `prompt` above to the cursor's row, None if the prompt is not found.

        `right` is a right-hand prompt to remove. `closed`: the line was entered, so the cursor may be below it.
        """
        rows, (x, y), cols = self._rows()
        last = min(y, len(rows) - 1)
        if closed and x == 0 and last > 0 and not rows[last].strip():
            last -= 1
        first: int | None = last
        if prompt.strip():
            first = next((at for at in range(last, -1, -1) if (rows[at] + " " * len(prompt)).startswith(prompt)), None)
        if first is None:
            return None
        while not closed and last + 1 < len(rows) and rows[last + 1].strip() and _fills(rows[last], cols):
            last += 1  # while a line is edited, it may continue below the cursor
        pieces = []
        for at in range(first, last + 1):
            row = rows[at][len(prompt) :] if at == first else rows[at]
            if right and at == first and row.endswith(right):
                row = row[: -len(right)].rstrip()
            width = text_width(rows[at])
            wraps = at < last and _fills(rows[at], cols)
            pieces.append(row + (" " * max(0, cols - width) if wraps else "" if at == last else "\n"))
        return "".join(pieces).rstrip()

    def last_row(self) -> str:
        """Return the row that was just entered: the cursor's row, or the one above if that is blank."""
        rows, (_, y), _ = self._rows()
        y = min(y, len(rows) - 1)
        return rows[y] or rows[max(0, y - 1)]


def _split_at(row: str, x: int) -> tuple[str, str]:
    """Return the text before cell `x`, with blanks, and the text after it."""
    cells = at = 0
    while cells < x and at < len(row):
        cells += char_width(row[at])
        at += 1
    return row[:at] + " " * (x - cells), row[at:]


def _fills(row: str, cols: int) -> bool:
    """Return True if a row reaches the right margin; trailing blanks are stripped, so one column may be missing."""
    return text_width(row) >= cols - 1
