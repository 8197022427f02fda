"""Redaction of hidden input and of authentication messages of a protocol.

Every output (overlay, statements, transcript, search, exports) applies a `Redactor`. `HiddenInput.text` is displayed
only by the reveal key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from replay_tui.domain.event_stream import RedactedSpan
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import char_width
from replay_tui.terminal.screen import PLAIN, Screen, ScreenRow, TextRun

BULLET = "\u2022"
MIN_GLOBAL_CHARS = 4
"""Shorter hidden input is redacted only where it was typed, because its text occurs by chance elsewhere."""


@dataclass(frozen=True, slots=True)
class HiddenInput:
    """Input typed while echo was off: its text, its bytes in the input, `start` and `end` in seconds, the prompt."""

    text: str = field(repr=False)
    spans: tuple[RedactedSpan, ...]
    start: float
    end: float
    prompt: str = ""

    @property
    def placeholder(self) -> str:
        """The text displayed instead."""
        return f"({len(self.text)} hidden character{'s' if len(self.text) != 1 else ''})"


class Redactor:
    """Replaces hidden input and other redacted bytes in payloads, texts, screens and statements.

    False if it changes nothing.
    """

    def __init__(self, hidden_input: Iterable[HiddenInput], redacted: Iterable[RedactedSpan] = ()) -> None:
        self.hidden_input = tuple(hidden_input)
        self._spans: dict[int, list[RedactedSpan]] = {}
        for span in [*redacted, *(span for hidden in self.hidden_input for span in hidden.spans)]:
            self._spans.setdefault(span.event, []).append(span)
        words = {hidden.text for hidden in self.hidden_input if len(hidden.text) >= MIN_GLOBAL_CHARS}
        ordered = sorted(words, key=len, reverse=True)
        self._words = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        encoded = [re.escape(word.encode("utf-8", "replace")) for word in ordered]
        self._bytes = re.compile(b"|".join(encoded)) if encoded else None

    @classmethod
    def none(cls) -> Redactor:
        """Return a redactor that changes nothing, so that hidden input is revealed."""
        return cls(())

    def __bool__(self) -> bool:
        return bool(self._spans)

    @property
    def events(self) -> frozenset[int]:
        """The indexes of the events with redacted bytes."""
        return frozenset(self._spans)

    def payload(self, event: int, data: bytes) -> bytes:
        """Return an event's payload with redacted bytes and hidden input replaced by `*`, of the same length."""
        if spans := self._spans.get(event):
            redacted = bytearray(data)
            for _, start, stop in spans:
                redacted[start:stop] = b"*" * len(redacted[start:stop])
            data = bytes(redacted)
        return self._bytes.sub(lambda found: b"*" * len(found[0]), data) if self._bytes else data

    def text(self, text: str) -> str:
        """Return `text` with each character of hidden input replaced by a bullet."""
        return self._words.sub(lambda found: BULLET * len(found[0]), text) if self._words else text

    def screen(self, screen: Screen) -> Screen:
        """Return a screen with the hidden input within each row replaced; all other cells are unchanged."""
        if not self._words or not self._words.search("\n".join(screen.lines)):
            return screen
        return replace(screen, grid=tuple(self._row(row) for row in screen.grid))

    def _row(self, row: ScreenRow) -> ScreenRow:
        whole = "".join(run.text for run in row.runs)
        redacted = self.text(whole)
        if not self._words or redacted == whole:
            return (
                row
                if (text := self.text(row.text)) == row.text
                else ScreenRow(text, (TextRun(text, PLAIN, len(text)),))
            )
        runs, at = [], 0
        for run in row.runs:
            end = at + len(run.text)
            # One bullet replaces a wide character, so a blank fills its second cell.
            text = redacted[at:end]
            freed_cells = sum(char_width(was) == 2 for was, now in zip(run.text, text, strict=True) if was != now)
            runs.append(replace(run, text=text + " " * freed_cells))
            at = end
        return ScreenRow(self.text(row.text), tuple(runs))

    def statement(self, row: Statement) -> Statement:
        """Return a statement with hidden input replaced in its text and parameters."""
        if not self._words:
            return row
        params = None if row.params is None else tuple(None if one is None else self.text(one) for one in row.params)
        text = self.text(row.text)
        return row if text == row.text and params == row.params else replace(row, text=text, params=params)
