"""A review record as parts that can be written in any form, and what identifies the content it speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.risk import Severity
from replay_tui.terminal.screen import Screen


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and a value; `severity` where it has one."""

    label: str
    value: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, with a short mark before it where it is one of a list."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ScreenExcerpt:
    """Something at a time (as written for people): what it is, the text it rests on, and the screen then."""

    time: str
    label: str
    severity: Severity | None = None
    note: str = ""
    code: str = ""
    screen: Screen | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of text to be shown as they are."""

    text: str


Part = Fact | Paragraph | ScreenExcerpt | Code


@dataclass(slots=True)
class Section:
    """A title and what stands under it."""

    title: str
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """The whole record. Its texts are foreign: writers clean and escape them."""

    title: str
    sections: list[Section] = field(default_factory=list)


def events_digest(stream: EventStream, is_cancelled: Callable[[], bool] = never_cancelled) -> str:
    """SHA-256 over all events: for each `<seconds> <type> <bytes>` and a line feed, then its payload.

    It is the same for a session of the gateway and its saved answer. Raises `Cancelled` when stopped.
    """
    digest = hashlib.sha256()
    for event in stream.events():
        if not event.index % 4096 and is_cancelled():
            raise Cancelled
        digest.update(f"{event.time!r} {event.kind} {len(event.data)}\n".encode())
        digest.update(event.data)
    return digest.hexdigest()
