"""Download of a session: first the metadata, then the stream, decoded while it arrives."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.errors import Cancelled, GatewayError, UnreadableSource
from replay_tui.domain.session import Session
from replay_tui.domain.text_encoding import UTF8
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import DownloadStopped
from replay_tui.gateway.resumable_body import Progress, ResumableBody, expected_size
from replay_tui.sources import read_stream
from replay_tui.sources.loaded_session import LoadedSession, TimeUnit


class SessionDownload:
    """Download of one session. `session` is the metadata; iteration yields the growing `LoadedSession`.

    After a failure the received part is kept and `failure` holds the error; iteration raises it only if no part of the
    stream was received. `cancel` ends iteration with `Cancelled`; `stop` ends the download and keeps the received part.
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

    def stop(self) -> None:
        """Stop the download and keep the received part. Call from any thread."""
        self._download.cancel()

    @property
    def session(self) -> Session:
        """Session without its stream, requested on first use. Raises `GatewayError`."""
        if self._session is None:
            self._session = self._client.read.session(self._id, cancel=self.cancel)
        return self._session

    def __iter__(self) -> Iterator[LoadedSession]:
        fields = self.session.fields
        size = fields.metrics.event_size if fields.metrics else fields.event_size
        self.body = self._client.read.session_body(
            self._id,
            event_stream=self._event_stream,
            expected=expected_size(size, fields.script_size),
            cancel=self._download,
            progress=self._progress,
        )
        with self.cancel.on_cancel(self._download.cancel):
            yield from self._iter_loaded(self.body)

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
        if self.failure is not None:
            loaded.stream.complete = False
            loaded.stream.log.add("cut-off", f"the download was cut off: {self.failure}")
        if body.note:
            loaded.stream.log.add("too-large", body.note)
        yield loaded

    def _read(self, body: ResumableBody) -> Iterator[LoadedSession]:
        return read_stream(self._iter_chunks(body), self._id, body.total, self._times, self._encoding)

    def _iter_chunks(self, body: ResumableBody) -> Iterator[bytes]:
        """Yield the bytes until a failure, which is stored so that the decoder can use the received part."""
        try:
            yield from body
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
