"""Prompts in the output of a shell, by output offset: its marks (bracketed paste, OSC 133), or a sign such as `$`.

bash, zsh and fish send `CSI ? 2004 h` before a line is edited and `l` after it. FinalTerm's OSC 133 (VS Code: 633)
sends `A` prompt, `B` command line, `C` output, `D;n` end with exit status n. In a recording without input and marks,
a prompt is a place where the output stopped behind a sign and went on later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from replay_tui.domain.event_stream import OUTPUT_KINDS, EventStream
from replay_tui.domain.lazy_regex import lazy_compile

_MARK = lazy_compile(
    rb"\x1b\[\?(?:[0-9]{1,5};){0,8}2004(?:;[0-9]{1,5}){0,8}([hl])|\x1b\]6?[13]33;([ABCD])([^\x07\x1b]{0,200})(?:\x07|\x1b\\)"
)
_STATUS = lazy_compile(rb";(\d{1,3})(?:;|\Z)")
MAX_MARKS = 400_000
BLOCK_BYTES, MAX_MARK_BYTES = 1 << 18, 512
"""Bytes searched at once (a longer search would block other threads), and an upper bound of a mark's length."""


class PromptMark(NamedTuple):
    """A mark at output bytes `start` to `end`. `kind` is `h`, `l`, `A`, `B`, `C` or `D`; only `D` may have a status."""

    start: int
    end: int
    kind: str
    status: int | None = None


def prompt_marks(stream: EventStream) -> list[PromptMark]:
    """Return all marks in order, at most `MAX_MARKS`."""
    found: list[PromptMark] = []
    start, size = 0, len(stream.output)
    while start < size:
        block = bytes(stream.output[start : start + BLOCK_BYTES + MAX_MARK_BYTES])
        following = BLOCK_BYTES
        for match in _MARK.finditer(block):
            if match.start() >= BLOCK_BYTES:
                break
            if len(found) >= MAX_MARKS:
                return found
            following = max(following, match.end())
            kind = (match[1] or match[2]).decode()
            status = _STATUS.match(match[3]) if kind == "D" else None
            found.append(
                PromptMark(start + match.start(), start + match.end(), kind, int(status[1]) if status else None)
            )
        start += following
    return found


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
