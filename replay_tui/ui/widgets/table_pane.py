"""Table pane: a result table as a line list."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from replay_tui.decoders.decode_result import Table
from replay_tui.domain.display_text import sanitize
from replay_tui.ui.widgets.line_list import LineList

MAX_COLUMN_CELLS = 60
"""Maximum width of a column; choosing the row shows complete values."""


class TablePane(LineList[tuple[str, ...]]):
    """A table that scrolls in both directions, with the column names as its header."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._row, empty="no rows in the output", id=id, text_of="\t".join)
        self.columns: Sequence[str] = ()
        self._widths: list[int] = []
        self._right: list[bool] = []

    def put(self, table: Table) -> None:
        """Show a table."""
        self.columns = table.columns
        count = max(map(len, (table.columns, *table.rows)), default=0)
        sample = table.rows[:2000]
        self._widths = [
            min(MAX_COLUMN_CELLS, max((_cells(row[i]) for row in (table.columns, *sample) if i < len(row)), default=1))
            for i in range(count)
        ]
        self._right = [all(_numeric(row[i]) for row in sample if i < len(row) and row[i]) for i in range(count)]
        self.header = self._line(table.columns, heading=True)
        self.set_items(table.rows, sum(self._widths) + 3 * count)

    def _row(self, row: tuple[str, ...], width: int) -> Text:
        return self._line(row)

    def _line(self, row: tuple[str, ...], *, heading: bool = False) -> Text:
        line = Text(style="bold" if heading else "")
        for position, cells in enumerate(self._widths):
            value = row[position] if position < len(row) else ""
            cell = Text(sanitize(value), no_wrap=True)
            cell.truncate(cells, overflow="ellipsis")
            cell.align("right" if self._right[position] else "left", cells)
            if value in ("", "NULL") and not heading:
                cell.stylize("dim")
            line.append(" ")
            line.append_text(cell)
            line.append(" │", "dim")
        return line


def _cells(value: str) -> int:
    return Text(sanitize(value[:200])).cell_len


def _numeric(value: str) -> bool:
    try:
        float(value.replace(",", ""))
    except ValueError:
        return False
    return True
