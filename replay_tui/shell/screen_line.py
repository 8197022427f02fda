"""Reader of the line being edited on the recorded screen."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.display_text import char_width, text_width
from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.secret_prompts import field_prompt
from replay_tui.terminal.stream_renderer import StreamRenderer

_GAP = lazy_compile(" {4,}")
"""Blanks between a command and a prompt at the right margin that was not there when the line was opened."""
_DIGIT = lazy_compile(r"\d")
MAX_RIGHT_PROMPT_CHARS, MIN_VARIABLE_PROMPT_CHARS, MIN_INDENT = 40, 4, 2
_LOOKAHEAD_BYTES = 1 << 18
"""Bytes validated in one step, before they are drawn in small pieces."""


class ScreenLineReader:
    """The screen at an output offset that only moves forward, and the edited line on it.

    `alt` is True while the alternate screen is active, that is, a full-screen program runs.
    """

    alt = False

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
        self.alt = self._renderer.emulator.alt

    def _rows(self) -> tuple[list[str], tuple[int, int], int]:
        """Return the rows as plain text, the cursor (column, row) and the number of columns."""
        emulator = self._renderer.emulator
        return emulator.plain_rows(), emulator.cursor, emulator.size[0]

    def before_cursor(self) -> tuple[str, str]:
        """Return the text before the cursor in its row, with blanks, and the text after it."""
        rows, (x, y), _ = self._rows()
        return _split_at(rows[y] if y < len(rows) else "", x)

    def prompt(self) -> str:
        """Return the prompt of the field at the cursor: the text before it, or a label above that asks for a secret."""
        rows, (x, y), _ = self._rows()
        return field_prompt(_split_at(rows[y] if y < len(rows) else "", x)[0], rows[:y])

    def line(
        self, prompt: str, right: str = "", *, closed: bool = False, typed: str = "", above: str = ""
    ) -> str | None:
        """Return the text from the nearest `prompt` above to the cursor's row, None if the prompt is not found.

        `right` is a right-hand prompt to remove. `closed`: the line was entered, so the cursor may be below it. `typed`
        is the text that was typed: it is no prompt. `above` is the row above the line, which is not part of it.
        """
        rows, (x, y), cols = self._rows()
        last = min(y, len(rows) - 1)
        if closed and x == 0 and last > 0 and not rows[last].strip():
            last -= 1
        first = _first_row(rows, last, prompt, cols, above)
        if first is None:
            return None
        while not closed and last + 1 < len(rows) and rows[last + 1].strip() and _fills(rows[last], cols):
            last += 1  # while a line is edited, it may continue below the cursor
        line = rows[first : last + 1]
        line[0] = without_right_prompt(line[0], right, cols if first == last else 0, typed)
        wraps = [_fills(row, cols) for row in line[:-1]]
        line[1:] = _without_indent(line[1:], wraps, text_width(prompt), typed)
        line[0] = line[0][len(prompt) :]
        pieces = [
            row + (_stripped_blanks(full, following, cols) if wrap else "\n")
            for row, full, following, wrap in zip(line, rows[first:], rows[first + 1 :], wraps, strict=False)
        ]
        return "".join([*pieces, line[-1]]).rstrip()

    def row_above(self) -> str:
        """Return the row above the cursor's row."""
        rows, (_, y), _ = self._rows()
        return rows[y - 1] if 0 < y <= len(rows) else ""

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


def _stripped_blanks(row: str, following: str, cols: int) -> str:
    """Return the blanks at the end of a row that wraps. A wide character that did not fit leaves one column empty."""
    missing = max(0, cols - text_width(row))
    return "" if missing == 1 and char_width(following[:1] or " ") == 2 else " " * missing


def _first_row(rows: list[str], last: int, prompt: str, cols: int, above: str) -> int | None:
    """Return the nearest row from `last` upwards that starts with `prompt`, or with the same prompt in another mode."""
    if not prompt.strip():
        while last > 0 and _fills(rows[last - 1], cols) and rows[last - 1] != above:
            last -= 1
        return last
    padded = " " * len(prompt)
    return next((at for at in range(last, -1, -1) if _starts_with_prompt(rows[at] + padded, prompt)), None)


def _starts_with_prompt(row: str, prompt: str) -> bool:
    """Return True if `row` starts with `prompt`. Up to half of it may differ, such as an indicator of the vi mode."""
    if row.startswith(prompt):
        return True
    end = prompt[-2:]
    if (
        len(prompt) < MIN_VARIABLE_PROMPT_CHARS
        or end.isspace()
        or end.isalnum()
        or not row.startswith(end, len(prompt) - 2)
    ):
        return False
    return 2 * sum(map(str.__eq__, row, prompt)) > len(prompt) and not row[: len(prompt)].isspace()


def without_right_prompt(row: str, right: str, cols: int, typed: str) -> str:
    """Return a row without the prompt at its right margin.

    The prompt is `right`, or `right` with other digits (a clock), or in a row of `cols` columns any text behind a wide
    gap that ends at the margin and was not `typed`.
    """
    end = row[-len(right) :] if right else ""
    if right and (end == right or (_DIGIT.sub("0", end) == _DIGIT.sub("0", right) and row[: -len(right)][-1:] == " ")):
        return row[: -len(right)].rstrip()
    if cols and _fills(row, cols):
        gap = max(_GAP.finditer(row), key=lambda found: found.end() - found.start(), default=None)
        tail = row[gap.end() :] if gap else ""
        if gap and tail and len(tail) <= MAX_RIGHT_PROMPT_CHARS and tail not in typed:
            return row[: gap.start()]
    return row


def _without_indent(rows: list[str], wraps: list[bool], width: int, typed: str) -> list[str]:
    """Return the rows after the first without the indent of `width` columns that aligns new lines with the command.

    `wraps`: whether the row before each one continues in it.
    """
    starts = [at for at, wrapped in enumerate(wraps) if not wrapped and rows[at].strip()]
    indent = " " * width
    if width < MIN_INDENT or not starts or not all(rows[at].startswith(indent) for at in starts):
        return rows
    if all(f"\n{rows[at].rstrip()}" in typed for at in starts):
        return rows
    return [row if wrapped else row[width:] for row, wrapped in zip(rows, wraps, strict=False)]
