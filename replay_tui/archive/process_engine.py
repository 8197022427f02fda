"""Analysis of session sources in worker processes, with retries for the sources of a worker that died.

Workers are started with `spawn`, so that they inherit neither threads nor a terminal, and with SIGINT blocked, so that
Ctrl-C is handled by the main process only.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from replay_tui.archive.job import Job, Result
from replay_tui.archive.source import SessionSource
from replay_tui.settings.log_file import start_logging

logger = logging.getLogger(__name__)
WORKER_DIED = "Analysing it failed: the worker process ended (out of memory, or a crash)."
MAX_ATTEMPTS_ALONE = 5
"""Attempts for one session without other work in progress: with the one before, it survives five killed workers."""
_job: Job[Any] | None = None


def analyse_in_processes(
    sources: Sequence[SessionSource], job: Job[Result], max_processes: int
) -> Iterator[tuple[int, Result]]:
    """Analyse sources in processes, the largest first, so that no large one is left for the end.

    If a worker dies, the sources that may have been in progress are analysed one at a time, each in up to
    `MAX_ATTEMPTS_ALONE` attempts, before the result is `WORKER_DIED`.
    """
    by_size = sorted(range(len(sources)), key=lambda position: -sources[position].size_bytes)
    pending = {position: sources[position] for position in by_size}
    while pending:
        count = min(max_processes, len(pending))
        yield from _analyse_in_pool(pending, job, count)
        # The executor hands out one task per process and queues up to `count + 1` more.
        suspects = [(position, pending.pop(position)) for position in list(pending)[: 2 * count + 1]]
        yield from _analyse_one_at_a_time(suspects, job)


def _analyse_in_pool(pending: dict[int, SessionSource], job: Job[Result], count: int) -> Iterator[tuple[int, Result]]:
    """Analyse `pending` and remove each source that has a result; others are left if a worker died."""
    pool = _start_pool(job, count)
    is_broken = False
    try:
        positions: dict[Future[Result], int] = {}
        try:
            for position, source in pending.items():
                positions[_submit(pool, source)] = position
        except BrokenProcessPool:
            is_broken = True
        for done in as_completed(positions):
            try:
                result = done.result()
            except BrokenProcessPool:
                is_broken = True
                continue
            del pending[positions[done]]
            yield positions[done], result
    except BaseException:
        _terminate(pool)
        raise
    if is_broken:
        logger.warning("A scan worker ended; analysing its sessions one at a time")
        _terminate(pool)
    else:
        pool.shutdown()


def _analyse_one_at_a_time(
    suspects: Iterable[tuple[int, SessionSource]], job: Job[Result]
) -> Generator[tuple[int, Result], None, None]:
    pool: ProcessPoolExecutor | None = None
    try:
        for position, source in suspects:
            result = job.failed(source, WORKER_DIED)
            for _ in range(MAX_ATTEMPTS_ALONE):
                pool = pool or _start_pool(job, 1)
                try:
                    result = _submit(pool, source).result()
                    break
                except BrokenProcessPool:
                    logger.warning("A scan worker ended while analysing %s", source.display_name)
                    _terminate(pool)
                    pool = None
            yield position, result
    except BaseException:
        if pool:
            _terminate(pool)
        raise
    if pool:
        pool.shutdown()


def _start_pool(job: Job[Any], count: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_init_worker, initargs=(job,))


def _init_worker(job: Job[Any]) -> None:
    global _job  # noqa: PLW0603  # sent once for each process, not with each task
    _job = job
    start_logging()


def _run_in_worker(source: SessionSource) -> Any:
    assert _job is not None
    return _job.run(source)


def _submit(pool: ProcessPoolExecutor, source: SessionSource) -> Future[Any]:
    """Submit a source. The executor starts processes here, which inherit the blocked SIGINT."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(_run_in_worker, source)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _terminate(pool: ProcessPoolExecutor) -> None:
    """End the pool and its processes at once.

    Waits for the pool's thread, because otherwise it may close its pipe while the interpreter's exit writes to it.
    """
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.terminate()
    pool.shutdown(cancel_futures=True)
