"""Times printed for reuse: given to `--at`, a printed time leads back to the same moment of the recording.

Three decimals are enough unless another event follows within the same millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.times import format_time, parse_time

MIN_DECIMALS, MAX_DECIMALS = 3, 9
SNAP_SECONDS = 1e-9
"""Events this much after a position belong to it: the sum of intervals is a little more than the printed decimals."""


def snap_to_event(stream: EventStream, seconds: float) -> float:
    """Return the time of an event that differs from `seconds` by rounding errors only, else `seconds`."""
    count = stream.event_count_at(seconds)
    if count < len(stream) and not (count and stream.times[count - 1] == seconds):
        following = stream.times[count]
        if following - seconds <= SNAP_SECONDS + 4 * math.ulp(following):
            return following
    return seconds


def format_exact_time(stream: EventStream, seconds: float) -> str:
    """Return a time as `HH:MM:SS.fff`, with as many more decimals as the position among the events needs."""
    return next(text for text in _candidates(seconds) if _is_same_moment(stream, text, seconds))


def in_seconds(text: str) -> str:
    """Return a text of `format_exact_time` in seconds, with the same decimals."""
    if ":" not in text:
        return text
    hours, minutes, rest = text.split(":")
    whole, _, decimals = rest.partition(".")
    return f"{int(hours) * 3600 + int(minutes) * 60 + int(whole)}.{decimals}"


def _candidates(seconds: float) -> Iterator[str]:
    for decimals in range(MIN_DECIMALS, MAX_DECIMALS + 1):
        scale = 10**decimals
        nearest = round(seconds * scale)
        yield format_time(nearest / scale, decimals=decimals)
        if nearest < seconds * scale:
            yield format_time((nearest + 1) / scale, decimals=decimals)
    yield repr(max(0.0, seconds))


def _is_same_moment(stream: EventStream, text: str, seconds: float) -> bool:
    back = snap_to_event(stream, parse_time(text, math.inf))
    return ":" not in text or stream.event_count_at(back) == stream.event_count_at(seconds)
