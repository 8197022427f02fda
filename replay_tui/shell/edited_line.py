"""Command lines while they are edited: typed, pasted, erased and corrected text."""

from __future__ import annotations

from msgspec import Struct, field

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import Event
from replay_tui.redaction.echo import EchoComparison
from replay_tui.shell.screen_line import ScreenLineReader
from replay_tui.terminal.input_keys import (
    DELETIONS,
    ENTER,
    INTERRUPT,
    MIN_PASTE_BYTES,
    RECALLS,
    InputKey,
)
from replay_tui.terminal.line_editor import LineEditor

_KEYS_PER_CHECK = 4096
MIN_REMOVED_CHARS = 3
"""Shorter deletions are typing errors and are not recorded."""


class EditedLine(Struct):
    """A line being edited after `prompt` since `began` (seconds), in the events from `first` on.

    Attributes:
        right: a prompt at the right margin.
        managed: True if a line editor marks the start and end of the line.
        editor: the line that the keys up to Enter alone would produce.
        count: characters typed since history was last recalled.
        pasted: characters that arrived in one event.
        entered: the event with Enter.
        cancelled: the event with Ctrl-C and the text at that time.
        before: the text before a run of deleting keys, and its first event.
        erased: commands that were deleted as a whole, each with its event.
        revised: earlier texts of a command that was only corrected.
        echo: the typed characters compared with the output.
        moved: keys were pressed that change the line in ways that only the line editor knows.
        interrupted: another program printed lines before Enter.
        typed_keys: the keys that insert text, each with its event.
        ahead: the keys after Enter while the line editor had not ended, each with its event.
        ahead_echo: the text of these keys compared with the output.
        continues: the prompt asks for another line of the command before.
        above: the row above the prompt.
        place: the programs in which the line is typed.
    """

    prompt: str
    right: str
    managed: bool
    began: float
    first: int
    editor: LineEditor = field(default_factory=LineEditor)
    count: int = 0
    pasted: int = 0
    entered: Event | None = None
    cancelled: tuple[Event, str] | None = None
    before: tuple[str, Event] | None = None
    erased: list[tuple[str, Event]] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    echo: EchoComparison = field(default_factory=EchoComparison)
    moved: bool = False
    interrupted: bool = False
    typed_keys: list[tuple[Event, InputKey]] = field(default_factory=list)
    ahead: list[tuple[Event, InputKey]] = field(default_factory=list)
    ahead_echo: EchoComparison = field(default_factory=EchoComparison)
    continues: bool = False
    above: str = ""
    place: str = ""

    @property
    def typed(self) -> str:
        """The text that the keys up to Enter alone would produce."""
        return self.editor.text

    def press(self, event: Event, pressed: list[InputKey], reader: ScreenLineReader) -> None:
        """Apply the keys of an event. The screen must still show the line as it was before them."""
        deletes = any(key.data in DELETIONS for key in pressed)
        if self.before is not None and not deletes:
            self.record_removal(reader)
        if self.before is None and deletes:
            text = reader.line(self.prompt, self.right, above=self.above)
            self.before = (text, event) if text is not None else None
        inserted = pasted = 0
        for at, key in enumerate(pressed):
            if not at % _KEYS_PER_CHECK:
                check_cancelled()
            if self.entered is None:
                self._type(event, key)
            if key.is_text:
                inserted += len(key.data)
                pasted += len(key.data) if key.pasted else 0
            elif key.data in RECALLS:
                self.count = 0
                self.moved = True
            elif key.data == INTERRUPT and self.entered is not event:  # after Enter, Ctrl-C reaches the command
                self.cancelled = (event, reader.line(self.prompt, self.right, above=self.above) or "")
            elif key.data in ENTER and not key.pasted:
                self.entered = event
            elif key.data not in DELETIONS:
                self.moved = True
        self.count += inserted
        self.pasted += pasted or (inserted if inserted >= MIN_PASTE_BYTES else 0)

    def _type(self, event: Event, key: InputKey) -> None:
        self.editor.press(key)
        if key.is_text:
            self.typed_keys.append((event, key))
            self.echo.add_typed(key.data.decode("utf-8", "surrogateescape"))

    def add_output(self, output: tuple[str, str]) -> None:
        """Compare the visible text of the output until the next key (see `echo.edges`) with the typed characters."""
        self.interrupted = self.interrupted or (self.entered is None and "\n" in output[0])
        self.echo.add_output(*output)

    @property
    def is_typed_only(self) -> bool:
        """Return True if the line consists of typed characters, all of them echoed."""
        return not self.moved and not self.cancelled and bool(self.typed.strip()) and self.echo.is_echoed

    def add_ahead(self, event: Event, keys: list[InputKey], output: tuple[str, str]) -> None:
        """Add keys after Enter; `output` is the visible text that follows them (see `echo.edges`)."""
        for key in keys:
            self.ahead.append((event, key))
            if key.is_text:
                self.ahead_echo.add_typed(key.data.decode("utf-8", "surrogateescape"))
        self.ahead_echo.add_output(*output)

    def holds_ahead(self, text: str) -> bool:
        """Return True if the keys after Enter were typed into further rows of the same editor, whose text is `text`."""
        typed = "".join(key.data.decode("utf-8", "replace") for _, key in self.ahead if key.is_text)
        is_part = "".join(typed.split()) in "".join(text.split())
        return is_part or self.ahead_echo.is_echoed

    def record_removal(self, reader: ScreenLineReader) -> None:
        """Record the text before a run of deleting keys, as `erased` or `revised`."""
        if self.before is None:
            return
        (text, event), self.before = self.before, None
        left = reader.line(self.prompt, self.right, above=self.above)
        if (
            left is None
            or self.count < MIN_REMOVED_CHARS
            or len(text) - len(left) < MIN_REMOVED_CHARS
            or not text.strip()
        ):
            return
        words = text.split()
        if not left.strip() or (len(words) > 1 and not left.startswith(words[0])):
            self.erased.append((text, event))
        else:
            self.revised.append(text)


def keys_after_enter(pressed: list[InputKey]) -> list[InputKey]:
    """Return the keys of an event that follow its first Enter."""
    enters = (at for at, key in enumerate(pressed) if key.data in ENTER and not key.pasted)
    return pressed[next(enters, len(pressed)) + 1 :]
