"""What the gateway's analysers say of a session: the AI's judgement, guardrail hits, masking and HTTP metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from replay_tui.domain.lenient_model import LenientModel, ObjectList, OptionalTimestamp, StringList


class Severity(StrEnum):
    """How dangerous something is. The shapes are the same everywhere, so that nothing rests on colour alone."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def symbol(self) -> str:
        """The one-cell mark of this severity."""
        return {"low": ".", "medium": "~", "high": "!"}[self.value]

    @property
    def rank(self) -> int:
        """0 for low, 2 for high."""
        return ("low", "medium", "high").index(self.value)

    @property
    def label(self) -> str:
        """What people call it: its own name, unless the user has another word for it (`call`)."""
        return _labels.get(self, (self.value,))[0]

    @staticmethod
    def set_labels(labels: Mapping[str, Sequence[str]]) -> None:
        """Use a user's own words from now on, by severity: the first is shown, all of them are understood."""
        _labels.clear()
        _labels.update({Severity(name): tuple(own) for name, own in labels.items() if own})

    @staticmethod
    def parse(value: object) -> Severity | None:
        """The severity that a received word names, None for an unknown one."""
        wanted = str(value).strip().lower()
        for severity, words in _labels.items():
            if wanted in (word.lower() for word in words):
                return severity
        try:
            return Severity(wanted)
        except ValueError:
            return None


_labels: dict[Severity, tuple[str, ...]] = {}
"""The user's own words, for the whole program: a severity is read and shown everywhere."""


class AiStep(LenientModel):
    """One step of the agentic analyser's investigation."""

    type: str | None = None
    thinking: str | None = None
    tool_name: str | None = None
    tool_input: Any = None
    tool_output: Any = None
    is_error: bool | None = None
    timestamp: OptionalTimestamp = None


class AiAnalysis(LenientModel):
    """The AI's judgement of a session."""

    risk_level: str | None = None
    title: str | None = None
    explanation: str | None = None
    action: str | None = None
    summary: str | None = None
    model: str | None = None
    steps: ObjectList[AiStep] | None = None

    @property
    def severity(self) -> Severity | None:
        """The risk level as a severity, None where the word is unknown."""
        return Severity.parse(self.risk_level)


class GuardrailRule(LenientModel):
    """The rule that a guardrail applied."""

    type: str | None = None
    words: StringList | None = None
    pattern_regex: str | None = None


class GuardrailHit(LenientModel):
    """A guardrail that matched; a session with any was blocked."""

    rule_name: str | None = None
    rule: GuardrailRule | None = None
    direction: str | None = None
    matched_words: StringList | None = None
    message: str | None = None


class DataMasking(LenientModel):
    """What data masking redacted: counts by kind (`EMAIL_ADDRESS`), in all, and the bytes changed."""

    info_types: dict[str, Any] | None = None
    total_redact_count: int | None = None
    transformed_bytes: int | None = None
    err_count: int | None = None


class WorstCase(LenientModel):
    """The HTTP analyser's worst request."""

    outcome: str | None = None
    risk_level: str | None = None
    title: str | None = None
    explanation: str | None = None
    rule_name: str | None = None


class HttpAnalyzer(LenientModel):
    """The HTTP analyser's counts, for HTTP proxy sessions only."""

    total_requests: int | None = None
    risk_counts: dict[str, Any] | None = None
    outcome_counts: dict[str, Any] | None = None
    blocked_count: int | None = None
    worst: WorstCase | None = None


class Metrics(LenientModel):
    """The session's metrics. `event_size` is the stored stream's size in bytes; `truncated` means the recording cap."""

    data_masking: DataMasking | None = None
    event_size: int | None = None
    truncated: bool | None = None
    ai_analyzer: HttpAnalyzer | None = None
