"""Engine that runs a job for many session sources: in the calling thread, in threads, or in worker processes.

Each engine yields `(position, result)` once for each source, in order of completion; `position` is the index of the
source. Closing the iterator stops the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from copy import deepcopy

from replay_tui.archive.job import Job, Result
from replay_tui.archive.process_engine import analyse_in_processes
from replay_tui.archive.source import SessionSource
from replay_tui.gateway.cancel_token import CancelToken

MAX_DOWNLOADS = 4
"""Sessions downloaded from a gateway in parallel."""


def analyse_all(sources: Sequence[SessionSource], job: Job[Result], max_workers: int) -> Iterator[tuple[int, Result]]:
    """Analyse sources in at most `max_workers` processes, or in threads if a gateway client is among them.

    Downloads wait for the network most of the time, and a client cannot be sent to another process.
    """
    if any(source.client for source in sources):
        return analyse_in_threads(sources, job, min(max_workers, MAX_DOWNLOADS))
    if max_workers <= 1 or len(sources) <= 1:
        return analyse_in_sequence(sources, job)
    return analyse_in_processes(sources, job, max_workers)


def analyse_in_sequence(
    sources: Sequence[SessionSource], job: Job[Result], cancel: CancelToken | None = None
) -> Iterator[tuple[int, Result]]:
    """Analyse sources in the calling thread, in their order. Raises `Cancelled` if `cancel` is set."""
    cancel = cancel or CancelToken()
    for position, source in enumerate(sources):
        cancel.raise_if_cancelled()
        yield position, job.run(source, cancel)


def analyse_in_threads(
    sources: Sequence[SessionSource], job: Job[Result], max_threads: int
) -> Iterator[tuple[int, Result]]:
    """Analyse sources in threads. Closing the iterator also interrupts downloads."""
    cancel = CancelToken()
    with ThreadPoolExecutor(max_threads) as pool:
        try:
            # Custom rules count the time that they take in one session, so that threads cannot share a job.
            positions = {
                pool.submit(deepcopy(job).run, source, cancel): position for position, source in enumerate(sources)
            }
            for done in as_completed(positions):
                yield positions[done], done.result()
        except BaseException:
            cancel.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
