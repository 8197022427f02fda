"""Details of listed sessions: the list has no AI analysis and only half of each review, so each session is read itself.

The requests are bounded: at most `MAX_PARALLEL` at a time, each at most `MAX_SECONDS`, and none after
`MAX_FAILURES_IN_A_ROW`, because a gateway that is overloaded must not get thousands of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import Forbidden, InvalidResponse, NotFound, Unauthorized

MAX_PARALLEL = 4
MAX_SECONDS = 5.0
"""Time of one request, retries included."""
MAX_FAILURES_IN_A_ROW = 8
MAX_CACHED = 5_000


class SessionReader(Protocol):
    """Interface of `ReadApi` that the details use."""

    def session(
        self, session_id: str, *, cancel: CancelToken | None = None, max_seconds: float | None = None
    ) -> Session:
        """Return a session without its stream."""


class SessionDetails:
    """Reads the sessions of list rows, each once as long as its end date stays the same. Safe to use from threads.

    `failure` is the message of the error after which no more requests are made, empty before.
    """

    def __init__(self, reader: SessionReader) -> None:
        self.failure = ""
        self._reader = reader
        self._cache: OrderedDict[str, tuple[object, Session]] = OrderedDict()
        self._failures_in_a_row = 0

    def cached(self, row: Session) -> Session | None:
        """Return the session of a row if it was read and has not ended since."""
        end, session = self._cache.get(str(row.fields.id), (None, None))
        return session if session is not None and end == row.raw.get("end_date") else None

    def read(self, row: Session, cancel: CancelToken | None = None) -> Session:
        """Return the session of a row. Raises `GatewayError`, `Cancelled`."""
        known = self.cached(row)
        if known is not None:
            return known
        if self.failure:
            raise GatewayError(self.failure)
        session_id = str(row.fields.id)
        try:
            session = self._reader.session(session_id, cancel=cancel, max_seconds=MAX_SECONDS)
            if not session.fields.id:
                raise InvalidResponse("The gateway sent another session than the requested one.")
        except GatewayError as error:
            self._count(error)
            raise
        self._failures_in_a_row = 0
        self._cache[session_id] = row.raw.get("end_date"), session
        if len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)
        return session

    def complete(self, row: Session, cancel: CancelToken | None = None) -> Session:
        """Return a row with the fields of its session. Raises `GatewayError`, `Cancelled`."""
        return row.completed_by(self.read(row, cancel))

    def complete_all(
        self, rows: Sequence[Session], cancel: CancelToken | None = None
    ) -> Generator[Session, None, None]:
        """Yield the rows in order, completed; one whose session cannot be read stays as it is. Raises `Cancelled`."""
        outer, token = cancel or CancelToken(), CancelToken()

        def complete(row: Session) -> Session:
            try:
                return self.complete(row, token)
            except GatewayError:
                return row

        with outer.on_cancel(token.cancel), ThreadPoolExecutor(MAX_PARALLEL) as pool:
            try:
                yield from pool.map(complete, rows)
            except BaseException:  # also if the caller needs no more
                token.cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def resume(self) -> None:
        """Allow requests again, and forget running sessions, because their review and risk can change."""
        self.failure, self._failures_in_a_row = "", 0
        for session_id, (end, _) in list(self._cache.items()):
            if end is None:
                self._cache.pop(session_id, None)

    def forget(self, session_id: str) -> None:
        """Read a session again when it is needed next."""
        self._cache.pop(session_id, None)

    def _count(self, error: GatewayError) -> None:
        if isinstance(error, (Forbidden, NotFound)):
            return  # about this session only
        self._failures_in_a_row += 1
        if isinstance(error, Unauthorized) or self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self.failure = str(error)
