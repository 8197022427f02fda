"""Inference of the recorded terminal's size, which a session does not contain, from its programs' output."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import DEFAULT_SIZE, Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal.size_evidence import SizeSample, saturated_width, size_samples

MAX_UNUSED_ROWS = 3
"""Last rows that a program may not address after a change of the width alone."""
_COMMON = {
    24: (80, 132), 25: (80,), 30: (100, 120), 36: (120,), 40: (120, 160), 43: (132,), 45: (160,), 48: (160,),
    50: (200, 132, 160), 55: (200,), 60: (200, 160),
}  # fmt: skip
"""Common widths for each height, the most likely first."""


@dataclass(slots=True)
class _SizeEpoch:
    """Consecutive samples of one size.

    `start` is an output offset; `rows` is the height so far, and `certain` is True if it does not rest on one address;
    `width` is the saturated width of its samples, `margin` that of a shell's lines (0 if unknown).
    """

    start: int
    samples: list[SizeSample] = field(default_factory=list)
    rows: int = 0
    certain: bool = False
    width: int = 0
    margin: int = 0


def infer_sizes(stream: EventStream) -> SizeTimeline:
    """Return the sizes over time with source `inferred`, or 80x24 with source `default` if there is no evidence."""
    sizes: list[tuple[int, TerminalSize]] = []
    for epoch in _split_at_margins(_epochs(size_samples(stream))):
        previous = sizes[-1][1] if sizes else None
        size = _size(epoch, previous)
        if size and (previous is None or (size.cols, size.rows) != (previous.cols, previous.rows)):
            sizes.append((epoch.start, size))
    if not sizes:
        return SizeTimeline(DEFAULT_SIZE)
    first, *others = sizes
    return SizeTimeline(first[1], [Resize(_event_start(stream, start), size) for start, size in others])


def _event_start(stream: EventStream, offset: int) -> int:
    """Return the start of the event at an output offset: a resize takes effect before the output that reveals it."""
    return stream.output_length_after(stream.event_at_output(offset))


def _epochs(samples: list[SizeSample]) -> list[_SizeEpoch]:
    """Group samples of the same size."""
    epochs = [_SizeEpoch(0)]
    for number, sample in enumerate(samples):
        epoch = epochs[-1]
        exact = next((size for size in reversed(sample.exact) if size[0] and size[1]), None)
        row = exact[1] if exact else sample.last_row
        if not row:
            epoch.samples.append(sample)
            continue
        if epoch.rows and (
            _has_grown(epoch, sample, row)
            or _has_shrunk(epoch, sample, row, samples[number + 1 :])
            or (exact and epoch.certain and row != epoch.rows)
            or (sample.cleared and epoch.width and abs((sample.saturated_width or epoch.width) - epoch.width) > 1)
        ):
            is_near = not exact and epoch.rows - MAX_UNUSED_ROWS <= row < epoch.rows
            epochs.append(epoch := _SizeEpoch(sample.start, rows=epoch.rows if is_near else 0))
        epoch.samples.append(sample)
        epoch.width = epoch.width or sample.saturated_width
        epoch.rows = max(epoch.rows, row) if not exact else row
        epoch.certain = epoch.certain or bool(exact) or sample.region >= epoch.rows or sample.rows[epoch.rows] > 1
    return epochs


def _has_grown(epoch: _SizeEpoch, sample: SizeSample, row: int) -> bool:
    """Return True if rows beyond a certain height are used.

    One address directly below the screen does not count: some programs end with it.
    """
    return epoch.certain and row > epoch.rows and not (row == epoch.rows + 1 and sample.rows[row] <= 1)


def _has_shrunk(epoch: _SizeEpoch, sample: SizeSample, row: int, following: list[SizeSample]) -> bool:
    """Return True if the same program cleared its screen and stays above the last row that it used before."""
    last = next((one for one in reversed(epoch.samples) if one.last_row), None)
    if not (epoch.certain and sample.cleared and row < epoch.rows and last):
        return False
    # ncurses sets the scrolling region to the whole height, in a new session of the alternate screen too.
    if last.session != sample.session and sample.region != row:
        return False
    rest = [one for one in following if one.session == sample.session]
    return sum(sample.rows.values()) >= 8 and all(max(one.rows, default=0) <= row for one in (sample, *rest))


def _split_at_margins(epochs: list[_SizeEpoch]) -> list[_SizeEpoch]:
    """Begin a new epoch where a shell wraps or pads its lines at another margin than before."""
    found: list[_SizeEpoch] = []
    for epoch in epochs:
        found.append(epoch)
        for offset, cols in sorted(margin for sample in epoch.samples for margin in sample.margins):
            if found[-1].margin not in (0, cols):
                found.append(_SizeEpoch(offset, rows=epoch.rows, certain=epoch.certain))
            found[-1].margin = cols
    return found


def _size(epoch: _SizeEpoch, previous: TerminalSize | None) -> TerminalSize | None:
    """Return the size of an epoch, None if there is no evidence; a part without evidence is as in the one before."""
    exact = [size for sample in epoch.samples for size in sample.exact]
    both = [size for size in exact if size[0] and size[1]]
    if both:
        return TerminalSize.clamped(*both[-1], SizeSource.INFERRED)
    if not epoch.rows and not epoch.margin:
        return None
    rows = epoch.rows or (previous or DEFAULT_SIZE).rows
    cols = epoch.margin or _columns(epoch, rows, previous)
    return TerminalSize.clamped(cols, rows, SizeSource.INFERRED)


def _columns(epoch: _SizeEpoch, rows: int, previous: TerminalSize | None) -> int:
    """Return the most likely width: reached by many rows and exceeded by none, the previous, or common for `rows`."""
    extents, edges = Counter[int](), Counter[int]()
    for sample in epoch.samples:
        extents.update(sample.extents)
        edges.update(sample.edges)
    floor = max((sample.max_col for sample in epoch.samples), default=0)
    if epoch.width and (width := saturated_width(extents, edges)) >= floor:
        return width
    if previous and previous.cols >= max(floor, max(extents, default=0)):
        return previous.cols
    common = _COMMON.get(rows, ())
    candidates = {width for width, count in extents.items() if count > 1 or edges[width]} | set(common) | {80}
    best = max(
        (width for width in candidates if width >= floor),
        key=lambda width: (_width_score(width, common, extents, edges), width),
        default=0,
    )
    return best or next((width for width in (100, 120, 132, 160, 200, 240) if width >= floor), floor)


def _width_score(width: int, common: tuple[int, ...], extents: Counter[int], edges: Counter[int]) -> float:
    score = 4.0 - common.index(width) * 0.5 if width in common else -1.0 if width % 10 == 0 else -3.0
    score += math.log1p(extents[width]) / 2 + (2.0 if edges[width] > 2 else 0.0)
    beyond = sum(count for extent, count in extents.items() if extent > width)
    return score - math.log1p(beyond) * (0.45 if width in common else 1.0)
