"""Results that are handed from one recording of a session to another, or to the same one when it has grown.

The `StreamFacts` among them depend only on the session and its events, not on the terminal's size.
"""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from replay_tui.analysis.session_analysis import SessionAnalysis
from replay_tui.analysis.timeline import idle_gaps
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.finding import SequenceEvent
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.kinds import detect_kind
from replay_tui.terminal.sequence_filter import scan_sequences
from replay_tui.terminal.zmodem import FoundTransfers, find_transfers, without_transfers

IDLE_SECONDS = 2.0


class StreamFacts:
    """Kind, control sequences and idle gaps of one stream.

    Recordings of the same stream on terminals of different sizes share one object. `detected_kind` overrides the
    detection.
    """

    def __init__(
        self, session: Session, stream: EventStream, detected_kind: tuple[SessionKind, EmptyReason | None] | None = None
    ) -> None:
        self._session = session
        self._stream = stream
        if detected_kind:
            self.detected_kind = detected_kind

    @cached_property
    def detected_kind(self) -> tuple[SessionKind, EmptyReason | None]:
        """Kind of the session, and for an empty one the reason."""
        return detect_kind(self._session, self._stream)

    @cached_property
    def sequences(self) -> list[SequenceEvent]:
        """Control sequences that do more than draw, in order."""
        return self.scan_sequences()

    def scan_sequences(self) -> list[SequenceEvent]:
        """Return the control sequences of the stream as it is now; a running session grows."""
        if not self.detected_kind[0].has_sequences:
            return []
        transfers = [
            SequenceEvent(one.offset, one.start, "file-transfer", one.text) for one in self.file_transfers.transfers
        ]
        found = [*scan_sequences(without_transfers(self._stream, self.file_transfers)), *transfers]
        return sorted(found, key=lambda one: one.offset) if transfers else found

    @cached_property
    def file_transfers(self) -> FoundTransfers:
        """File transfers inside the stream of a terminal; none while it grows."""
        is_growing = not self._stream.complete or self._session.is_open
        if is_growing or not self.detected_kind[0].has_screen:
            return FoundTransfers([], [])
        return find_transfers(self._stream)

    @cached_property
    def idle_gaps(self) -> list[tuple[float, float]]:
        """Gaps without input or output of more than `IDLE_SECONDS`, as (start, end) in seconds."""
        return idle_gaps(self._stream, IDLE_SECONDS, self._stream.duration)

    def gaps_above(self, limit: float | None) -> list[tuple[float, float]]:
        """Return the gaps of more than `limit` seconds, at least the idle ones; None for no limit."""
        if limit is None or limit >= IDLE_SECONDS:
            return self.idle_gaps
        return idle_gaps(self._stream, limit, self._stream.duration)


class Reanalysis(Struct, frozen=True):
    """Results computed again because a running session has grown."""

    analysis: SessionAnalysis
    sequences: list[SequenceEvent]


class SharedResults(Struct, frozen=True):
    """Results that a derived recording takes over from its original."""

    facts: StreamFacts
    sizes: SizeTimeline | None = None
    analysis: SessionAnalysis | None = None
