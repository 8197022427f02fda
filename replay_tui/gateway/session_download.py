"""Opening a session: first all but the stream, then the stream, decoded while the rest arrives."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.errors import GatewayError, UnreadableSource
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import DownloadStopped, RequestCancelled
from replay_tui.gateway.resumable_body import Progress, ResumableBody, expected_size
from replay_tui.sources import read_stream
from replay_tui.sources.loaded_session import LoadedSession, TimeUnit


class SessionDownload:
    """`session` first, then iterate for the growing `LoadedSession`. What came before a failure stays; see `failure`.

    `cancel` ends everything; `give_up()`, from any thread, only ends the download, and what came is kept as after a
    failure. `failure` is why the stream is not whole; it is raised only where nothing of the stream came at all.
    """

    def __init__(
        self,
        client: GatewayClient,
        session_id: str,
        *,
        times: TimeUnit = "s",
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
        self._event_stream = event_stream
        self._progress = progress
        self._session: Session | None = None
        self._download = CancelToken()

    def stop(self) -> None:
        """Do not wait for the rest of the stream."""
        self._download.cancel()

    @property
    def session(self) -> Session:
        """The session without its stream; asked for at the first use."""
        if self._session is None:
            self._session = self._client.session(self._id, cancel=self.cancel)
        return self._session

    def __iter__(self) -> Iterator[LoadedSession]:
        fields = self.session.fields
        size = fields.metrics.event_size if fields.metrics else fields.event_size
        self.body = self._client.session_body(
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
            for loaded in read_stream(self._iter_chunks(body), self._id, body.total, self._times):
                # What stands behind the stream is known from before.
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

    def _iter_chunks(self, body: ResumableBody) -> Iterator[bytes]:
        """The bytes until a failure, which is noted: the decoder then makes the most of what came."""
        try:
            yield from body
        except GatewayError as failure:
            self.failure = failure
        except RequestCancelled:
            if self.cancel.is_set:
                raise
            self.failure = DownloadStopped("The download was stopped.")


def read_whole(client: GatewayClient, session_id: str, cancel: CancelToken) -> LoadedSession | None:
    """The session with all of its stored stream; None where the answer was empty. Raises where it was cut off."""
    opening = SessionDownload(client, session_id, cancel=cancel)
    last = None
    for loaded in opening:
        last = loaded
    if opening.failure is not None:
        raise opening.failure
    return last
