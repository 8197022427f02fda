"""Retry policy: transient errors, exponential backoff with jitter, and a limit of the total time."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from msgspec import Struct, field

from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.cancel_token import CancelToken, Clock, SystemClock
from replay_tui.gateway.errors import (
    HttpStatusError,
    IncompleteResponse,
    ServerError,
    TlsFailed,
    TooManyRequests,
    Unreachable,
)

MAX_ELAPSED_SECONDS = 10.0
"""Total time of a read request with its retries."""
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.3, 4.0

Result = TypeVar("Result")


class RetryPolicy(Struct):
    """Retries of read requests. `max_elapsed` is in seconds; `jitter` returns a number in 0..1; `non_retryable` are the
    HTTP 5xx statuses without retries."""

    clock: Clock = field(default_factory=SystemClock)
    max_elapsed: float = MAX_ELAPSED_SECONDS
    jitter: Callable[[], float] = random.random
    non_retryable: frozenset[int] = frozenset((501, 505))

    def run(self, attempt: Callable[[float], Result], cancel: CancelToken) -> Result:
        """Return the result of `attempt(seconds left)`, repeated on transient errors.

        Raises the last `GatewayError` if it is not transient, or if the next wait would exceed `max_elapsed`; raises
        `Cancelled` if `cancel` is set.
        """
        deadline = self.clock.now() + self.max_elapsed
        tries = 0
        while True:
            cancel.raise_if_cancelled()
            try:
                return attempt(max(0.5, deadline - self.clock.now()))
            except GatewayError as failure:
                failed = failure
            cancel.raise_if_cancelled()  # a connection closed by `cancel` raises a GatewayError
            wait = self.delay(failed, tries)
            if wait is None or self.clock.now() + wait > deadline:
                raise failed
            self.clock.wait(wait, cancel)
            tries += 1

    def delay(self, failure: GatewayError, tries: int) -> float | None:
        """Return the seconds to wait after attempt number `tries` (from 0), None if `failure` is not transient."""
        if not self.is_transient(failure):
            return None
        retry_after = failure.retry_after if isinstance(failure, HttpStatusError) else None
        if retry_after is not None:
            return retry_after
        # Half of the wait is random, so that many clients do not retry at the same time.
        return min(FIRST_WAIT_SECONDS * 2.0 ** min(tries, 16), MAX_WAIT_SECONDS) * (0.5 + 0.5 * self.jitter())

    def is_transient(self, failure: GatewayError) -> bool:
        """Return True if a retry of the same request may succeed."""
        if isinstance(failure, ServerError):
            return failure.status not in self.non_retryable
        return isinstance(failure, (TooManyRequests, Unreachable, IncompleteResponse)) and not isinstance(
            failure, TlsFailed
        )


def read_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Parse a `Retry-After` header (a number or an HTTP date) into seconds; None if missing or invalid."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError, TypeError, LookupError):  # all raised by the standard library's parser
        return None
