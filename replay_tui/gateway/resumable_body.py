"""Streamed response body with progress, a size limit, and resumption after a broken connection."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import closing

from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.request import Request

JSON_BYTES_PER_EVENT_BYTE = 1.37
"""Bytes of JSON per byte of recorded data, measured on a 110 MiB session."""
EXTRA_LIMIT_BYTES = 64 << 20
UNKNOWN_SIZE_LIMIT_BYTES = 1 << 30
Progress = Callable[[int, int | None], None]
"""Callback for (bytes received, bytes expected or None if unknown)."""


class ResumableBody:
    """Iterable of the body's bytes, for one iteration.

    `received` and `total` are bytes (received, expected); `note` is a sentence if the body was truncated.

    After a broken connection the request is sent again, and the bytes received before are skipped once their checksum
    matches. Iteration raises the last `GatewayError` if the retries fail; the caller keeps the bytes received before.
    """

    def __init__(
        self,
        transport: HttpTransport,
        request: Request,
        *,
        expected: int | None = None,
        kind: str = "json",
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.received = 0
        self.total = expected
        self.resumed = 0
        self.note: str | None = None
        self._transport = transport
        self._request = request
        self._kind = kind
        self._cancel = cancel or CancelToken()
        self._progress = progress
        self._limit = UNKNOWN_SIZE_LIMIT_BYTES if expected is None else 3 * expected + EXTRA_LIMIT_BYTES
        self._digest = 0

    def __iter__(self) -> Iterator[bytes]:
        retry = self._transport.retry
        deadline, tries = retry.clock.now() + retry.max_elapsed, 0
        while True:
            failed: GatewayError | None = None
            before = self.received
            try:
                yield from self._attempt(max(0.5, deadline - retry.clock.now()))
            except GatewayError as failure:
                failed = failure
            if failed is None:
                return
            self._cancel.raise_if_cancelled()
            if self.received > before:
                deadline, tries = retry.clock.now() + retry.max_elapsed, 0
            wait = retry.delay(failed, tries)
            if wait is None or retry.clock.now() + wait > deadline:
                raise failed
            retry.clock.wait(wait, self._cancel)
            tries += 1
            self.resumed += bool(self.received)

    def _attempt(self, left: float) -> Iterator[bytes]:
        transport = self._transport
        with transport.stream(self._request, transport.timeouts.read, self._cancel, left=left) as response:
            transport.expect(response, self._kind, "a session")
            content_length = response.headers.get("content-length", "")
            if content_length.isascii() and content_length.isdigit() and len(content_length) < 16:
                self.total = int(content_length)
            with closing(transport.chunks(response, self._cancel)) as chunks:  # type: ignore[type-var]  # a generator
                for chunk in self._skip_received(chunks):
                    room = self._limit - self.received
                    kept = chunk[:room]
                    self._digest = zlib.crc32(kept, self._digest)
                    self.received += len(kept)
                    if self.total is not None:
                        self.total = max(self.total, self.received)  # `total` may be an estimate
                    if self._progress:
                        self._progress(self.received, self.total)
                    if kept:
                        yield kept
                    if len(chunk) > room:
                        self.note = f"The response was larger than {self._limit >> 20} MiB and was truncated there."
                        return

    def _skip_received(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        skip, checksum = self.received, 0
        for chunk in chunks:
            if skip:
                repeated = chunk[:skip]
                checksum = zlib.crc32(repeated, checksum)
                skip -= len(repeated)
                if not skip and checksum != self._digest:
                    raise _body_changed()
                if len(chunk) > len(repeated):
                    yield chunk[len(repeated) :]
            else:
                yield chunk
        if skip:
            raise _body_changed()


class BodyChanged(GatewayError):
    """The repeated response differs from the one received before."""


def _body_changed() -> BodyChanged:
    return BodyChanged("The connection broke and the session changed meanwhile; open it again to see the rest.")


def expected_size(event_size: int | None, script_size: int | None = None) -> int | None:
    """Return the expected bytes of a response with the stream, None if the session has no size."""
    if event_size is None or event_size < 0:
        return None
    return int(event_size * JSON_BYTES_PER_EVENT_BYTE) + max(0, script_size or 0) + 4096
