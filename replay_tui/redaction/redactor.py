"""Redaction of hidden input and of authentication messages of a protocol.

Every output (overlay, statements, transcript, search, exports) applies a `Redactor`. `HiddenInput.text` is displayed
only by the reveal key.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from replay_tui.domain.event_stream import RedactedSpan
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import char_width, text_width
from replay_tui.redaction.hidden_text import EchoedLine, HiddenInput
from replay_tui.terminal.screen import PLAIN, Screen, ScreenRow, TextRun

__all__ = ["BULLET", "MIN_GLOBAL_CHARS", "EchoedLine", "HiddenInput", "Redactor"]

BULLET = "\u2022"
MIN_GLOBAL_CHARS = 4
"""Shorter hidden input is redacted only where it was typed, because its text occurs by chance elsewhere."""
_MAX_OVERLAPS = 16
"""Command lines that can overlap because they were typed ahead."""


class Redactor:
    """Replaces hidden input and other redacted bytes in payloads, texts, screens and statements.

    False if it changes nothing.
    """

    def __init__(
        self,
        hidden_input: Iterable[HiddenInput],
        redacted: Iterable[RedactedSpan] = (),
        *,
        echoed: Iterable[EchoedLine] = (),
    ) -> None:
        self.hidden_input = tuple(hidden_input)
        self._spans: dict[int, list[RedactedSpan]] = {}
        for span in [*redacted, *(span for hidden in self.hidden_input for span in hidden.spans)]:
            self._spans.setdefault(span.event, []).append(span)
        long = [hidden for hidden in self.hidden_input if len(hidden.text) >= MIN_GLOBAL_CHARS]
        ordered = sorted({word for hidden in long for word in hidden.variants}, key=len, reverse=True)
        self._words = words = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        encoded = {*(word.encode("utf-8", "replace") for word in ordered), *(hidden.data for hidden in long)} - {b""}
        by_length = map(re.escape, sorted(encoded, key=len, reverse=True))
        self._bytes = re.compile(b"|".join(by_length)) if encoded else None
        self._echoed = sorted(line for line in echoed if words and any(words.search(text) for text in line.texts))

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

        def masked(found: re.Match[bytes]) -> bytes:
            return found[0] if self.is_echoed(found[0].decode("utf-8", "replace"), event) else b"*" * len(found[0])

        return self._bytes.sub(masked, data) if self._bytes else data

    def is_echoed(self, word: str, event: int) -> bool:
        """Return True if `word` is part of the command line that was typed visibly at `event`."""
        after = bisect_right(self._echoed, event, key=lambda line: line.first)
        near = self._echoed[max(0, after - _MAX_OVERLAPS) : after]
        return any(line.last >= event and any(word in text for text in line.texts) for line in near)

    def text(self, text: str, before: str = "") -> str:
        """Return `text` with each character of hidden input replaced by a bullet, except in rows of a visible command.

        `before` is the text before it in the same line.
        """

        def masked(found: re.Match[str]) -> str:
            row = before + text[: found.start()]
            return found[0] if self._is_command_row(found[0], row.rsplit("\n", 1)[-1]) else BULLET * len(found[0])

        return self._words.sub(masked, text) if self._words else text

    def typed_text(self, text: str, event: int) -> str:
        """Return text that was typed up to `event` like `text`, except in a command line that was typed visibly."""

        def masked(found: re.Match[str]) -> str:
            return found[0] if self.is_echoed(found[0], event) else BULLET * len(found[0])

        return self._words.sub(masked, text) if self._words else text

    def _is_command_row(self, word: str, before: str) -> bool:
        """Return True if the text before `word` in a row has the prompt at which a command with it was typed."""
        for line in self._echoed:
            prompt = line.prompt.strip()
            if (prompt in before if prompt else not before.strip()) and any(word in text for text in line.texts):
                return True
        return False

    def screen(self, screen: Screen) -> Screen:
        """Return a screen with the hidden input within each row replaced; all other cells are unchanged."""
        if not self._words or not self._words.search("\n".join(screen.lines)):
            return screen
        rows, before = [], ""
        for row in screen.grid:
            rows.append(self._row(row, before))
            before = before + row.text if text_width(row.text) >= screen.cols - 1 else ""  # a line that wraps
        return replace(screen, grid=tuple(rows))

    def _row(self, row: ScreenRow, before: str) -> ScreenRow:
        whole = "".join(run.text for run in row.runs)
        redacted = self.text(whole, before)
        if not self._words or redacted == whole:
            return (
                row
                if (text := self.text(row.text, before)) == row.text
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
        return ScreenRow(self.text(row.text, before), tuple(runs))

    def statement(self, row: Statement) -> Statement:
        """Return a statement with hidden input replaced in its text and parameters; a shell command was echoed."""
        if not self._words or row.kind == "shell":
            return row
        params = None if row.params is None else tuple(None if one is None else self.text(one) for one in row.params)
        text = self.text(row.text)
        return row if text == row.text and params == row.params else replace(row, text=text, params=params)
