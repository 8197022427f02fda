"""Size evidence in a part of the output."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

from replay_tui.domain.terminal_size import DEFAULT_SIZE
from replay_tui.terminal.redraws import Redraw

MAX_SAMPLE_BYTES = 1 << 18
"""Bytes of one sample that are examined."""
MIN_COLS, MIN_ROWS = 20, 5
"""Smaller widths and heights are not credible evidence."""
MIN_ADDRESSED_ROWS = 2
"""Rows that a program on the primary screen addresses if it knows the height; `tput cup` in a script addresses one."""
MIN_SATURATED_ROWS, MIN_SATURATED_COLS = 4, 40
"""Rows that end at the margin from which it is credible, and the width: narrower text ends anywhere."""
MIN_DRAWN_ROWS = 5
"""Rows that a full-screen program addresses; a pager prints lines of any length."""

MAX_UNDRAWN_ROWS = 3
"""Last rows that a program may leave empty when it draws its screen."""


class SizeSample(Struct):
    """Size evidence in a range of the output.

    `start` and `end` are output offsets; `session` counts switches of the alternate screen, and `alt` is True on it;
    `is_cut` is True if the range ends with the examined output, not with the next clear or redraw;
    `cleared` is True if the range starts with a clear or at the top of the screen, `redraw` is set if no key caused it;
    `page` is the height of what is drawn there at once, and `is_paged` is True if that ends in a pager's prompt,
    and `bar` is the width of a bar in the first or last row;
    `rows` counts addressed rows and `max_col` is the largest
    addressed column; `region` is the last row of a scrolling region, and `inner` are those of regions that begin below
    the top; `extents` counts the widths of rows and `edges` those that end in a line or a background; `exact` has
    explicit sizes as (columns, rows), 0 if unknown; `margins` are the widths at which shells wrap or pad lines, as
    (output offset of the line, columns).
    """

    start: int
    end: int
    session: int
    cleared: bool
    alt: bool = False
    is_cut: bool = False
    redraw: Redraw | None = None
    page: int = 0
    is_paged: bool = False
    bar: int = 0
    rows: Counter[int] = field(default_factory=Counter)
    max_col: int = 0
    region: int = 0
    inner: set[int] = field(default_factory=set)
    extents: Counter[int] = field(default_factory=Counter)
    edges: Counter[int] = field(default_factory=Counter)
    exact: list[tuple[int, int]] = field(default_factory=list)
    margins: list[tuple[int, int]] = field(default_factory=list)

    @property
    def saturated_width(self) -> int:
        """Width of a full-screen program's rows; see `saturated_width`."""
        is_drawn = len(self.rows) >= MIN_DRAWN_ROWS and not self.is_paged
        if self.is_cut and max(self.rows, default=0) < self.last_row - MAX_UNDRAWN_ROWS:
            is_drawn = False  # its other rows, which were not examined, can be wider
        width = saturated_width(self.extents, self.edges) if is_drawn else 0
        width = self.bar or width
        return width if width >= MIN_SATURATED_COLS else 0

    @property
    def unwrapped(self) -> int:
        """Width of the longest line of a pager that wraps none; 0 without a pager."""
        return max(self.extents, default=0) if self.is_paged and not self.margins else 0

    @property
    def last_row(self) -> int:
        """The last row addressed at least twice or as the end of a scrolling region, else the last row addressed.

        Lines are fed at the end of a scrolling region; so its end alone is no evidence of the height.
        """
        rows = {row: count for row, count in self.rows.items() if row not in self.inner}
        if not self.alt and len(rows.keys() - {self.region}) < MIN_ADDRESSED_ROWS:
            rows = {row: count for row, count in rows.items() if row > max(self.region, DEFAULT_SIZE.rows - 1)}
            region = self.region if self.region >= DEFAULT_SIZE.rows else 0
            return max(region, max(rows, default=0))
        repeated = max((row for row, count in rows.items() if count > 1), default=0)
        return max(repeated, self.region) or max(rows, default=0)


def saturated_width(extents: Counter[int], edges: Counter[int]) -> int:
    """Return the width at which many rows end and beyond which none goes, 0 if there is none.

    Vim writes one more character to wrap a line.
    """
    width = max((width for width, count in extents.items() if count > 1 or edges[width] > 1), default=0)
    if width % 2 and extents[width - 1] > 1 and not edges[width]:
        width -= 1
    rows = extents[width] + extents[width + 1]
    is_saturated = rows >= max(MIN_SATURATED_ROWS, sum(extents.values()) // 10) or edges[width] > 1
    return width if is_saturated else 0
