"""The session object: who did something, where, when, how it ended. Field by field as the gateway sends it.

Source of the format: the gateway's `GET /sessions/{id}` answer (hoophq/hoop at e939597dc) and its published page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from replay_tui.domain.lenient_model import LenientModel, ObjectList, OptionalTimestamp, parse_lenient
from replay_tui.domain.review import Review
from replay_tui.domain.risk import AiAnalysis, GuardrailHit, Metrics, Severity


class Script(LenientModel):
    """The text that an `exec` session ran."""

    data: str | None = None


class SessionFields(LenientModel):
    """The documented fields, any of which may be null. Times carry their zone; sizes are bytes."""

    id: str | None = None
    org_id: str | None = None
    script: Annotated[Script | None, BeforeValidator(lambda v: {"data": v} if isinstance(v, str) else v)] = None
    script_size: int | None = None
    event_size: int | None = None
    labels: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    integrations_metadata: dict[str, Any] | None = None
    metrics: Metrics | None = None
    user: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    type: str | None = None
    connection_subtype: str | None = None
    connection: str | None = None
    role_name: str | None = None
    resource_name: str | None = None
    connection_tags: dict[str, Any] | None = None
    review: Review | None = None
    verb: str | None = None
    status: str | None = None
    exit_code: int | None = None
    session_batch_id: str | None = None
    correlation_id: str | None = None
    start_date: OptionalTimestamp = None
    end_date: OptionalTimestamp = None
    ai_analysis: AiAnalysis | None = None
    guardrails_info: ObjectList[GuardrailHit] | None = None
    identity_type: str | None = None
    machine_identity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session: its readable `fields`, the whole `received` object (without the stream), the names of `odd` fields."""

    fields: SessionFields
    raw: dict[str, Any] = field(default_factory=dict)
    invalid_fields: tuple[str, ...] = ()

    @staticmethod
    def parse(raw: Mapping[str, Any]) -> Session:
        """The session in a received JSON object; never fails, whatever the types are."""
        kept = {str(key): value for key, value in raw.items() if key != "event_stream"}
        fields, odd = parse_lenient(SessionFields, kept)
        return Session(fields, kept, tuple(odd))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.fields, name)

    @property
    def script_text(self) -> str:
        """The script, an empty string where there is none."""
        script = self.fields.script
        return (script.data or "") if script else ""

    @property
    def stored_bytes(self) -> int | None:
        """Bytes of the recording as the gateway counts them, None where it does not say.

        The metrics come first: `event_size` is counted anew in the form asked for.
        """
        counted = self.fields.metrics.event_size if self.fields.metrics else None
        return self.fields.event_size if counted is None else counted

    @property
    def is_open(self) -> bool:
        """Whether the session is still running."""
        return self.fields.status == "open"

    @property
    def wall_clock_seconds(self) -> float | None:
        """From start to end date in seconds; None while it runs or where a date is missing."""
        start, end = self.fields.start_date, self.fields.end_date
        return (end - start).total_seconds() if isinstance(start, datetime) and isinstance(end, datetime) else None

    @property
    def guardrails(self) -> list[GuardrailHit]:
        """The guardrail hits, an empty list where there are none."""
        return self.fields.guardrails_info or []

    @property
    def severity(self) -> Severity | None:
        """The AI's risk level, else the HTTP analyser's worst, None where neither judged."""
        ai, metrics = self.fields.ai_analysis, self.fields.metrics
        if ai and ai.severity:
            return ai.severity
        worst = metrics.ai_analyzer.worst if metrics and metrics.ai_analyzer else None
        return Severity.parse(worst.risk_level) if worst else None

    @property
    def flagged(self) -> bool:
        """Worth a look: a risk of medium or more, a guardrail hit, or a review that waits."""
        severity, review = self.severity, self.fields.review
        waiting = review is not None and review.status == "PENDING"
        return bool(self.guardrails) or waiting or (severity is not None and severity.rank >= 1)

    @property
    def display_user(self) -> str:
        """The name by which to show the session's user."""
        return self.fields.user_name or self.fields.user or self.fields.user_id or "unknown user"

    @property
    def title(self) -> str:
        """What and who, in one line; not clean."""
        return f"{self.display_connection} \u00b7 {self.display_user}"

    @property
    def display_connection(self) -> str:
        """The connection's name, else its type."""
        return self.fields.connection or self.fields.resource_name or self.fields.type or "unknown connection"
