"""The text index behind the search: all sightings of a session, and its transcript.

It is built in the background: a large session in parts, by as many processes as there are processors to spare.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from replay_tui.domain.cancellation import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.search.index_pool import IndexWorkerPool, WorkerProcesses, worker_count
from replay_tui.search.partitions import (
    PARTITION_BYTES,
    PartitionRange,
    PartitionResult,
    index_partition,
    make_partition,
    split_into_partitions,
)
from replay_tui.search.screen_text_log import ScreenTextLog
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.partition_state import PartitionEnd
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import MAX_LINES, TranscriptLine, Unfinished, sort_by_time

PROGRESS_BYTES = 1 << 16
"""Bytes of output between two words of progress."""


class TextIndex(ScreenTextLog):
    """Grows while `build` runs in one thread; `search` of `replay_tui.search.search` reads it from others."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, index: KeyframeIndex | None = None) -> None:
        super().__init__()
        self.stream = stream
        self.complete = False
        self.indexed = 0
        self._sizes, self._index = sizes, index
        self._progress: Callable[[int], None] | None = None
        self._workers: WorkerProcesses | None = None

    def prepare(self, workers: WorkerProcesses | None = None) -> bool:
        """Have other processes ready that help to `build`: these, or as many as there are processors to spare.

        Says whether some do; then the screen has to be indexed first.
        """
        if self._index and self._workers is None:
            self._workers = workers or WorkerProcesses(
                0 if self._sizes.resizes else worker_count(len(self.stream.output))
            )
        return bool(self._workers and self._workers.children)

    def build(
        self,
        is_cancelled: Callable[[], bool] = never_cancelled,
        progress: Callable[[int], None] | None = None,
        *,
        part: int | None = None,
    ) -> None:
        """Index the whole stream; `progress` is told the screen bytes done. Raises `Cancelled` when stopped.

        Where the screen is indexed already and others help, that is done in parts of about `part` bytes; if that is
        given, also without help. Not where the terminal was resized: that moves rows between screen and scrollback.
        """
        if self.complete:
            return
        self._progress = progress
        keyframes = self._index.keyframes if self._index and not self._sizes.resizes else []
        if keyframes:
            self.prepare()
        helpers, self._workers = self._workers or WorkerProcesses(0), None
        stretches = (
            split_into_partitions(self.stream, keyframes, part or PARTITION_BYTES) if part or helpers.children else []
        )
        if len(stretches) > 1:
            self._build_in_parallel(stretches, helpers, is_cancelled)
        else:
            self.lines = Transcript(self.stream, self._sizes, self).build(is_cancelled)
            self.finish()
        self.complete = True

    def _build_in_parallel(
        self, ranges: list[PartitionRange], workers: WorkerProcesses, is_cancelled: Callable[[], bool]
    ) -> None:
        end = PartitionEnd()
        with IndexWorkerPool(self.stream, self._sizes, ranges, workers) as crew:
            for number, stretch in enumerate(ranges):
                built = crew.result(number, is_cancelled)
                if not built.end.clean:  # the rest has to be seen in one piece
                    rest = stretch._replace(end=len(self.stream.output))
                    self._add_result(
                        index_partition(make_partition(self.stream, self._sizes, rest), is_cancelled), rest, end
                    )
                    break
                end = self._add_result(built, stretch, end)
                if len(self.lines) >= MAX_LINES:
                    break
        sort_by_time(self.lines, self.stream.duration)

    def _add_result(self, built: PartitionResult, stretch: PartitionRange, before: PartitionEnd) -> PartitionEnd:
        """Add what was seen in the next part. Answers how it ended, in times of the session."""
        seen, end = built
        count, begin = len(self.texts), self.stream.time_of_output(stretch.start)

        def known(time: float) -> float:
            found = before.resolve_time(time)
            return begin if found is None else found

        self._date(seen.lines, before)
        unfinished = self._finish_line(seen.lines, before.unfinished, end.unfinished)
        self.lines += seen.lines
        self.wrapped += [(known(time), text, cuts) for time, text, cuts in seen.wrapped]
        self.growth |= {count + number: stages for number, stages in seen.growth.items()}
        times = seen.times if min(seen.times, default=0.0) >= 0 else [*map(known, seen.times)]
        self._add(seen.texts, seen.previous_texts, times, seen.rows)
        self.grown += [count + number for number in seen.grown]
        self._done(stretch.end)
        text, time = unfinished
        written = [None if time is None else before.resolve_time(time) for time in end.row_write_times]
        return PartitionEnd(row_write_times=written, unfinished=(text, None if time is None else known(time)))

    def _date(self, lines: list[TranscriptLine], before: PartitionEnd) -> None:
        """Give a part's lines the times that the part before knows."""
        for number in [number for number, line in enumerate(lines) if line.time < 0]:
            line, time = lines[number], before.resolve_time(lines[number].time)
            if time is None and line.origin == "scrolled":
                above = lines[number - 1 : number] or self.lines[-1:]
                time = above[0].time if above else 0.0
            lines[number] = line._replace(time=self.stream.duration if time is None else time)

    def _finish_line(self, lines: list[TranscriptLine], begun: Unfinished, following: Unfinished) -> Unfinished:
        """The rest of a line that was wrapped stands first among those that scrolled by, or is still to come."""
        text, time = begun
        if not text:
            return following
        for number, line in enumerate(lines):
            if line.origin != "alternate":
                lines[number] = whole = line._replace(text=text + line.text)
                self.wrapped.append((whole.time, whole.text, (len(text),)))
                return following
        return text + following[0], time if following[1] is None else following[1]

    def _done(self, offset: int) -> None:
        self.indexed = offset
        if self._progress:
            self._progress(offset)

    def on_screen(self, emulator: Emulator, top: int, alt: bool, offset: int, time: float) -> None:
        """See `replay_tui.terminal.transcript.ScreenObserver`."""
        super().on_screen(emulator, top, alt, offset, time)
        if offset - self.indexed >= PROGRESS_BYTES:
            self._done(offset)

    def time_of(self, sighting: int, end: int) -> float:
        """When the first `end` characters of a sighting were there, in seconds."""
        stages = self.growth.get(sighting)
        if not stages:
            return self.times[sighting]
        return stages[min(bisect_left(stages, (end, -1.0)), len(stages) - 1)][1]
