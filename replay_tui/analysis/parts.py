"""A large session in parts, each of which can be looked through without the others.

A part ends at a pause, longer than a redraw takes, and the next one begins with the screen as it is then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import sub
from typing import NamedTuple

from replay_tui.analysis.sightings import GHOST_SECONDS, Sightings
from replay_tui.domain.cancellation import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.terminal.keyframe_index import Keyframe, nearest
from replay_tui.terminal.partition_state import PartitionEnd, PartitionStart
from replay_tui.terminal.transcript import Transcript

PART_BYTES = 3 << 18
"""Bytes of output of a part, about."""
_EVENTS = 200_000
"""Events among which a pause is looked for."""


class Stretch(NamedTuple):
    """A part's output, in screen bytes, and the keyframe from which it is drawn; None at the session's start."""

    start: int
    end: int
    keyframe: Keyframe | None


@dataclass(frozen=True, slots=True)
class Part:
    """All that is needed to look through a stretch: its output from the keyframe on, and the sizes meanwhile."""

    stream: EventStream
    sizes: SizeTimeline
    start: PartitionStart | None
    last: bool


class Built(NamedTuple):
    """What was seen in a part, and how it ended."""

    seen: Sightings
    end: PartitionEnd


def cut(stream: EventStream, keyframes: Sequence[Keyframe], size: int = PART_BYTES) -> list[Stretch]:
    """The stretches of a stream, each of about `size` bytes; larger where there is no pause."""
    length, found = len(stream.output), [Stretch(0, 0, None)]
    aim = size
    while aim < length - size // 2:
        keyframe = nearest(keyframes, aim)
        begin = keyframe.offset if keyframe else 0
        seen, end = _pause(stream, max(begin, found[-1].start + size // 2))
        if end and keyframe and end < length:
            found[-1] = found[-1]._replace(end=end)
            found.append(Stretch(end, length, keyframe))
        aim = max(aim, seen) + size
    found[-1] = found[-1]._replace(end=length)
    return found


def _pause(stream: EventStream, offset: int) -> tuple[int, int]:
    """The screen bytes among which a pause was looked for from `offset` on, and where the first begins, or 0."""
    first = stream.event_at_output(offset)
    times = stream.times[first : first + _EVENTS]
    gaps = map(sub, times[1:], times)
    for number, gap in enumerate(gaps, first + 1):
        if gap > GHOST_SECONDS:
            return stream.output_length_after(number), stream.output_length_after(number)
    return stream.output_length_after(first + len(times)), 0


def part_of(stream: EventStream, sizes: SizeTimeline, stretch: Stretch) -> Part:
    """A stretch with all that it needs."""
    start, end, keyframe = stretch
    begin = keyframe.offset if keyframe else 0
    resizes = [Resize(one.offset - begin, one.size) for one in sizes.resizes if begin < one.offset <= end]
    return Part(
        stream.output_between(begin, end),
        SizeTimeline(sizes.at(begin), resizes),
        PartitionStart(keyframe.snapshot, start - begin) if keyframe else None,
        end == len(stream.output),
    )


def build(part: Part, is_cancelled: Callable[[], bool] = never_cancelled) -> Built:
    """Look through a part. Raises `Cancelled` when stopped."""
    seen = Sightings()
    transcript = Transcript(part.stream, part.sizes, seen, part.start)
    seen.lines = transcript.build(is_cancelled, last=part.last)
    seen.finish()
    return Built(seen, transcript.end)
