"""Commands that were typed before the shell was ready to read them, so that no line was open at its prompt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.statement import Statement
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import TypedAhead
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.shell.command_log import FROM_KEYS, verb_of

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
        row = Statement(echo.time, "shell", text, event=echo.event, verb=verb_of(text), note=FROM_KEYS)
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
