"""Doubts that follow from a session and its stream as wholes, once both are known."""

from __future__ import annotations

from replay_tui.domain.text import sanitize, truncate
from replay_tui.sources.loaded_session import LoadedSession


def add_load_warnings(loaded: LoadedSession) -> None:
    """Add the fidelity notes of a source that has been read to its end."""
    session, log = loaded.session, loaded.stream.log
    if session.invalid_fields:
        names = ", ".join(dict.fromkeys(truncate(sanitize(name), 40) for name in session.invalid_fields[:3]))
        more = " and more" if len(session.invalid_fields) > 3 else ""
        message = f"fields are not of their documented type and are kept as received: {names}{more}"
        log.add("odd-field", message, len(session.invalid_fields))
    metrics = session.fields.metrics
    if metrics and metrics.truncated:
        log.add("truncated", "the gateway stopped recording at its size limit; the session went on unseen")
    if session.is_open:
        log.add("still-open", "the session had not ended when this was read")
    elif session.fields.status == "done" and session.fields.end_date is None:
        log.add("no-end", "the session is done but has no end date")
    _warn_of_time_unit(loaded)


def _warn_of_time_unit(loaded: LoadedSession) -> None:
    """Compare the stream's span with the session's dates: a factor of a thousand is a unit misread."""
    wall, span = loaded.session.wall_clock_seconds, loaded.stream.duration
    if not wall or wall < 0 or span <= 0 or not loaded.stream.timed:
        return
    ratio = span / wall
    if 300 <= ratio <= 3000 and loaded.times == "s":
        message = "event times run about a thousand times longer than the session took; try --times ms"
    elif 1 / 3000 <= ratio <= 1 / 300 and loaded.times == "ms":
        message = "event times run about a thousand times shorter than the session took; try --times s"
    # A short burst in a long session is common, so this side needs a closer match.
    elif 0.9 / 1000 <= ratio <= 1.1 / 1000:
        message = "event times run a thousand times shorter than the session took; their unit may be wrong"
    else:
        return
    loaded.stream.log.add("time-scale", message)
