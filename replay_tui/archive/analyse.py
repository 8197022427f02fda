"""Analysis of one session source. A session that cannot be read or analysed gives a result that says so."""

from __future__ import annotations

import logging

from replay_tui.archive.scan_result import ScanResult
from replay_tui.archive.source import SessionSource
from replay_tui.domain.credential_headers import set_credential_headers
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import Cancelled, ReplayError
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.settings.log_file import log_hint

logger = logging.getLogger(__name__)


def analyse(source: SessionSource, rules: tuple[Rule, ...] = (), cancel: CancelToken | None = None) -> ScanResult:
    """Read a session and return its findings, with the user's `rules` added to the shipped ones.

    Whatever the session contains, failures are in the result. An unexpected exception is logged; in debug mode it is
    raised. Raises `Cancelled` if `cancel` is set during a download or between reading and analysis.
    """
    from replay_tui.recording import Recording  # loads the terminal emulator

    name, cancel = source.display_name, cancel or CancelToken()
    set_credential_headers(source.credential_headers)
    try:
        loaded = source.read(cancel)
        cancel.raise_if_cancelled()
        recording = Recording(loaded, custom_rules=rules)
        return ScanResult.from_recording(name, recording)
    except Cancelled:
        raise
    except ReplayError as error:
        # A worker elsewhere reads an absolute path; messages name the path as the user wrote it.
        return ScanResult(name, failure=str(error).replace(source.location, name))
    except MemoryError:
        return ScanResult(name, failure="There is not enough memory to analyse it.")
    except Exception as bug:
        logger.exception("Analysing %s failed", name)
        reraise_if_debugging()  # last, because the traceback does not leave a worker process
        return ScanResult(name, failure=f"Analysing it failed ({type(bug).__name__}). {log_hint()}")
