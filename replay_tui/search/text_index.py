"""Text index of a session: every text on its screens.

It is built in a background thread. A large session is split into partitions, which worker processes index in parallel.
"""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.errors import never_cancelled
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
from replay_tui.search.wrapped_lines import WrappedLine
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import MAX_LINES, PartitionEnd, Unfinished
from replay_tui.terminal.unsupported_functions import WORK_PER_MIB

PROGRESS_BYTES = 1 << 16
"""Output between two calls of the progress callback."""


class TextIndex(ScreenTextLog):
    """Text log of a whole session. One thread runs `build` while others search in it.

    `complete` is True when it is built; `indexed` is the number of output bytes done.
    """

    def __init__(self, stream: EventStream, sizes: SizeTimeline, index: KeyframeIndex | None = None) -> None:
        super().__init__()
        self.stream = stream
        self.complete = False
        self.indexed = 0
        self._sizes, self._index = sizes, index
        self._progress: Callable[[int], None] | None = None
        self._workers: WorkerProcesses | None = None

    def prepare(self, workers: WorkerProcesses | None = None) -> bool:
        """Start the worker processes for `build`, unless `workers` are given.

        Return True if there are any; then the keyframe index must be built first: partitions start from keyframes.
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
        partition_bytes: int | None = None,
    ) -> None:
        """Index the whole stream and call `progress` with the output bytes done. Raises `Cancelled`.

        The stream is split into partitions if there are keyframes and worker processes, or `partition_bytes` is given.
        Never if the terminal was resized, because a resize moves rows between screen and scrollback, or if control
        functions may exceed the limit of work, which depends on the whole stream.
        """
        if self.complete:
            return
        self._progress = progress
        can_split = self._index and not self._sizes.resizes and self._index.work < WORK_PER_MIB
        keyframes = self._index.keyframes if self._index and can_split else []
        if keyframes:
            self.prepare()
        workers, self._workers = self._workers or WorkerProcesses(0), None
        ranges = (
            split_into_partitions(self.stream, keyframes, partition_bytes or PARTITION_BYTES)
            if keyframes and (partition_bytes or workers.children)
            else []
        )
        if len(ranges) > 1:
            self._build_in_parallel(ranges, workers, is_cancelled)
        else:
            Transcript(self.stream, self._sizes, self).build(is_cancelled)
            self.finish()
        self.complete = True

    def _build_in_parallel(
        self, ranges: list[PartitionRange], workers: WorkerProcesses, is_cancelled: Callable[[], bool]
    ) -> None:
        end, line_count = PartitionEnd(), 0
        with IndexWorkerPool(self.stream, self._sizes, ranges, workers) as pool:
            for number, range_ in enumerate(ranges):
                result = pool.result(number, is_cancelled)
                if not result.end.clean:  # it ends within a sequence, so the rest cannot be split
                    rest = range_._replace(end=len(self.stream.output))
                    self._add_result(
                        index_partition(make_partition(self.stream, self._sizes, rest), is_cancelled), rest, end
                    )
                    break
                end = self._add_result(result, range_, end)
                line_count += result.end.line_count
                if line_count >= MAX_LINES:
                    break

    def _add_result(self, result: PartitionResult, range_: PartitionRange, before: PartitionEnd) -> PartitionEnd:
        """Add the result of the next partition. Return its end with times of the session."""
        log, end = result
        count, begin = len(self.texts), self.stream.time_of_output(range_.start)

        def resolve(time: float) -> float:
            found = before.resolve_time(time)
            return begin if found is None else found

        text, time = self._join(before.unfinished, end, resolve)
        self.wrapped_lines.append(log.wrapped_lines, resolve)
        self.growth |= {count + number: growth for number, growth in log.growth.items()}
        times = log.times if min(log.times, default=0.0) >= 0 else [*map(resolve, log.times)]
        self._add(log.texts, log.previous_texts, times, log.rows)
        self.grown += [count + number for number in log.grown]
        self._report_progress(range_.end)
        written = [None if time is None else before.resolve_time(time) for time in end.row_write_times]
        return PartitionEnd(row_write_times=written, unfinished=(text, None if time is None else resolve(time)))

    def _join(self, begun: Unfinished, end: PartitionEnd, resolve: Callable[[float], float]) -> Unfinished:
        """Join a wrapped line to its rest, the first line of a partition. Return the line unfinished at its `end`."""
        text, time = begun
        if not text:
            return end.unfinished
        if rest := end.first_line:
            self.wrapped_lines.add(WrappedLine(resolve(rest.time), text + rest.text, (len(text),)))
            return end.unfinished
        following, since = end.unfinished
        return text + following, time if since is None else since

    def _report_progress(self, offset: int) -> None:
        self.indexed = offset
        if self._progress:
            self._progress(offset)

    def on_screen(self, emulator: Emulator, top: int, alt: bool, offset: int, time: float) -> None:
        """See `replay_tui.terminal.transcript.ScreenObserver`."""
        super().on_screen(emulator, top, alt, offset, time)
        if offset - self.indexed >= PROGRESS_BYTES:
            self._report_progress(offset)
