"""A large session in parts, each of which can be looked through without the others.

A part ends at a pause, longer than a redraw takes, and the next one begins with the screen as it is then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import sub
from typing import NamedTuple

from replay_tui.domain.cancellation import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.search.screen_text_log import REDRAW_SECONDS, ScreenTextLog
from replay_tui.terminal.keyframe_index import Keyframe, nearest
from replay_tui.terminal.partition_state import PartitionEnd, PartitionStart
from replay_tui.terminal.transcript import Transcript

PARTITION_BYTES = 3 << 18
"""Bytes of output of a part, about."""
_PAUSE_SEARCH_EVENTS = 200_000
"""Events among which a pause is looked for."""


class PartitionRange(NamedTuple):
    """A part's output, in screen bytes, and the keyframe from which it is drawn; None at the session's start."""

    start: int
    end: int
    keyframe: Keyframe | None


@dataclass(frozen=True, slots=True)
class Partition:
    """All that is needed to look through a stretch: its output from the keyframe on, and the sizes meanwhile."""

    stream: EventStream
    sizes: SizeTimeline
    start: PartitionStart | None
    last: bool


class PartitionResult(NamedTuple):
    """What was seen in a part, and how it ended."""

    text_log: ScreenTextLog
    end: PartitionEnd


def split_into_partitions(
    stream: EventStream, keyframes: Sequence[Keyframe], size: int = PARTITION_BYTES
) -> list[PartitionRange]:
    """The stretches of a stream, each of about `size` bytes; larger where there is no pause."""
    length, found = len(stream.output), [PartitionRange(0, 0, None)]
    aim = size
    while aim < length - size // 2:
        keyframe = nearest(keyframes, aim)
        begin = keyframe.offset if keyframe else 0
        seen, end = _pause(stream, max(begin, found[-1].start + size // 2))
        if end and keyframe and end < length:
            found[-1] = found[-1]._replace(end=end)
            found.append(PartitionRange(end, length, keyframe))
        aim = max(aim, seen) + size
    found[-1] = found[-1]._replace(end=length)
    return found


def _pause(stream: EventStream, offset: int) -> tuple[int, int]:
    """The screen bytes among which a pause was looked for from `offset` on, and where the first begins, or 0."""
    first = stream.event_at_output(offset)
    times = stream.times[first : first + _PAUSE_SEARCH_EVENTS]
    gaps = map(sub, times[1:], times)
    for number, gap in enumerate(gaps, first + 1):
        if gap > REDRAW_SECONDS:
            return stream.output_length_after(number), stream.output_length_after(number)
    return stream.output_length_after(first + len(times)), 0


def make_partition(stream: EventStream, sizes: SizeTimeline, range_: PartitionRange) -> Partition:
    """A stretch with all that it needs."""
    start, end, keyframe = range_
    begin = keyframe.offset if keyframe else 0
    resizes = [Resize(one.offset - begin, one.size) for one in sizes.resizes if begin < one.offset <= end]
    return Partition(
        stream.output_between(begin, end),
        SizeTimeline(sizes.at(begin), resizes),
        PartitionStart(keyframe.snapshot, start - begin) if keyframe else None,
        end == len(stream.output),
    )


def index_partition(partition: Partition, is_cancelled: Callable[[], bool] = never_cancelled) -> PartitionResult:
    """Look through a part. Raises `Cancelled` when stopped."""
    seen = ScreenTextLog()
    transcript = Transcript(partition.stream, partition.sizes, seen, partition.start)
    seen.lines = transcript.build(is_cancelled, last=partition.last)
    seen.finish()
    return PartitionResult(seen, transcript.end)
