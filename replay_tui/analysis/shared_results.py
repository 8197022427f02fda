"""Results that are handed from one recording of a session to another, or to the same one when it has grown."""

from __future__ import annotations

from dataclasses import dataclass

from replay_tui.analysis.session_analysis import SessionAnalysis
from replay_tui.analysis.stream_facts import StreamFacts
from replay_tui.domain.finding import SequenceEvent
from replay_tui.domain.terminal_size import SizeTimeline


@dataclass(frozen=True, slots=True)
class Reanalysis:
    """Results computed again because a running session has grown."""

    analysis: SessionAnalysis
    sequences: list[SequenceEvent]


@dataclass(frozen=True, slots=True)
class SharedResults:
    """Results that a derived recording takes over from its original."""

    facts: StreamFacts
    sizes: SizeTimeline | None = None
    analysis: SessionAnalysis | None = None
