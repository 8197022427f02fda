"""Commands that were typed before the shell was ready to read them, so that no line was open at its prompt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from replay_tui.decoders.decode_result import merge_by_time
from replay_tui.domain.display_text import first_word
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.statement import Statement
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import TypedAhead
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.redaction.typed_text import TypedText
from replay_tui.shell.command_log import FROM_KEYS
from replay_tui.shell.incomplete_command import SyntaxCheck

TYPED_AHEAD = "typed before the prompt appeared, echoed later"
"""Value of the detail `source` of a command."""
_SHORT_LINE = re.compile(rb"(?:\r\n|[\r\n])([^\r\n\x00-\x1f\x7f]{0,2})(?=[\r\n])")
_SEARCHED_BYTES = 1 << 20


def typed_ahead_commands(
    stream: EventStream, typed_ahead: Iterable[TypedAhead], read: Iterable[EchoedLine]
) -> Iterator[tuple[Statement | None, EchoedLine]]:
    """Yield the commands of `typed_ahead`, each with its echo; None for those that were `read` from the screen."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for line in read:
        for text in line.texts:
            ranges.setdefault(text.strip(), []).append((line.first, line.last))
    for typed, echo in typed_ahead:
        text = typed.text.strip()
        same = ranges.get(text, [])
        at = bisect_right(same, (echo.event, len(stream)))
        is_read = at > 0 and same[at - 1][1] >= echo.event
        event, time = typed.place
        row = Statement(
            time, "shell", typed.text.rstrip(), event=event, verb=first_word(text), note=FROM_KEYS,
            details={"source": TYPED_AHEAD},
        )  # fmt: skip
        yield None if is_read else row, EchoedLine(typed.keys[0][0].index, echo.event, echo.prompt, (text,))


def count_prompts(stream: EventStream, start: int, end: int, prompt: str, typed: Sequence[str]) -> int:
    """Return how often a shell displayed `prompt` in output `start` to `end`, apart from the echoes of `typed` lines.

    A shell that displays its prompt twice without a key in between has read a line that was typed ahead.
    """
    sign = prompt.strip()
    if not sign:
        return 0
    head, tail = edges(stream.output, start, end, _SEARCHED_BYTES // 8)
    text = head if head is tail else head + tail
    runs = re.finditer(rf"(?:\A|\n)(?:{re.escape(sign)}[ ]?)+", text)
    return sum(run[0].count(sign) for run in runs) - sum(line.lstrip().startswith(sign) for line in typed)


class TypedAheadMerger:
    """Joins commands that were typed ahead with the command before them, if that needs another line.

    Lines too short for the detection of hidden input are taken from the input event, if they follow in the same event.
    """

    def __init__(self, stream: EventStream, syntax: SyntaxCheck) -> None:
        self._stream, self._syntax = stream, syntax
        self._joined: list[Statement] = []
        self._last = -1

    def merge(
        self, rows: list[Statement], more: list[Statement], ahead: Sequence[tuple[Statement, TypedText]]
    ) -> list[Statement]:
        """Return all rows sorted by time, those of `ahead` joined and after others of the same event."""
        typed_of = {(row.time, row.event, row.text): typed for row, typed in ahead}
        for row in merge_by_time([row for row, _ in ahead], merge_by_time(rows, more)):
            typed = typed_of.get((row.time, row.event, row.text)) if row.kind == "shell" else None
            if typed is not None and self._last >= 0 and self._needs_line():
                self._append(row.text, row.duration)
            else:
                if row.kind == "shell" and not row.deleted:
                    self._last = len(self._joined)
                self._joined.append(row if typed is None else replace(row, text=row.text.strip()))
            if typed is not None:
                self._append_short_lines(typed)
        return self._joined

    def _needs_line(self) -> bool:
        return self._syntax.needs_line(self._joined[self._last].text)

    def _append(self, line: str, duration: float | None) -> None:
        row = self._joined[self._last]
        total = None if duration is None else (row.duration or 0.0) + duration
        self._joined[self._last] = replace(row, text=f"{row.text}\n{line}", duration=total)

    def _append_short_lines(self, typed: TypedText) -> None:
        """Append the short lines that follow `typed` in its input event, as long as the command needs them."""
        event, key = typed.keys[-1]
        at = key.offset + key.size
        while (line := _SHORT_LINE.match(event.data, at)) and self._needs_line():
            self._append(line[1].decode("utf-8", "replace").rstrip(), self._joined[self._last].duration and 0.0)
            at = line.end(1)
