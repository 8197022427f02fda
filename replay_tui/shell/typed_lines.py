"""Lines as they were typed, for the search."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.input_keys import (
    ENTER,
    INTERRUPT,
    InputKey,
    parse_keys,
)
from replay_tui.terminal.line_editor import LineEditor
from replay_tui.terminal.zmodem import FoundTransfers

MAX_LINE_CHARS = 4000
"""A longer line is split."""
_KEYS_PER_CHECK = 4096
CONTEXT_CHARS = 128
"""Unchanged characters that are searched together with the changed ones beside them."""


class TypedLine(Struct):
    """A typed text and its `growth`: (length in characters, seconds, event) after each key.

    The first `kept` characters are also part of an earlier line.
    """

    text: str = ""
    growth: list[tuple[int, float, int]] = field(default_factory=list)
    kept: int = 0

    def at(self, end: int) -> tuple[float, int]:
        """Return the time (seconds) and event at which the first `end` characters were complete."""
        _, time, event = self.growth[min(bisect_left(self.growth, (end, -1.0, 0)), len(self.growth) - 1)]
        return time, event


class _LineRecorder:
    """A line while it is typed, and the part of it that is not in a `TypedLine` yet.

    A line is recorded when it ends, becomes long, or before text is deleted. Only the changed part and its context are
    recorded, so that the recorded text is linear in the number of keys.
    """

    def __init__(self) -> None:
        self._editor = LineEditor()
        self._start()

    def _start(self) -> None:
        self._editor.clear()
        self._growth: list[tuple[int, float, int]] = []
        self._same_start = self._same_end = 0  # characters at the ends that are recorded
        self._joined = False  # whether a deletion joined the text before and after it

    def press(self, key: InputKey, event: Event) -> Iterator[TypedLine]:
        """Apply a key of an event and yield the text that ends with it."""
        editor = self._editor
        if editor.is_empty and editor.deletes(key):
            editor.press(key)
            return
        if (key.data in ENTER and not key.pasted) or key.data == INTERRUPT:
            yield from self.record()
            self._start()
            return
        if editor.deletes(key):
            yield from self.record()
        before = len(editor)
        editor.mark()
        editor.press(key)
        if editor.same_start == before == len(editor):
            return
        self._same_start = min(self._same_start, editor.same_start)
        self._same_end = min(self._same_end, editor.same_end)
        self._joined = self._joined or len(editor) < before
        self._grow(editor.same_start, event)
        if len(editor) - self._same_start - self._same_end > MAX_LINE_CHARS:
            yield from self.record()

    def _grow(self, same: int, event: Event) -> None:
        """Set the time of the characters after the first `same` ones."""
        growth, last = self._growth, None
        while growth and growth[-1][0] > same:
            last = growth.pop()
        if last and same and (not growth or growth[-1][0] < same):
            growth.append((same, *last[1:]))
        if (length := len(self._editor)) > same:
            if growth and growth[-1][2] == event.index:  # one entry for all keys of an event
                growth.pop()
            growth.append((length, event.time, event.index))

    def record(self) -> Iterator[TypedLine]:
        """Yield the part of the line that has changed since the last call, if any."""
        editor, kept, length = self._editor, self._same_start, len(self._editor)
        same_end = min(self._same_end, length - kept)
        if kept + same_end == length and not (self._joined and kept and same_end):
            return
        start, end = max(0, kept - CONTEXT_CHARS), min(length, length - same_end + CONTEXT_CHARS)
        first = bisect_left(self._growth, (start + 1, -1.0, 0))
        last = bisect_left(self._growth, (end, -1.0, 0)) + 1
        growth = [(min(grown, end) - start, time, event) for grown, time, event in self._growth[first:last]]
        yield TypedLine(editor.part(start, end), growth, kept - start)
        self._same_start, self._same_end, self._joined = length, length, False


def typed_lines(
    stream: EventStream, redactor: Redactor | None = None, transfers: FoundTransfers | None = None
) -> Iterator[TypedLine]:
    """Yield lines as they were typed; text before a deletion is a line of its own. Hidden input is redacted.

    The bytes of `transfers` are no keys.
    """
    recorder = _LineRecorder()
    for event in stream.events(kinds="i"):
        data = redactor.payload(event.index, event.data) if redactor else event.data
        data = transfers.keys_of(event.index, data) if transfers else data
        for at, key in enumerate(parse_keys(data)):
            if not at % _KEYS_PER_CHECK:
                check_cancelled()
            for line in recorder.press(key, event):
                yield _redacted(line, redactor)
    for line in recorder.record():
        yield _redacted(line, redactor)


def _redacted(line: TypedLine, redactor: Redactor | None) -> TypedLine:
    """Return the line without hidden input, unless it was typed visibly at a shell's prompt."""
    return replace(line, text=redactor.typed_text(line.text, line.growth[-1][2])) if redactor else line
