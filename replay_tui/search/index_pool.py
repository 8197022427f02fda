"""Worker pool that builds the text index in parallel, one partition per task."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from replay_tui.domain.debug import is_debugging
from replay_tui.domain.errors import Cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.search.index_worker import decode_result, encode_partition, read_message, write_message
from replay_tui.search.partitions import PartitionRange, PartitionResult, index_partition, make_partition
from replay_tui.terminal import worker_process
from replay_tui.terminal.input_vetter import is_isolated

logger = logging.getLogger(__name__)
MIN_PARALLEL_BYTES = 8 << 20
"""For less output, starting processes (0.15 s each) takes longer than it saves."""
MAX_WORKERS = 3
"""Each process takes 40 MiB."""
WorkerProcess = subprocess.Popen[bytes]
_CANCEL_POLL_SECONDS = 0.05


def worker_count(output_bytes: int) -> int:
    """Return the number of worker processes for a terminal session with `output_bytes` of output."""
    if output_bytes < MIN_PARALLEL_BYTES or is_isolated():
        return 0
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MAX_WORKERS, processors - 1)


class WorkerProcesses:
    """Child processes that wait for partitions. They are killed when this object is deleted, or earlier by `end`."""

    def __init__(self, count: int) -> None:
        self.children: list[WorkerProcess] = []
        self.end = weakref.finalize(self, _kill, self.children)
        for _ in range(count):
            try:
                self.children.append(worker_process.start_worker("replay_tui.search.index_worker"))
            except OSError:
                return


def _kill(children: list[WorkerProcess]) -> None:
    for process in children:
        process.kill()
    for process in children:
        with suppress(OSError), process:  # closing flushes a message that the process has not read
            pass


class IndexWorkerPool:
    """Indexes the partitions of a stream. A context manager that kills the workers at its end.

    Not a `concurrent.futures.ProcessPoolExecutor`: one dead worker breaks its whole pool, a running task cannot be
    killed on cancellation, and the first results of two workers took 0.14 s instead of 0.11 s (spawn).
    """

    def __init__(
        self, stream: EventStream, sizes: SizeTimeline, ranges: Sequence[PartitionRange], workers: WorkerProcesses
    ) -> None:
        self._stream, self._sizes, self._ranges, self._workers = stream, sizes, ranges, workers
        self._changed = threading.Condition()
        self._pending = list(range(len(ranges)))
        self._results: dict[int, PartitionResult] = {}
        self._closed, self._worker_failed = False, False
        self._threads = [
            threading.Thread(target=self._drive_worker, args=(one,), daemon=True) for one in workers.children
        ]

    def __enter__(self) -> IndexWorkerPool:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._changed:
            self._closed = True
        for process in self._workers.children:
            process.kill()
        for thread in self._threads:
            thread.join()
        self._workers.end()

    def result(self, number: int, is_cancelled: Callable[[], bool]) -> PartitionResult:
        """Return the result of partition `number`. Indexes other partitions meanwhile. Raises `Cancelled`."""
        if is_cancelled():  # also if the workers are faster than this thread
            raise Cancelled
        while True:
            with self._changed:
                while number not in self._results and not self._pending:
                    self._changed.wait(_CANCEL_POLL_SECONDS)
                    if is_cancelled():
                        raise Cancelled
                if self._worker_failed and is_debugging():
                    raise RuntimeError("An index worker failed; the log holds its traceback.")
                if number in self._results:
                    return self._results.pop(number)
                own = self._pending.pop(0)
            done = index_partition(make_partition(self._stream, self._sizes, self._ranges[own]), is_cancelled)
            with self._changed:
                self._results[own] = done

    def _drive_worker(self, worker: WorkerProcess) -> None:
        """Send partitions to a worker and store its results. If it fails, return its partitions to the others."""
        sent: list[int] = []
        try:
            self._send_next(worker, sent)
            while sent:
                data = read_message(worker.stdout)
                self._send_next(worker, sent)  # before decoding, so that the worker stays busy
                done = decode_result(data)
                with self._changed:
                    self._results[sent.pop(0)] = done
                    self._changed.notify()
        except (OSError, EOFError, ValueError):
            if not self._closed:  # otherwise `__exit__` killed it
                self._worker_failed = True
                logger.warning("An index worker failed; its partitions are indexed by the others", exc_info=True)
        finally:
            with self._changed:
                self._pending[:0] = sent
                self._changed.notify()

    def _send_next(self, worker: WorkerProcess, sent: list[int]) -> None:
        """Send the next pending partition, if any, and append its number to `sent`."""
        with self._changed:
            if not self._pending or self._closed:
                return
            sent.append(self._pending.pop(0))
        write_message(worker.stdin, encode_partition(make_partition(self._stream, self._sizes, self._ranges[sent[-1]])))
