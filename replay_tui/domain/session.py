"""Session metadata: user, connection, dates, status, review and risk, as sent by the gateway.

Source of the format: the gateway's `GET /sessions/{id}` answer (hoophq/hoop at e939597dc) and its published page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Struct, field
from msgspec.structs import replace
from pydantic import BeforeValidator

from replay_tui.domain.lenient_model import LenientModel, ObjectList, OptionalTimestamp, parse_lenient
from replay_tui.domain.review import Review
from replay_tui.domain.risk import AiAnalysis, GuardrailHit, Metrics, Severity, WorstCase


class Script(LenientModel):
    """Script of an `exec` session."""

    data: str | None = None


class SessionFields(LenientModel):
    """Documented fields of a session, any of which may be None. Times have a zone; sizes are in bytes."""

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


class Session(Struct, frozen=True):
    """A session: its parsed `fields`, the received object (`raw`, without the stream) and its `invalid_fields`.

    `is_judged` is False for a row of a list: the gateway omits the AI analysis there, so that the risk is unknown.
    """

    fields: SessionFields
    raw: dict[str, Any] = field(default_factory=dict)
    invalid_fields: tuple[str, ...] = ()
    is_judged: bool = True

    @staticmethod
    def parse(raw: Mapping[str, Any]) -> Session:
        """Parse a received JSON object. Fields of the wrong type are reported in `invalid_fields`."""
        kept = {str(key): value for key, value in raw.items() if key != "event_stream"}
        fields, invalid_fields = parse_lenient(SessionFields, kept)
        return Session(fields, kept, tuple(invalid_fields))

    @staticmethod
    def parse_row(raw: Mapping[str, Any]) -> Session:
        """Parse a row of the gateway's list, which lacks some fields of the session; see `completed_by`."""
        row = Session.parse(raw)
        return replace(row, is_judged=row.fields.ai_analysis is not None)

    def completed_by(self, session: Session) -> Session:
        """Return this row with the fields that it lacks from the `session` itself, except for the script.

        The row's own values stay, because the session may have been read before the row.
        """
        missing = {key: value for key, value in session.raw.items() if self.raw.get(key) is None and key != "script"}
        own, known = self.raw.get("review"), session.raw.get("review")
        if isinstance(own, dict) and isinstance(known, dict):
            missing["review"] = {**known, **{key: value for key, value in own.items() if value is not None}}
        return replace(Session.parse({**self.raw, **missing}), is_judged=True)

    @property
    def id(self) -> str | None:
        """Session id."""
        return self.fields.id

    @property
    def user(self) -> str | None:
        """User as received, usually an email address; see `display_user`."""
        return self.fields.user

    @property
    def user_name(self) -> str | None:
        """User's full name."""
        return self.fields.user_name

    @property
    def connection(self) -> str | None:
        """Connection name; see `display_connection`."""
        return self.fields.connection

    @property
    def type(self) -> str | None:
        """Connection type, such as `database`."""
        return self.fields.type

    @property
    def status(self) -> str | None:
        """Status: `open`, `ready` or `done`."""
        return self.fields.status

    @property
    def exit_code(self) -> int | None:
        """Exit code of the session's command."""
        return self.fields.exit_code

    @property
    def start_date(self) -> datetime | None:
        """Start date."""
        return self.fields.start_date

    @property
    def end_date(self) -> datetime | None:
        """End date; None while the session runs."""
        return self.fields.end_date

    @property
    def metadata(self) -> dict[str, Any] | None:
        """Metadata from the client."""
        return self.fields.metadata

    @property
    def review(self) -> Review | None:
        """Review of the session."""
        return self.fields.review

    @property
    def script_text(self) -> str:
        """The script; an empty string if the session has none."""
        script = self.fields.script
        return (script.data or "") if script else ""

    @property
    def stored_bytes(self) -> int | None:
        """Size of the stored recording in bytes; None if unknown.

        Prefers the metrics, because the gateway recomputes `event_size` for the requested stream format.
        """
        counted = self.fields.metrics.event_size if self.fields.metrics else None
        return self.fields.event_size if counted is None else counted

    @property
    def is_open(self) -> bool:
        """Return True if the session is still running."""
        return self.fields.status == "open"

    @property
    def wall_clock_seconds(self) -> float | None:
        """Seconds from start to end date; None if a date is missing, as in a running session."""
        start, end = self.fields.start_date, self.fields.end_date
        return (end - start).total_seconds() if isinstance(start, datetime) and isinstance(end, datetime) else None

    @property
    def guardrails(self) -> list[GuardrailHit]:
        """The guardrail hits; an empty list if there are none."""
        return self.fields.guardrails_info or []

    @property
    def worst_request(self) -> WorstCase | None:
        """The request that the HTTP analyzer rated highest; None without its analysis."""
        metrics = self.fields.metrics
        return metrics.ai_analyzer.worst if metrics and metrics.ai_analyzer else None

    @property
    def severity(self) -> Severity | None:
        """Highest severity of AI analysis, HTTP metrics and guardrail hits; None if nothing was reported.

        A hit counts as medium, and so does a word that this program does not know.
        """
        named = [Severity.parse(word) or Severity.MEDIUM for word in self._risk_words]
        if self.guardrails:
            named.append(Severity.MEDIUM)
        return max(named, key=lambda severity: severity.rank, default=None)

    @property
    def risk_word(self) -> str:
        """Word to display instead of the severity's label: a received one that is unknown, or `blocked`; not sanitised.

        Empty if the label says what was received.
        """
        unknown = [word for word in self._risk_words if Severity.parse(word) is None]
        if self.severity is not Severity.MEDIUM or any(Severity.parse(w) is Severity.MEDIUM for w in self._risk_words):
            return ""
        return unknown[0] if unknown else "blocked"

    @property
    def _risk_words(self) -> list[str]:
        return [
            one.risk_level
            for one in (self.fields.ai_analysis, self.worst_request)
            if one and one.risk_level and one.risk_level.strip()
        ]

    @property
    def flagged(self) -> bool:
        """Return True for a risk of medium or high, a guardrail hit, or a pending review."""
        severity, review = self.severity, self.fields.review
        waiting = review is not None and review.status == "PENDING"
        return bool(self.guardrails) or waiting or (severity is not None and severity.rank >= 1)

    @property
    def ran_before_decision(self) -> bool:
        """Return True if the session has ended and left a recording although its review is still pending."""
        review = self.fields.review
        ended = self.fields.status == "done" and isinstance(self.fields.end_date, datetime)
        return ended and bool(self.stored_bytes) and review is not None and review.is_undecided

    @property
    def recorder(self) -> dict[str, Any] | None:
        """What another tool's recording says about itself, with its name and version in `format`; None for others."""
        recorder = self.raw.get("recorder")
        return recorder if isinstance(recorder, dict) and isinstance(recorder.get("format"), str) else None

    @property
    def requested_at(self) -> datetime | None:
        """Moment at which the review was requested, else the start of the session; None if both are unknown."""
        review = self.fields.review
        moments = (review.created_at if review else None), self.fields.start_date
        return next((moment for moment in moments if isinstance(moment, datetime)), None)

    @property
    def display_user(self) -> str:
        """User name for display; not sanitised."""
        return self.fields.user_name or self.fields.user or self.fields.user_id or "unknown user"

    @property
    def title(self) -> str:
        """Connection and user on one line; not sanitised."""
        return f"{self.display_connection} \u00b7 {self.display_user}"

    @property
    def display_connection(self) -> str:
        """Connection name for display, else its type; not sanitised."""
        return self.fields.connection or self.fields.resource_name or self.fields.type or "unknown connection"
