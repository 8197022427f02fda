"""Identification of the reported recording: its source, and digests of the file and the events."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream

if TYPE_CHECKING:
    from replay_tui.recording import Recording

DIGEST_CHECK_EVENTS = 4096
"""Events between two checks for cancellation."""
EVENTS_DIGEST = "SHA-256 of the events"


def identification(
    recording: Recording, file: Path | None, *, is_cancelled: Callable[[], bool] = never_cancelled
) -> list[tuple[str, str]]:
    """Return labelled values that identify the input: the saved `file`, or a session of the gateway without one.

    A `file` that is not readable again, such as standard input, has no digest of its own. Raises `Cancelled`.
    """
    name = Path(recording.name).name or recording.name
    facts = [("source", name if file else f"session {recording.name} of the gateway")]
    if file is not None:
        with suppress(OSError), file.open("rb") as opened:
            facts.append(("SHA-256 of the file", hashlib.file_digest(opened, "sha256").hexdigest()))
    return [
        *facts,
        (EVENTS_DIGEST, events_digest(recording.stream, is_cancelled)),
        ("digest input", "all events in order, each as time in seconds, type, length, a line feed and its bytes"),
    ]


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
