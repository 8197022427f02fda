"""Marks of the timeline, collected from findings, statements, bookmarks, search hits and the recording."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.domain.timeline_mark import Bookmark, MarkKind, TimelineMark
from replay_tui.recording import Recording
from replay_tui.search.search import Hit


def layers(
    recording: Recording, findings: Sequence[Finding] | None, hits: Sequence[Hit], bookmarks: Sequence[Bookmark]
) -> list[Sequence[TimelineMark]]:
    """Return the marks in layers, most important first: findings by severity, bookmarks, hits, statements, and so on.

    `findings` is None before the analysis; there are no marks of statements then. Each layer is ordered by time.
    """
    found = [TimelineMark(one.time, MarkKind.FINDING, one.message, one.severity) for one in findings or ()]
    stream, statements = recording.stream, recording.analysis.summary.marks if findings is not None else ()
    return [
        *([mark for mark in found if mark.severity is severity] for severity in reversed(Severity)),
        sorted((TimelineMark(one.time, MarkKind.BOOKMARK, one.note) for one in bookmarks), key=attrgetter("time")),
        [TimelineMark(time, MarkKind.SEARCH, next(same).text[:40]) for time, same in groupby(hits, attrgetter("time"))],
        statements,
        sorted(
            (TimelineMark(time, MarkKind.MARKER, label) for time, label in recording.loaded_session.markers),
            key=attrgetter("time"),
        ),
        [
            TimelineMark(stream.time_of_output(resize.offset), MarkKind.RESIZE, str(resize.size))
            for resize in recording.sizes.resizes
        ],
    ]
