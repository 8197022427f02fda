"""Partitions of a large session, which can be indexed independently of each other.

A partition ends at a pause that is longer than a redraw, and the next one starts from a keyframe before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import sub
from typing import NamedTuple

from msgspec import Struct

from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.search.screen_text_log import REDRAW_SECONDS, ScreenTextLog
from replay_tui.terminal.keyframe_index import Keyframe, nearest
from replay_tui.terminal.sequence_filter import MAX_SEQUENCE_BYTES
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import PartitionEnd, PartitionStart

PARTITION_BYTES = 3 << 18
"""Approximate output of a partition."""
_PAUSE_SEARCH_EVENTS = 200_000
"""Events searched for a pause."""


class PartitionRange(NamedTuple):
    """Output offsets of a partition in bytes, and the keyframe to draw it from; None at the session's start."""

    start: int
    end: int
    keyframe: Keyframe | None


class Partition(Struct, frozen=True):
    """The data needed to index a partition: its output from the keyframe on, and the terminal sizes."""

    stream: EventStream
    sizes: SizeTimeline
    start: PartitionStart | None
    last: bool


class PartitionResult(NamedTuple):
    """The texts of a partition and the terminal state at its end."""

    text_log: ScreenTextLog
    end: PartitionEnd


def split_into_partitions(
    stream: EventStream, keyframes: Sequence[Keyframe], partition_bytes: int = PARTITION_BYTES
) -> list[PartitionRange]:
    """Return the partitions of a stream, each of about `partition_bytes`, or more if there is no pause."""
    length, found = len(stream.output), [PartitionRange(0, 0, None)]
    target = partition_bytes
    while target < length - partition_bytes // 2:
        keyframe = nearest(keyframes, target)
        begin = keyframe.offset if keyframe else 0
        searched, end = _find_pause(stream, max(begin, found[-1].start + partition_bytes // 2))
        if end and keyframe and end < length:
            found[-1] = found[-1]._replace(end=end)
            found.append(PartitionRange(end, length, keyframe))
        target = max(target, searched) + partition_bytes
    found[-1] = found[-1]._replace(end=length)
    return found


def _find_pause(stream: EventStream, offset: int) -> tuple[int, int]:
    """Return the output offset up to which was searched, starting at `offset`, and that of the pause found, or 0."""
    first = stream.event_at_output(offset)
    times = stream.times[first : first + _PAUSE_SEARCH_EVENTS]
    gaps = map(sub, times[1:], times)
    for number, gap in enumerate(gaps, first + 1):
        if gap > REDRAW_SECONDS:
            return stream.output_length_after(number), stream.output_length_after(number)
    return stream.output_length_after(first + len(times)), 0


def make_partition(stream: EventStream, sizes: SizeTimeline, range_: PartitionRange) -> Partition:
    """Return the data needed to index a range."""
    start, end, keyframe = range_
    begin = keyframe.offset if keyframe else 0
    context = min(begin, MAX_SEQUENCE_BYTES)
    first = begin - context
    resizes = [Resize(one.offset - first, one.size) for one in sizes.resizes if begin < one.offset <= end]
    return Partition(
        stream.output_between(first, end),
        SizeTimeline(sizes.at(begin), resizes),
        PartitionStart(keyframe.snapshot, context, start - begin) if keyframe else None,
        end == len(stream.output),
    )


def index_partition(partition: Partition, is_cancelled: Callable[[], bool] = never_cancelled) -> PartitionResult:
    """Index a partition. Raises `Cancelled`."""
    log = ScreenTextLog()
    transcript = Transcript(partition.stream, partition.sizes, log, partition.start)
    transcript.build(is_cancelled, last=partition.last)
    log.finish()
    return PartitionResult(log, transcript.end)
