"""Conditions on the command line and the image of a process, as the rules for process creation of Sigma have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from replay_tui.domain.safe_regex import TimeLimitedPattern

_FOLDERS = ("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/")
"""Where a program that was typed without a path may be."""


class Process(Struct, frozen=True):
    """A process that a command starts: `image` is the path of its program, `command_line` its words."""

    image: str
    command_line: str

    @classmethod
    def candidates(cls, words: tuple[str, ...], program: str) -> list[Process]:
        """Return the processes that a command may start: the path of a program is not always typed."""
        line = " ".join((program, *words[1:]))
        return [cls(f"{folder}{program}", line) for folder in (("",) if "/" in program else _FOLDERS)]


class Node(Protocol):
    """A part of a condition."""

    def holds(self, process: Process) -> bool:
        """Return True if the condition is true for a process."""

    def patterns(self) -> Iterator[TimeLimitedPattern]:
        """Yield the regular expressions of the condition."""


class Glob(Struct, frozen=True, dict=True):
    """A text with wildcards (None: any characters, an empty text: one character), compared with a field."""

    field: str
    parts: tuple[str | None, ...]
    ignores_case: bool = True

    @cached_property
    def _pieces(self) -> list[re.Pattern[str]]:
        """The literal pieces between the wildcards for any characters: found one after the other in linear time."""
        pieces, piece = [], ""
        for part in (*self.parts, None):
            if part is None:
                pieces.append(piece)
                piece = ""
            else:
                piece += re.escape(part) or "."
        pieces[0] = rf"\A{pieces[0]}"
        pieces[-1] = rf"{pieces[-1]}\Z"
        flags = re.DOTALL | (re.IGNORECASE if self.ignores_case else 0)
        return [re.compile(one, flags) for one in pieces]

    def holds(self, process: Process) -> bool:
        """Return True if the field of the process equals the text."""
        text, at = str(getattr(process, self.field)), 0
        for piece in self._pieces:
            found = piece.search(text, at)
            if found is None:
                return False
            at = found.end()
        return True

    def patterns(self) -> Iterator[TimeLimitedPattern]:
        """Yield nothing: a text is compared in linear time."""
        yield from ()


class Matches(Struct, frozen=True):
    """A regular expression that is found in a field."""

    field: str
    pattern: TimeLimitedPattern

    def holds(self, process: Process) -> bool:
        """Return True if the expression is found; False after a timeout."""
        return self.pattern.search(str(getattr(process, self.field)))

    def patterns(self) -> Iterator[TimeLimitedPattern]:
        """Yield the expression."""
        yield self.pattern


class Joined(Struct, frozen=True):
    """Conditions of which all (`every`) or at least one must hold; `negated` inverts the result."""

    parts: tuple[Node, ...]
    every: bool
    negated: bool = False

    def holds(self, process: Process) -> bool:
        """Return True if enough parts hold."""
        results = (part.holds(process) for part in self.parts)
        return (all(results) if self.every else any(results)) is not self.negated

    def patterns(self) -> Iterator[TimeLimitedPattern]:
        """Yield the regular expressions of all parts."""
        for part in self.parts:
            yield from part.patterns()


class ProcessCondition(Struct, frozen=True):
    """The condition of a rule, with the time budget of its regular expressions."""

    root: Node

    def holds(self, processes: list[Process]) -> bool:
        """Return True if the condition is true for one of the processes that a command may start."""
        return any(self.root.holds(process) for process in processes)

    def reset_budget(self) -> None:
        """Restore the time budget of all expressions, for another session."""
        for pattern in self.root.patterns():
            pattern.reset_budget()

    @property
    def skipped(self) -> int:
        """The number of texts that were not searched to their end."""
        return sum(pattern.skipped for pattern in self.root.patterns())
