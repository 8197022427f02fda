"""Comparison of typed characters with the output that follows each key, to decide whether the input was echoed.

An echo follows its own key and is written at the cursor. Output that merely contains the typed characters, such as a
line of a log, is not an echo: the comparison is made for each piece of output between two input events.
"""

from __future__ import annotations

import re

_CONTROLS = re.compile(
    r"\x1b\[[0-9;:?<>=!]*[ -/]*[@-~]|\x1b[\]PX^_k][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x09\x0b-\x1f\x7f]"
)
_MAX_LATE_CHARS = 64
"""Characters that may wait for their echo after output that does not contain it."""
_EDGE_BYTES = 4096
"""Bytes at both ends of a long output in which an echo is searched."""
_ECHOED, _NOT_ECHOED, _MIN_PURE = 0.75, 0.34, 0.5
"""Shares of the typed characters: echoed from 0.75, not echoed up to 0.34 (one character of three may match by chance);
at a prompt for a secret half of them must be echoed without other output."""


def visible_text(data: bytes) -> str:
    """Return the characters of output without control sequences; line ends become a line feed."""
    return _CONTROLS.sub("", data.decode("utf-8", "surrogateescape"))


def edges(output: bytes | bytearray, start: int, end: int, expected: int) -> tuple[str, str]:
    """Return the visible text at the start and at the end of output, long enough for an echo of `expected` characters.

    Both are the same text if the output is short.
    """
    span = _EDGE_BYTES + 8 * expected
    if end - start <= 2 * span:
        text = visible_text(bytes(output[start:end]))
        return text, text
    return visible_text(bytes(output[start : start + span])), visible_text(bytes(output[end - span : end]))


class EchoComparison:
    """Numbers of characters typed, echoed, and echoed without other output; the text that still waits for its echo."""

    __slots__ = ("echoed", "pure", "typed", "waiting")

    def __init__(self) -> None:
        self.typed = self.echoed = self.pure = 0
        self.waiting = ""

    def add_typed(self, text: str) -> None:
        """Add characters that were typed."""
        self.typed += len(text)
        self.waiting += text

    def add_output(self, head: str, tail: str) -> None:
        """Compare the waiting characters with the visible text of the output until the next key (see `edges`)."""
        waiting = self.waiting
        if not waiting or not head:
            return
        if head.startswith(waiting):
            self._accept(len(waiting), pure=head == waiting)
        elif waiting.startswith(head) and head == tail:  # the rest of the echo follows later
            self.echoed += len(head)
            self.pure += len(head)
            self.waiting = waiting[len(head) :]
        elif tail.endswith(waiting):
            self._accept(len(waiting), pure=False)
        else:
            self.waiting = waiting = waiting[-_MAX_LATE_CHARS:]
            late = next(
                (size for size in range(len(waiting) - 1, 0, -1) if waiting.endswith((head[:size], tail[-size:]))), 0
            )
            if late:
                self._accept(late, pure=False)

    def accept_rest(self) -> None:
        """Count all waiting characters as echoed."""
        self._accept(len(self.waiting), pure=True)

    def _accept(self, count: int, *, pure: bool) -> None:
        self.echoed += count
        self.pure += count if pure else 0
        self.waiting = ""

    def is_echoed(self, *, at_secret_prompt: bool) -> bool:
        """Return True if the characters were echoed, in larger part without other output at a prompt for a secret."""
        return self.echoed >= _ECHOED * self.typed and (not at_secret_prompt or self.pure >= _MIN_PURE * self.typed)

    @property
    def is_hidden(self) -> bool:
        """Return True if no more characters were echoed than can match by chance."""
        return self.echoed <= _NOT_ECHOED * self.typed
