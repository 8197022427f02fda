"""Follower of a running session: merges stored stream and live events, reconnects, and detects the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.domain.errors import Cancelled, GatewayError
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.text_encoding import UTF8, Transcoder
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import HttpStatusError
from replay_tui.gateway.stream_merge import StreamMerger, merge_streams

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

CHECK_INTERVAL_SECONDS = 55.0
"""Time after which events before the subscription are stored for certain: the gateway stores every 50 s."""
MAX_CHECKS = 2
MAX_IMMEDIATE_FETCH_BYTES = 8 << 20
"""Size of a stream that is fetched again on subscribing; a larger one is fetched at the first check."""
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.5, 15.0
MAX_RETRY_AFTER_SECONDS = 120.0
"""Longest wait that a busy gateway can ask for."""
FINAL_WAITS_SECONDS = (0.0, 0.5, 1.0, 2.0)


class LiveState(StrEnum):
    """State of a follower."""

    LIVE = "live"
    RECONNECTING = "reconnecting"
    LOST = "lost"
    """The connection is lost and not retried; the session may still run."""
    ENDED = "ended"


class LiveStateChanged(Struct, frozen=True):
    """Change of the state. `reason` is a sentence, `wait` the seconds until the next attempt to connect."""

    state: LiveState
    reason: str = ""
    wait: float = 0.0


class EventsAppended(Struct, frozen=True):
    """`count` events appended to the stream."""

    count: int


class StreamReplaced(Struct, frozen=True):
    """New `stream` in place of the followed one, which lacked events in its middle."""

    stream: EventStream


class SessionEnded(Struct, frozen=True):
    """End of the session; `session` is its final record."""

    session: Session


Message = LiveStateChanged | EventsAppended | StreamReplaced | SessionEnded


class LiveFollower:
    """Follower of one session. `run` blocks and calls `on_message` from its thread.

    `stream` is the part of the session's stream that was read before. It only grows, through `EventStream.append`.
    `encoding` is that of the recorded terminal's text.
    """

    def __init__(
        self,
        client: GatewayClient,
        session: Session,
        stream: EventStream,
        on_message: Callable[[Message], None],
        *,
        encoding: str = UTF8,
        cancel: CancelToken | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.session = session
        self.stream = stream
        self.cancel = cancel or CancelToken()
        self._client = client
        self._encoding = encoding
        converts = encoding not in (UTF8, stream.encoding)  # the payloads of a wire are kept as they are
        self._transcoder = Transcoder(encoding) if converts else None
        self._post = on_message
        self._jitter = jitter
        self._clock = client.transport.retry.clock
        self._stored = len(stream)
        self._merger = StreamMerger(stream)
        self._tries = 0
        self._checks = 0
        self._next_check = 0.0

    def stop(self) -> None:
        """End `run` immediately, from any thread."""
        self.cancel.cancel()

    def run(self) -> None:
        """Follow until the session ends or `stop` is called. Raises errors that are not transient (401, 403, 404)."""
        try:
            while not self._follow_until_end():
                pass
        except Cancelled:
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
        if isinstance(failed, HttpStatusError) and failed.retry_after:
            wait = max(wait, min(failed.retry_after, MAX_RETRY_AFTER_SECONDS))
        self._tries += 1
        self._post(LiveStateChanged(LiveState.RECONNECTING, str(failed), wait))
        self._clock.wait(wait, self.cancel)
        return False

    def _follow(self) -> bool:
        from replay_tui.gateway.live_stream import LiveEvent, LiveSessionEnd, parse_message, subscription  # loads httpx

        is_reconnect = self._tries > 0
        with subscription(self._client, self._id, self.cancel, self._check) as messages:
            self._checks, self._next_check = MAX_CHECKS, self._clock.now() + CHECK_INTERVAL_SECONDS
            if is_reconnect or len(self.stream.output) + len(self.stream.other) < MAX_IMMEDIATE_FETCH_BYTES:
                self._fetch()
            self._post(LiveStateChanged(LiveState.LIVE))
            for message in messages:
                self._tries = 0  # only a connection that delivers a message counts as a success
                event = parse_message(message, self.session.fields.start_date)
                if isinstance(event, LiveSessionEnd):
                    self._end()
                    return True
                if isinstance(event, LiveEvent) and self._transcoder:
                    event = replace(event, data=self._transcoder.convert(event.kind, event.data))
                if isinstance(event, LiveEvent) and not self._merger.has(event):
                    self.stream.append(event.time, event.kind, event.data)
                    self._post(EventsAppended(1))
        return False

    @property
    def _id(self) -> str:
        return self.session.fields.id or ""

    def _fetch(self) -> None:
        """Fetch the stored stream and merge it into `stream`."""
        from replay_tui.gateway.session_download import read_whole  # loads httpx

        loaded = read_whole(self._client, self._id, self.cancel, self._encoding)
        if loaded is None:
            return
        merged = merge_streams(self.stream, self._stored, loaded.stream)
        self._stored = merged.stored
        if merged.replaced is not None:
            self.stream = merged.replaced
            self._post(StreamReplaced(self.stream))
        self._merger = StreamMerger(self.stream)
        if merged.appended:
            self._post(EventsAppended(merged.appended))
        self.session = loaded.session

    def _check(self) -> None:
        """Fetch events from before the subscription if a check is due. Called for every received chunk."""
        if self._checks <= 0 or self._clock.now() < self._next_check:
            return
        self._checks -= 1
        self._next_check = self._clock.now() + CHECK_INTERVAL_SECONDS
        try:
            self._fetch()
        except GatewayError:
            pass  # fetched by the next check or at the end of the session

    def _end(self) -> None:
        reason = ""
        for wait in FINAL_WAITS_SECONDS:
            self._clock.wait(wait, self.cancel)
            try:
                self._fetch()
            except GatewayError as failure:
                reason = f"Reading the final record failed: {failure}"
                break
            if not self.session.is_open:
                break
        self.stream.complete = True
        self._post(LiveStateChanged(LiveState.ENDED, reason))
        self._post(SessionEnded(self.session))
