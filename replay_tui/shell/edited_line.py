"""A line while it is edited: what was typed, pasted, wiped out and corrected."""

from __future__ import annotations

from dataclasses import dataclass, field

from replay_tui.domain.event_stream import Event
from replay_tui.shell.screen_line import ScreenLineReader
from replay_tui.terminal.input_keys import DELETIONS, ENTER, INTERRUPT, MIN_PASTE_BYTES, RECALLS, InputKey, apply_key

MIN_REMOVED_CHARS = 3
"""Characters from which on removed text is worth keeping."""


@dataclass(slots=True)
class EditedLine:
    """A line being edited at `prompt` since `began` (seconds).

    `managed`: a line editor marks its begin and end; `right` is a prompt at the right margin; `typed` is what the keys
    alone would give; `count` the characters typed since history was last recalled; `pasted` those that came in one
    piece; `wiped` texts that were removed with their command, `revised` ones that were only corrected.
    """

    prompt: str
    right: str
    managed: bool
    began: float
    typed: str = ""
    count: int = 0
    pasted: int = 0
    entered: Event | None = None
    cancelled: tuple[Event, str] | None = None
    before: tuple[str, Event] | None = None
    erased: list[tuple[str, Event]] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    typed_keys: list[tuple[Event, InputKey]] = field(default_factory=list)

    def press(self, event: Event, pressed: list[InputKey], reader: ScreenLineReader) -> None:
        """Take the keys of an event; the screen still shows the line as it was before them."""
        deletes = any(key.data in DELETIONS for key in pressed)
        if self.before is not None and not deletes:
            self.record_removal(reader)
        if self.before is None and deletes:
            text = reader.line(self.prompt, self.right)
            self.before = (text, event) if text is not None else None
        fresh = pasted = 0
        for key in pressed:
            self.typed = apply_key(self.typed, key)
            if key.is_text:
                fresh += len(key.data)
                pasted += len(key.data) if key.pasted else 0
                self.typed_keys.append((event, key))
            elif key.data in RECALLS:
                self.count = 0
            elif key.data == INTERRUPT and self.entered is not event:  # after Enter it goes to the command started
                self.cancelled = (event, reader.line(self.prompt, self.right) or "")
            elif key.data in ENTER and not key.pasted:
                self.entered = event
        self.count += fresh
        self.pasted += pasted or (fresh if fresh >= MIN_PASTE_BYTES else 0)

    def record_removal(self, reader: ScreenLineReader) -> None:
        """After keys that remove: keep a command that was wiped out, and apart from it one that was corrected."""
        if self.before is None:
            return
        (text, event), self.before = self.before, None
        left = reader.line(self.prompt, self.right)
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
