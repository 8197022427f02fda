"""Asking again: which failures pass by themselves, how long to wait between attempts, and when to stop."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

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
"""Seconds in all that a read may spend on asking again."""
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.3, 4.0

Result = TypeVar("Result")


@dataclass(slots=True)
class RetryPolicy:
    """Repeats reads. `patience` is in seconds; `spread` gives the jitter, a number in 0..1; `lasting` are the server
    errors that do not pass."""

    clock: Clock = field(default_factory=SystemClock)
    max_elapsed: float = MAX_ELAPSED_SECONDS
    jitter: Callable[[], float] = random.random
    non_retryable: frozenset[int] = frozenset((501, 505))

    def run(self, attempt: Callable[[float], Result], cancel: CancelToken) -> Result:
        """The result of `attempt(seconds left)`, repeated while it fails in a way that may pass.

        Raises the last failure once the patience is used up or `Retry-After` asks for more than is left.
        """
        deadline = self.clock.now() + self.max_elapsed
        tries = 0
        while True:
            cancel.raise_if_cancelled()
            try:
                return attempt(max(0.5, deadline - self.clock.now()))
            except GatewayError as failure:
                failed = failure
            cancel.raise_if_cancelled()  # a read that was closed under way looks like a failure
            wait = self.delay(failed, tries)
            if wait is None or self.clock.now() + wait > deadline:
                raise failed
            self.clock.wait(wait, cancel)
            tries += 1

    def delay(self, failure: GatewayError, tries: int) -> float | None:
        """Seconds to wait after the attempt number `tries` (from 0), None where asking again is of no use."""
        if not self.is_transient(failure):
            return None
        told = failure.retry_after if isinstance(failure, HttpStatusError) else None
        if told is not None:
            return told
        # Half of the wait is fixed, half is chance, so that many clients do not come back together.
        return min(FIRST_WAIT_SECONDS * 2.0 ** min(tries, 16), MAX_WAIT_SECONDS) * (0.5 + 0.5 * self.jitter())

    def is_transient(self, failure: GatewayError) -> bool:
        """Whether the same request may succeed a moment later."""
        if isinstance(failure, ServerError):
            return failure.status not in self.non_retryable
        return isinstance(failure, (TooManyRequests, Unreachable, IncompleteResponse)) and not isinstance(
            failure, TlsFailed
        )


def read_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks for (a number or an HTTP date), None where it says nothing readable."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError, TypeError, LookupError):  # the standard library's parser lets all of them out
        return None
