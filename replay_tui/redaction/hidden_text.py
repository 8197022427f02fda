"""Hidden input and echoed command lines: the typed texts on which redaction is based."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from replay_tui.domain.event_stream import RedactedSpan


class HiddenInput(Struct, frozen=True):
    """Input typed while echo was off: its text, its bytes in the input, `start` and `end` in seconds, the prompt.

    `data` are the typed bytes; `certain` is False if it could not be decided whether they were echoed.
    """

    text: str
    spans: tuple[RedactedSpan, ...]
    start: float
    end: float
    prompt: str = ""
    data: bytes = b""
    certain: bool = True

    def __repr__(self) -> str:
        return f"HiddenInput({len(self.text)} characters, {self.start}-{self.end}, certain={self.certain})"

    @classmethod
    def of(
        cls, data: bytes, spans: tuple[RedactedSpan, ...], start: float, end: float, prompt: str, certain: bool
    ) -> HiddenInput:
        """Return the hidden input of typed bytes in UTF-8, or in Latin-1 if they are not UTF-8."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        return cls(text, spans, start, end, prompt, data, certain)

    @property
    def variants(self) -> tuple[str, ...]:
        """The texts as which a program can print the input: decoded correctly, and as UTF-8 with U+FFFD."""
        return tuple(dict.fromkeys((self.text, self.data.decode("utf-8", "replace")) if self.data else (self.text,)))

    @property
    def placeholder(self) -> str:
        """The text displayed instead."""
        hidden = "hidden" if self.certain else "possibly hidden"
        return f"({len(self.text)} {hidden} character{'s' if len(self.text) != 1 else ''})"


class EchoedLine(NamedTuple):
    """A command line that was echoed while it was typed: events `first` to `last`, the prompt, the line's texts.

    A command that was typed visibly is evidence, not a secret, even if the same text was hidden input earlier.
    """

    first: int
    last: int
    prompt: str
    texts: tuple[str, ...]
