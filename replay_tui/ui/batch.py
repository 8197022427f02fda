"""Sessions of one batch or correlation id, listed by the gateway or searched in the files of a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.session_list import Filters, pages
from replay_tui.sources.chunk_reader import ChunkReader, file_chunks
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

MAX_BATCH_SESSIONS = 1000
"""Sessions of one batch that become the session list."""

ProgressCallback = Callable[[int, int], None]
"""Called with the number of files searched and their total."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the sessions have in common: the `field`, a filter of the gateway, and its `value` as received."""

    field: str
    value: str

    @staticmethod
    def of(session: Session) -> Batch:
        """Return the batch of a session, else its correlation id. Raises `UsageError` if it has neither."""
        fields = session.fields
        if fields.session_batch_id:
            return Batch("batch_id", fields.session_batch_id)
        if fields.correlation_id:
            return Batch("correlation_id", fields.correlation_id)
        raise UsageError("This session belongs to no batch and has no correlation id.")

    @property
    def display_text(self) -> str:
        """Name for messages, such as `batch nightly-7`; not sanitised."""
        return f"{'batch' if self.field == 'batch_id' else 'correlation id'} {self.value}"

    def contains(self, session: Session) -> bool:
        """Return True if `session` belongs to the batch."""
        fields = session.fields
        return self.value == (fields.session_batch_id if self.field == "batch_id" else fields.correlation_id)


def batch_of(
    ref: SessionRef, session: Session, cancel: CancelToken, on_progress: ProgressCallback = lambda _done, _total: None
) -> tuple[Batch, list[SessionRef], int]:
    """Return the batch of a session, the references to its sessions by start time, and the position of `ref` in them.

    `session` is the one that `ref` opens. Raises `UsageError` if it has no batch, `GatewayError` if the request fails;
    stops early if cancelled.
    """
    batch = Batch.of(session)
    if ref.client is not None:
        found = list(_find_on_gateway(ref.client, batch, cancel))
    elif ref.path == "-":
        raise UsageError("A session from standard input has no folder to search for its batch.")
    else:
        found = list(_find_in_folder(ref, batch, cancel, on_progress))
    own = str(session.fields.id) if ref.client is not None else ref.path
    if own not in (one.path for _, one in found):
        found.append((_start(session), SessionRef(ref.path, session.title, ref.times, client=ref.client)))
    refs = [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].path))]
    return batch, refs, [one.path for one in refs].index(own)


def _find_on_gateway(client: GatewayClient, batch: Batch, cancel: CancelToken) -> Iterator[tuple[float, SessionRef]]:
    count = 0
    for page in pages(client.read, Filters(**{batch.field: batch.value}), cancel=cancel):  # type: ignore[arg-type]
        for session in page.sessions:
            if session.fields.id and batch.contains(session) and count < MAX_BATCH_SESSIONS:
                count += 1
                yield _start(session), SessionRef(str(session.fields.id), session.title, client=client)


def _find_in_folder(
    ref: SessionRef, batch: Batch, cancel: CancelToken, on_progress: ProgressCallback
) -> Iterator[tuple[float, SessionRef]]:
    folder = os.path.dirname(ref.path)
    try:
        paths = sorted(
            os.path.join(folder, entry.name)
            for entry in os.scandir(folder or ".")
            if entry.is_file() and not entry.name.startswith(".")
        )
    except OSError:
        return
    for number, path in enumerate(paths):
        if cancel.is_set:
            return
        on_progress(number, len(paths))
        # Searching the bytes for the id is a hundred times faster than reading the session.
        if not _mentions(path, batch.value):
            continue
        with suppress(ReplayError):
            session = SessionSource(path).read(cancel).session
            if batch.contains(session):
                yield _start(session), SessionRef(path, session.title, ref.times)


def _mentions(path: str, text: str) -> bool:
    wanted = text.encode("utf-8", "replace")
    if not text.isascii() or '"' in text or "\\" in text:
        return True  # JSON may escape it
    try:
        with Path(path).open("rb") as file:
            return _contains(ChunkReader(file_chunks(file)), wanted)
    except OSError:
        return False


def _contains(chunks: Iterable[bytes], wanted: bytes) -> bool:
    before = b""
    for chunk in chunks:
        if wanted in before + chunk:
            return True
        before = chunk[-len(wanted) :]
    return False


def _start(session: Session) -> float:
    start = session.fields.start_date
    return start.timestamp() if isinstance(start, datetime) else 0.0
