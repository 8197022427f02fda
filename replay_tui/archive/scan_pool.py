"""Scanning many files at once: processes that each read one file after another, and what becomes of one that dies.

Processes are started afresh (`spawn`), so that none inherits threads or a terminal. They leave Ctrl-C to this process.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from replay_tui.archive.object_store import display_address, is_address, read_address
from replay_tui.archive.scan_result import ScanResult
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import ReplayError
from replay_tui.settings.log_file import log_hint, start_logging

logger = logging.getLogger(__name__)
Outcome = tuple[str, ScanResult | str]
"""A file as named, and its row, or a sentence that says why there is none."""
WORKER_DIED = "reading it ended the process, for lack of memory or by a fault"
_rules: tuple[Any, ...] = ()


def set_rules(rows: Sequence[Mapping[str, Any]]) -> None:
    """Use the user's `rows` of rules in this process."""
    from replay_tui.findings.rules import custom_rules

    global _rules  # noqa: PLW0603  # a process keeps its rules
    _rules = custom_rules(rows)


def init_worker(rows: Sequence[Mapping[str, Any]]) -> None:
    """Prepare a worker process: the log file, and the user's `rows` of rules."""
    start_logging()
    set_rules(rows)


def scan_file(path: str, name: str = "", rows: Sequence[Mapping[str, Any]] | None = None) -> Outcome:
    """The row of one saved session, called `name`, at a path or an address; never raises for what stands in it.

    An exception of this program is logged; in debug mode it is raised. `rows` of rules are the user's own; where they
    are None, those of `set_rules` count.
    """
    from replay_tui.findings.rules import custom_rules
    from replay_tui.recording import Recording, load

    name = name or path
    try:
        recording = Recording(read_address(path)) if is_address(path) else load(path)
        recording.custom_rules = _rules if rows is None else custom_rules(rows)
        return name, ScanResult.from_findings(
            display_address(name), recording.session, recording.findings, recording.fidelity
        )
    except ReplayError as error:
        return name, str(error)
    except MemoryError:
        return name, "it needs more memory than there is"
    except Exception as bug:  # one file must not end the scan of a thousand
        return name, analysis_failed(name, bug)


def analysis_failed(name: str, bug: Exception) -> str:
    """Log the exception that is being handled and return the sentence about it. In debug mode raises it."""
    logger.exception("Analysing %s failed", display_address(name))
    reraise_if_debugging()  # last, because a worker's traceback does not reach the program whole
    return f"analysing it failed ({type(bug).__name__}). {log_hint()}"


def scan_files(paths: Sequence[str], rows: Sequence[Mapping[str, Any]], jobs: int) -> Iterator[Outcome]:
    """Each file's outcome, as they come. Leaving the iterator ends the processes."""
    if jobs <= 1 or len(paths) <= 1:
        set_rules(rows)
        yield from map(scan_file, paths)
        return
    # Large files first: the last one to end must not be one that began late.
    left = dict.fromkeys(sorted(paths, key=_size))
    while left:
        try:
            for outcome in _scan_in_pool(list(left), rows, min(jobs, len(left))):
                left.pop(outcome[0], None)
                yield outcome
        except BrokenProcessPool:  # some file ended a process, and with it the work of all
            for path in list(left)[: 2 * jobs + 1]:  # those that may have been under way
                left.pop(path)
                yield _scan_isolated(path, rows)


def _scan_in_pool(paths: Sequence[str], rows: Sequence[Mapping[str, Any]], jobs: int) -> Iterator[Outcome]:
    pool = _pool(rows, jobs)
    try:
        waiting = _submitted(pool, paths)
        for done in as_completed(waiting):
            yield done.result()
        pool.shutdown()
    except BaseException:
        _terminate(pool)
        raise


def _scan_isolated(path: str, rows: Sequence[Mapping[str, Any]]) -> Outcome:
    pool = _pool(rows, 1)
    try:
        outcome = _submitted(pool, [path])[0].result()
        pool.shutdown()
    except BrokenProcessPool:
        _terminate(pool)
        logger.warning("A scan worker ended while analysing %s", display_address(path))
        return path, WORKER_DIED
    except BaseException:
        _terminate(pool)
        raise
    return outcome


def _pool(rows: Sequence[Mapping[str, Any]], jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=init_worker, initargs=(tuple(rows),))


def _submitted(pool: ProcessPoolExecutor, paths: Sequence[str]) -> list[Future[Outcome]]:
    """The files handed to processes, which start while Ctrl-C is held back and so never see it, not even at first."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return [pool.submit(scan_file, path) for path in paths]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _terminate(pool: ProcessPoolExecutor) -> None:
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


def _size(path: str) -> int:
    try:
        return -os.path.getsize(path)
    except OSError:
        return 0
