"""What was typed, joined to lines: what each line held at its longest, and when each part of it was there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.input_keys import ENTER, INTERRUPT, apply_key, parse_keys

MAX_LINE_CHARS = 4000
"""Characters of a line; a longer one is cut in two."""


@dataclass(slots=True)
class TypedLine:
    """A piece of input: its text, and (length in characters, seconds, event) of each stage of typing it.

    `kept` characters at its start were left over by a deletion and belong to the piece before as well.
    """

    text: str = ""
    growth: list[tuple[int, float, int]] = field(default_factory=list)
    kept: int = 0

    def at(self, end: int) -> tuple[float, int]:
        """When, in seconds, and in which event the first `end` characters were typed."""
        _, time, event = self.growth[min(bisect_left(self.growth, (end, -1.0, 0)), len(self.growth) - 1)]
        return time, event


def typed_lines(stream: EventStream, redactor: Redactor | None = None) -> Iterator[TypedLine]:
    """Lines as they were typed; what was deleted again is a piece of its own. Hidden input reads `*`."""
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
            if len(text) < len(line.text):  # what was there stays findable
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
