"""Record of one session: its metadata, what was read of it, the use of statements and findings, all without secrets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from replay_tui.archive.library.shapes import dialect_of, statement_shape
from replay_tui.domain.completeness import Completeness
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import flagged

if TYPE_CHECKING:
    from replay_tui.recording import Recording

_HASHED_BYTES = 1 << 20
TEXT_VERSION = 1
"""Version of the extraction of texts, statements and findings: increase it when the same recording gives others.

Sessions of an earlier version stay, are counted by `archive status`, and are read again by `archive add`."""


class UsageRow(NamedTuple):
    """How often a statement shape was used within one hour, `hour` hours after 1970 (None if the session has no date).

    `first` and `last` are in seconds from the recording's start.
    """

    shape: str
    kind: str
    verb: str
    tables: tuple[str, ...]
    hour: int | None
    uses: int
    first: float
    last: float


class FindingRow(NamedTuple):
    """A finding; `level` is its severity, or `info`; `statement` is the number of its statement."""

    time: float
    rule: str
    level: str
    message: str
    evidence: str
    statement: int | None


@dataclass(frozen=True)
class SessionRecord:
    """What the library knows of a session besides its text.

    `digest` is the hash of the first `events` events, all that were read. `start` and `end` are seconds since 1970.
    `warnings` are all fidelity warnings. `raw` is the metadata as received, without the stream. `risk` is the highest
    severity of the AI analysis, guardrail matches and findings; empty if there are none. `text_version` is that of the
    program which read the session (`TEXT_VERSION`), 0 for one that did not note it.
    """

    digest: str
    events: int
    source: str
    name: str
    id: str = ""
    user: str = ""
    user_names: tuple[str, ...] = ()
    connection: str = ""
    type: str = ""
    subtype: str = ""
    verb: str = ""
    status: str = ""
    review: str = ""
    risk: str = ""
    start: float | None = None
    end: float | None = None
    duration: float = 0.0
    kind: str = ""
    warnings: tuple[FidelityWarning, ...] = ()
    read_bytes: int = 0
    stored_bytes: int | None = None
    has_script: bool = False
    raw: dict[str, Any] = field(default_factory=dict)
    text_version: int = 0

    @property
    def completeness(self) -> Completeness:
        """What was read and analysed."""
        return Completeness(self.warnings, self.read_bytes, self.stored_bytes, self.has_script)

    @property
    def reference(self) -> str:
        """Name under which the session is opened: its id, else its source."""
        return self.id or self.source

    def to_json(self) -> bytes:
        """Return the record as JSON; it can contain any text."""
        return json.dumps({**asdict(self), "warnings": list(map(structs.asdict, self.warnings))}).encode()

    @staticmethod
    def from_json(data: bytes) -> SessionRecord:
        """Return the record. Raises `ValueError` for invalid data."""
        try:
            values = json.loads(data)
            values["warnings"] = tuple(FidelityWarning(**one) for one in values["warnings"])
            values["user_names"] = tuple(values["user_names"])
            return SessionRecord(**values)
        except (TypeError, KeyError) as error:
            raise ValueError("invalid record") from error


def make_record(recording: Recording, *, source: str, name: str) -> SessionRecord:
    """Return the record of a recording without secrets; computes its findings and completeness."""
    session, known = recording.displayed_session, recording.completeness
    fields = session.fields
    severities = [one.severity for one in flagged(recording.findings)]
    severities += [session.severity] if session.severity else []
    return SessionRecord(
        digest=_digest(recording, source),
        events=len(recording.stream),
        source=source,
        name=name,
        id=fields.id or "",
        user=fields.user or fields.user_name or fields.user_id or "",
        user_names=tuple(dict.fromkeys(filter(None, (fields.user, fields.user_name, fields.user_id)))),
        connection=fields.connection or fields.resource_name or "",
        type=fields.type or "",
        subtype=fields.connection_subtype or "",
        verb=fields.verb or "",
        status=fields.status or "",
        review=(fields.review.status or "") if fields.review else "",
        risk=max(severities, key=lambda one: one.rank).value if severities else "",
        start=_timestamp(fields.start_date),
        end=_timestamp(fields.end_date),
        duration=recording.duration,
        kind=recording.kind.name,
        warnings=known.warnings,
        read_bytes=known.read_bytes,
        stored_bytes=known.stored_bytes,
        has_script=known.has_script,
        raw=session.raw,
        text_version=TEXT_VERSION,
    )


def usage_rows(recording: Recording, start: float | None) -> list[UsageRow]:
    """Return the usage of each statement shape by hour; the recording started at `start`, in seconds since 1970."""
    dialect = dialect_of(recording.session.fields.connection_subtype)
    found: dict[tuple[str, int | None], UsageRow] = {}
    for one in recording.statements:
        if one.deleted:  # typed, but never sent
            continue
        shape, tables = statement_shape(one, dialect)
        hour = None if start is None else int((start + one.time) // 3600)
        known = found.get((shape, hour)) or UsageRow(shape, one.kind, one.verb, tables, hour, 0, one.time, one.time)
        found[shape, hour] = known._replace(uses=known.uses + 1, last=one.time)
    return list(found.values())


def finding_rows(recording: Recording) -> list[FindingRow]:
    """Return a row for each finding."""
    return [
        FindingRow(one.time, one.rule, one.level, one.message, one.evidence, one.statement)
        for one in recording.findings
    ]


def rows_to_json(usage: Sequence[UsageRow], findings: Sequence[FindingRow]) -> bytes:
    """Return usage and findings as JSON."""
    return json.dumps([usage, findings]).encode()


def rows_from_json(data: bytes) -> tuple[list[UsageRow], list[FindingRow]]:
    """Return usage and findings. Raises `ValueError` for invalid data."""
    try:
        usage, findings = json.loads(data)
        return [UsageRow(*row) for row in usage], [FindingRow(*row) for row in findings]
    except TypeError as error:
        raise ValueError("invalid rows") from error


def events_digest(stream: EventStream, count: int | None = None) -> str:
    """Return the hash of the first `count` events (None: all): types, sizes, payloads and times."""
    count = len(stream) if count is None else min(count, len(stream))
    found = hashlib.sha256(bytes(stream.kinds[:count]))
    found.update(stream.times[:count].tobytes())
    found.update(stream.output_ends[:count].tobytes())
    for buffer, end in (
        (stream.output, stream.output_length_after(count)),
        (stream.other, stream.other_length_after(count)),
    ):
        for at in range(0, end, _HASHED_BYTES):
            found.update(buffer[at : min(end, at + _HASHED_BYTES)])
    return found.hexdigest()


def _digest(recording: Recording, source: str) -> str:
    """Return the hash of all events; that of the source for a session without events and id, which has no other."""
    if len(recording.stream) or recording.session.fields.id:
        return events_digest(recording.stream)
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def _timestamp(value: object) -> float | None:
    return value.timestamp() if isinstance(value, datetime) else None
