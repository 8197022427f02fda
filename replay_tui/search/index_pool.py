"""Building parts with as many processes as there are processors to spare: whoever is free takes the next one."""

from __future__ import annotations

import logging
import os
import struct
import subprocess
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO

from replay_tui.domain.cancellation import Cancelled
from replay_tui.domain.debug import is_debugging
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.search.partition_codec import decode_result, encode_partition
from replay_tui.search.partitions import PartitionRange, PartitionResult, index_partition, make_partition
from replay_tui.terminal import worker_process
from replay_tui.terminal.emulator import is_isolated

logger = logging.getLogger(__name__)
MIN_PARALLEL_BYTES = 8 << 20
"""Bytes of output from which on the start of other processes is worth it: each takes 0.15 s."""
MAX_WORKERS = 3
"""Processes beside this one, at most; each takes 40 MiB."""
Child = subprocess.Popen[bytes]

_LENGTH = struct.Struct("<Q")
_MAX_MESSAGE_BYTES = 1 << 30
_CANCEL_POLL_SECONDS = 0.05
"""Seconds between two questions whether to go on."""


def worker_count(output: int) -> int:
    """How many processes beside this one may help with a terminal session of so many bytes of output."""
    if output < MIN_PARALLEL_BYTES or is_isolated():
        return 0
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MAX_WORKERS, processors - 1)


class WorkerProcesses:
    """Child processes that wait for parts. They end with this object at the latest."""

    def __init__(self, count: int) -> None:
        self.children: list[Child] = []
        self.end = weakref.finalize(self, _end, self.children)
        for _ in range(count):
            try:
                self.children.append(worker_process.start_worker("replay_tui.search.index_worker"))
            except OSError:
                return


def _end(children: list[Child]) -> None:
    for process in children:
        process.kill()
    for process in children:
        with suppress(OSError), process:  # what it has not read can no longer be written
            pass


class IndexWorkerPool:
    """Builds the stretches of a stream; as a context, after which the helpers have ended."""

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
        """What was seen in a stretch; until that is known, build others. Raises `Cancelled` when stopped."""
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
                mine = self._pending.pop(0)
            done = index_partition(make_partition(self._stream, self._sizes, self._ranges[mine]), is_cancelled)
            with self._changed:
                self._results[mine] = done

    def _drive_worker(self, helper: Child) -> None:
        """One child's work: a stretch that it fails on is left to others, and it is not asked again."""
        begun: list[int] = []
        try:
            self._send_next(helper, begun)
            while begun:
                data = read_message(helper.stdout)
                self._send_next(helper, begun)  # first, so that it need not wait
                done = decode_result(data)
                with self._changed:
                    self._results[begun.pop(0)] = done
                    self._changed.notify()
        except (OSError, EOFError, ValueError):
            if not self._closed:  # else this process has ended it
                self._worker_failed = True
                logger.warning("An index worker failed; its partitions are built by the others", exc_info=True)
        finally:
            with self._changed:
                self._pending[:0] = begun
                self._changed.notify()

    def _send_next(self, helper: Child, begun: list[int]) -> None:
        """Give it the next stretch, where there is one, and note that."""
        with self._changed:
            if not self._pending or self._closed:
                return
            begun.append(self._pending.pop(0))
        write_message(
            helper.stdin, encode_partition(make_partition(self._stream, self._sizes, self._ranges[begun[-1]]))
        )


def write_message(pipe: IO[bytes] | None, data: bytes) -> None:
    """Write one message. Raises `OSError` where nobody reads."""
    assert pipe
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def read_message(pipe: IO[bytes] | None) -> bytes:
    """Read one message. Raises `EOFError` where there is no whole one."""
    assert pipe
    head = pipe.read(_LENGTH.size)
    if len(head) == _LENGTH.size and (length := _LENGTH.unpack(head)[0]) <= _MAX_MESSAGE_BYTES:
        data = pipe.read(length)
        if len(data) == length:
            return data
    raise EOFError
