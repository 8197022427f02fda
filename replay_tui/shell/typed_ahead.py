"""Commands that were typed before the shell was ready to read them, so that no line was open at its prompt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from replay_tui.decoders.decode_result import merge_by_time
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import first_word
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import TypedAhead
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.shell.command_log import FROM_KEYS
from replay_tui.shell.incomplete_command import is_incomplete

TYPED_AHEAD = "typed before the prompt appeared, echoed later"
"""Value of the detail `source` of a command."""
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
        row = Statement(
            echo.time, "shell", typed.text.rstrip(), event=echo.event, verb=first_word(text), note=FROM_KEYS,
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


def merge_typed_ahead(rows: list[Statement], more: list[Statement], ahead: Iterable[Statement]) -> list[Statement]:
    """Return both lists sorted by time, each row of `ahead` appended to the command before it if that needs a line."""
    raw = {(row.time, row.event, row.text) for row in ahead}
    joined: list[Statement] = []
    last = -1
    for row in merge_by_time(rows, more):
        if row.kind != "shell" or (row.time, row.event, row.text) not in raw:
            last = len(joined) if row.kind == "shell" and not row.deleted else last
            joined.append(row)
        elif last >= 0 and is_incomplete(joined[last].text):
            duration = (joined[last].duration or 0.0) + (row.duration or 0.0)
            text = f"{joined[last].text}\n{row.text}"
            joined[last] = replace(joined[last], text=text, duration=None if row.duration is None else duration)
        else:
            last = len(joined)
            joined.append(replace(row, text=row.text.strip()))
    return joined
