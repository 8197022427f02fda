"""Batch of a session: the sessions with the same batch or correlation id, on the gateway or in the files of a folder.

A result names every session and file that could not be listed, because a reviewer judges a batch as a whole.
"""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from replay_tui.archive.analyse import attempt
from replay_tui.archive.source import SessionSource
from replay_tui.domain.display_text import pluralize
from replay_tui.domain.errors import UsageError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.session_list import Filters, pages
from replay_tui.sources import LoadedSession
from replay_tui.sources.chunk_reader import ChunkReader, file_chunks

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

MAX_BATCH_SESSIONS = 1000
"""Listed sessions of one batch on a gateway, besides the one that is open."""

ProgressCallback = Callable[[int, int], None]
"""Called with the number of files searched and their total."""


class Batch(Struct, frozen=True):
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


class BatchMember(Struct, frozen=True):
    """One session of a batch: where to read it, and its metadata."""

    source: SessionSource
    session: Session

    @property
    def order(self) -> tuple[float, str]:
        """Sort key: start in seconds since 1970 (0 if unknown), then the location."""
        start = self.session.fields.start_date
        return start.timestamp() if isinstance(start, datetime) else 0.0, self.source.location


class BatchResult(Struct, frozen=True):
    """The `members` of a batch by start time; `at` is the position of the session for which they were searched.

    `skipped` are sentences about sessions and files that are not among them, although they may belong to the batch;
    not sanitised.
    """

    batch: Batch
    members: tuple[BatchMember, ...]
    at: int
    skipped: tuple[str, ...] = ()


def find_batch(
    source: SessionSource,
    session: Session,
    cancel: CancelToken,
    on_progress: ProgressCallback = lambda _done, _total: None,
) -> BatchResult:
    """Return the batch of `session`, which was read from `source`.

    Raises `UsageError` if it has no batch, `GatewayError` if a request fails, `Cancelled` if `cancel` is set.
    """
    search = _BatchSearch(Batch.of(session), BatchMember(source, session), cancel)
    if source.client is not None:
        search.search_gateway(source.client)
    elif source.location == "-":
        raise UsageError("A session from standard input has no folder to search for its batch.")
    else:
        search.search_folder(os.path.dirname(source.location), on_progress)
    members = sorted(search.members, key=lambda one: one.order)
    return BatchResult(search.batch, tuple(members), members.index(search.own), tuple(search.skipped))


class _BatchSearch(Struct):
    """Search for the batch of the session `own`, which is always a member and not read again."""

    batch: Batch
    own: BatchMember
    cancel: CancelToken
    members: list[BatchMember] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.members.append(self.own)

    def search_gateway(self, client: GatewayClient) -> None:
        without_id, own = 0, {self.own.source.location, self.own.session.fields.id}
        filters = Filters(**{self.batch.field: self.batch.value})  # type: ignore[arg-type]
        for page in pages(client.read, filters, cancel=self.cancel):
            for session in page.sessions:
                number = session.fields.id
                if (number and number in own) or not self.batch.contains(session):
                    continue
                if not number:
                    without_id += 1
                elif len(self.members) <= MAX_BATCH_SESSIONS:
                    self.members.append(BatchMember(replace(self.own.source, location=number), session))
                else:
                    of = f" of {page.total_text}" if page.total is not None else ""
                    self.skipped.append(f"The list holds {len(self.members):,}{of} sessions; older ones are omitted.")
                    return
            if page.at_limit:
                self.skipped.append("The gateway lists no more sessions; the batch may have others.")
        if without_id:
            self.skipped.append(f"{pluralize(without_id, 'session')} without an id cannot be opened.")

    def search_folder(self, folder: str, on_progress: ProgressCallback) -> None:
        paths = list(self._files(folder))
        for number, path in enumerate(paths):
            on_progress(number, len(paths))
            self.cancel.raise_if_cancelled()
            self._examine(replace(self.own.source, location=path, name=""))

    def _files(self, folder: str) -> Iterator[str]:
        """Yield the regular files of a folder in order of name, without hidden files and the open session's file."""
        try:
            own = os.stat(self.own.source.location)
            entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
        except OSError as error:
            self._skip(folder or ".", _reason(error))
            return
        for entry in entries:
            path = os.path.join(folder, entry.name)
            try:
                status = entry.stat()
            except OSError as error:  # a broken link
                self._skip(path, _reason(error))
                continue
            hidden = entry.name.startswith(".")
            if stat.S_ISREG(status.st_mode) and not hidden and not os.path.samestat(status, own):
                yield path

    def _examine(self, source: SessionSource) -> None:
        """Read a file if it may contain a session of the batch."""
        path = source.location
        try:
            if not _may_be_member(path, self.batch.value):
                return
        except OSError as error:
            self._skip(path, _reason(error))
            return
        loaded = attempt(source, lambda: source.read(self.cancel), operation="Reading")
        if isinstance(loaded, str):
            self._skip(path, loaded)
        elif self.batch.contains(loaded.session):
            self.members.append(BatchMember(source, loaded.session))
        elif _has_lost_fields(loaded):
            self._skip(path, "The file is incomplete and its batch is missing; it may belong to this one.")

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(reason if path in reason else f"{path}: {reason}")


def _may_be_member(path: str, value: str) -> bool:
    """Return True if a file contains the text `value`, or is a JSON object that ends too early. Raises `OSError`.

    Searching the bytes is a hundred times faster than reading the session.
    """
    if not _is_verbatim_in_json(value):
        return True
    wanted, before, nesting = value.encode(), b"", _Nesting()
    with Path(path).open("rb") as file:
        reader = ChunkReader(file_chunks(file))
        for chunk in reader:
            if wanted in before + chunk:
                return True
            before = (before + chunk)[1 - len(wanted) :] if len(wanted) > 1 else b""
            nesting.add(chunk)
    return nesting.starts_as_object and (bool(reader.errors) or not nesting.is_complete)


class _Nesting(Struct):
    """Nesting of a JSON text in chunks. Its fields are sorted by name: a truncated session has lost its batch."""

    depth: int = 0
    in_string: bool = False
    starts_as_object: bool = True
    _started: bool = False
    _rest: bytes = b""

    def add(self, chunk: bytes) -> None:
        """Count the brackets of a chunk outside strings."""
        if not self._started and (text := chunk.removeprefix(BOM_UTF8).lstrip()):
            self._started, self.starts_as_object = True, text.startswith(b"{")
        if not self.starts_as_object:
            return
        chunk = self._rest + chunk
        kept = len(chunk.rstrip(b"\\"))
        chunk, self._rest = chunk[:kept], chunk[kept:]  # a backslash belongs to the character after it
        parts = chunk.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b"".join(parts[self.in_string :: 2])
        self.depth += sum(outside.count(one) for one in (b"{", b"["))
        self.depth -= sum(outside.count(one) for one in (b"}", b"]"))
        self.in_string ^= len(parts) % 2 == 0

    @property
    def is_complete(self) -> bool:
        """Return True if every bracket and string is closed."""
        return self._started and not self.depth and not self.in_string


def _is_verbatim_in_json(value: str) -> bool:
    """Return True if every JSON writer writes `value` as it is: Go escapes `<>&`, some others `/`."""
    return value.isascii() and value.isprintable() and not set(value) & set('"\\/<>&')


def _has_lost_fields(loaded: LoadedSession) -> bool:
    """Return True if a gateway's session names no batch, and parts of it could not be read."""
    fields = loaded.session.fields
    if fields.session_batch_id or fields.correlation_id or loaded.is_recorder_file:
        return False
    return any(one.is_unread for one in loaded.stream.log.warnings)


def _reason(error: OSError) -> str:
    return f"{error.strerror or type(error).__name__}."
