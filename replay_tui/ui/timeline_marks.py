"""Marks of the timeline, collected from findings, statements, bookmarks, search hits and the recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """Return the marks in layers, most important first: grave findings, bookmarks, hits, chapters, and so on.

    `findings` is None before the analysis; there are no marks of statements and chapters then. Each layer is ordered by
    time.
    """
    known = findings or ()
    stream, is_analysed = recording.stream, findings is not None
    return [
        *(_findings(one for one in known if one.severity is level) for level in (Severity.HIGH, Severity.MEDIUM)),
        sorted((TimelineMark(one.time, MarkKind.BOOKMARK, one.note) for one in bookmarks), key=attrgetter("time")),
        [TimelineMark(time, MarkKind.SEARCH, next(same).text[:40]) for time, same in groupby(hits, attrgetter("time"))],
        recording.analysis.chapters if is_analysed and recording.kind.has_screen else [],
        _findings(one for one in known if one.severity is Severity.LOW),
        recording.analysis.summary.marks if is_analysed else [],
        sorted(
            (TimelineMark(time, MarkKind.MARKER, label) for time, label in recording.loaded_session.markers),
            key=attrgetter("time"),
        ),
        [
            TimelineMark(stream.time_of_output(resize.offset), MarkKind.RESIZE, str(resize.size))
            for resize in recording.sizes.resizes
        ],
    ]


def _findings(findings: Iterable[Finding]) -> list[TimelineMark]:
    return [TimelineMark(one.time, MarkKind.FINDING, one.message, one.severity) for one in findings]
