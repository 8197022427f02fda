"""The text of sessions that are no terminal, as lines with times."""

from __future__ import annotations

from collections.abc import Sequence

from replay_tui.domain.statement import Statement
from replay_tui.domain.stream import EventStream
from replay_tui.terminal.transcript import MAX_LINES, TranscriptLine


def output_lines(stream: EventStream) -> list[TranscriptLine]:
    """The output's lines, each with the second in which it began; bytes that are no UTF-8 become U+FFFD."""
    found: list[TranscriptLine] = []
    data, start = bytes(stream.screen), 0
    while start < len(data) and len(found) < MAX_LINES:
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        text = data[start:end].decode("utf-8", "replace").rstrip("\r")
        found.append(TranscriptLine(stream.time_at_screen(start), text))
        start = end + 1
    return found


def statement_lines(statements: Sequence[Statement]) -> list[TranscriptLine]:
    """The statements' lines, each with its statement's time."""
    return [TranscriptLine(row.time, line, "statement") for row in statements for line in row.text.splitlines() or [""]]
