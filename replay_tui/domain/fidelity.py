"""What a reader should know about how faithful a recording is: each kind of doubt once, with a count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

_UNREAD = frozenset(
    ("cut-off", "input-cut", "too-large", "bad-gzip", "bad-json", "bad-event", "bad-base64", "stream-not-list")
)
_UNANALYSED = frozenset(
    ("decoder-failed", "detection-failed", "commands-failed", "findings-failed", "commands-cut", "too-many-statements")
)


@dataclass(frozen=True, slots=True)
class FidelityWarning:
    """One doubt: a stable `code` for programs, a `message` for people, and how many times it was met."""

    code: str
    message: str
    count: int = 1

    @property
    def is_unread(self) -> bool:
        """Return True if a part of the source was not read."""
        return self.code in _UNREAD

    @property
    def is_unanalysed(self) -> bool:
        """Return True if a part of the session was read, but statements or findings in it may be missing."""
        return self.code in _UNANALYSED

    @property
    def is_failure(self) -> bool:
        """Return True if the cause is an exception in this program, whose traceback is in the log."""
        return self.code.endswith("-failed")

    @property
    def sentence(self) -> str:
        """The message with its count, as in `1 event left out`; what is met once and is no countable thing without."""
        noun, _, rest = self.message.partition(" ")
        if noun == "events":
            return f"{self.count:,} {'event' if self.count == 1 else noun} {rest}"
        if self.count == 1:
            return self.message
        return f"{self.message} ({self.count:,} times)" if noun == "the" else f"{self.count:,} {self.message}"


@dataclass(slots=True)
class FidelityWarnings:
    """Collects doubts while a source is read. The first message for a code stays; the counts add up."""

    _warnings: dict[str, FidelityWarning] = field(default_factory=dict)

    def add(self, code: str, message: str, count: int = 1) -> None:
        """Note `count` more cases of `code`."""
        if count <= 0:
            return
        old = self._warnings.get(code)
        self._warnings[code] = FidelityWarning(code, old.message if old else message, count + (old.count if old else 0))

    def replace(self, code: str, message: str, count: int = 1) -> None:
        """Set the note for `code`, whatever was there before; a count of 0 removes it."""
        self._warnings.pop(code, None)
        self.add(code, message, count)

    @property
    def warnings(self) -> tuple[FidelityWarning, ...]:
        """All notes, in the order in which their codes were first met."""
        return tuple(self._warnings.values())


def merge(parts: Iterable[Iterable[FidelityWarning]]) -> tuple[FidelityWarning, ...]:
    """All doubts of several sources, in their order, each kind once."""
    log = FidelityWarnings()
    for note in chain.from_iterable(parts):
        log.add(note.code, note.message, note.count)
    return log.warnings
