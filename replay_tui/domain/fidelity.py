"""Fidelity warnings: how the displayed recording may differ from the session, one warning per kind with a count."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec import Struct, field

_COUNTED = frozenset(("events", "bytes", "statements"))
"""Nouns at the start of a message that get a number also for a single occurrence."""
_MISSING = frozenset(("withheld", "no-events", "no-log", "no-stream", "stream-undecodable"))
_UNREAD = _MISSING | frozenset(
    ("bad-base64", "bad-event", "bad-gzip", "bad-json", "cut-off", "duplicate-stream", "input-cut", "input-missing",
     "nul-block",
     "stream-not-list", "too-large", "trailing-data", "truncated")
)  # fmt: skip
_UNANALYSED = frozenset(
    ("authentication-damaged", "bitmaps", "commands-cut", "commands-failed", "credentials-failed",
     "decoder-failed", "detection-failed", "emulator-lost", "findings-failed", "function-limit", "http-damaged",
     "http-garbage",
     "library-text", "no-requests", "not-decoded", "not-json", "rules-timed-out", "sequences-cut", "text-cut",
     "too-many-statements", "unknown-event-type", "untimed-text", "wire-garbage", "wire-unfinished")
)  # fmt: skip


class FidelityWarning(Struct, frozen=True):
    """A kind of problem: a stable `code` for programs, a `message` for users, and the number of occurrences."""

    code: str
    message: str
    count: int = 1

    @property
    def is_missing(self) -> bool:
        """Return True if the gateway sent no part of the recording."""
        return self.code in _MISSING

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
        """The message with its count, such as `3 events skipped as invalid`; without it for a single problem."""
        noun, _, rest = self.message.partition(" ")
        if noun in _COUNTED:
            return f"{self.count:,} {noun.removesuffix('s') if self.count == 1 else noun} {rest}"
        if self.count == 1:
            return self.message
        return f"{self.message} ({self.count:,} times)" if noun == "the" else f"{self.count:,} {self.message}"

    def as_json(self) -> dict[str, str | int]:
        """Return the JSON object of the contract."""
        return {"code": self.code, "message": self.message, "count": self.count}


NO_EVENTS = FidelityWarning("no-events", "the recording contains no events with input or output")


class FidelityWarnings(Struct):
    """Collection of fidelity warnings. Keeps the first message for a code and adds up the counts."""

    _warnings: dict[str, FidelityWarning] = field(default_factory=dict)

    def add(self, code: str, message: str, count: int = 1) -> None:
        """Add `count` occurrences of `code`."""
        if count <= 0:
            return
        old = self._warnings.get(code)
        self._warnings[code] = FidelityWarning(code, old.message if old else message, count + (old.count if old else 0))

    def replace(self, code: str, message: str, count: int = 1) -> None:
        """Replace the warning for `code`; a count of 0 removes it."""
        self._warnings.pop(code, None)
        self.add(code, message, count)

    @property
    def warnings(self) -> tuple[FidelityWarning, ...]:
        """All warnings in the order in which their codes were added."""
        return tuple(self._warnings.values())


def merge(parts: Iterable[Iterable[FidelityWarning]]) -> tuple[FidelityWarning, ...]:
    """Return the warnings of all `parts` in order, with equal codes combined into one."""
    log = FidelityWarnings()
    for warning in chain.from_iterable(parts):
        log.add(warning.code, warning.message, warning.count)
    return log.warnings
