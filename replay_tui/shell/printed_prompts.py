"""Prompts in a recording without input: places where the output stopped behind a sign such as `$` and went on later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from replay_tui.domain.event_stream import OUTPUT_KINDS, EventStream
from replay_tui.domain.lazy_regex import lazy_compile

_MAX_PROMPT_END_BYTES = 80
_PROMPT_END = lazy_compile(rb"(?:[$#%>]|\xe2\x9d[\xae\xaf]|\xe2\x9e\x9c) ?(?:\x1b\[[0-9;?]{0,20}[A-Za-z])*\Z")


class PrintedPrompt(NamedTuple):
    """A possible prompt: output offsets of its `end` and of the end of its line, and the event that continues it."""

    end: int
    line_end: int
    event: int


def printed_prompts(stream: EventStream) -> Iterator[PrintedPrompt]:
    """Yield the possible prompts of a recording without input, in order."""
    begin = line_end = 0
    for event, kind in enumerate(stream.kinds):
        end = stream.output_length_after(event + 1)
        if kind not in OUTPUT_KINDS or begin == end:
            continue
        tail, begin = stream.output[max(begin, end - _MAX_PROMPT_END_BYTES) : end], end
        if end > line_end and _PROMPT_END.search(tail) and end < len(stream.output):
            line_end = stream.output.find(b"\n", end)
            if line_end < 0:
                return
            yield PrintedPrompt(end, line_end, stream.event_at_output(end))
