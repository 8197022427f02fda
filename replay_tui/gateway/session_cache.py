"""Copies of closed sessions on this computer, if the user enabled them: the answers of the gateway as received.

A copy is found by the gateway's address and the session's id, and used only for a session of the same size and end. The
token is never part of it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

from msgspec import Struct

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import GatewayError
from replay_tui.domain.session import Session
from replay_tui.gateway.credentials import Credentials

_HEAD_LIMIT_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 18
_GZIP = 31
"""`wbits` of zlib for the gzip format, whose checksum detects damage."""


class WritableFile(Protocol):
    """File that is written in parts and stored by `commit`; errors only discard it."""

    def write(self, data: bytes) -> None: ...
    def commit(self) -> None: ...
    def discard(self) -> None: ...


class Files(Protocol):
    """Stored files by key, private to the user and limited in size."""

    def open(self, key: str) -> BinaryIO | None: ...
    def create(self, key: str) -> WritableFile: ...
    def remove(self, key: str) -> None: ...


class StoredCopyDamaged(GatewayError):
    """The stored copy of a session is damaged."""


class CachedSession(Struct):
    """Stored copy: the metadata and moment of its download, and the bytes of the answer, which can be read once."""

    session: Session
    received: datetime
    _file: BinaryIO

    @property
    def note(self) -> str:
        """Warning for a session that is shown from this copy alone."""
        review = self.session.fields.review
        state = f"; its review was {sanitize(review.status)} then" if review and review.status else ""
        return (
            f"the gateway did not answer; the copy received {self.received:%Y-%m-%d %H:%M} UTC is shown, "
            f"and metadata and review are from then{state}"
        )

    def matches(self, session: Session) -> bool:
        """Return True if `session`, as the gateway describes it now, has this recording."""
        return identity(session) == identity(self.session)

    def chunks(self) -> Iterator[bytes]:
        """Yield the answer as received. Raises `StoredCopyDamaged`."""
        unpack = zlib.decompressobj(_GZIP)
        try:
            while block := self._file.read(_CHUNK_BYTES):
                while block and not unpack.eof:
                    if data := unpack.decompress(block, _CHUNK_BYTES * 4):
                        yield data
                    block = unpack.unconsumed_tail
            if data := unpack.flush():
                yield data
        except (OSError, zlib.error):
            pass
        finally:
            self._file.close()
        if not unpack.eof:
            raise StoredCopyDamaged(
                "The stored copy of this session is damaged and was deleted; open the session again."
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class SessionWriter:
    """Compresses an answer into a new file while it arrives. Discards it if the token occurs in it."""

    def __init__(self, file: WritableFile, token: str, head: bytes) -> None:
        self._file, self._token = file, token.encode()
        self._pack = zlib.compressobj(1, wbits=_GZIP)
        self._tail = b""
        file.write(head)
        self._inspect(head)

    def write(self, chunk: bytes) -> None:
        """Append a part of the answer."""
        self._inspect(chunk)
        self._file.write(self._pack.compress(chunk))

    def commit(self) -> None:
        """Store the copy."""
        self._file.write(self._pack.flush())
        self._file.commit()

    def discard(self) -> None:
        """Delete the copy unless it is stored."""
        self._file.discard()

    def _inspect(self, data: bytes) -> None:
        if self._token and self._token in self._tail + data:
            self._file.discard()
        self._tail = (self._tail + data)[-len(self._token) :]


class SessionCache:
    """Copies of closed sessions of any gateway."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def find(self, credentials: Credentials, session_id: str) -> CachedSession | None:
        """Return the copy of a session; None if there is none that can be read."""
        file = self._files.open(_key(credentials, session_id))
        if file is None:
            return None
        try:
            head = json.loads(file.readline(_HEAD_LIMIT_BYTES))
            received = datetime.fromisoformat(head["received"]).astimezone(UTC)
            return CachedSession(Session.parse(head["session"]), received, file)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            file.close()
            self.remove(credentials, session_id)
            return None

    def remove(self, credentials: Credentials, session_id: str) -> None:
        """Delete the copy of a session."""
        self._files.remove(_key(credentials, session_id))

    def writer(self, credentials: Credentials, session_id: str, session: Session) -> SessionWriter | None:
        """Return a writer for the answer with the stream of `session`; None if the session can still change."""
        fields = session.fields
        is_closed = fields.status == "done" and fields.end_date is not None
        if not is_closed or not session.stored_bytes or (fields.id or "").lower() != session_id.lower():
            return None
        head: dict[str, Any] = {"received": datetime.now(UTC).isoformat(timespec="seconds"), "session": session.raw}
        line = json.dumps(head).encode() + b"\n"
        if len(line) > _HEAD_LIMIT_BYTES:
            return None
        file = self._files.create(_key(credentials, session_id))
        return SessionWriter(file, credentials.token.get_secret_value(), line)


def _key(credentials: Credentials, session_id: str) -> str:
    return hashlib.sha256(f"{credentials.address.base}\n{session_id.lower()}".encode()).hexdigest()


def identity(session: Session) -> tuple[object, ...]:
    """Return what a closed session keeps as long as its recording is the same."""
    fields = session.fields
    return (fields.id or "").lower(), fields.status, session.stored_bytes, fields.end_date, fields.script_size
