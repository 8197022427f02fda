"""Secrets that a program draws in pieces or in another order, so that only the screen shows them.

The bytes that drew a cell are found by drawing the same output again with a number in place of each character: the
emulator itself then tells which character each cell holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.redaction.secret_finder import SEQUENCES, Span
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_filter import filter_sequences
from replay_tui.terminal.stream_renderer import StreamRenderer, output_bursts

WINDOW_BYTES = 1 << 18
"""Output before a screen in which its characters are looked for: one to two times this."""
MAX_TRACES, MAX_FAILED_TRACES = 500, 10
"""Screens whose characters are looked for, each in about 0.1 s, and how often in vain: they were drawn earlier."""
_FIRST_NUMBER, _NUMBERS = 0xE000, 6400
"""The private use area: characters of one cell that no program's output is likely to contain."""
_PART = lazy_compile(rf"(?:{SEQUENCES})|([!-~]+)")


class _SecretStart(NamedTuple):
    """An output offset, and the terminal's state there; None for a new terminal."""

    offset: int
    state: bytes | None

    def renderer(self, stream: EventStream, sizes: SizeTimeline) -> StreamRenderer:
        """Return a renderer that continues here."""
        renderer = StreamRenderer(stream, sizes)
        if self.state is not None:
            renderer.restore(self.state, self.offset)
        return renderer

    def emulator(self, stream: EventStream, sizes: SizeTimeline) -> Emulator:
        """Return a terminal in the state, with the scrollback that resizes need."""
        return self.renderer(stream, sizes).emulator


FindSpans = Callable[[str], Sequence[Span]]


def hide_drawn(
    stream: EventStream, sizes: SizeTimeline, find: FindSpans, is_cancelled: Callable[[], bool] = never_cancelled
) -> list[int]:
    """Replace in `stream` the output that draws what `find` finds on a screen; return the offsets of replaced bytes.

    Raises `Cancelled`.
    """
    replaced: list[int] = []
    traces = failed = 0
    start = _SecretStart(0, None)  # of the output that is searched for the characters of a screen
    following = start
    renderer = StreamRenderer(stream, sizes)
    for end, _ in output_bursts(stream):
        if is_cancelled():
            raise Cancelled
        renderer.render_to(end)
        if renderer.emulator.changed_text() == {}:
            continue
        spans = find("\n".join(renderer.emulator.plain_rows()))
        if spans and traces < MAX_TRACES and failed < MAX_FAILED_TRACES:
            traces += 1
            offsets = [*_drawn_by(stream, sizes, start, renderer.offset, spans)]
            for offset in offsets:
                stream.output[offset] = ord("*")
            replaced += offsets
            failed += not offsets
            renderer = start.renderer(stream, sizes)
            renderer.render_to(end)
        if renderer.offset - following.offset > WINDOW_BYTES and (state := renderer.emulator.snapshot()):
            start, following = following, _SecretStart(renderer.offset, state)
    return replaced


def find_drawn(
    stream: EventStream, sizes: SizeTimeline, find: FindSpans, is_cancelled: Callable[[], bool] = never_cancelled
) -> list[int]:
    """Return the sorted output offsets of the bytes that `hide_drawn` would replace. Raises `Cancelled`."""
    return sorted(hide_drawn(stream.excluding(""), sizes, find, is_cancelled))


def _drawn_by(
    stream: EventStream, sizes: SizeTimeline, start: _SecretStart, end: int, spans: Sequence[Span]
) -> Iterator[int]:
    """Yield the output offsets of the characters in `spans` of the screen at `end` that were drawn after `start`."""
    offsets: list[int] = []
    low = _numbered_screen(stream, sizes, start, end, lambda number: number % _NUMBERS, offsets)
    high = _numbered_screen(stream, sizes, start, end, lambda number: number // _NUMBERS, [])
    if len(low) != len(high):
        return
    for first, last in spans:
        for digits in zip(low[first:last], high[first:last], strict=True):
            units, tens = (ord(digit) - _FIRST_NUMBER for digit in digits)
            if 0 <= units < _NUMBERS and tens >= 0 and (number := tens * _NUMBERS + units) < len(offsets):
                yield offsets[number]


def _numbered_screen(
    stream: EventStream,
    sizes: SizeTimeline,
    start: _SecretStart,
    end: int,
    digit: Callable[[int], int],
    offsets: list[int],
) -> str:
    """Return the screen at `end` with a digit of its number for each character; add their output offsets."""
    emulator = start.emulator(stream, sizes)
    edges = [start.offset, *(one.offset for one in sizes.resizes if start.offset < one.offset < end), end]
    for first, last in pairwise(edges):
        size = sizes.at(first)
        if emulator.size != (size.cols, size.rows):
            emulator.resize(size.cols, size.rows)
        emulator.feed(filter_sequences(_numbered(stream, first, last, digit, offsets), size.cols, size.rows))
    return "\n".join(emulator.plain_rows())


def _numbered(stream: EventStream, first: int, last: int, digit: Callable[[int], int], offsets: list[int]) -> bytes:
    """Return output in which each visible ASCII character is a digit of its number; add their offsets."""
    text, made, at = bytes(stream.output[first:last]).decode("latin-1"), [], 0
    for part in _PART.finditer(text):
        if part[1] is None:
            continue
        made.append(text[at : part.start()].encode("latin-1"))
        numbers = range(len(offsets), len(offsets) + len(part[1]))
        made.append("".join(chr(_FIRST_NUMBER + digit(number)) for number in numbers).encode())
        offsets.extend(range(first + part.start(), first + part.end()))
        at = part.end()
    made.append(text[at:].encode("latin-1"))
    return b"".join(made)
