"""Command lines while they are edited (typed, pasted, erased, corrected text), and typed lines for the search."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.redaction.echo import EchoComparison
from replay_tui.redaction.redactor import Redactor
from replay_tui.shell.screen_line import ScreenLineReader
from replay_tui.terminal.input_keys import (
    DELETIONS,
    ENTER,
    INTERRUPT,
    MIN_PASTE_BYTES,
    RECALLS,
    InputKey,
    parse_keys,
)
from replay_tui.terminal.line_editor import LineEditor
from replay_tui.terminal.zmodem import FoundTransfers

MIN_REMOVED_CHARS = 3
"""Shorter deletions are typing errors and are not recorded."""


@dataclass(slots=True)
class EditedLine:
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


MAX_LINE_CHARS = 4000
"""A longer line is split."""
_KEYS_PER_CHECK = 4096
CONTEXT_CHARS = 128
"""Unchanged characters that are searched together with the changed ones beside them."""


@dataclass(slots=True)
class TypedLine:
    """A typed text and its `growth`: (length in characters, seconds, event) after each key.

    The first `kept` characters are also part of an earlier line.
    """

    text: str = ""
    growth: list[tuple[int, float, int]] = field(default_factory=list)
    kept: int = 0

    def at(self, end: int) -> tuple[float, int]:
        """Return the time (seconds) and event at which the first `end` characters were complete."""
        _, time, event = self.growth[min(bisect_left(self.growth, (end, -1.0, 0)), len(self.growth) - 1)]
        return time, event


class _LineRecorder:
    """A line while it is typed, and the part of it that is not in a `TypedLine` yet.

    A line is recorded when it ends, becomes long, or before text is deleted. Only the changed part and its context are
    recorded, so that the recorded text is linear in the number of keys.
    """

    def __init__(self) -> None:
        self._editor = LineEditor()
        self._start()

    def _start(self) -> None:
        self._editor.clear()
        self._growth: list[tuple[int, float, int]] = []
        self._same_start = self._same_end = 0  # characters at the ends that are recorded
        self._joined = False  # whether a deletion joined the text before and after it

    def press(self, key: InputKey, event: Event) -> Iterator[TypedLine]:
        """Apply a key of an event and yield the text that ends with it."""
        editor = self._editor
        if editor.is_empty and editor.deletes(key):
            editor.press(key)
            return
        if (key.data in ENTER and not key.pasted) or key.data == INTERRUPT:
            yield from self.record()
            self._start()
            return
        if editor.deletes(key):
            yield from self.record()
        before = len(editor)
        editor.mark()
        editor.press(key)
        if editor.same_start == before == len(editor):
            return
        self._same_start = min(self._same_start, editor.same_start)
        self._same_end = min(self._same_end, editor.same_end)
        self._joined = self._joined or len(editor) < before
        self._grow(editor.same_start, event)
        if len(editor) - self._same_start - self._same_end > MAX_LINE_CHARS:
            yield from self.record()

    def _grow(self, same: int, event: Event) -> None:
        """Set the time of the characters after the first `same` ones."""
        growth, last = self._growth, None
        while growth and growth[-1][0] > same:
            last = growth.pop()
        if last and same and (not growth or growth[-1][0] < same):
            growth.append((same, *last[1:]))
        if (length := len(self._editor)) > same:
            if growth and growth[-1][2] == event.index:  # one entry for all keys of an event
                growth.pop()
            growth.append((length, event.time, event.index))

    def record(self) -> Iterator[TypedLine]:
        """Yield the part of the line that has changed since the last call, if any."""
        editor, kept, length = self._editor, self._same_start, len(self._editor)
        same_end = min(self._same_end, length - kept)
        if kept + same_end == length and not (self._joined and kept and same_end):
            return
        start, end = max(0, kept - CONTEXT_CHARS), min(length, length - same_end + CONTEXT_CHARS)
        first = bisect_left(self._growth, (start + 1, -1.0, 0))
        last = bisect_left(self._growth, (end, -1.0, 0)) + 1
        growth = [(min(grown, end) - start, time, event) for grown, time, event in self._growth[first:last]]
        yield TypedLine(editor.part(start, end), growth, kept - start)
        self._same_start, self._same_end, self._joined = length, length, False


def typed_lines(
    stream: EventStream, redactor: Redactor | None = None, transfers: FoundTransfers | None = None
) -> Iterator[TypedLine]:
    """Yield lines as they were typed; text before a deletion is a line of its own. Hidden input is redacted.

    The bytes of `transfers` are no keys.
    """
    recorder = _LineRecorder()
    for event in stream.events(kinds="i"):
        data = redactor.payload(event.index, event.data) if redactor else event.data
        data = transfers.keys_of(event.index, data) if transfers else data
        for at, key in enumerate(parse_keys(data)):
            if not at % _KEYS_PER_CHECK:
                check_cancelled()
            for line in recorder.press(key, event):
                yield _redacted(line, redactor)
    for line in recorder.record():
        yield _redacted(line, redactor)


def _redacted(line: TypedLine, redactor: Redactor | None) -> TypedLine:
    """Return the line without hidden input, unless it was typed visibly at a shell's prompt."""
    return replace(line, text=redactor.typed_text(line.text, line.growth[-1][2])) if redactor else line
