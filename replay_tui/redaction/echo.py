"""Comparison of typed characters with the output that follows each key, to decide whether the input was echoed.

An echo follows its own key and is written at the cursor. Output that merely contains the typed characters, such as a
line of a log, is not an echo: the comparison is made for each piece of output between two input events.
"""

from __future__ import annotations

from replay_tui.domain.lazy_regex import lazy_compile

_CONTROLS = lazy_compile(
    r"\x1b\[[0-9;:?<>=!]*[ -/]*[@-~]|\x1b[\]PX^_k][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x09\x0b-\x1f\x7f]"
)
_MAX_LATE_CHARS = 64
"""Characters that may wait for their echo after output that does not contain it."""
MAX_ECHO_BYTES = 1 << 20
"""An echo is searched in at most eight times as many bytes at the ends of an output."""
_EDGE_BYTES = 4096
"""Bytes at both ends of a long output in which an echo is searched."""
_ECHOED, _NOT_ECHOED, _MIN_PURE = 0.75, 0.34, 0.5
"""Shares of the typed characters: echoed from 0.75, not echoed up to 0.34 (one character of three may match by chance);
outside a line editor half of them must be echoed without other output."""


def visible_text(data: bytes) -> str:
    """Return the characters of output without control sequences; line ends become a line feed."""
    text = data.decode("utf-8", "surrogateescape")
    return text if text.isprintable() else _CONTROLS.sub("", text)


def edges(output: bytes | bytearray, start: int, end: int, expected: int) -> tuple[str, str]:
    """Return the visible text at the start and at the end of output, long enough for an echo of `expected` characters.

    Both are the same text if the output is short.
    """
    span = _EDGE_BYTES + 8 * expected
    if end - start <= 2 * span:
        text = visible_text(bytes(output[start:end]))
        return text, text
    return visible_text(bytes(output[start : start + span])), visible_text(bytes(output[end - span : end]))


def join_characters(text: str, added: str) -> str:
    """Return `text + added`; a UTF-8 character whose bytes came in several events becomes one character."""
    if not text or text[-1] < "\udc80" or text[-1] > "\udcff":
        return text + added
    bytes_of = (text[-3:] + added).encode("utf-8", "surrogateescape")
    return text[:-3] + bytes_of.decode("utf-8", "surrogateescape")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


class EchoComparison:
    """Numbers of bytes typed, echoed, and echoed without other output; the text that still waits for its echo.

    The waiting text is kept in pieces and with an offset, so that long pastes and long waits take linear time.
    """

    __slots__ = ("_added", "_offset", "_text", "echoed", "pure", "typed")

    def __init__(self) -> None:
        self.typed = self.echoed = self.pure = 0
        self._text, self._offset = "", 0
        self._added: list[str] = []

    def add_typed(self, text: str) -> None:
        """Add characters that were typed."""
        self.typed += _size(text)
        self._added.append(text)

    @property
    def is_waiting(self) -> bool:
        """True if typed characters wait for their echo."""
        return bool(self._added) or self._offset < len(self._text)

    @property
    def waiting(self) -> str:
        """The typed characters that wait for their echo."""
        if self._added:
            self._text = join_characters(self._text[self._offset :], "".join(self._added))
            self._added, self._offset = [], 0
        return self._text[self._offset :] if self._offset else self._text

    @property
    def waiting_bytes(self) -> int:
        """An upper bound of the length of the waiting characters."""
        return min(self.typed - self.echoed, MAX_ECHO_BYTES)

    def add_output(self, head: str, tail: str) -> None:
        """Compare the waiting characters with the visible text of the output until the next key (see `edges`)."""
        if not head or not self.is_waiting:
            return
        if not self._added and self._text.startswith(head, self._offset) and head == tail:
            self._accept(head, pure=True)  # the rest of the echo follows later
            self._offset += len(head)
            return
        waiting = self.waiting
        if head.startswith(waiting):
            self._accept(waiting, pure=head == waiting)
            self._wait_for("")
        elif waiting.startswith(head) and head == tail:
            self._accept(head, pure=True)
            self._offset += len(head)
        elif tail.endswith(waiting):
            self._accept(waiting, pure=False)
            self._wait_for("")
        else:
            self._wait_for(waiting[-_MAX_LATE_CHARS:])
            self._add_late_output(head, tail)

    def _add_late_output(self, head: str, tail: str) -> None:
        """Accept an echo of the last keys alone, at the start or the end of other output."""
        waiting = self._text
        for size in range(len(waiting) - 1, 0, -1):
            if waiting.endswith((head[:size], tail[-size:])):
                self._accept(waiting[-size:], pure=False)
                self._wait_for("")
                return

    def accept_rest(self) -> None:
        """Count all waiting characters as echoed."""
        self._accept(self.waiting, pure=True)
        self._wait_for("")

    def _wait_for(self, text: str) -> None:
        self._text, self._offset = text, 0

    def _accept(self, text: str, *, pure: bool) -> None:
        self.echoed += _size(text)
        self.pure += _size(text) if pure else 0

    @property
    def is_echoed(self) -> bool:
        """Return True if the characters were echoed, possibly with other output, as by a line editor."""
        return self.echoed >= _ECHOED * self.typed

    @property
    def is_plainly_echoed(self) -> bool:
        """Return True if the characters were echoed, in larger part without other output."""
        return self.is_echoed and self.pure >= _MIN_PURE * self.typed

    @property
    def is_hidden(self) -> bool:
        """Return True if no more characters were echoed than can match by chance."""
        return self.echoed <= _NOT_ECHOED * self.typed
