"""Inference of the recorded terminal's size, which a session does not contain, from its programs' output."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from itertools import islice, pairwise

from msgspec import Struct

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import DEFAULT_SIZE, Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal.size_evidence import size_samples
from replay_tui.terminal.size_sample import MIN_ROWS, SizeSample

MAX_UNUSED_ROWS = 3
"""Last rows that a program may not address after a change of the width alone."""
MIN_ADDRESSES = 8
"""Addressed rows after a clear that a key caused, from which it is credible that all of the screen was drawn."""
_COMMON = {
    24: (80, 132), 25: (80,), 30: (100, 120), 36: (120,), 40: (120, 160), 43: (132,), 45: (160,), 48: (160,),
    50: (200, 132, 160), 55: (200,), 60: (200, 160),
}  # fmt: skip
"""Common widths for each height, the most likely first."""


class _Evidence(Struct, frozen=True):
    """What the output at an offset says about the columns or rows: exactly `value`, or at least that many.

    `is_answer` is True if a program that had drawn its screen before drew it again without a key. `guess` is a more
    likely value than the least one.
    """

    offset: int
    value: int
    is_exact: bool = True
    is_answer: bool = False
    guess: int = 0


class _SizeRange(Struct):
    """A part of the output from `start` with one number of columns or rows (0: unknown), last confirmed at `seen`."""

    start: int
    value: int = 0
    is_exact: bool = False
    seen: int = -1


def infer_sizes(stream: EventStream) -> SizeTimeline:
    """Return the sizes over time with source `inferred` or `guessed`; 80x24 with source `default` without evidence."""
    samples = size_samples(stream)
    rows = _size_ranges(_row_evidence(samples), samples, DEFAULT_SIZE.rows)
    cols = _size_ranges(_column_evidence(samples), samples, DEFAULT_SIZE.cols)
    if not any(one.value for one in (*rows, *cols)):
        return SizeTimeline(DEFAULT_SIZE)
    starts = sorted({one.start for one in (*rows, *cols)})
    sizes: list[tuple[int, TerminalSize]] = []
    for start, end in pairwise([*starts, len(stream.output)]):
        height = _at(rows, start).value or DEFAULT_SIZE.rows
        part = [sample for sample in samples if start <= sample.start < end or start == sample.start]
        known = _at(cols, start).value
        source = SizeSource.INFERRED if known else SizeSource.GUESSED
        is_same = bool(sizes) and _at(cols, start).start < start
        width = known or _guessed_columns(part, height, sizes[-1][1].cols if is_same else 0)
        sizes.append((start, TerminalSize.clamped(width, height, source)))
    first, *others = sizes
    return SizeTimeline(first[1], [Resize(_event_start(stream, start), size) for start, size in others])


def _event_start(stream: EventStream, offset: int) -> int:
    """Return the start of the event at an output offset: a resize takes effect before the output that reveals it."""
    return stream.output_length_after(stream.event_at_output(offset))


def _at(ranges: list[_SizeRange], offset: int) -> _SizeRange:
    return ranges[bisect_right(ranges, offset, key=lambda one: one.start) - 1]


def _size_ranges(evidence: list[_Evidence], samples: list[SizeSample], default: int) -> list[_SizeRange]:
    """Return the parts with different values."""
    redraws = [sample for sample in samples if sample.redraw]
    ranges = [_SizeRange(0)]
    for one in sorted(evidence, key=lambda one: one.offset):
        last, value = ranges[-1], one.guess or one.value
        if one.value == last.value:
            last.seen, last.is_exact = one.offset, last.is_exact or one.is_exact
        elif not last.value and one.value != default and (answer := _first_answer(samples, one.offset)):
            # Most terminals have the default size until somebody resizes them.
            last.value, last.is_exact = default, True
            ranges.append(_SizeRange(answer, value, one.is_exact, one.offset))
        elif not last.value or (one.value > last.value and not (last.is_exact or one.is_answer)):
            last.value, last.is_exact, last.seen = value, one.is_exact, one.offset
        elif one.is_exact or one.value > last.value:
            start = _change_start(redraws, last.seen, one.offset)
            ranges.append(_SizeRange(start, value, one.is_exact, one.offset))
    return ranges


def _change_start(redraws: list[SizeSample], seen: int, offset: int) -> int:
    """Return where a change began that the output at `offset` shows; the old value was last seen at `seen`.

    That is the redraw of the screen that holds the offset, else the first redraw after the old value.
    """
    following = bisect_right(redraws, offset, key=lambda sample: sample.start)
    if following and redraws[following - 1].cleared and offset < redraws[following - 1].end:
        return redraws[following - 1].start
    first = bisect_right(redraws, seen, key=lambda sample: sample.start)
    return redraws[first].start if first < following else offset


def _first_answer(samples: list[SizeSample], end: int) -> int:
    """Return where a shell, or a program that had drawn its screen, first redraws up to an offset; 0 if nowhere."""
    drawn = set[int]()
    for sample in samples:
        if sample.start > end:
            break
        if sample.redraw and (sample.redraw.is_line or sample.is_paged or sample.session in drawn):
            return sample.start
        if sample.page or sample.last_row:
            drawn.add(sample.session)
    return 0


def _row_evidence(samples: list[SizeSample]) -> list[_Evidence]:
    evidence: list[_Evidence] = []
    heights: dict[int, int] = {}
    for number, sample in enumerate(samples):
        if exact := next((rows for cols, rows in reversed(sample.exact) if cols and rows), 0):
            evidence.append(_Evidence(sample.start, exact))
            heights[sample.session] = exact
            continue
        row = sample.last_row
        if sample.is_paged or sample.page > DEFAULT_SIZE.rows or (sample.redraw and sample.session in heights):
            row = max(row, sample.page, sample.region)
        if row == sample.page + 1 and not sample.alt and sample.region < row:
            row = sample.page  # some programs end below the screen
        if not row:
            continue
        height = heights.get(sample.session, 0)
        has_shrunk = (
            sample.cleared and MIN_ROWS <= row < height - MAX_UNUSED_ROWS and _stays_above(row, samples, number)
        )
        is_exact = (
            (sample.is_paged and row == sample.page)
            or (sample.cleared and row == sample.region)
            or (has_shrunk and (sample.redraw is not None or sum(sample.rows.values()) >= MIN_ADDRESSES))
        )
        is_answer = height > 0 and sample.cleared and sample.redraw is not None
        if row > height or has_shrunk or is_exact:
            heights[sample.session] = row
        # One address directly below the screen does not count: some programs end with it.
        is_below = (row == height + 1 and sample.rows[row] <= 1) or row == DEFAULT_SIZE.rows + 1
        if is_exact or not is_below:
            evidence.append(_Evidence(sample.start, row, is_exact, is_answer))
    return evidence


def _stays_above(row: int, samples: list[SizeSample], number: int) -> bool:
    """Return True if the program of a sample uses no row below `row` until it redraws everything again."""
    for sample in islice(samples, number + 1, None):
        if sample.session != samples[number].session or (sample.redraw and sample.cleared):
            break
        if max(sample.rows, default=0) > row + 1:
            return False
    return True


def _column_evidence(samples: list[SizeSample]) -> list[_Evidence]:
    evidence: list[_Evidence] = []
    width, drawn_sessions = 0, set[int]()
    for sample in samples:
        evidence += [_Evidence(sample.start, cols) for cols, _ in sample.exact if cols]
        evidence += [_Evidence(*margin) for margin in sample.margins]
        drawn = 0 if sample.margins else sample.saturated_width
        if drawn and drawn >= sample.max_col and sample.cleared:
            # A character in the last column may be missing.
            width = width if abs(drawn - width) <= 1 else drawn
            evidence.append(_Evidence(sample.start, width))
        elif sample.redraw and sample.max_col > DEFAULT_SIZE.cols and sample.session in drawn_sessions:
            evidence.append(_Evidence(sample.start, sample.max_col, is_exact=False, is_answer=True))
        elif sample.unwrapped > DEFAULT_SIZE.cols:
            is_answer, guess = sample.redraw is not None, _usual_width(sample.unwrapped)
            evidence.append(_Evidence(sample.start, sample.unwrapped, False, is_answer, guess))
        if sample.page or sample.last_row:
            drawn_sessions.add(sample.session)
    return evidence


def _guessed_columns(samples: list[SizeSample], rows: int, previous: int) -> int:
    """Return the most likely width if nothing tells it: the previous one, or reached by many rows, or common."""
    extents, edges = Counter[int](), Counter[int]()
    for sample in samples:
        edges.update(sample.edges)
        extents.update({} if sample.is_paged else sample.extents)
    floor = max((max(sample.max_col, sample.unwrapped) for sample in samples), default=0)
    if previous >= max(floor, max(extents, default=0)) > 0 or (previous and not extents):
        return previous
    common = _COMMON.get(rows, ())
    candidates = {width for width, count in extents.items() if count > 1 or edges[width]} | set(common) | {80}
    best = max(
        (width for width in candidates if width >= floor),
        key=lambda width: (_width_score(width, common, extents, edges), width),
        default=0,
    )
    return best or _usual_width(floor)


def _usual_width(floor: int) -> int:
    return next((width for width in (100, 120, 132, 160, 200, 240) if width >= floor), floor)


def _width_score(width: int, common: tuple[int, ...], extents: Counter[int], edges: Counter[int]) -> float:
    score = 4.0 - common.index(width) * 0.5 if width in common else -1.0 if width % 10 == 0 else -3.0
    score += math.log1p(extents[width]) / 2 + (2.0 if edges[width] > 2 else 0.0)
    beyond = sum(count for extent, count in extents.items() if extent > width)
    return score - math.log1p(beyond) * (0.45 if width in common else 1.0)
