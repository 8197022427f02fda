"""Completeness: which part of a session, or of many, a result rests on. Nothing that was not read counts as clean."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from functools import cached_property

from msgspec import Struct, field

from replay_tui.domain.fidelity import NO_EVENTS, FidelityWarning


class Searched(Enum):
    """How much of a session was read and analysed."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


class Completeness(Struct, frozen=True, dict=True):
    """The gaps in what was read and analysed.

    Attributes:
        warnings: all fidelity warnings of the recording.
        read_bytes: bytes of the recording that were read.
        stored_bytes: bytes of the whole recording; None if unknown.
        has_script: the session has a script, which was read.
    """

    warnings: tuple[FidelityWarning, ...] = ()
    read_bytes: int = 0
    stored_bytes: int | None = None
    has_script: bool = False

    @cached_property
    def gaps(self) -> tuple[FidelityWarning, ...]:
        """The warnings about parts that were not read or not analysed."""
        return tuple(one for one in self.warnings if one.is_unread or one.is_unanalysed)

    @property
    def is_complete(self) -> bool:
        """Return True if everything was read and analysed."""
        return not self.gaps

    @property
    def is_unread(self) -> bool:
        """Return True if a part of the recording was not read."""
        return any(one.is_unread for one in self.gaps)

    @property
    def is_nothing_read(self) -> bool:
        """Return True if there is a recording, but no part of it was read."""
        return not self.has_script and (self._is_missing or (self.is_unread and not self.read_bytes))

    @property
    def is_unreadable(self) -> bool:
        """Return True if there is a recording that cannot be read, not one that the gateway did not send."""
        return self.is_nothing_read and not self._is_missing

    @property
    def _is_missing(self) -> bool:
        return any(one.is_missing for one in self.gaps)

    @property
    def is_empty(self) -> bool:
        """Return True if all was read, but the recording has no content."""
        return any(one.code == NO_EVENTS.code for one in self.gaps)

    @property
    def searched(self) -> Searched:
        """How much was read and analysed."""
        if self.is_complete:
            return Searched.FULLY
        return Searched.NOT if self.is_nothing_read else Searched.PARTLY

    @property
    def reasons(self) -> str:
        """The gaps as a list of clauses; empty if there are none."""
        return "; ".join(one.sentence.rstrip(".") for one in self.gaps)


class Coverage(Struct):
    """Coverage of a search in many sessions: how many were searched completely.

    `reasons` counts the others, by a phrase such as `withheld`.
    """

    searched: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str = "", count: int = 1) -> None:
        """Count sessions: searched completely, or not because of `reason`."""
        if reason:
            self.reasons[reason] += count
        else:
            self.searched += count

    @property
    def total(self) -> int:
        """Number of sessions."""
        return self.searched + sum(self.reasons.values())

    @property
    def is_complete(self) -> bool:
        """Return True if everything was searched."""
        return not any(self.reasons.values())
