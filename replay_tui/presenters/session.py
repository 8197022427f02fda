"""Session metadata: user, connection, times, size, attached values and the script; columns of a session list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.display_text import pluralize
from replay_tui.domain.event_stream import BITMAP
from replay_tui.domain.risk import Metrics
from replay_tui.domain.session import Session, SessionFields
from replay_tui.domain.session_kind import EmptyReason
from replay_tui.domain.times import format_duration
from replay_tui.presenters.document import Code, Paragraph, Role, Section, Span
from replay_tui.presenters.review import status_badge
from replay_tui.presenters.risk import session_badge
from replay_tui.presenters.session_metadata import add_metadata
from replay_tui.presenters.values import format_date, format_size, pairs_of, with_detail

if TYPE_CHECKING:
    from replay_tui.domain.gateway_report import GatewayReport
    from replay_tui.recording import Recording


MAX_SCRIPT_LINES = 40
WITHHELD = "The gateway withheld the recording: only the session's owner, admins and auditors may read it."
_REASONS = {
    EmptyReason.NO_STREAM: "Nothing was recorded: the session ended without any input or output.",
    EmptyReason.NO_LOG: "The gateway found no log of this session on its disk.",
    EmptyReason.WITHHELD: WITHHELD,
    EmptyReason.OPEN: "The session is still running and nothing has been stored yet.",
    EmptyReason.NOT_ASKED: "The file has no recording and does not say whether there is one. Fetch the session again.",
    EmptyReason.UNDECODABLE: "The gateway could not write this recording as UTF-8 text. Fetch it again without "
    "event_stream=utf8, or use its download.",
    EmptyReason.BITMAPS: "This is the recording of a remote desktop (RDP), which a terminal cannot show. Watch it on "
    "the gateway's page.",
    EmptyReason.UNREADABLE: "No event of this session's stream could be read. Fetch the session again, or use the "
    "gateway's download.",
}
_PENDING_REASONS = {
    "PENDING": "it waits for its review",
    "APPROVED": "its review approved it",
    "REJECTED": "its review rejected it",
    "REVOKED": "its approval was revoked",
}
"""By review status."""


def session_section(
    session: Session,
    *,
    recorded: str,
    empty: str = "",
    zone: str = "",
    status: str = "",
    report: GatewayReport | None = None,
) -> Section:
    """Return the metadata. `recorded` describes the recording, `empty` why it is empty; `zone` as in `format_date`.

    `status` replaces the words of the gateway for what the session was and how it ended. `report` holds the gateway's
    reports about the session, None if they were not requested.
    """
    fields, out = session.fields, Section("Session")
    out.field("user", with_detail(fields.user_name, fields.user or fields.user_id) or session.display_user)
    out.field("identity", _identity_text(fields))
    kind = " ".join(filter(None, (fields.type, fields.connection_subtype)))
    out.field("connection", with_detail(fields.connection, kind) or session.display_connection)
    add_metadata(out, fields.metadata, zone)  # the reason that the user gave, with which the actions are compared
    out.parts += pairs_of("tags", fields.connection_tags)
    code = None if fields.exit_code is None else f"exit {fields.exit_code}"
    status = status or ", ".join(filter(None, (fields.verb, fields.status, code)))
    out.field("status", status, Role.BAD if fields.exit_code else Role.PLAIN)
    out.field("started", format_date(fields.start_date, zone) or "no start date")
    seconds = session.wall_clock_seconds
    out.field("duration", None if seconds is None else format_duration(seconds))
    out.field("nothing to replay", empty, Role.WARN)
    out.parts += pairs_of("integrations", fields.integrations_metadata)
    _metrics(out, fields.metrics)
    if report is not None:
        from replay_tui.presenters.gateway_report import add_report  # loads the models of the reports

        add_report(out, report, session)
    out.field("invalid fields", ", ".join(session.invalid_fields), Role.WARN)
    out.start_details()
    out.field("ended", format_date(fields.end_date, zone) or ("still running" if session.is_open else None))
    out.field("recorded", recorded)
    out.field("role", fields.role_name if fields.role_name != fields.connection else None)
    out.field("resource", fields.resource_name if fields.resource_name != fields.connection else None)
    out.parts += pairs_of("labels", fields.labels)
    out.field("script size", f"{fields.script_size:,} bytes" if fields.script_size else None)
    out.field("id", fields.id)
    out.field("batch", fields.session_batch_id)
    out.field("correlation", fields.correlation_id)
    out.field("user id", fields.user_id)
    out.field("organisation", fields.org_id)
    recorder = session.recorder or {}
    out.parts += pairs_of("recorder", {key: value for key, value in recorder.items() if key != "format"})
    out.parts += pairs_of("other fields", _unknown_fields(session))
    return out


def _identity_text(fields: SessionFields) -> str:
    """Return whether a machine acted for the user, and which; empty for the user in person."""
    if fields.identity_type == "user" and not fields.machine_identity_id:
        return ""
    name = "machine, not a person" if fields.identity_type == "machine" else fields.identity_type
    return with_detail(name, fields.machine_identity_id)


def recording_text(recording: Recording) -> str:
    """Return what was recorded: events, bytes, duration, kind and, for a terminal, its size."""
    stream, kind = recording.stream, recording.kind
    count = len(stream.output) + len(stream.other)
    stored = recording.session.stored_bytes
    # They differ if the stream was withheld or requested in another form.
    of_stored = f" of {stored:,} stored" if stored and stored != count else ""
    parts = [pluralize(len(stream), "event"), pluralize(count, "byte") + of_stored]
    parts.append(format_duration(recording.duration) if recording.duration else "")
    if kind.has_screen:
        size, changes = recording.sizes.first, len(recording.sizes.resizes)
        parts.append(f"{kind.name} {size} {size.source.value}")
        parts.append(pluralize(changes, "resize") if changes else "")
    else:
        parts.append("" if kind.is_empty else kind.name)
    return ", ".join(filter(None, parts))


def recording_sections(
    recording: Recording, report: GatewayReport | None = None, *, status: str = "", zone: str = ""
) -> list[Section]:
    """Return the metadata of a loaded recording, why it is empty if it is, and its script.

    `status` and `zone` as in `session_section`.
    """
    empty = empty_text(recording) if recording.empty_reason else ""
    session = recording.displayed_session
    section = session_section(
        session, recorded=recording_text(recording), empty=empty, report=report, status=status, zone=zone
    )
    exported = f"{session.recorder['format']}, exported" if session.recorder else ""
    section.field("format", recording.loaded_session.format_name or exported)
    section.field("idle limit", idle_limit_text(recording))
    return [section, *script_sections(session)]


def idle_limit_text(recording: Recording) -> str:
    """Return the limit of idle time in an asciicast's header; an empty text without one."""
    limit = recording.loaded_session.idle_limit
    return (
        ""
        if limit is None
        else f"{limit:g} s, from the header; in force during playback until another idle mode is chosen"
    )


def empty_text(recording: Recording) -> str:
    """Return the reason that applies to a recording without events."""
    reason = recording.empty_reason or EmptyReason.NO_STREAM
    if reason is EmptyReason.PENDING:
        review = recording.session.fields.review
        why = _PENDING_REASONS.get((review.status if review else None) or "", "the reason is unknown")
        return f"This session has not run yet: {why}."
    if reason is EmptyReason.BITMAPS:
        return f"{_bitmaps_text(recording)}. {_REASONS[reason]}"
    return _REASONS[reason]


def _bitmaps_text(recording: Recording) -> str:
    """Return number and duration of the bitmaps of a remote desktop, and the size of its canvas."""
    metrics = recording.session.fields.metrics
    recorded, read = metrics and metrics.bitmap_count, recording.stream.kinds.count(BITMAP)
    count = f"{read} of {pluralize(recorded, 'bitmap')}" if recorded and recorded != read else pluralize(read, "bitmap")
    size = f", canvas {metrics.canvas_width}×{metrics.canvas_height}" if metrics and metrics.canvas_width else ""
    return f"{count} in {format_duration(recording.duration)}{size}"


def script_sections(session: Session) -> list[Section]:
    """Return the first lines of the script in a section, an empty list without a script."""
    lines = session.script_text.strip("\r\n").splitlines()
    if not session.script_text.strip():
        return []
    out = Section("Script", parts=[Code("\n".join(lines[:MAX_SCRIPT_LINES]))])
    if len(lines) > MAX_SCRIPT_LINES:
        out.parts.append(Paragraph(f"({pluralize(len(lines) - MAX_SCRIPT_LINES, 'more line')})"))
    return [out]


def _metrics(out: Section, metrics: Metrics | None) -> None:
    masking = metrics.data_masking if metrics else None
    if masking and (masking.total_redact_count or masking.info_types or masking.err_count):
        out.field("masked", f"{masking.total_redact_count or 0} values, {masking.transformed_bytes or 0} bytes")
        out.parts += pairs_of("masked types", masking.info_types)
        out.field("masking errors", masking.err_count or None, Role.BAD)
    if metrics and metrics.truncated:
        out.field("truncated", "the gateway cut the recording at its size limit", Role.BAD)


def _unknown_fields(session: Session) -> dict[str, object]:
    """Return the fields of a newer gateway, as received."""
    shown = {*type(session.fields).model_fields, *({"recorder"} if session.recorder else ())}
    return {key: value for key, value in session.raw.items() if key not in shown}


EMPTY = Span("")


class SessionColumn(Struct, frozen=True):
    """A column: its title, and its cell for a session (unsanitized)."""

    title: str
    cell: Callable[[Session], Span]


def _status(session: Session) -> Span:
    if session.is_open:
        return Span("running", Role.WARN)
    if session.fields.exit_code not in (None, 0):
        return Span(f"exit {session.fields.exit_code}", Role.BAD)
    return Span(session.fields.status or "", Role.MUTED)


def _duration(session: Session) -> Span:
    seconds = session.wall_clock_seconds
    return Span(format_duration(max(0.0, seconds)) if seconds is not None else "", Role.MUTED)


def _review(session: Session) -> Span:
    review = session.fields.review
    return status_badge(review.status) if review else EMPTY


def _risk(session: Session) -> Span:
    if session.severity:
        return session_badge(session)
    return EMPTY if session.is_judged else Span("?", Role.MUTED)


def waiting_time(session: Session, now: datetime) -> Span:
    """Return how long a review has been waiting, such as `25 min` or `3 d 4 h`."""
    since = session.requested_at
    if since is None:
        return EMPTY
    seconds = max(0.0, (now - since).total_seconds())
    text = f"{int(seconds)} s" if seconds < 60 else f"{int(seconds) // 60} min"
    return Span(text if seconds < 3600 else format_duration(seconds))


RISK = SessionColumn("risk", _risk)
REVIEW = SessionColumn("review", _review)
USER = SessionColumn("user", lambda session: Span(session.display_user))
CONNECTION = SessionColumn("connection", lambda session: Span(session.display_connection))
TYPE = SessionColumn(
    "type", lambda session: Span(session.fields.connection_subtype or session.fields.type or "", Role.MUTED)
)
VERB = SessionColumn("verb", lambda session: Span(session.fields.verb or "", Role.MUTED))
DURATION = SessionColumn("duration", _duration)
SIZE = SessionColumn("size", lambda session: Span(format_size(session.fields.event_size), Role.MUTED))
STATUS = SessionColumn("status", _status)
BLOCKED = SessionColumn("blocked", lambda session: Span("guardrail", Role.BAD) if session.guardrails else EMPTY)
ID = SessionColumn("id", lambda session: Span(session.fields.id or ""))
