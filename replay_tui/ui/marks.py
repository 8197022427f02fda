"""Everything that is worth a tick on the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from replay_tui.analysis.search import Hit
from replay_tui.domain.bookmark import Bookmark
from replay_tui.domain.finding import Finding, Mark, MarkKind
from replay_tui.recording import Recording


def marks_of(
    recording: Recording, findings: Sequence[Finding] | None, hits: Sequence[Hit], bookmarks: Sequence[Bookmark]
) -> Iterator[Mark]:
    """Resizes, markers, statements and findings (None: neither is known yet), search hits and bookmarks."""
    stream = recording.stream
    for resize in recording.sizes.resizes:
        yield Mark(stream.time_at_screen(resize.offset), MarkKind.RESIZE, str(resize.size))
    for time, label in recording.loaded.markers:
        yield Mark(time, MarkKind.MARKER, label)
    if findings is not None:
        # Those of one time and verb are one tick: a batch holds thousands.
        for (time, verb), same in groupby(recording.statements, attrgetter("time", "verb")):
            count = sum(1 for _ in same)
            yield Mark(time, MarkKind.STATEMENT, f"{verb} x {count}" if count > 1 else verb)
        for finding in findings:
            yield Mark(finding.time, MarkKind.FINDING, finding.message, finding.severity)
    for time, together in groupby(hits, attrgetter("time")):
        yield Mark(time, MarkKind.SEARCH, next(together).text[:40])
    for bookmark in bookmarks:
        yield Mark(bookmark.time, MarkKind.BOOKMARK, bookmark.note)
