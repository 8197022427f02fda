"""Following a session that is still running, from a worker thread: stored stream, live events, reconnects, the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import RequestCancelled
from replay_tui.gateway.live_stream import LiveEvent, LiveSessionEnd, read_message, subscription
from replay_tui.gateway.session_download import read_whole
from replay_tui.gateway.stream_merge import StreamMerger, merge

STORED_EVERY_SECONDS = 55.0
"""Seconds after which what happened before a subscription is stored for certain (the gateway stores every 50 s)."""
MAX_CHECKS = 2
CHEAP_FETCH_BYTES = 8 << 20
"""Bytes of a stream that is cheap to fetch again at once; a larger one waits for the first check."""
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.5, 15.0
FINAL_WAITS_SECONDS = (0.0, 0.5, 1.0, 2.0)


class LiveState(StrEnum):
    """How the following goes."""

    LIVE = "live"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LiveStateChanged:
    """The state changed. `reason` is a sentence, `wait` the seconds until the next attempt to connect."""

    state: LiveState
    reason: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class EventsAppended:
    """`count` events were added at the end of the stream."""

    count: int


@dataclass(frozen=True, slots=True)
class StreamReplaced:
    """Events turned out to be missing inside the stream: from now on `stream` is the one that grows."""

    stream: EventStream


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over; `session` is its final record."""

    session: Session


Message = LiveStateChanged | EventsAppended | StreamReplaced | SessionEnded


class LiveFollower:
    """`run()` blocks until the session ends or `stop()` is called; `on_message` is called from that thread.

    `stream` is the session's stream as far as it was read; new events are appended to it (`EventStream.append`), and
    it is never changed otherwise. Raises what does not pass by itself (401, 403, 404); `Cancelled` never gets out.
    """

    def __init__(
        self,
        client: GatewayClient,
        session: Session,
        stream: EventStream,
        on_message: Callable[[Message], None],
        *,
        cancel: CancelToken | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.session = session
        self.stream = stream
        self.cancel = cancel or CancelToken()
        self._client = client
        self._post = on_message
        self._jitter = jitter
        self._clock = client.transport.retry.clock
        self._stored = len(stream)
        self._merger = StreamMerger(stream)
        self._tries = 0
        self._checks = 0
        self._next_check = 0.0

    def stop(self) -> None:
        """End the following, from any thread, at once."""
        self.cancel.cancel()

    def run(self) -> None:
        """Follow until the end."""
        try:
            while not self._follow_until_end():
                pass
        except RequestCancelled:
            return

    def _follow_until_end(self) -> bool:
        try:
            return self._follow()
        except GatewayError as failure:
            failed = failure
        self.cancel.raise_if_cancelled()
        if not self._client.transport.retry.is_transient(failed):
            raise failed
        wait = min(FIRST_WAIT_SECONDS * 2.0 ** min(self._tries, 16), MAX_WAIT_SECONDS) * (0.5 + 0.5 * self._jitter())
        self._tries += 1
        self._post(LiveStateChanged(LiveState.RECONNECTING, str(failed), wait))
        self._clock.wait(wait, self.cancel)
        return False

    def _follow(self) -> bool:
        again = self._tries > 0
        with subscription(self._client, self._id, self.cancel, self._check) as messages:
            self._checks, self._next_check = MAX_CHECKS, self._clock.now() + STORED_EVERY_SECONDS
            if again or len(self.stream.output) + len(self.stream.other) < CHEAP_FETCH_BYTES:
                self._fetch()
            self._post(LiveStateChanged(LiveState.LIVE))
            for message in messages:
                self._tries = 0  # only a connection that brings something is a good one
                read = read_message(message, self.session.fields.start_date)
                if isinstance(read, LiveSessionEnd):
                    self._end()
                    return True
                if isinstance(read, LiveEvent) and not self._merger.has(read):
                    self.stream.append(read.time, read.kind, read.data)
                    self._post(EventsAppended(1))
        return False

    @property
    def _id(self) -> str:
        return self.session.fields.id or ""

    def _fetch(self) -> None:
        """Read what is stored and bring the stream up to it."""
        loaded = read_whole(self._client, self._id, self.cancel)
        if loaded is None:
            return
        merged = merge(self.stream, self._stored, loaded.stream)
        self._stored = merged.stored
        if merged.replaced is not None:
            self.stream = merged.replaced
            self._post(StreamReplaced(self.stream))
        self._merger = StreamMerger(self.stream)
        if merged.appended:
            self._post(EventsAppended(merged.appended))
        self.session = loaded.session

    def _check(self) -> None:
        """A sign of life came: see, when it is time, whether something from before the subscription is missing."""
        if self._checks <= 0 or self._clock.now() < self._next_check:
            return
        self._checks -= 1
        self._next_check = self._clock.now() + STORED_EVERY_SECONDS
        try:
            self._fetch()
        except GatewayError:
            pass  # the next check, or the end of the session, will do

    def _end(self) -> None:
        reason = ""
        for wait in FINAL_WAITS_SECONDS:
            self._clock.wait(wait, self.cancel)
            try:
                self._fetch()
            except GatewayError as failure:
                reason = f"The final record could not be read: {failure}"
                break
            if not self.session.is_open:
                break
        self.stream.complete = True
        self._post(LiveStateChanged(LiveState.ENDED, reason))
        self._post(SessionEnded(self.session))
