"""Analysis of one session source. A session that cannot be read or analysed gives a result that says so."""

from __future__ import annotations

import logging
from collections.abc import Callable

from msgspec import Struct

from replay_tui.archive.job import Result
from replay_tui.archive.scan_result import ScanResult
from replay_tui.archive.source import SessionSource
from replay_tui.domain.cancellation import cancellable
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import Cancelled, ReplayError
from replay_tui.domain.known_secrets import set_credential_headers
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.settings.log_file import log_hint

logger = logging.getLogger(__name__)


class ScanJob(Struct, frozen=True):
    """Job that analyses sessions with the user's `rules` added to the shipped ones."""

    rules: tuple[Rule, ...] = ()
    operation = "Analysing"

    def run(self, source: SessionSource, cancel: CancelToken | None = None) -> ScanResult:
        """See `Job.run`."""
        return analyse(source, self.rules, cancel)

    def failed(self, source: SessionSource, failure: str) -> ScanResult:
        """See `Job.failed`."""
        return ScanResult(source.display_name, failure=failure)


def analyse(source: SessionSource, rules: tuple[Rule, ...] = (), cancel: CancelToken | None = None) -> ScanResult:
    """Read a session and return its findings, with the user's `rules` added to the shipped ones.

    Whatever the session contains, failures are in the result. An unexpected exception is logged; in debug mode it is
    raised. Raises `Cancelled` if `cancel` is set.
    """
    from replay_tui.recording import Recording  # loads the terminal emulator

    name, token = source.display_name, cancel or CancelToken()
    set_credential_headers(source.credential_headers)

    def result() -> ScanResult:
        loaded = source.read(token)
        token.raise_if_cancelled()
        with cancellable(lambda: token.is_set):
            return ScanResult.from_recording(name, Recording(loaded, custom_rules=rules))

    found = attempt(source, result, operation="Analysing")
    return ScanResult(name, failure=found) if isinstance(found, str) else found


def attempt(source: SessionSource, work: Callable[[], Result], *, operation: str) -> Result | str:
    """Return the result of `work` on a source, or the message why it failed. Raises `Cancelled`.

    `operation` is the message's first word. An unexpected exception is logged; in debug mode it is raised.
    """
    name = source.display_name
    try:
        return work()
    except Cancelled:
        raise
    except ReplayError as error:
        # A worker elsewhere reads an absolute path; messages name the path as the user wrote it.
        return str(error).replace(source.location, name)
    except MemoryError:
        return f"{operation} it failed: there is not enough memory."
    except Exception as bug:
        logger.exception("%s %s failed", operation, name)
        reraise_if_debugging()  # last, because the traceback does not leave a worker process
        return f"{operation} it failed ({type(bug).__name__}). {log_hint()}"
