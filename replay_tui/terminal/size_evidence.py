"""Evidence of the recorded terminal's size, as one sample for each range between two clears or redraws of the screen.

Full-screen programs address the last row and draw up to the last column; shells wrap a typed line at the right margin;
zsh and fish pad a line to it before every prompt; some programs query the terminal, whose reply is in the input.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import lru_cache

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.redraws import Redraw, redraws
from replay_tui.terminal.size_canvas import add_drawn_sizes
from replay_tui.terminal.size_margins import CANVAS_SIZE, add_margins, ruler_widths
from replay_tui.terminal.size_sample import MAX_SAMPLE_BYTES, MIN_COLS, MIN_ROWS, SizeSample

BUDGET_BYTES = 1 << 20
"""Output bytes that are examined: a whole stream up to this size, otherwise its start and evenly spaced windows."""
START_BYTES = 1 << 18
"""Bytes examined at the start of a larger stream."""
WINDOW_BYTES = 1 << 16
"""Bytes of an evenly spaced window: several redraws of a full screen."""
MAX_ADDRESS = 300
"""Positions beyond this are probes (`CSI 999;999H`), not addresses."""
REGION_BYTES = 128
"""Bytes between a scrolling region and the clear that follows it."""
MAX_REPLIES = 2000

_MAYBE_ADDRESS = lazy_compile(rb"\x1b\[[\d;]{0,11}+[HfdG`rt]")
_ADDRESS = lazy_compile(rb"\x1b\[(?:(\d{0,4})(?:;(\d{0,4}))?[Hf]|(\d{1,4})d|(\d{1,4})[G`]|(\d{0,4});(\d{1,4})r)")
_BOUNDARY = lazy_compile(rb"\x1b(?:\[(?:\?(?:1049|1047|47)([hl])|[23]J)|c)")
_FULL_REGION = lazy_compile(rb"\x1b\[1;\d{1,3}r")
_REQUEST = lazy_compile(rb"\x1b\[8;(\d{1,4});(\d{1,4})t")
_REPLY = lazy_compile(rb"\x1b\[(?:8|48);(\d{1,4});(\d{1,4})(?:;\d+)*t")
_REPORT = lazy_compile(rb"\x1b\[(\d{1,4});(\d{1,4})R")
_STTY = lazy_compile(rb"stty size[^\r\n]*\r?\n(?:\x1b\[\?2004l\r?)?(\d{1,3}) (\d{1,4})\r?\n")


def size_samples(stream: EventStream) -> list[SizeSample]:
    """Return the samples of a stream's output, within `BUDGET_BYTES`."""
    output = stream.output
    samples: list[SizeSample] = []
    session, alt = 0, False
    for start, end in _windows(len(output)):
        data = bytes(output[start:end])
        cuts = _cuts(stream, data, start)
        for number, (begin, match, redraw) in enumerate(cuts):
            stop = cuts[number + 1][0] if number + 1 < len(cuts) else len(data)
            session += bool(match and match[1])
            alt = match[1] == b"h" if match and match[1] else alt
            is_cleared = match is not None or (redraw is not None and not redraw.is_line)
            is_cut = stop == len(data) and end < len(output)
            sample = SizeSample(start + begin, start + stop, session, is_cleared, alt, is_cut, redraw)
            _add_addresses(sample, data[begin:stop])
            layouts = ruler_widths(data[begin : min(stop, begin + MAX_SAMPLE_BYTES)], sample.last_row)
            sample.margins += [(sample.start, width) for width in layouts]
            samples.append(sample)
    add_drawn_sizes(stream, samples)
    add_margins(stream, samples)
    _add_replies(stream, samples)
    return samples


def _cuts(stream: EventStream, data: bytes, start: int) -> list[tuple[int, re.Match[bytes] | None, Redraw | None]]:
    """Return where samples begin in a window at `start`: its start, clears, redraws, and a redraw with its clear."""
    clears = [(_boundary_start(data, match), match) for match in _BOUNDARY.finditer(data)][:20_000]
    starts = [(one.start - start, one) for one in redraws(stream, start, start + len(data))]
    found = [*((at, match, None) for at, match in clears), *((at, None, one) for at, one in starts)]
    found.sort(key=lambda cut: cut[0])
    cuts: list[tuple[int, re.Match[bytes] | None, Redraw | None]] = [(0, None, None)]
    for at, match, redraw in found:
        before, _, same = cuts[-1]
        if match and same and not same.is_line and not cuts[-1][1] and at - before < REGION_BYTES:
            cuts[-1] = before, match, same
        else:
            cuts.append((at, match, redraw))
    return cuts


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
