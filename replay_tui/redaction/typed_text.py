"""Text that is being typed outside a shell prompt: its keys, its prompt, and how the output responded to it."""

from __future__ import annotations

from msgspec import Struct, field

from replay_tui.domain.event_stream import Event, EventStream, RedactedSpan
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.redaction.echo import EchoComparison, join_characters
from replay_tui.terminal.input_keys import ERASE, KILL_LINE, KILL_WORD, InputKey

MAX_TEXT_CHARS = 4096
"""A terminal driver accepts lines of this length; further keys of a line are redacted but not part of its text."""
_ANSWERED = 0.75
"""Share of the keys to which a program with commands of one key responds; other output also comes at random."""
_SCREEN_DRAWING = lazy_compile(rb"\x1b\[\d*(?:;\d*)?[Hfd]|\x1b\[\?25l")
_ROW = lazy_compile(rb"\x1b\[(\d*)(?:;\d*)?[Hf]|\x1b\[(\d*)d")
_MASK_RUN = lazy_compile("[*\u2022\u25cf\u25cb\u00b7\u2219\u25a0\u2588]+")
_MASK_CHARS = lazy_compile(r"[*\u2022\u25cf\u00b7\u25a0#x\s_-]*\Z")


class TypedText(Struct):
    """Keys typed after `prompt`, up to Enter.

    Attributes:
        is_secret: the prompt asks for a secret.
        alternate: the alternate screen was active.
        text: the text after line editing; bytes that are not UTF-8 are surrogate escapes.
        erased: the longest text before a deletion.
        place: the event and time in seconds of the key that ended the input.
        end: output offset in bytes of that key.
        is_on_screen: at that key the row before the cursor ended with the text.
        row: the text before the cursor in its row at the first key.
        events, responses: input events with the keys, and those that caused output other than mask characters.
        masked: input events after which as many mask characters were drawn as were typed.
        draws, drawn_row: the output moved the cursor to absolute positions, at last to this row.
        is_ahead: the keys were typed before the program that read them was started.
        is_command: a shell may have read the text.
        is_after_command: the line before was a command typed in a terminal multiplexer.
    """

    prompt: str
    is_secret: bool
    alternate: bool = False
    is_ahead: bool = False
    keys: list[tuple[Event, InputKey]] = field(default_factory=list)
    text: str = ""
    erased: str = ""
    echo: EchoComparison = field(default_factory=EchoComparison)
    place: tuple[int, float] = (0, 0.0)
    end: int = 0
    is_on_screen: bool = False
    row: str = ""
    events: int = 0
    responses: int = 0
    masked: int = 0
    draws: bool = False
    drawn_row: bytes = b""
    is_command: bool = False
    is_after_command: bool = False

    def press(self, event: Event, key: InputKey) -> None:
        """Apply a key as the terminal driver edits a line."""
        self.keys.append((event, key))
        if key.is_text or key.pasted:
            added = key.data.decode("utf-8", "surrogateescape")
            self.echo.add_typed(added)
            if len(self.text) < MAX_TEXT_CHARS:
                self.text = join_characters(self.text, added)
        elif key.data in ERASE:
            self._erase(self.text[:-1])
        elif key.data == KILL_LINE:
            self._erase("")
        elif key.data == KILL_WORD:
            kept = self.text.rstrip()
            self._erase(kept[: len(kept) - len(kept.split()[-1])] if kept else "")

    def _erase(self, text: str) -> None:
        self.erased = max(self.erased, self.text, key=len)
        self.text = text

    def add_output(self, head: str, tail: str, output: bytes) -> None:
        """Compare the output until the next key (`head`, `tail`: see `echo.edges`) with the text."""
        self.echo.add_output(head, tail)
        row = _row_of_cursor(output)
        is_mask = any(len(run) == len(self.text) for run in _MASK_RUN.findall(head))
        self.masked += is_mask and len(self.text) > 1
        self.responses += not (is_mask or _MASK_CHARS.match(head)) or (
            bool(row and self.drawn_row) and row != self.drawn_row
        )
        self.drawn_row = row or self.drawn_row
        self.draws = self.draws or _SCREEN_DRAWING.search(output) is not None

    @property
    def is_masked(self) -> bool:
        """Return True if the program drew a mask character for each typed one."""
        return self.masked > 0 and 2 * self.masked >= self.events

    @property
    def is_answered(self) -> bool:
        """Return True if the keys caused output other than mask characters, like commands of a program."""
        return self.events > 1 and self.responses >= _ANSWERED * self.events

    def spans(self, stream: EventStream) -> tuple[RedactedSpan, ...]:
        """Return the bytes of the keys in the input."""
        return tuple(RedactedSpan(event.index, key.offset, key.offset + key.size) for event, key in self.keys)


def _row_of_cursor(output: bytes) -> bytes:
    """Return the last row to which the output moves the cursor, as it is written there, empty if to none."""
    rows = _ROW.findall(output)
    return next(filter(None, rows[-1]), b"1") if rows else b""
