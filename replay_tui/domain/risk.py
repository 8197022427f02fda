"""Models of the gateway's risk data: severity, AI analysis, guardrail hits, data masking and HTTP metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from replay_tui.domain.lenient_model import LenientModel, ObjectList, OptionalTimestamp, StringList


class Severity(StrEnum):
    """Severity of a finding or a session. Its symbol is the same everywhere, so that colour is never required."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def symbol(self) -> str:
        """One-cell symbol of this severity."""
        return {"low": ".", "medium": "~", "high": "!"}[self.value]

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return ("low", "medium", "high").index(self.value)

    @property
    def label(self) -> str:
        """Label for display: the value, unless the user configured another one (see `set_labels`)."""
        return _labels.get(self, (self.value,))[0]

    @staticmethod
    def set_labels(labels: Mapping[str, Sequence[str]]) -> None:
        """Set custom labels by severity for the whole process: the first is displayed, all are parsed."""
        _labels.clear()
        _labels.update({Severity(name): tuple(own) for name, own in labels.items() if own})

    @staticmethod
    def parse(value: object) -> Severity | None:
        """Return the severity named by a received value or custom label; None if unknown."""
        wanted = str(value).strip().lower()
        for severity, words in _labels.items():
            if wanted in (word.lower() for word in words):
                return severity
        try:
            return Severity(wanted)
        except ValueError:
            return None


_labels: dict[Severity, tuple[str, ...]] = {}
"""Custom labels. Global, because severities are parsed and displayed in every package."""


class AiStep(LenientModel):
    """One step of the AI analysis."""

    type: str | None = None
    thinking: str | None = None
    tool_name: str | None = None
    tool_input: Any = None
    tool_output: Any = None
    is_error: bool | None = None
    timestamp: OptionalTimestamp = None


class AiAnalysis(LenientModel):
    """AI analysis of a session."""

    risk_level: str | None = None
    title: str | None = None
    explanation: str | None = None
    action: str | None = None
    summary: str | None = None
    model: str | None = None
    steps: ObjectList[AiStep] | None = None

    @property
    def severity(self) -> Severity | None:
        """The risk level as a severity; None if it is unknown."""
        return Severity.parse(self.risk_level)


class GuardrailRule(LenientModel):
    """Rule of a guardrail."""

    type: str | None = None
    words: StringList | None = None
    pattern_regex: str | None = None


class GuardrailHit(LenientModel):
    """Match of a guardrail, which blocked the session."""

    rule_name: str | None = None
    rule: GuardrailRule | None = None
    direction: str | None = None
    matched_words: StringList | None = None
    message: str | None = None


class DataMasking(LenientModel):
    """Data masking results: redactions by type (such as `EMAIL_ADDRESS`), their total, and the bytes changed."""

    info_types: dict[str, Any] | None = None
    total_redact_count: int | None = None
    transformed_bytes: int | None = None
    err_count: int | None = None


class WorstCase(LenientModel):
    """Request with the highest risk level in the HTTP metrics."""

    outcome: str | None = None
    risk_level: str | None = None
    title: str | None = None
    explanation: str | None = None
    rule_name: str | None = None


class HttpAnalyzer(LenientModel):
    """Request counts of the HTTP analyzer; only HTTP proxy sessions have them."""

    total_requests: int | None = None
    risk_counts: dict[str, Any] | None = None
    outcome_counts: dict[str, Any] | None = None
    blocked_count: int | None = None
    worst: WorstCase | None = None


class Metrics(LenientModel):
    """Session metrics. `event_size`: size of the stored stream in bytes. `truncated`: stopped at the size limit.

    The canvas is that of a remote desktop, in pixels.
    """

    data_masking: DataMasking | None = None
    event_size: int | None = None
    bitmap_count: int | None = None
    canvas_width: int | None = None
    canvas_height: int | None = None
    truncated: bool | None = None
    ai_analyzer: HttpAnalyzer | None = None
