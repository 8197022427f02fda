"""Evidence of the recorded terminal's size, as one sample for each range between two clears of the screen.

Full-screen programs address the last row and draw up to the last column; shells wrap a typed line at the right margin;
zsh and fish pad a line to it before every prompt; some programs query the terminal, whose reply is in the input.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import DEFAULT_SIZE
from replay_tui.terminal.cells import STYLED_BLANK
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_filter import filter_sequences, last_complete_offset
from replay_tui.terminal.vt_dump import last_run

BUDGET_BYTES = 1 << 20
"""Output bytes that are examined: a whole stream up to this size, otherwise its start and evenly spaced windows."""
START_BYTES = 1 << 18
"""Bytes examined at the start of a larger stream."""
MAX_SAMPLE_BYTES = 1 << 18
"""Bytes of one sample that are examined."""
WINDOW_BYTES = 1 << 16
"""Bytes of an evenly spaced window: several redraws of a full screen."""
PIECE_BYTES, MAX_MEASUREMENTS = 2048, 24
"""Minimum bytes rendered between two measurements, and the maximum number of measurements in `MAX_RENDERED_BYTES`."""
MAX_REPEATED_ROWS = 2
"""Rows that one REP may fill: filling the whole canvas repeatedly takes too long."""
MAX_ADDRESS = 300
"""Positions beyond this are probes (`CSI 999;999H`), not addresses."""
CANVAS_SIZE = (400, 150)
"""Columns and rows of the emulator on which output widths are measured: larger than any usual terminal."""
MAX_RENDERED_BYTES = 1 << 17
"""Bytes that are rendered on the canvas."""
MIN_COLS, MIN_ROWS = 20, 5
"""Smaller widths and heights are not credible evidence."""
MIN_ADDRESSED_ROWS = 2
"""Rows that a program on the primary screen addresses if it knows the height; `tput cup` in a script addresses one."""
MIN_SATURATED_ROWS, MIN_SATURATED_COLS = 4, 40
"""Rows that end at the margin from which it is credible, and the width: narrower text ends anywhere."""
MIN_DRAWN_ROWS = 5
"""Rows that a full-screen program addresses; a pager prints lines of any length."""
REGION_BYTES = 128
"""Bytes between a scrolling region and the clear that follows it."""
MAX_PAGER_WRAPS = 40
"""Wraps that are measured in one sample."""
MAX_REPLIES = 2000

_MAYBE_ADDRESS = lazy_compile(rb"\x1b\[[\d;]{0,11}+[HfdG`rt]")
_ADDRESS = lazy_compile(rb"\x1b\[(?:(\d{0,4})(?:;(\d{0,4}))?[Hf]|(\d{1,4})d|(\d{1,4})[G`]|(\d{0,4});(\d{1,4})r)")
_BOUNDARY = lazy_compile(rb"\x1b(?:\[(?:\?(?:1049|1047|47)([hl])|[23]J)|c)")
_FULL_REGION = lazy_compile(rb"\x1b\[1;\d{1,3}r")
_REQUEST = lazy_compile(rb"\x1b\[8;(\d{1,4});(\d{1,4})t")
_REPLY = lazy_compile(rb"\x1b\[(?:8|48);(\d{1,4});(\d{1,4})(?:;\d+)*t")
_REPORT = lazy_compile(rb"\x1b\[(\d{1,4});(\d{1,4})R")
_STTY = lazy_compile(rb"stty size[^\r\n]*\r?\n(?:\x1b\[\?2004l\r?)?(\d{1,3}) (\d{1,4})\r?\n")
# Each starts with a rare byte, which makes the search several times faster.
# Not readline's and zsh's incremental search, which goes back to the start of the prompt.
_WRAP = lazy_compile(rb"\r(?<=[!-~\x80-\xff] \r)(?=[ -~\x80-\xff])(?!\((?:failed )?(?:reverse-|bck-|fwd-)?i-search)")
# less wraps a long line by a blank in the first column of the next row, over which it writes.
_PAGER_WRAP = lazy_compile(rb" \x08(?<=[ -~\x80-\xff] \x08)(?=[ -~\x80-\xff])")
_PADDED = lazy_compile(rb"\r(?<=                    \r) ?\xe2?\x8f?\x8e? ?\r")
_PADDING = lazy_compile(rb"(?:%|#|\xe2\x8f\x8e)(?:\x1b\[[\d;]*m|\x1b\(B)*( {20,400})\Z")


@dataclass(slots=True)
class SizeSample:
    """Size evidence in a range of the output.

    `start` and `end` are output offsets; `session` counts switches of the alternate screen, and `alt` is True on it;
    `cleared` is True if the range starts with a clear; `rows` counts addressed rows and `max_col` is the largest
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
        width = saturated_width(self.extents, self.edges) if len(self.rows) >= MIN_DRAWN_ROWS else 0
        return width if width >= MIN_SATURATED_COLS else 0

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


def size_samples(stream: EventStream) -> list[SizeSample]:
    """Return the samples of a stream's output, within `BUDGET_BYTES`."""
    output = stream.output
    samples: list[SizeSample] = []
    session, alt = 0, False
    for start, end in _windows(len(output)):
        data = bytes(output[start:end])
        cuts = [(_boundary_start(data, match), match) for match in _BOUNDARY.finditer(data)][:20_000]
        boundaries = [(0, None), *cuts]
        for number, (begin, match) in enumerate(boundaries):
            stop = boundaries[number + 1][0] if number + 1 < len(boundaries) else len(data)
            session += bool(match and match[1])
            alt = match[1] == b"h" if match and match[1] else alt
            sample = SizeSample(start + begin, start + stop, session, match is not None, alt)
            _add_addresses(sample, data[begin:stop])
            samples.append(sample)
    _add_widths(output, samples)
    _add_shell_margins(stream, samples)
    _add_replies(stream, samples)
    return samples


def _boundary_start(data: bytes, boundary: re.Match[bytes]) -> int:
    """Return where a sample begins: at a clear, or at the scrolling region that ncurses sets before it."""
    start = boundary.start()
    if not boundary[0].endswith(b"J"):
        return start
    region = data.rfind(b"\x1b[1;", max(0, start - REGION_BYTES), start)
    return region if region >= 0 and _FULL_REGION.match(data, region) else start


def _windows(size: int) -> list[tuple[int, int]]:
    if size <= BUDGET_BYTES:
        return [(0, size)]
    count = (BUDGET_BYTES - START_BYTES) // WINDOW_BYTES
    step = (size - START_BYTES) // count
    return [(0, START_BYTES), *((START_BYTES + i * step, START_BYTES + i * step + WINDOW_BYTES) for i in range(count))]


def _add_addresses(sample: SizeSample, data: bytes) -> None:
    """Add the rows, columns, regions and explicit sizes in `data` to `sample`."""
    # Programs address the same positions repeatedly: count equal sequences first and parse each once.
    sequences = Counter(_MAYBE_ADDRESS.findall(data))
    for sequence, times in sequences.items():
        row, col, vertical, horizontal, top, bottom = _parse_address(sequence)
        if bottom:
            if int(top or 1) > 1:
                sample.inner.add(int(bottom))
            elif int(bottom) <= MAX_ADDRESS:
                sample.region = max(sample.region, int(bottom))
            continue
        for text in (row, vertical):
            if text and 1 < int(text) <= MAX_ADDRESS:
                sample.rows[int(text)] += times
        for text in (col, horizontal):
            if text and int(text) <= CANVAS_SIZE[0]:
                sample.max_col = max(sample.max_col, int(text))
    if any(sequence.endswith(b"t") for sequence in sequences):
        for rows, cols in _REQUEST.findall(data)[:100]:
            _add_exact(sample, int(cols), int(rows))
    if b"stty size" in data:
        for rows, cols in _STTY.findall(data)[:100]:
            _add_exact(sample, int(cols), int(rows))


@lru_cache(maxsize=4096)
def _parse_address(sequence: bytes) -> tuple[bytes | None, ...]:
    """Return the groups of `_ADDRESS` in a sequence, all None if it is not an address."""
    found = _ADDRESS.fullmatch(sequence)
    return found.groups() if found else (None,) * _ADDRESS.groups


def _add_exact(sample: SizeSample, cols: int, rows: int) -> None:
    if (cols == 0 or 10 <= cols <= 1000) and (rows == 0 or 2 <= rows <= 500):
        sample.exact.append((cols, rows))


def _add_widths(output: bytearray, samples: list[SizeSample]) -> None:
    """Render the samples on a canvas that is wider than any terminal, and add the widths of their rows."""
    left = MAX_RENDERED_BYTES
    piece = max(PIECE_BYTES, min(MAX_RENDERED_BYTES, len(output)) // MAX_MEASUREMENTS)
    for sample in samples:
        if not sample.rows or left <= 0:
            continue
        end = min(sample.end, sample.start + MAX_SAMPLE_BYTES)
        left -= end - sample.start
        size = CANVAS_SIZE[0], min(CANVAS_SIZE[1], max(sample.rows) + 1)
        canvas, ends = Emulator(*size, history=0), dict[int, tuple[int, bool]]()
        for start, stop in _pieces(output, sample.start, end, piece):
            canvas.feed(filter_sequences(bytes(output[start:stop]), size[0], MAX_REPEATED_ROWS))
            _measure(sample, canvas, ends)


def _pieces(output: bytearray, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of pieces of about `size` bytes that do not end inside a sequence."""
    while start < end:
        stop = min(end, start + size)
        while (cut := last_complete_offset(output, start, stop)) <= start and stop < end:
            stop = min(end, stop + (stop - start))
        cut = cut if cut > start else stop
        yield start, cut
        start = cut


def _measure(sample: SizeSample, canvas: Emulator, ends: dict[int, tuple[int, bool]]) -> None:
    """Count the widths of the rows and of those that end at an edge. `ends` keeps them between measurements."""
    for y, width, char in canvas.row_ends():
        ends.pop(y, None)
        if MIN_COLS <= width < CANVAS_SIZE[0]:
            edge = char == STYLED_BLANK or "\u2500" <= char <= "\u257f"
            ends[y] = width, edge if char else _ends_at_edge(canvas.dump_row(y))
    sample.extents.update([width for width, _ in ends.values()])
    sample.edges.update([width for width, edge in ends.values() if edge])


def _ends_at_edge(dump: str) -> bool:
    """Return True if a row ends in a blank with a background or in a box-drawing character."""
    text, pen = last_run(dump)
    padded = not dump or ((pen.bg is not None or pen.inverse) and text.endswith(" "))
    return padded or "\u2500" <= text[-1:] <= "\u257f"


def _add_shell_margins(stream: EventStream, samples: list[SizeSample]) -> None:
    """Add the widths at which shells wrap typed lines (blank and return at the margin) or pad them (zsh, fish)."""
    wraps = 0
    for sample in samples:
        data = bytes(stream.output[sample.start : min(sample.end, sample.start + MAX_SAMPLE_BYTES)])
        for match in _PADDED.finditer(data):
            if padding := _PADDING.search(data, max(0, match.start() - 500), match.start()):
                sample.margins.append((sample.start + padding.start(), len(padding[1]) + 1))
        pager = [match.start() for match in _PAGER_WRAP.finditer(data)][:MAX_PAGER_WRAPS]
        sample.margins += _confirmed([_margin(sample, data, blank) for blank in pager])
        for match in _WRAP.finditer(data):
            wraps, blank = wraps + 1, match.start() - 1
            # A shell writes the blank and the return together; a blank of an earlier event ends a prompt.
            is_split = stream.event_at_output(sample.start + blank) != stream.event_at_output(sample.start + blank + 1)
            if wraps > 40 or sample.alt or is_split or not _is_echo(stream, sample.start + blank):
                continue
            offset, cols = _margin(sample, data, blank)
            if cols >= MIN_COLS:
                sample.margins.append((offset, cols))


def _margin(sample: SizeSample, data: bytes, blank: int) -> tuple[int, int]:
    """Return (output offset of the line, column) of a blank in the sample's `data`."""
    canvas = Emulator(*CANVAS_SIZE, history=0)
    canvas.feed(filter_sequences(data[max(0, blank - 8192) : blank], CANVAS_SIZE[0], MAX_REPEATED_ROWS))
    return sample.start + data.rfind(b"\n", 0, blank) + 1, canvas.cursor[0]


def _confirmed(margins: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the margins that are found twice in succession; a blank and a backspace may also be typed text."""
    return [
        margin
        for number, margin in enumerate(margins)
        if margin[1] >= MIN_COLS
        and any(margin[1] == one[1] for one in (margins[:number][-1:] + margins[number + 1 :][:1]))
    ]


def _is_echo(stream: EventStream, offset: int) -> bool:
    """Return True if the output byte at `offset` probably echoes input: one of the two events before it is input."""
    index = stream.event_at_output(offset)
    return b"i" in stream.kinds[max(0, index - 2) : index]


def _add_replies(stream: EventStream, samples: list[SizeSample]) -> None:
    """Add the terminal's replies in the input: size reports, and cursor reports after a jump to the far corner."""
    data, count = bytes(stream.other), len(stream)
    reports = list(_REPORT.finditer(data))
    probed = reports and stream.output.find(b"999", 0, BUDGET_BYTES) >= 0
    replies = [*_REPLY.finditer(data), *(reports if probed else ())]
    for reply in sorted(replies, key=lambda match: match.start())[:MAX_REPLIES]:
        rows, cols = int(reply[1]), int(reply[2])
        event = bisect_right(range(count), reply.start(), key=lambda index: stream.other_length_after(index + 1))
        offset = stream.output_length_after(event)
        sample = next((one for one in reversed(samples) if one.start <= offset), None)
        if sample and event < count and chr(stream.kinds[event]) == "i" and rows >= MIN_ROWS and cols >= MIN_COLS:
            _add_exact(sample, cols, rows)
