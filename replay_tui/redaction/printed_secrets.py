"""Search for secrets in the payloads of a stream: typed again, or printed by a program.

The payloads of one direction are searched as one text, so that the cuts between events do not matter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import OUTPUT_KINDS, EventStream, RedactedSpan
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.redaction.secret_finder import SecretFinder, merge_spans

_BLOCK_BYTES = 1 << 22
_MAX_COMPARISONS = 100_000
"""Echoed lines times secrets; above this, secrets are redacted in command lines too."""
_OVERLAP_BYTES = 1 << 16
"""A secret is found across the border of two blocks if it takes less than this, with its control sequences."""


def find_unechoed(
    stream: EventStream,
    secrets: Collection[str],
    echoed: Sequence[EchoedLine],
    end: int,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> Iterator[RedactedSpan]:
    """Yield the bytes of secrets in the first `end` events, without those in `echoed` command lines.

    Raises `Cancelled`.
    """
    found = find_printed(stream, SecretFinder(secrets, in_bytes=True), 0, end, is_cancelled)
    if len(echoed) * len(secrets) > _MAX_COMPARISONS:
        yield from found
        return
    yield from _outside(found, echoed, stream)
    for line in echoed:  # a program may print another secret while the line is typed
        others = [secret for secret in secrets if not any(secret in text for text in line.texts)]
        yield from find_printed(stream, SecretFinder(others, in_bytes=True), line.first, line.last + 1)


def _outside(
    spans: Iterable[RedactedSpan], echoed: Sequence[EchoedLine], stream: EventStream
) -> Iterator[RedactedSpan]:
    """Yield the spans outside command lines; an echo ends with the line break in its last event."""
    ranges = merge_spans((line.first, line.last) for line in echoed)
    firsts, ends = [first for first, _ in ranges], {line.last for line in echoed}
    for span in spans:
        at = bisect_right(firsts, span.event) - 1
        if at < 0 or span.event > ranges[at][1]:
            yield span
        elif span.event in ends and stream.kinds[span.event] in OUTPUT_KINDS:
            line_break = stream.data(span.event).find(b"\n")
            if 0 <= line_break < span.start:
                yield span


def find_printed(
    stream: EventStream,
    finder: SecretFinder,
    first: int,
    end: int,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> list[RedactedSpan]:
    """Return the bytes of secrets in the events `first` to `end`; `finder` searches bytes. Raises `Cancelled`."""
    if not finder:
        return []
    found: list[RedactedSpan] = []
    for buffer, length_after in (
        (stream.output, stream.output_length_after),
        (stream.other, stream.other_length_after),
    ):
        spans = list(_find_in(buffer, length_after(first), length_after(end), finder, is_cancelled))
        if spans:
            found += _by_event(spans, first, [length_after(event) for event in range(first, end + 1)])
    return found


def _find_in(
    buffer: bytearray, begin: int, size: int, finder: SecretFinder, is_cancelled: Callable[[], bool]
) -> Iterator[tuple[int, int]]:
    """Yield (start, end) in the bytes `begin` to `size` of a buffer. Spans of neighbouring blocks may overlap."""
    for start in range(begin, size, _BLOCK_BYTES):
        if is_cancelled():
            raise Cancelled
        first = max(begin, start - _OVERLAP_BYTES)
        block = bytes(buffer[first : min(size, start + _BLOCK_BYTES)]).decode("latin-1")
        yield from ((first + at, first + end) for at, end in finder.spans(block))


def _by_event(spans: Iterable[tuple[int, int]], first: int, edges: Sequence[int]) -> Iterator[RedactedSpan]:
    """Yield spans of a buffer as spans of events; the payload of event `first` + n is between edges n and n + 1."""
    for start, end in spans:
        at = bisect_right(edges, start) - 1
        while start < end:
            stop = min(end, edges[at + 1])
            if start < stop:
                yield RedactedSpan(first + at, start - edges[at], stop - edges[at])
            start, at = stop, at + 1  # noqa: PLW2901
