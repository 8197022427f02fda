"""Typed input joined to lines for the search: the longest text of each line, and the time of each part."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.input_keys import ENTER, INTERRUPT, apply_key, parse_keys

MAX_LINE_CHARS = 4000
"""A longer line is split."""


@dataclass(slots=True)
class TypedLine:
    """A typed text and its `growth`: (length in characters, seconds, event) after each key.

    The first `kept` characters remained after a deletion and are also part of the previous line.
    """

    text: str = ""
    growth: list[tuple[int, float, int]] = field(default_factory=list)
    kept: int = 0

    def at(self, end: int) -> tuple[float, int]:
        """Return the time (seconds) and event at which the first `end` characters were complete."""
        _, time, event = self.growth[min(bisect_left(self.growth, (end, -1.0, 0)), len(self.growth) - 1)]
        return time, event


def typed_lines(stream: EventStream, redactor: Redactor | None = None) -> Iterator[TypedLine]:
    """Yield lines as they were typed; text before a deletion is a line of its own. Hidden input is replaced by `*`."""
    line = TypedLine()
    for event in stream.events(kinds="i"):
        data = redactor.payload(event.index, event.data) if redactor else event.data
        for key in parse_keys(data):
            if (key.data in ENTER and not key.pasted) or key.data == INTERRUPT:
                if len(line.text) > line.kept:
                    yield line
                line = TypedLine()
                continue
            text = apply_key(line.text, key)
            if len(text) < len(line.text):  # deleted text stays searchable
                if len(line.text) > line.kept:
                    yield line
                line = TypedLine(text, [(len(text), *line.at(len(text)))] if text else [], len(text))
            elif text != line.text:
                line.text = text
                line.growth.append((len(text), event.time, event.index))
                if len(text) > MAX_LINE_CHARS:
                    yield line
                    line = TypedLine()
    if len(line.text) > line.kept:
        yield line
