"""The session in words: who, what, where, when, how long, and everything attached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from replay_tui.domain.risk import Metrics
from replay_tui.domain.session import Session
from replay_tui.domain.text import pluralize
from replay_tui.domain.time_format import format_duration
from replay_tui.presenters.indented_text import IndentedLine
from replay_tui.presenters.text_writer import BAD, GOOD, MUTED, STRONG, Styles, TextWriter, format_moment


def session_text(session: Session, styles: Styles, *, zone: str, size: str, events: int) -> list[IndentedLine]:
    """Who, what, where, when, how long, and everything attached."""
    fields, out = session.fields, TextWriter(styles)
    exit_code = fields.exit_code
    outcome = "" if exit_code is None else f" exit {exit_code}"
    status = (f"  {fields.status or 'unknown status'}", MUTED)
    out.line((session.display_user, STRONG), status, (outcome, GOOD if exit_code == 0 else BAD))
    if fields.user and fields.user != session.display_user:
        out.line((fields.user, MUTED))
    if fields.identity_type == "machine":
        out.field("machine identity", fields.machine_identity_id or "no id given")
    how = " ".join(filter(None, (fields.verb, fields.type, fields.connection_subtype)))
    out.line((session.display_connection, STRONG), (f"  {how}", ""))
    if fields.resource_name not in (None, fields.connection):
        out.field("resource", fields.resource_name)
    took = format_duration(session.wall_clock_seconds) if session.wall_clock_seconds is not None else "not ended"
    out.line((format_moment(fields.start_date, zone) or "no start date", ""), (f"  {took}", STRONG))
    count = pluralize(events, "event")
    if session.stored_bytes:
        count += f", {session.stored_bytes:,} bytes"
    out.line((f"{size}, {count}" if size else count, MUTED))
    for label, values in (
        ("tags", fields.connection_tags),
        ("metadata", fields.metadata),
        ("labels", fields.labels),
        ("integrations", fields.integrations_metadata),
    ):
        _mapping(out, label, values)
    out.field("batch", fields.session_batch_id)
    out.field("correlation", fields.correlation_id)
    _masking(out, fields.metrics)
    if fields.metrics and fields.metrics.truncated:
        out.field("truncated", "the gateway cut the recording at its cap", BAD)
    out.field("ended", format_moment(fields.end_date, zone))
    if fields.script_size:
        out.field("script", f"{fields.script_size:,} bytes")
    if fields.role_name not in (None, fields.connection):
        out.field("role", fields.role_name)
    out.field("user id", fields.user_id, MUTED)
    out.field("organisation", fields.org_id, MUTED)
    out.field("id", fields.id, MUTED)
    # A newer gateway's fields are shown as they came.
    more = {key: value for key, value in session.raw.items() if key not in type(fields).model_fields}
    _mapping(out, "also", more)
    return out.lines


def _mapping(out: TextWriter, label: str, values: Mapping[str, Any] | None) -> None:
    for position, (key, value) in enumerate((values or {}).items()):
        if position == 50:
            out.line((f"… and {len(values or {}) - 50} more", MUTED), lead=" " * (len(label) + 2))
            break
        shown = value if isinstance(value, str) else json.dumps(value, default=str)[:2000]
        out.line((f"{key}=", MUTED), shown, lead=f"{label if position == 0 else ' ' * len(label)}  ")


def _masking(out: TextWriter, metrics: Metrics | None) -> None:
    masking = metrics.data_masking if metrics else None
    if not masking or not (masking.total_redact_count or masking.info_types or masking.err_count):
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in (masking.info_types or {}).items())
    out.field("masked", f"{masking.total_redact_count or 0} values, {masking.transformed_bytes or 0} bytes")
    if kinds:
        out.line((kinds, MUTED), lead=" " * len("masked  "), hang=0)
    if masking.err_count:
        out.field("masking errors", masking.err_count, BAD)
