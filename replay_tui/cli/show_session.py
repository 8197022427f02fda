"""The part of `show` that says who, what, where and when."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from replay_tui.cli.text_page import TextPage
from replay_tui.domain.session_kind import EmptyReason
from replay_tui.domain.text import pluralize, truncate
from replay_tui.domain.time_format import format_duration

if TYPE_CHECKING:
    from replay_tui.recording import Recording

EMPTY = {
    EmptyReason.NO_STREAM: "the answer holds no stream; nothing was recorded, or it was not asked for",
    EmptyReason.NO_LOG: "the gateway has no log of this session on disk",
    EmptyReason.WITHHELD: "a stream exists, but the gateway did not give it to the user who asked",
    EmptyReason.PENDING: "it has not run yet: its review is pending",
    EmptyReason.OPEN: "the session is still open and nothing is stored yet",
    EmptyReason.NOT_ASKED: "the stream was not asked for",
    EmptyReason.UNDECODABLE: "the gateway could not decode its own recording in the form asked for",
    EmptyReason.UNREADABLE: "no event of the stream could be read",
}
"""Why there is nothing to replay."""


def add_session(page: TextPage, recording: Recording) -> None:
    """Metadata, labels and the script."""
    session, fields = recording.session, recording.session.fields
    page.section("Session")
    page.field("user", name_with_detail(fields.user_name, fields.user or fields.user_id))
    page.field(
        "connection",
        name_with_detail(fields.connection, " ".join(filter(None, (fields.type, fields.connection_subtype)))),
    )
    page.field("role", fields.role_name if fields.role_name != fields.connection else None)
    page.field("resource", fields.resource_name if fields.resource_name != fields.connection else None)
    code = None if fields.exit_code is None else f"exit code {fields.exit_code}"
    page.field("status", ", ".join(filter(None, (fields.verb, fields.status, code))))
    page.field("started", format_moment(fields.start_date))
    page.field("ended", format_moment(fields.end_date) or ("still running" if session.is_open else None))
    wall = session.wall_clock_seconds
    page.field("lasted", None if wall is None else format_duration(wall))
    page.field("recorded", _recorded(recording))
    reason = recording.empty_reason
    page.field("nothing to see" if reason else "", EMPTY[reason] if reason else None)
    page.field("id", fields.id)
    page.field("batch", fields.session_batch_id)
    page.field("correlation", fields.correlation_id)
    page.field("identity", name_with_detail(fields.identity_type, fields.machine_identity_id))
    for label, values in (
        ("tags", fields.connection_tags),
        ("labels", fields.labels),
        ("metadata", fields.metadata),
        ("integrations", fields.integrations_metadata),
    ):
        page.field(label, format_pairs(values))
    page.field("other fields", format_pairs(fields.model_extra))
    page.field("unreadable", ", ".join(session.invalid_fields) or None)
    if session.script_text.strip():
        page.section("Script")
        lines = session.script_text.strip("\r\n").splitlines()
        for line in lines[:40]:
            page.text(line or " ")
        if len(lines) > 40:
            page.text(f"({len(lines) - 40} more lines)")


def _recorded(recording: Recording) -> str:
    raw = len(recording.stream.output) + len(recording.stream.other)
    parts = [pluralize(len(recording.stream), "event"), pluralize(raw, "byte")]
    told = recording.session.stored_bytes
    if told and told != raw:  # as for a stream that was left out, or given in another form
        parts[-1] += f" of the {told:,} that the gateway has"
    if recording.duration:
        parts.insert(0, format_duration(recording.duration))
    if recording.kind.has_screen:
        size = recording.sizes.first
        changes = len(recording.sizes.resizes)
        parts.append(f"{size} {size.source.value}" + (f", then {changes} other sizes" if changes else ""))
    return f"{recording.kind.name}, " + ", ".join(parts)


def name_with_detail(name: str | None, more: str | None) -> str | None:
    """A name with its longer form in brackets where there is one."""
    return f"{name} ({more})" if name and more and more != name else name or more


def format_moment(value: datetime | None) -> str | None:
    """A wall-clock time with its zone."""
    return value.strftime("%Y-%m-%d %H:%M:%S %Z").strip() if isinstance(value, datetime) else None


def format_pairs(values: dict[str, Any] | None) -> str | None:
    """A mapping as `key=value` words."""
    if not values:
        return None
    return "  ".join(f"{key}={compact_json(value)}" for key, value in values.items())


def compact_json(value: object) -> str:
    """A JSON value on one line."""
    if isinstance(value, str):
        return truncate(value, 300)
    return truncate(json.dumps(value, ensure_ascii=False, default=str), 300)
