"""Job: the work that an engine does for each of many sessions, in whatever process."""

from __future__ import annotations

from typing import Protocol, TypeVar

from replay_tui.archive.source import SessionSource
from replay_tui.gateway.cancel_token import CancelToken

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Job(Protocol[Result_co]):
    """Work on one source. A job and its results can be pickled; a job that runs in a thread is a copy of its own."""

    @property
    def operation(self) -> str:
        """First word of the message if it fails, such as `Analysing`."""

    def run(self, source: SessionSource, cancel: CancelToken | None = None) -> Result_co:
        """Return the result, in which every failure is reported. Raises only `Cancelled`."""

    def failed(self, source: SessionSource, failure: str) -> Result_co:
        """Return the result of a source whose process ended; `failure` is the message."""
