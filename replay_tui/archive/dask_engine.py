"""Analysis of session sources on a Dask cluster. The scheduler repeats the tasks of a worker that was lost."""

from __future__ import annotations

import logging
import os
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from itertools import islice
from typing import Any

from msgspec.structs import replace

from replay_tui import __version__
from replay_tui.archive.job import Job, Result
from replay_tui.archive.object_store import is_address
from replay_tui.archive.process_engine import WORKER_DIED
from replay_tui.archive.source import SessionSource
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.settings.log_file import start_logging

logger = logging.getLogger(__name__)
NOT_INSTALLED = "The engine `dask` needs the extra `dask`: in the clone, pip install '.[dask]'."
CONNECT_TIMEOUT_SECONDS = 10
CLOSE_TIMEOUT_SECONDS = 2
MAX_SUBMITTED_SESSIONS = 2000
"""Tasks on the cluster at a time: enough for a thousand cores, within the scheduler's memory."""
_SCHEDULER = lazy_compile(r"^(?:(?:tcp|tls|ucx|wss?)://)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}/?$")


def analyse_on_cluster(
    sources: Sequence[SessionSource],
    job: Job[Result],
    scheduler: str,
    on_waiting: Callable[[], object] = lambda: None,
) -> Iterator[tuple[int, Result]]:
    """Yield `(position, result)` once for each source, in order of completion; `scheduler` is the cluster's address.

    Workers open files and addresses themselves, so that a path must name the same file there. Calls `on_waiting` if the
    cluster has no workers yet. Raises `UsageError` if the extra is missing or the workers cannot run this program,
    `GatewayError` if the scheduler cannot be reached or the connection to it is lost.
    """
    client = _connect(scheduler)
    from distributed import as_completed

    unfinished, unsubmitted = set(range(len(sources))), _submit(client, sources, job)
    try:
        if not client.scheduler_info()["workers"]:
            on_waiting()
        futures = as_completed(list(islice(unsubmitted, MAX_SUBMITTED_SESSIONS)), loop=client.loop)
        for future in futures:
            position = int(future.key.rpartition("-")[2])
            if position not in unfinished:  # a task that was repeated can report twice
                continue
            unfinished.remove(position)
            yield position, _result(future, sources[position], job, scheduler)
            for other in islice(unsubmitted, 1):
                futures.add(other)
        if unfinished:
            raise _scheduler_lost(scheduler)
    finally:
        client.close(timeout=CLOSE_TIMEOUT_SECONDS)


def check_scheduler(scheduler: str) -> None:
    """Raise what `analyse_on_cluster` raises if the extra is missing or there is no scheduler at this address."""
    _connect(scheduler).close(timeout=CLOSE_TIMEOUT_SECONDS)


def _connect(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED) from None
    # Checked first, because a client that rejects its address leaves a thread behind that keeps the process alive.
    if not _SCHEDULER.match(scheduler):
        raise _invalid_address(scheduler)
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module="distributed")
    try:
        return Client(scheduler, timeout=CONNECT_TIMEOUT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError):
        raise GatewayError(f"The scheduler at {sanitize(scheduler)} cannot be reached; is it running?") from None
    except (ValueError, TypeError, ImportError):
        raise _invalid_address(scheduler) from None


def _submit(client: Any, sources: Sequence[SessionSource], job: Job[Result]) -> Iterator[Any]:
    run = uuid.uuid4().hex
    for position, source in enumerate(sources):
        where = source.location if is_address(source.location) else os.path.abspath(source.location)
        task = replace(source, location=where, name=source.display_name)
        yield client.submit(_run_on_worker, __version__, task, job, key=f"replay-tui-{run}-{position}")


def _run_on_worker(version: str, source: SessionSource, job: Job[Result]) -> Result:
    if version != __version__:
        message = f"The worker runs replay-tui {__version__}, this is {version}; install the same version there."
        return job.failed(source, message)
    start_logging()
    return job.run(source)


def _result(future: Any, source: SessionSource, job: Job[Result], scheduler: str) -> Result:
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    try:
        result: Result = future.result()
        return result
    except KilledWorker:  # after as many lost workers as the scheduler's `allowed-failures` says
        return job.failed(source, WORKER_DIED)
    except (CancelledError, FutureCancelledError, OSError, TimeoutError):
        raise _scheduler_lost(scheduler) from None
    except Exception as error:  # a job raises nothing: the worker could not load it
        reraise_if_debugging()
        logger.exception("Running scan on the cluster's workers failed")
        raise UsageError(
            f"The cluster's workers cannot run this program ({type(error).__name__}); install replay-tui {__version__} "
            "there."
        ) from None


def _invalid_address(scheduler: str) -> UsageError:
    return UsageError(f"{sanitize(scheduler)} is not a scheduler address; write it as in tcp://host:8786.")


def _scheduler_lost(scheduler: str) -> GatewayError:
    return GatewayError(f"The connection to the scheduler at {sanitize(scheduler)} was lost; the scan is incomplete.")
