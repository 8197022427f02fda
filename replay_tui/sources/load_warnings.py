"""Fidelity warnings that need the complete session and stream, such as a wrong time unit."""

from __future__ import annotations

from replay_tui.domain.text import sanitize, truncate
from replay_tui.sources.loaded_session import LoadedSession


def add_load_warnings(loaded: LoadedSession) -> None:
    """Add the fidelity warnings of a completely read source."""
    session, log = loaded.session, loaded.stream.log
    if session.invalid_fields:
        names = ", ".join(dict.fromkeys(truncate(sanitize(name), 40) for name in session.invalid_fields[:3]))
        more = " and more" if len(session.invalid_fields) > 3 else ""
        message = f"fields have an undocumented type and are kept as received: {names}{more}"
        log.add("odd-field", message, len(session.invalid_fields))
    metrics = session.fields.metrics
    if metrics and metrics.truncated:
        log.add("truncated", "the gateway stopped recording at its size limit; the rest of the session is missing")
    if session.is_open:
        log.add("still-open", "the session was still running when it was read")
    elif session.fields.status == "done" and session.fields.end_date is None:
        log.add("no-end", "the session is done but has no end date")
    _warn_of_time_unit(loaded)


def _warn_of_time_unit(loaded: LoadedSession) -> None:
    """Warn if stream and session durations differ by a factor of 1,000, which suggests a wrong time unit."""
    wall, span = loaded.session.wall_clock_seconds, loaded.stream.duration
    if not wall or wall < 0 or span <= 0 or not loaded.stream.timed:
        return
    ratio = span / wall
    if 300 <= ratio <= 3000 and loaded.times == "s":
        message = "event times run about a thousand times longer than the session took; try --times ms"
    elif 1 / 3000 <= ratio <= 1 / 300 and loaded.times == "ms":
        message = "event times run about a thousand times shorter than the session took; try --times s"
    # Narrower limits, because a short burst in a long session is common.
    elif 0.9 / 1000 <= ratio <= 1.1 / 1000:
        message = "event times run a thousand times shorter than the session took; their unit may be wrong"
    else:
        return
    loaded.stream.log.add("time-scale", message)
