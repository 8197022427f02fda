"""Search through a session: the screen, lines gone by, input and statements, each text where it first appears."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.errors import UsageError
from replay_tui.domain.statement import Statement
from replay_tui.redaction.redactor import Redactor
from replay_tui.search.http_messages import HttpMessageLine
from replay_tui.search.query import Query
from replay_tui.search.screen_text_log import NO_ROW
from replay_tui.search.text_index import TextIndex
from replay_tui.shell.typed_lines import TypedLine
from replay_tui.terminal.transcript_lines import TranscriptLine

SEARCH_AREAS = ("screen", "output", "input", "statements")
_POLL_SECONDS = 0.05


class Hit(NamedTuple):
    """An appearance: `time` in seconds, `where` (one of `SEARCH_AREAS`), the line it stands in, its place there.

    `row` is the screen row, None for text that was gone before it stood; `event` the input event, or the statement's.
    """

    time: float
    where: str
    text: str
    start: int
    end: int
    row: int | None = None
    event: int | None = None


def parse_areas(names: str) -> frozenset[str]:
    """The places in a list such as `screen,input`; `all` means all of them. Raises `UsageError` for an unknown one."""
    found = {name.strip().lower() for name in names.split(",") if name.strip()}
    if not found or found - {*SEARCH_AREAS, "all"}:
        wrong = ", ".join(sorted(found - {*SEARCH_AREAS, "all"})) or "nothing"
        raise UsageError(f"'{wrong}' cannot be searched; name some of {', '.join(SEARCH_AREAS)}, or all.")
    return frozenset(SEARCH_AREAS) if "all" in found else frozenset(found)


def search(
    query: Query,
    areas: frozenset[str],
    *,
    index: TextIndex | None = None,
    lines: Sequence[TranscriptLine] = (),
    invisible_text: Iterable[TranscriptLine] = (),
    typed: Iterable[TypedLine] = (),
    statements: Sequence[Statement] = (),
    messages: Iterable[HttpMessageLine] = (),
    redactor: Redactor | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> Iterator[Hit]:
    """All appearances, nearly in order of time; the quick places first.

    A terminal session gives its `index`, which may still grow in another thread: what is ready is searched, then what
    comes, until it is complete. Other sessions give their `lines`. Text on the screen is not told again as a line gone
    by. `invisible_text` is output that a terminal does not show, `messages` the lines of HTTP messages. `redactor`
    hides secrets. Raises `Cancelled` when stopped.
    """
    hidden = redactor or Redactor.none()
    if "statements" in areas:
        yield from _statements(query, statements, is_cancelled)
    if "input" in areas:
        yield from _typed(query, typed, is_cancelled)
    if areas & {"screen", "output", "input"}:
        yield from _messages(query, messages, areas, hidden, is_cancelled)
    if "output" in areas:
        yield from _invisible_text(query, invisible_text, hidden, is_cancelled)
    if index is None:
        if areas & {"screen", "output"}:
            yield from _lines(query, lines, hidden, is_cancelled)
    elif "screen" in areas:
        yield from _screen(query, index, hidden, is_cancelled)
    elif "output" in areas:
        while not index.complete:
            _pause(is_cancelled)
        yield from _lines(query, index.lines, hidden, is_cancelled)


def _pause(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise Cancelled
    clock.sleep(_POLL_SECONDS)


def _matching(
    texts: Iterable[str], query: Query, is_cancelled: Callable[[], bool], redactor: Redactor
) -> Iterator[tuple[int, str]]:
    """Numbers and texts of those that may match."""
    position, source = 0, iter(texts)
    while batch := list(islice(source, query.is_immediate)):
        if is_cancelled():
            raise Cancelled
        if redactor:
            batch = [redactor.text(text) for text in batch]
        yield from query.matching(batch, position)
        position += len(batch)


def _lines(
    query: Query, lines: Sequence[TranscriptLine], redactor: Redactor, is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    for number, text in _matching((line.text for line in lines), query, is_cancelled, redactor):
        if span := query.first(text):
            yield Hit(lines[number].time, "output", text, *span)


def _messages(
    query: Query,
    lines: Iterable[HttpMessageLine],
    where: frozenset[str],
    redactor: Redactor,
    is_cancelled: Callable[[], bool],
) -> Iterator[Hit]:
    # A pane shows requests and responses at once: what is looked for on the screen may stand in either.
    wanted = [line for line in lines if line.where in where or "screen" in where]
    for number, text in _matching((line.text for line in wanted), query, is_cancelled, redactor):
        if span := query.first(text):
            line = wanted[number]
            yield Hit(line.time, line.where, text, *span, event=line.event)


def _invisible_text(
    query: Query, lines: Iterable[TranscriptLine], redactor: Redactor, is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    test = query.test()
    for line in lines:
        if is_cancelled():
            raise Cancelled
        text = redactor.text(line.text) if redactor else line.text
        if test(text) and (span := query.first(text)):
            yield Hit(line.time, "output", text, *span)


def _typed(query: Query, typed: Iterable[TypedLine], is_cancelled: Callable[[], bool]) -> Iterator[Hit]:
    test = query.test()
    for line in typed:
        if is_cancelled():
            raise Cancelled
        if test(line.text) and (spans := query.spans(line.text)):
            # Of a line typed again after a deletion only the new part is an appearance.
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


def _screen(query: Query, index: TextIndex, redactor: Redactor, is_cancelled: Callable[[], bool]) -> Iterator[Hit]:
    done = joined = grown = 0
    told: set[tuple[int, float]] = set()
    while True:
        complete = index.complete  # asked before the rest is read: what is there then is all
        count, growths = len(index.texts), len(index.grown)
        olds, times, ys, growth = index.previous_texts, index.times, index.rows, index.growth
        for at, text in _matching(islice(index.texts, done, count), query, is_cancelled, redactor):
            number = done + at
            if olds[number] or number in growth:
                for hit in _sighting(query, index, number, text, redactor):
                    told.add((number, hit.time))
                    yield hit
            elif span := query.first(text):
                y, time = ys[number], times[number]
                if not complete:  # it may still grow, and is looked at again then
                    told.add((number, time))
                yield Hit(time, "screen", text, *span, y) if y != NO_ROW else Hit(time, "output", text, *span)
        again = {number for number in index.grown[grown:growths] if number < done}
        for number in sorted(again):
            for hit in _sighting(query, index, number, redactor.text(index.texts[number]), redactor):
                if (number, hit.time) not in told:
                    told.add((number, hit.time))
                    yield hit
        done, grown = count, growths
        wrapped = index.wrapped[joined:]
        joined += len(wrapped)
        yield from _wrapped_lines(query, wrapped, is_cancelled, redactor)
        if complete:
            return
        _pause(is_cancelled)


def _wrapped_lines(
    query: Query,
    lines: Sequence[tuple[float, str, tuple[int, ...]]],
    is_cancelled: Callable[[], bool],
    redactor: Redactor,
) -> Iterator[Hit]:
    """What stands across the end of a row; the rest is found in the rows."""
    for number, text in _matching((line[1] for line in lines), query, is_cancelled, redactor):
        time, _, cuts = lines[number]
        for start, end in query.spans(text):
            if any(start < cut < end for cut in cuts):
                yield Hit(time, "screen", text, start, end)
                break


def _sighting(query: Query, index: TextIndex, number: int, text: str, redactor: Redactor) -> Iterator[Hit]:
    spans = query.spans(text)
    old = redactor.text(index.previous_texts[number]) if index.previous_texts[number] else ""
    if old and spans:
        before = query.spans(old)
        starts = {start for start, _ in before}
        left = [old[start:end] for start, end in before]
        fresh = []
        for start, end in spans:
            found = text[start:end]
            if found in left:  # it stood in this row already, perhaps elsewhere
                left.remove(found)
            elif not (start in starts and text[:start] == old[:start] and query.regex):
                fresh.append((start, end))
        spans = fresh
    last = None
    for start, end in spans:
        time = index.time_of(number, end)
        if time != last:
            y = index.rows[number]
            yield Hit(time, "screen" if y != NO_ROW else "output", text, start, end, None if y == NO_ROW else y)
        last = time
