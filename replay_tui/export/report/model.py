"""Report model: sections of parts, excerpts of the screen among them, and a digest that identifies the recording."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.presenters.document import Part, Section, Span
from replay_tui.terminal.screen import Screen

DIGEST_CHECK_EVENTS = 4096
"""Events between two checks for cancellation."""


@dataclass(frozen=True, slots=True)
class ScreenExcerpt:
    """A moment of the session: `time` as text, a label, the text it rests on, and the screen at that time."""

    time: str
    label: str
    badge: Span | None = None
    note: str = ""
    code: str = ""
    screen: Screen | None = None


@dataclass(slots=True)
class ReportSection:
    """A section of a report; its parts can be screen excerpts too."""

    title: str
    badge: Span | None = None
    note: str = ""
    parts: list[Part | ScreenExcerpt] = field(default_factory=list)

    @staticmethod
    def of(section: Section) -> ReportSection:
        """Return the section of a presenter."""
        return ReportSection(section.title, section.badge, section.note, [*section.parts])


@dataclass(slots=True)
class Report:
    """A report. Its texts are unsanitized: writers sanitize and escape them."""

    title: str
    sections: list[ReportSection] = field(default_factory=list)


def events_digest(stream: EventStream, is_cancelled: Callable[[], bool] = never_cancelled) -> str:
    """Return the SHA-256 over all events: for each `<seconds> <type> <bytes>`, a line feed, and its payload.

    It is the same for a session of the gateway and its saved file. Raises `Cancelled`.
    """
    digest = hashlib.sha256()
    for event in stream.events():
        if not event.index % DIGEST_CHECK_EVENTS and is_cancelled():
            raise Cancelled
        digest.update(f"{event.time!r} {event.kind} {len(event.data)}\n".encode())
        digest.update(event.data)
    return digest.hexdigest()
