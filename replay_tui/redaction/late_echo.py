"""Search for the echo of a command that was typed before the shell was ready to read it.

Such a command is not echoed while it is typed. The shell writes it after its prompt later, without a key in between.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.echo import visible_text
from replay_tui.terminal.input_keys import ENTER, parse_keys
from replay_tui.terminal.prompts import looks_like_prompt

_WINDOW_BYTES, _MAX_PLACES = 1 << 16, 100
_STYLED_WINDOW_BYTES, _MAX_STYLED_BYTES = 1 << 13, 1 << 22
"""An echo with colours inside is searched in 8 KiB after the input, and in 4 MiB of a session in total."""

_INPUT_BYTES = 4096
"""Bytes of input after the line in which the same line is searched."""


class LateEcho(NamedTuple):
    """An echo after `prompt`, written by `event` at `time` (seconds)."""

    event: int
    time: float
    prompt: str


class LateEchoSearch:
    """Finds echoes that follow a shell's prompt directly."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._styled_bytes = 0
        self._found: set[int] = set()  # output offsets in bytes of the rows with the echoes that were found
        self._input_offsets: array[int] | None = None

    def find(self, text: str, start: int, event: int) -> LateEcho | None:
        """Return an echo of `text`, which was entered by `event` at output offset `start`, None if there is none.

        An echo belongs to one input; of equal lines the later ones are echoed.
        """
        wanted = text.rstrip()
        if not wanted:
            return None
        window = bytes(self._stream.output[start : start + _WINDOW_BYTES])
        seen: set[int] = set()
        for prompt, begin, end in (*_plain_places(window, wanted), *self._styled_places(window, wanted)):
            row = start + window.rfind(b"\n", 0, begin)
            if row in seen or not looks_like_prompt(prompt) or self._has_input(start + begin, start + end):
                continue
            last = self._stream.event_at_output(start + end - 1)
            if row not in self._found and self._times_entered(wanted, event, last) <= len(seen):
                self._found.add(row)
                return LateEcho(last, self._stream.times[last], prompt)
            seen.add(row)
        return None

    def _times_entered(self, text: str, event: int, last: int) -> int:
        """Return how often the input after `event` and before `last` contains the same line."""
        start, end = self._stream.other_length_after(event + 1), self._stream.other_length_after(last)
        keys = parse_keys(bytes(self._stream.other[start : min(end, start + _INPUT_BYTES)]))
        typed = b"".join(key.data for key in keys)
        return sum(typed.count(text.encode("utf-8", "surrogateescape") + enter) for enter in ENTER)

    def _styled_places(self, window: bytes, wanted: str) -> Iterator[tuple[str, int, int]]:
        """Yield (prompt, start, end) of lines that end with `wanted`, which may contain control sequences."""
        self._styled_bytes += _STYLED_WINDOW_BYTES
        at = 0
        if self._styled_bytes <= _MAX_STYLED_BYTES:
            for line in window[:_STYLED_WINDOW_BYTES].split(b"\n"):
                shown = visible_text(line).rstrip()
                if shown.endswith(wanted):
                    prompt = shown[: -len(wanted)]
                    yield prompt, at + _offset_after(line, prompt), at + len(line)
                at += len(line) + 1

    def _has_input(self, start: int, end: int) -> bool:
        """Return True if a key was pressed between two output offsets, so that the text between is its echo."""
        if self._input_offsets is None:
            inputs = self._stream.events(kinds="i")
            self._input_offsets = array("q", (self._stream.output_length_after(event.index) for event in inputs))
        return bisect_left(self._input_offsets, start) < bisect_left(self._input_offsets, end)


def _plain_places(window: bytes, wanted: str) -> Iterator[tuple[str, int, int]]:
    """Yield (text before, start, end) of the places where `wanted` ends a line."""
    needle = wanted.encode("utf-8", "surrogateescape")
    begin = window.find(needle)
    for _ in range(_MAX_PLACES):
        if begin < 0:
            return
        end = begin + len(needle)
        line_end = window.find(b"\n", end, end + 512)
        if not visible_text(window[end : line_end if line_end >= 0 else end + 512]).strip():
            line_start = max(window.rfind(b"\n", 0, begin) + 1, begin - 2048)
            yield visible_text(window[line_start:begin]), begin, end
        begin = window.find(needle, end)


def _offset_after(line: bytes, text: str) -> int:
    """Return the offset in `line` at which its visible text is `text`, by bisection."""
    low, high = 0, len(line)
    while low < high:
        middle = (low + high) // 2
        if len(visible_text(line[:middle])) < len(text):
            low = middle + 1
        else:
            high = middle
    return low
