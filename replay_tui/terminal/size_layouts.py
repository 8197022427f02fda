"""Widths of the terminal that follow from where well-known programs place their texts."""

from __future__ import annotations

from replay_tui.domain.lazy_regex import lazy_compile

MAX_ROWS = 9
"""Rows from the top that are examined."""
_MANUAL = lazy_compile(r"([\w.:+-]+\(\w+\)) {3,}\S.* {3,}\1")
_WATCH = lazy_compile(r"Every \d[\d.,]*s: .* {2,}\S+: .*\d{4}")
_HTOP = lazy_compile(r" {1,4}\S{1,4} {0,2}\[.*\] +(?=Tasks: )")
_VIM_RULER = lazy_compile(
    rb"\x1b\[(\d{1,3});(\d{1,3})H\d{1,7},[\d-]{1,9}(?: {2,14}|\x1b\[\d{1,2}C)(?:All|Top|Bot|\d?\d%)"
)
_VIM_RULER_COLS = 17
_PARKED = lazy_compile(rb"\x1b\[(\d{1,3});(\d{1,3})H(?:\x1b\[[?\d;]*[mhl]|\x1b\(B)*\Z")
"""The cursor at the end of what a program draws."""


def layout_width(lines: list[str], is_new: bool) -> int:
    """Return the width that the first rows of a page tell; 0 if they tell none. `is_new` is False after a resize.

    man fills its first line, but for one column in forty, to the width at which it was started. watch fills its first
    line with the time at the right. The second column of htop's meters begins in the middle.
    """
    title = lines[0] if lines else ""
    if is_new and _MANUAL.fullmatch(title):
        return -(-len(title) * 40 // 39)
    if _WATCH.fullmatch(title):
        return len(title)
    return next((2 * found.end() for line in lines if (found := _HTOP.match(line))), 0)


def ruler_widths(data: bytes, last_row: int) -> set[int]:
    """Return the widths that vim's ruler tells, which begins at the same distance from the end of the last row."""
    return {int(col) + _VIM_RULER_COLS for row, col in _VIM_RULER.findall(data) if int(row) == last_row}


def parked_width(page: bytes, last_row: int, widest: int, last_width: int) -> int:
    """Return the column of a cursor that a program leaves in the last corner; 0 if it is elsewhere.

    `widest` is the width of the page and `last_width` that of its last row, behind which a prompt has its cursor.
    """
    found = _PARKED.search(page[-100:])
    if not found or int(found[1]) != last_row or int(found[2]) == last_width + 1:
        return 0
    return int(found[2]) if int(found[2]) >= widest else 0
