"""Sizes of what programs draw, measured on a canvas that is larger than any usual terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.redraws import burst_end
from replay_tui.terminal.screen import STYLED_BLANK, Pen
from replay_tui.terminal.sequence_filter import filter_sequences, last_complete_offset
from replay_tui.terminal.size_margins import (
    CANVAS_SIZE,
    MAX_REPEATED_ROWS,
    MAX_ROWS,
    PAGER_WRAP,
    layout_width,
    parked_width,
)
from replay_tui.terminal.size_sample import (
    MAX_SAMPLE_BYTES,
    MIN_ADDRESSED_ROWS,
    MIN_COLS,
    MIN_ROWS,
    MIN_SATURATED_COLS,
    SizeSample,
)
from replay_tui.terminal.vt_dump import last_run, plain_text, written_row

PIECE_BYTES, MAX_MEASUREMENTS = 2048, 24
"""Minimum bytes rendered between two measurements, and the maximum number of measurements in `MAX_RENDERED_BYTES`."""
MAX_RENDERED_BYTES = 1 << 17
"""Bytes that are rendered on the canvas, once of pages and once of all else."""
MAX_PAGE_BYTES, PAGE_COST_BYTES = 1 << 16, 1024
"""Bytes of a page that are rendered, and those that it counts in addition, because a canvas takes time to make."""
MIN_CANVAS_ROWS = 48
"""Height of a canvas on which a program may also move downwards by relative moves."""
MAX_BARS = 8
"""Rows of a page that are examined for a bar."""
MAX_PROMPT_BYTES = 200
"""Bytes at the end of a page in which a pager's prompt is sought."""

_LOWER_ROW = lazy_compile(rb"\x1b\[([2-9]|\d\d\d?)(?:;\d*H|d)")
# The prompt of less on the last row. At the end of a short text it may be above it, unless rows are filled before it.
_SGR = rb"(?:\x1b\[[\d;]*m|\x1b\(B)*"
_PAGER_PROMPT = lazy_compile(
    rb"(?:(?:\n|\x08|\r\x1b\[K)" + _SGR + rb"(?![^\x1b]*\(END\))|~" + _SGR + rb"\r\n" + _SGR + rb")"
    rb"(?:[ -~]{2,150}|:)" + _SGR + rb"\x1b\[K\Z"
)
_SKIPPING = b"...skipping..."


def add_drawn_sizes(stream: EventStream, samples: list[SizeSample]) -> None:
    """Render the samples; add the widths of their rows, and the height and layout of what is drawn at once."""
    left, pages_left = MAX_RENDERED_BYTES, MAX_RENDERED_BYTES
    piece = max(PIECE_BYTES, min(MAX_RENDERED_BYTES, len(stream.output)) // MAX_MEASUREMENTS)
    for sample in samples:
        is_drawn = sample.alt or sample.redraw or len(sample.rows) >= MIN_ADDRESSED_ROWS or sample.region > 0
        is_page = sample.cleared and bool(is_drawn)
        end = min(sample.end, sample.start + MAX_SAMPLE_BYTES)
        is_page = is_page and pages_left > 0
        if not is_page and not (sample.rows and left > 0):
            continue
        burst = min(end, burst_end(stream, sample.start), sample.start + MAX_PAGE_BYTES) if is_page else sample.start
        # A new canvas takes longer to read the higher it is.
        lines = stream.output.count(b"\n", sample.start, burst)
        height = min(CANVAS_SIZE[1], max(lines, max(sample.rows, default=0), sample.region, MIN_CANVAS_ROWS) + 2)
        canvas, ends = Emulator(CANVAS_SIZE[0], height, history=0), dict[int, tuple[int, bool]]()
        if is_page:
            _add_page(stream.output, sample, burst, canvas, ends)
            pages_left -= burst - sample.start + PAGE_COST_BYTES
        if left > 0:
            left -= end - burst
            for start, stop in _pieces(stream.output, burst, end, piece):
                canvas.feed(filter_sequences(bytes(stream.output[start:stop]), CANVAS_SIZE[0], MAX_REPEATED_ROWS))
                _measure(sample, canvas, ends)


def _add_page(
    output: bytearray, sample: SizeSample, end: int, canvas: Emulator, ends: dict[int, tuple[int, bool]]
) -> None:
    """Draw what a program draws at once, up to the offset `end`, and add its size."""
    height = 0
    for start, stop in _pieces(output, sample.start, end, MAX_PAGE_BYTES):
        # The canvas is blank; a clear would give all of it a background.
        drawn = bytes(output[start:stop]).replace(b"\x1b[2J", b"")
        canvas.feed(filter_sequences(drawn, CANVAS_SIZE[0], MAX_REPEATED_ROWS))
        height = max(height, _measure(sample, canvas, ends))
    prompt = bytes(output[max(sample.start, end - MAX_PROMPT_BYTES) : end])
    lines = [plain_text(canvas.dump_row(y)) for y in range(min(MAX_ROWS, height))]
    last_width = len(plain_text(canvas.dump_row(sample.last_row - 1))) if 0 < sample.last_row <= canvas.size[1] else 0
    widest = max((width for width, _ in ends.values()), default=0)
    layouts = layout_width(lines, sample.redraw is None), parked_width(prompt, sample.last_row, widest, last_width)
    sample.margins += [(sample.start, width) for width in layouts if width >= MIN_SATURATED_COLS]
    sample.bar = _bar_width(canvas, ends)
    sample.is_paged = bool(_PAGER_PROMPT.search(prompt))
    height = max(canvas.cursor[1] + 1, height) - output.startswith(_SKIPPING, sample.start)
    addressed = max((int(row) for row in _LOWER_ROW.findall(output, sample.start, end)), default=0)
    if addressed:
        height = max(height, addressed)
    else:
        height += len(PAGER_WRAP.findall(output, sample.start, end))
    # A background that is cleared to the end of the screen fills the canvas.
    sample.page = height if MIN_ROWS <= height < canvas.size[1] else 0


def _pieces(output: bytearray, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of pieces of about `size` bytes that do not end inside a sequence."""
    while start < end:
        stop = min(end, start + size)
        while (cut := last_complete_offset(output, start, stop)) <= start and stop < end:
            stop = min(end, stop + (stop - start))
        cut = cut if cut > start else stop
        yield start, cut
        start = cut


def _measure(sample: SizeSample, canvas: Emulator, ends: dict[int, tuple[int, bool]]) -> int:
    """Count the widths of the rows and of those that end at an edge. Return the number of rows up to the last one.

    `ends` keeps the rows between measurements.
    """
    last = 0
    for y, width, char in canvas.row_ends():
        ends.pop(y, None)
        last = max(last, y + 1 if width else 0)
        if MIN_COLS <= width < CANVAS_SIZE[0]:
            edge = char == STYLED_BLANK or "\u2500" <= char <= "\u257f"
            ends[y] = width, edge if char else _ends_at_edge(canvas.dump_row(y))
    # Rows of equal widths count together at one moment only; an edge that stays is one.
    sample.extents |= Counter(width for width, _ in ends.values())
    sample.edges.update([width for width, edge in ends.values() if edge])
    return last


def _ends_at_edge(dump: str) -> bool:
    """Return True if a row ends in a blank with a background or in a box-drawing character."""
    text, pen = last_run(dump)
    padded = not dump or (_is_filled(pen) and text.endswith(" "))
    return padded or "\u2500" <= text[-1:] <= "\u257f"


def _bar_width(canvas: Emulator, ends: dict[int, tuple[int, bool]]) -> int:
    """Return the width of a row that is a bar on a background with padding: the last, the first or a widest; else 0."""
    widest = max((width for width, _ in ends.values()), default=0)
    rows = (*sorted(ends)[-2:], *sorted(ends)[:1], *(y for y in ends if ends[y][0] == widest))
    for y in islice(dict.fromkeys(rows), MAX_BARS):
        row = written_row(canvas.dump_row(y)) if ends[y][0] >= MIN_SATURATED_COLS else None
        runs = row.runs if row else ()
        if any(pad in run.text for run in runs for pad in ("   ", "----")) and all(_is_filled(run.pen) for run in runs):
            return ends[y][0]
    return 0


def _is_filled(pen: Pen) -> bool:
    return pen.bg is not None or pen.inverse
