"""The text of sessions that are no terminal, as lines with times."""

from __future__ import annotations

from collections.abc import Sequence

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import sanitize
from replay_tui.terminal.transcript_lines import MAX_LINES, TranscriptLine


def output_lines(stream: EventStream) -> list[TranscriptLine]:
    """The output's lines, each with the second in which it began; bytes that are no UTF-8 become U+FFFD."""
    found: list[TranscriptLine] = []
    data, start = bytes(stream.output), 0
    while start < len(data) and len(found) < MAX_LINES:
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        text = data[start:end].decode("utf-8", "replace").rstrip("\r")
        found.append(TranscriptLine(stream.time_of_output(start), text))
        start = end + 1
    return found


def statement_lines(statements: Sequence[Statement]) -> list[TranscriptLine]:
    """The statements' lines, each with its statement's time."""
    return [TranscriptLine(row.time, line, "statement") for row in statements for line in row.text.splitlines() or [""]]


def as_terminal_stream(stream: EventStream, statements: Sequence[Statement] | None = None) -> EventStream:
    """A stream that a terminal can draw: output whose lines end without a carriage return, or (of a wire, whose bytes
    are no text) the `statements`, each at its time."""
    drawn = EventStream()
    drawn.timed, drawn.complete = stream.timed, stream.complete
    if statements is None:
        for event in stream.events(kinds="oe"):
            drawn.append(event.time, event.kind, event.data.replace(b"\n", b"\r\n"))
    else:
        for row in statements:
            text = sanitize(row.text, keep_newlines=True).rstrip("\n").replace("\n", "\r\n")
            drawn.append(row.time, "o", f"{text}\r\n".encode("utf-8", "replace"))
    return drawn
