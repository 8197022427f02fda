"""Scanning on a Dask cluster: the cluster keeps account of what a lost worker had, and does that part again."""

from __future__ import annotations

import logging
import os
import re
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from replay_tui import __version__
from replay_tui.archive.object_store import is_address
from replay_tui.archive.scan_pool import WORKER_DIED, Outcome, scan_file
from replay_tui.cli.output import print_status
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.text import sanitize
from replay_tui.settings.log_file import start_logging

logger = logging.getLogger(__name__)
NOT_INSTALLED = "The engine `dask` needs the extra `dask`: in the clone, pip install '.[dask]'."
CONNECT_SECONDS = 10
_SCHEDULER = re.compile(r"^(?:(?:tcp|tls|ucx|wss?)://)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}/?$")
MAX_SUBMITTED_FILES = 2000
"""Files handed to the cluster at a time: many enough for a thousand cores, few enough for the scheduler's memory."""


def scan_on_cluster(paths: Sequence[str], rows: Sequence[Mapping[str, Any]], scheduler: str) -> Iterator[Outcome]:
    """Each file's outcome once, as they come, looked at by the workers of the cluster of `scheduler`.

    Workers read the files themselves, so that their names must mean the same there. Raises `UsageError` where the extra
    is missing or the workers cannot run this program, `GatewayError` where the scheduler cannot be reached, or is
    lost.
    """
    try:
        from distributed import as_completed
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED) from None
    client = _client(scheduler)
    run, left = uuid.uuid4().hex, dict(enumerate(paths))
    waiting = iter(list(left.items()))
    try:
        if not client.scheduler_info()["workers"]:
            print_status("The scheduler has no workers yet; waiting for them.")
        coming = as_completed(
            list(islice(_submitted(client, waiting, rows, run), MAX_SUBMITTED_FILES)), loop=client.loop
        )
        for future in coming:
            number = int(future.key.rpartition("-")[2])
            path = left.pop(number, None)
            if path is None:  # told twice
                continue
            yield path, _result(future, scheduler)
            for other in islice(_submitted(client, waiting, rows, run), 1):
                coming.add(other)
        if left:
            raise _lost(scheduler)
    finally:
        client.close(timeout=2)


def _client(scheduler: str) -> Any:
    from distributed import Client

    # Checked before, for a client that fails over its address leaves a thread behind that keeps the process alive.
    if not _SCHEDULER.match(scheduler):
        raise UsageError(f"{sanitize(scheduler)} is no scheduler's address; write such as tcp://host:8786.")
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module="distributed")
    try:
        return Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError):
        raise GatewayError(f"The scheduler at {sanitize(scheduler)} cannot be reached; is it running?") from None
    except (ValueError, TypeError, ImportError):
        raise UsageError(f"{sanitize(scheduler)} is no scheduler's address; write such as tcp://host:8786.") from None


def _submitted(
    client: Any, numbered: Iterator[tuple[int, str]], rows: Sequence[Mapping[str, Any]], run: str
) -> Iterator[Any]:
    for number, path in numbered:
        where = path if is_address(path) else os.path.abspath(path)
        yield client.submit(_on_worker, __version__, where, path, tuple(rows), key=f"replay-tui-{run}-{number}")


def _on_worker(version: str, where: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    if version != __version__:
        return f"a worker has replay-tui {__version__}, this is {version}"
    start_logging()
    outcome = scan_file(where, name, rows)[1]
    return outcome.replace(where, name) if isinstance(outcome, str) else outcome


def _result(future: Any, scheduler: str) -> Any:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    try:
        return future.result()
    except KilledWorker:
        return WORKER_DIED
    except (CancelledError, FutureCancelledError, OSError, TimeoutError):
        raise _lost(scheduler) from None
    except Exception as error:  # what a file holds never raises: the worker could not even begin
        reraise_if_debugging()
        logger.exception("Running scan on the cluster's workers failed")
        what = type(error).__name__
        raise UsageError(
            f"The cluster's workers cannot run this ({what}); replay-tui {__version__} must be installed there."
        ) from None


def _lost(scheduler: str) -> GatewayError:
    return GatewayError(f"The scheduler at {sanitize(scheduler)} was lost before all files were looked at.")
