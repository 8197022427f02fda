"""Download of a session: first the metadata, then the stream, decoded while it arrives.

A closed session of which the client has a copy is read from it. If the gateway does not answer, its metadata, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.errors import Cancelled, GatewayError, UnreadableSource
from replay_tui.domain.session import Session
from replay_tui.domain.text_encoding import UTF8
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import (
    DownloadStopped,
    IncompleteResponse,
    InvalidResponse,
    ServerError,
    TlsFailed,
    TooManyRequests,
    Unreachable,
)
from replay_tui.gateway.read_api import SIDE_REQUEST_SECONDS
from replay_tui.gateway.resumable_body import Progress, ResumableBody, expected_size
from replay_tui.gateway.session_cache import CachedSession, SessionWriter, StoredCopyDamaged, identity
from replay_tui.sources import read_stream
from replay_tui.sources.loaded_session import LoadedSession, TimeUnit

STORED_COPY = "stored-copy"
"""Code of the fidelity warning that the gateway did not answer, so that metadata and review may be old."""


class SessionDownload:
    """Download of one session. `session` is the metadata; iteration yields the growing `LoadedSession`.

    After a failure the received part is kept and `failure` holds the error; iteration raises it only if no part of the
    stream was received. `cancel` ends iteration with `Cancelled`; `stop` ends the download and keeps the received part.
    `is_offline` is True if the gateway did not answer and everything is from a stored copy.
    """

    def __init__(
        self,
        client: GatewayClient,
        session_id: str,
        *,
        times: TimeUnit = "s",
        encoding: str = UTF8,
        event_stream: str | None = None,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.cancel = cancel or CancelToken()
        self.failure: GatewayError | None = None
        self.body: ResumableBody | None = None
        self._client = client
        self._id = session_id
        self._times: TimeUnit = times
        self._encoding = encoding
        self._event_stream = event_stream
        self._progress = progress
        self._session: Session | None = None
        self._download = CancelToken()
        self.is_offline = False
        self._stored: CachedSession | None = None
        self._writer: SessionWriter | None = None

    def stop(self) -> None:
        """Stop the download and keep the received part. Call from any thread."""
        self._download.cancel()

    @property
    def session(self) -> Session:
        """Session without its stream, requested on first use. Raises `GatewayError`."""
        if self._session is None:
            cache = None if self._event_stream else self._client.cache
            stored = cache.find(self._client.credentials, self._id) if cache else None
            self._session = (
                self._with_copy(stored) if stored else self._client.read.session(self._id, cancel=self.cancel)
            )
        return self._session

    def check(self) -> None:
        """Raise `GatewayError` if the gateway does not return the session and there is no copy of it."""
        _ = self.session
        if self._stored is not None:
            self._stored.close()

    def _with_copy(self, stored: CachedSession) -> Session:
        """Return the session as the gateway describes it, or as stored if it does not answer within seconds."""
        try:
            answer = self._answer()
        except BaseException:
            stored.close()
            raise
        self.is_offline = answer is None
        session = answer or stored.session
        if stored.matches(session):
            self._stored = stored
        else:
            stored.close()
        return session

    def _answer(self) -> Session | None:
        """Request the metadata. Return None if the gateway does not answer within seconds, or fails."""
        try:
            return self._client.read.session(self._id, cancel=self.cancel, max_seconds=SIDE_REQUEST_SECONDS)
        except TlsFailed:
            raise
        except (Unreachable, ServerError, TooManyRequests, IncompleteResponse):
            return None

    def wait_for_gateway(self, seconds: float) -> bool:
        """Request the metadata every `seconds` until the gateway answers again; `session` is then current.

        Return True if the stored copy is of this session as it is now. Raises `GatewayError`, `Cancelled`.
        """
        clock = self._client.transport.retry.clock
        while self.is_offline:
            clock.wait(seconds, self.cancel)
            self.cancel.raise_if_cancelled()
            if session := self._answer():
                self._session, self.is_offline = session, False
        return self._stored is not None and self._stored.matches(self.session)

    def __iter__(self) -> Iterator[LoadedSession]:
        session, cache = self.session, self._client.cache
        if self._stored is not None:
            yield from self._iter_stored(self._stored)
            return
        fields = session.fields
        self.body = self._client.read.session_body(
            self._id,
            event_stream=self._event_stream,
            expected=expected_size(session.stored_bytes, fields.script_size),
            cancel=self._download,
            progress=self._progress,
        )
        if cache and not self._event_stream:
            self._writer = cache.writer(self._client.credentials, self._id, session)
        try:
            with self.cancel.on_cancel(self._download.cancel):
                yield from self._iter_loaded(self.body)
        except BaseException:
            self.discard()
            raise

    def keep(self) -> None:
        """Store a copy of the downloaded session, if the user enabled that, it is complete, and downloads are allowed.

        Call it after the session is shown: it asks the gateway whether downloads are allowed.
        """
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            self._client.read.check_downloads(cancel=self.cancel)
            writer.commit()
        except GatewayError:
            pass
        finally:
            writer.discard()

    def discard(self) -> None:
        """Delete a copy that is not stored yet."""
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def _iter_stored(self, stored: CachedSession) -> Iterator[LoadedSession]:
        total = expected_size(self.session.stored_bytes, self.session.fields.script_size)
        try:
            for loaded in read_stream(stored.chunks(), self._id, total, self._times, self._encoding):
                self.cancel.raise_if_cancelled()
                loaded.session = self.session
                if self.is_offline:
                    loaded.stream.log.replace(STORED_COPY, stored.note)
                yield loaded
        except StoredCopyDamaged:
            if self._client.cache:
                self._client.cache.remove(self._client.credentials, self._id)
            raise
        finally:
            stored.close()

    def _iter_loaded(self, body: ResumableBody) -> Iterator[LoadedSession]:
        loaded: LoadedSession | None = None
        try:
            for loaded in self._read(body):
                # The fields behind the stream have not arrived yet; use the metadata.
                loaded.session = loaded.session if loaded.stream.complete and not self.failure else self.session
                yield loaded
        except UnreadableSource:
            if self.failure is None:
                raise
        if self.failure is not None and (loaded is None or not body.received):
            raise self.failure
        if loaded is None:
            return
        if (loaded.session.fields.id or self._id).lower() != self._id.lower():
            raise InvalidResponse("The gateway sent another session than the requested one.")
        if self.failure is not None:
            loaded.stream.complete = False
            loaded.stream.log.add("cut-off", f"the download was cut off: {self.failure}")
        if body.note:
            loaded.stream.log.add("too-large", body.note)
        if not self._is_whole(loaded):
            self.discard()
        yield loaded

    def _is_whole(self, loaded: LoadedSession) -> bool:
        """Return True if the answer is the session that the metadata describe, with all of its stream."""
        unread = [one for one in loaded.stream.log.warnings if one.is_unread and one.code != "truncated"]
        return (
            self.failure is None
            and not unread
            and loaded.stream_format == "triples"
            and identity(loaded.session) == identity(self.session)
        )

    def _read(self, body: ResumableBody) -> Iterator[LoadedSession]:
        return read_stream(self._iter_chunks(body), self._id, body.total, self._times, self._encoding)

    def _iter_chunks(self, body: ResumableBody) -> Iterator[bytes]:
        """Yield the bytes until a failure, which is stored so that the decoder can use the received part."""
        try:
            for chunk in body:
                if self._writer is not None:
                    self._writer.write(chunk)
                yield chunk
        except GatewayError as failure:
            self.failure = failure
        except Cancelled:
            if self.cancel.is_set:
                raise
            self.failure = DownloadStopped("The download was stopped.")


def read_whole(
    client: GatewayClient, session_id: str, cancel: CancelToken, encoding: str = UTF8
) -> LoadedSession | None:
    """Return the session with its stored stream, None if the response is empty.

    Raises `GatewayError` if the stream is incomplete, and `Cancelled`.
    """
    download = SessionDownload(client, session_id, encoding=encoding, cancel=cancel)
    last = None
    for loaded in download:
        last = loaded
    if download.failure is not None:
        raise download.failure
    return last
