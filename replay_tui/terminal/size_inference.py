"""The recorded terminal's size, which a session does not hold, worked out from what its programs did."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import DEFAULT_SIZE, Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal.size_evidence import SizeSample, size_samples

_COMMON = {
    24: (80, 132), 25: (80,), 30: (100, 120), 36: (120,), 40: (120, 160), 43: (132,), 45: (160,), 48: (160,),
    50: (200, 132, 160), 55: (200,), 60: (200, 160),
}  # fmt: skip
"""Sizes that people use, columns by rows, the likeliest first."""


@dataclass(slots=True)
class _SizeEpoch:
    """Frames of one size."""

    start: int
    frames: list[SizeSample] = field(default_factory=list)
    rows: int = 0
    firm: bool = False


def infer_sizes(stream: EventStream) -> SizeTimeline:
    """The sizes over time, source `inferred`, or `default` 80x24 where the stream holds no evidence at all."""
    epochs = _epochs(size_samples(stream))
    sizes = [(epoch.start, size) for epoch in epochs if (size := _size(epoch))]
    if not sizes:
        return SizeTimeline(DEFAULT_SIZE)
    first, *others = sizes
    return SizeTimeline(first[1], [Resize(_event_start(stream, start), size) for start, size in others])


def _event_start(stream: EventStream, offset: int) -> int:
    """A resize comes before the output that shows it: the start of that output's event."""
    return stream.output_length_after(stream.event_at_output(offset))


def _epochs(found: list[SizeSample]) -> list[_SizeEpoch]:
    epochs = [_SizeEpoch(0)]
    for number, frame in enumerate(found):
        epoch = epochs[-1]
        told = next((size for size in reversed(frame.exact) if size[0] and size[1]), None)
        row = told[1] if told else frame.last_row
        if not row:
            epoch.frames.append(frame)
            continue
        if epoch.rows and (
            _grown(epoch, frame, row)
            or _shrunk(epoch, frame, row, found[number + 1 :])
            or (told and epoch.firm and row != epoch.rows)
        ):
            epochs.append(epoch := _SizeEpoch(frame.start))
        epoch.frames.append(frame)
        epoch.rows = max(epoch.rows, row) if not told else row
        epoch.firm = epoch.firm or bool(told) or frame.region >= epoch.rows or frame.rows[epoch.rows] > 1
    return epochs


def _grown(epoch: _SizeEpoch, frame: SizeSample, row: int) -> bool:
    """A firm size, and now rows beyond it (not the single step below the screen that some programs end with)."""
    return epoch.firm and row > epoch.rows and not (row == epoch.rows + 1 and frame.rows[row] <= 1)


def _shrunk(epoch: _SizeEpoch, frame: SizeSample, row: int, following: list[SizeSample]) -> bool:
    """The same program cleared its screen and from then on stays above the rows that it used before."""
    last = next((one for one in reversed(epoch.frames) if one.last_row), None)
    if not (epoch.firm and frame.cleared and row < epoch.rows and last and last.session == frame.session):
        return False
    rest = [one for one in following if one.session == frame.session]
    return sum(frame.rows.values()) >= 8 and all(max(one.rows, default=0) <= row for one in (frame, *rest))


def _size(epoch: _SizeEpoch) -> TerminalSize | None:
    told = [size for frame in epoch.frames for size in frame.exact]
    both = [size for size in told if size[0] and size[1]]
    if both:
        return TerminalSize.clamped(*both[-1], SizeSource.INFERRED)
    margins = Counter(cols for cols, _ in told if cols)
    if not epoch.rows and not margins:
        return None
    rows = epoch.rows or DEFAULT_SIZE.rows
    cols = margins.most_common(1)[0][0] if margins else _columns(epoch, rows)
    return TerminalSize.clamped(cols, rows, SizeSource.INFERRED)


def _columns(epoch: _SizeEpoch, rows: int) -> int:
    """The likeliest width: common with that many rows, reached by what was drawn, little drawn beyond it."""
    extents, edges = Counter[int](), Counter[int]()
    for frame in epoch.frames:
        extents.update(frame.extents)
        edges.update(frame.edges)
    floor = max((frame.max_col for frame in epoch.frames), default=0)
    common = _COMMON.get(rows, ())
    candidates = {width for width, count in extents.items() if count > 1 or edges[width]} | set(common) | {80}
    best = max(
        (width for width in candidates if width >= floor),
        key=lambda width: (_score(width, common, extents, edges), width),
        default=0,
    )
    return best or next((width for width in (100, 120, 132, 160, 200, 240) if width >= floor), floor)


def _score(width: int, common: tuple[int, ...], extents: Counter[int], edges: Counter[int]) -> float:
    score = 4.0 - common.index(width) * 0.5 if width in common else -1.0 if width % 10 == 0 else -3.0
    score += math.log1p(extents[width]) / 2 + (2.0 if edges[width] > 2 else 0.0)
    beyond = sum(count for extent, count in extents.items() if extent > width)
    return score - math.log1p(beyond) * (0.45 if width in common else 1.0)
