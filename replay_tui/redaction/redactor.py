"""What must not be shown: input typed while echo was off, and authentication messages of a wire.

`Redactor` is what overlay, statements, transcript, search and exports ask; `Secret.text` is only for the reveal key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from replay_tui.domain.redacted_span import RedactedSpan
from replay_tui.domain.statement import Statement
from replay_tui.terminal.screen import PLAIN, Screen, ScreenRow, TextRun

BULLET = "\u2022"
MIN_GLOBAL_CHARS = 4
"""Secrets shorter than this are masked where they were typed, not wherever their letters occur."""


def is_wide(char: str) -> bool:
    """Whether a character takes two cells."""
    return unicodedata.east_asian_width(char) in "WF"


@dataclass(frozen=True, slots=True)
class HiddenInput:
    """Input typed unseen: its `text`, the input bytes that hold it, when (seconds), and the prompt before it."""

    text: str = field(repr=False)
    spans: tuple[RedactedSpan, ...]
    start: float
    end: float
    prompt: str = ""

    @property
    def placeholder(self) -> str:
        """What is shown in its place."""
        return f"({len(self.text)} hidden character{'s' if len(self.text) != 1 else ''})"


class Redactor:
    """Hides secrets in payloads and texts. An empty mask changes nothing; `Mask()` therefore reveals."""

    def __init__(self, hidden_input: Iterable[HiddenInput] = (), redacted: Iterable[RedactedSpan] = ()) -> None:
        self.hidden_input = tuple(hidden_input)
        self._spans: dict[int, list[RedactedSpan]] = {}
        for span in [*redacted, *(span for secret in self.hidden_input for span in secret.spans)]:
            self._spans.setdefault(span.event, []).append(span)
        words = {secret.text for secret in self.hidden_input if len(secret.text) >= MIN_GLOBAL_CHARS}
        ordered = sorted(words, key=len, reverse=True)
        self._words = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        encoded = [re.escape(word.encode("utf-8", "replace")) for word in ordered]
        self._bytes = re.compile(b"|".join(encoded)) if encoded else None

    def __bool__(self) -> bool:
        return bool(self._spans)

    @property
    def events(self) -> frozenset[int]:
        """The events that hold hidden bytes."""
        return frozenset(self._spans)

    def payload(self, event: int, data: bytes) -> bytes:
        """An event's payload with its hidden bytes, and secrets that stand in it, as `*`; the length unchanged."""
        if spans := self._spans.get(event):
            masked = bytearray(data)
            for _, start, stop in spans:
                masked[start:stop] = b"*" * len(masked[start:stop])
            data = bytes(masked)
        return self._bytes.sub(lambda found: b"*" * len(found[0]), data) if self._bytes else data

    def text(self, text: str) -> str:
        """Any text with every secret in it replaced by bullets, as many as it has characters."""
        return self._words.sub(lambda found: BULLET * len(found[0]), text) if self._words else text

    def screen(self, screen: Screen) -> Screen:
        """A screen on which no secret stands within a row, drawn in the same cells."""
        if not self._words or not self._words.search("\n".join(screen.lines)):
            return screen
        return replace(screen, grid=tuple(self._row(row) for row in screen.grid))

    def _row(self, row: ScreenRow) -> ScreenRow:
        whole = "".join(run.text for run in row.runs)
        shown = self.text(whole)
        if not self._words or shown == whole:
            return (
                row
                if (text := self.text(row.text)) == row.text
                else ScreenRow(text, (TextRun(text, PLAIN, len(text)),))
            )
        runs, at = [], 0
        for run in row.runs:
            end = at + len(run.text)
            # A wide character is hidden by one bullet: blanks fill the cells that are left.
            text = shown[at:end]
            lost = sum(is_wide(was) for was, now in zip(run.text, text, strict=True) if was != now)
            runs.append(replace(run, text=text + " " * lost))
            at = end
        return ScreenRow(self.text(row.text), tuple(runs))

    def statement(self, row: Statement) -> Statement:
        """A statement that shows no secret in its text or parameters."""
        if not self._words:
            return row
        params = None if row.params is None else tuple(None if one is None else self.text(one) for one in row.params)
        text = self.text(row.text)
        return row if text == row.text and params == row.params else replace(row, text=text, params=params)
