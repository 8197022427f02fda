"""Search in a session: screen, scrolled-off output, input and statements. Each text is found where it first appears."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from replay_tui.domain.errors import Cancelled, UsageError, never_cancelled
from replay_tui.domain.statement import Statement
from replay_tui.search.http_messages import HttpMessageLine
from replay_tui.search.packed_list import items_between
from replay_tui.search.query import Query
from replay_tui.search.screen_text_log import NO_ROW
from replay_tui.search.text_log import TextLog
from replay_tui.search.wrapped_lines import WrappedLine
from replay_tui.terminal.transcript_lines import TranscriptLine

SEARCH_AREAS = ("screen", "output", "input", "statements")
_POLL_SECONDS = 0.05


class Hit(NamedTuple):
    """An appearance of a pattern: the time in seconds, the area, its line, and `start` and `end` in the line.

    `where` is one of `SEARCH_AREAS`. `row` is the screen row, None for text that was never on a compared screen.
    `event` is the event of the input or the statement. `drawn` is False for text in the output that the terminal did
    not display as it was sent.
    """

    time: float
    where: str
    text: str
    start: int
    end: int
    row: int | None = None
    event: int | None = None
    drawn: bool = True


class InputLine(Protocol):
    """A line of typed input."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def kept(self) -> int:
        """Number of characters that are also part of an earlier line."""

    def at(self, end: int) -> tuple[float, int]:
        """Return the time (seconds) and event at which the first `end` characters were complete."""


Redact = Callable[[str], str]


def parse_areas(names: str) -> frozenset[str]:
    """Return the areas in a list such as `screen,input` or `all`. Raises `UsageError` for an unknown area."""
    found = {name.strip().lower() for name in names.split(",") if name.strip()}
    if not found or found - {*SEARCH_AREAS, "all"}:
        unknown = ", ".join(sorted(found - {*SEARCH_AREAS, "all"}))
        raise UsageError(f"Unknown search area '{unknown}'; use {', '.join(SEARCH_AREAS)} or all.")
    return frozenset(SEARCH_AREAS) if "all" in found else frozenset(found)


def search(
    query: Query,
    areas: frozenset[str],
    *,
    index: TextLog | None = None,
    lines: Sequence[TranscriptLine] = (),
    invisible_text: Iterable[TranscriptLine] = (),
    typed: Iterable[InputLine] = (),
    statements: Sequence[Statement] = (),
    messages: Iterable[HttpMessageLine] = (),
    redact: Redact | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> Iterator[Hit]:
    """Yield all appearances, fast areas first, each area in approximate order of time. Raises `Cancelled`.

    The hits of an area do not depend on the other areas. `output` is everything printed: the screen, scrolled-off lines
    and text that was not displayed.

    Args:
        index: the text index of a terminal session. Another thread may still build it; then the search waits for new
            entries until it is complete.
        lines: the transcript of other sessions.
        invisible_text: output that a terminal does not display.
        typed: the lines of typed input, already redacted.
        messages: the lines of HTTP messages.
        redact: replaces hidden input in a text before it is searched.
    """
    if "statements" in areas:
        yield from _statements(query, statements, is_cancelled)
    if "input" in areas:
        yield from _typed(query, typed, is_cancelled)
    if areas & {"screen", "output", "input"}:
        yield from _messages(query, messages, areas, redact, is_cancelled)
    if "output" in areas:
        yield from _invisible_text(query, invisible_text, redact, is_cancelled)
    if index is None:
        if areas & {"screen", "output"}:
            yield from _lines(query, lines, redact, is_cancelled)
    elif areas & {"screen", "output"}:
        yield from _screen(query, index, redact, is_cancelled)
        if "output" in areas:
            yield from _line_drawing(query, index, redact, is_cancelled)


def _pause(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise Cancelled
    clock.sleep(_POLL_SECONDS)


def _matching(
    texts: Iterable[str], query: Query, is_cancelled: Callable[[], bool], redact: Redact | None
) -> Iterator[tuple[int, str]]:
    """Yield number and text of the texts that may match."""
    position, source = 0, iter(texts)
    while batch := list(islice(source, query.batch_lines)):
        if is_cancelled():
            raise Cancelled
        if redact:
            batch = redact("\n".join(batch)).split("\n")  # many times faster than line by line
        yield from query.matching(batch, position)
        position += len(batch)


def _lines(
    query: Query, lines: Sequence[TranscriptLine], redact: Redact | None, is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    for number, text in _matching((line.text for line in lines), query, is_cancelled, redact):
        if span := query.first(text):
            yield Hit(lines[number].time, "output", text, *span)


def _messages(
    query: Query,
    lines: Iterable[HttpMessageLine],
    where: frozenset[str],
    redact: Redact | None,
    is_cancelled: Callable[[], bool],
) -> Iterator[Hit]:
    # The pane displays requests and responses together, so both belong to the area `screen`.
    wanted = [line for line in lines if line.where in where or "screen" in where]
    for number, text in _matching((line.text for line in wanted), query, is_cancelled, redact):
        if span := query.first(text):
            line = wanted[number]
            yield Hit(line.time, line.where, text, *span, event=line.event)


def _invisible_text(
    query: Query, lines: Iterable[TranscriptLine], redact: Redact | None, is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    test = query.test()
    for line in lines:
        if is_cancelled():
            raise Cancelled
        text = redact(line.text) if redact else line.text
        if test(text) and (span := query.first(text)):
            yield Hit(line.time, "output", text, *span, drawn=False)


def _line_drawing(
    query: Query, index: TextLog, redact: Redact | None, is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    """Yield matches in text that was drawn as lines."""
    changed = index.texts_as_sent()
    for at, text in _matching((text for _, text in changed), query, is_cancelled, redact):
        number = changed[at][0]
        drawn = index.texts[number]
        for start, end in query.spans(text):
            if text[start:end] != drawn[start:end]:
                yield Hit(index.time_of(number, end), "output", text, start, end, drawn=False)
                break


def _typed(query: Query, typed: Iterable[InputLine], is_cancelled: Callable[[], bool]) -> Iterator[Hit]:
    test = query.test()
    for line in typed:
        if is_cancelled():
            raise Cancelled
        if test(line.text) and (spans := query.spans(line.text)):
            # The first `kept` characters were already found in the line before the deletion.
            for start, end in [span for span in spans if span[1] > line.kept][:1]:
                time, event = line.at(end)
                yield Hit(time, "input", line.text, start, end, event=event)


def _statements(query: Query, statements: Sequence[Statement], is_cancelled: Callable[[], bool]) -> Iterator[Hit]:
    test = query.test()
    for row in statements:
        if is_cancelled():
            raise Cancelled
        for text in (*row.text.splitlines(), *(param for param in row.params or () if param)):
            if test(text) and (spans := query.spans(text)):
                yield Hit(row.time, "statements", text, *spans[0], event=row.event)


def _screen(query: Query, index: TextLog, redact: Redact | None, is_cancelled: Callable[[], bool]) -> Iterator[Hit]:
    done = wrapped_done = grown_done = 0
    reported: set[tuple[int, float]] = set()
    while True:
        complete = index.complete  # read first: if it is True, the columns read below are final
        count, growths = len(index.texts), len(index.grown)
        previous_texts, times, rows, growth = index.previous_texts, index.times, index.rows, index.growth
        for at, text in _matching(items_between(index.texts, done, count), query, is_cancelled, redact):
            number = done + at
            if previous_texts[number] or number in growth:
                for hit in _entry_hits(query, index, number, text, redact):
                    reported.add((number, hit.time))
                    yield hit
            elif span := query.first(text):
                row, time = rows[number], times[number]
                if not complete:  # the entry may still grow and is then searched again
                    reported.add((number, time))
                yield Hit(time, "screen", text, *span, row) if row != NO_ROW else Hit(time, "output", text, *span)
        grown = {number for number in index.grown[grown_done:growths] if number < done}
        for number in sorted(grown):
            text = redact(index.texts[number]) if redact else index.texts[number]
            for hit in _entry_hits(query, index, number, text, redact):
                if (number, hit.time) not in reported:
                    reported.add((number, hit.time))
                    yield hit
        done, grown_done = count, growths
        wrapped = index.wrapped[wrapped_done:]
        wrapped_done += len(wrapped)
        yield from _wrapped_lines(query, wrapped, is_cancelled, redact)
        if complete:
            return
        _pause(is_cancelled)


def _wrapped_lines(
    query: Query, lines: Sequence[WrappedLine], is_cancelled: Callable[[], bool], redact: Redact | None
) -> Iterator[Hit]:
    """Yield matches that cross the end of a row; the others are found in the rows."""
    for number, text in _matching((line.text for line in lines), query, is_cancelled, redact):
        line = lines[number]
        for start, end in query.spans(text):
            if any(start < row_end < end for row_end in line.row_ends):
                yield Hit(line.at(end), "screen", text, start, end)
                break


def _entry_hits(query: Query, index: TextLog, number: int, text: str, redact: Redact | None) -> Iterator[Hit]:
    """Yield the matches in an entry that were not in its row before, one per time."""
    spans = query.spans(text)
    previous = index.previous_texts[number]
    if previous and redact:
        previous = redact(previous)
    if previous and spans:
        previous_spans = query.spans(previous)
        starts = {start for start, _ in previous_spans}
        previous_matches = [previous[start:end] for start, end in previous_spans]
        new_spans = []
        for start, end in spans:
            found = text[start:end]
            if found in previous_matches:  # possibly at another position of the row
                previous_matches.remove(found)
            elif not (start in starts and text[:start] == previous[:start] and query.regex):
                new_spans.append((start, end))
        spans = new_spans
    last_time = None
    for start, end in spans:
        time = index.time_of(number, end)
        if time != last_time:
            row = index.rows[number]
            yield Hit(time, "screen" if row != NO_ROW else "output", text, start, end, None if row == NO_ROW else row)
        last_time = time
