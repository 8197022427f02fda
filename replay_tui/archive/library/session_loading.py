"""Loading of a stored session from the file or object that it was added from, else from the library's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay_tui.archive.library.adding import fingerprint_of
from replay_tui.archive.library.block_file import ABOUT, read_sections
from replay_tui.archive.library.database import mapped_errors
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.record import SessionRecord, events_digest
from replay_tui.archive.library.sessions import LibrarySession, load_document, sections_of
from replay_tui.archive.object_store import is_address
from replay_tui.archive.source import SessionSource
from replay_tui.domain.display_text import sanitize, text_width
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.text_encoding import UTF8
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.sources import LoadedSession

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

LIBRARY_TEXT = (
    "library-text",
    "the recording is not available any more; this is its text from the library, without colours, keys and positions",
)
MAX_COLS, ROWS = 200, 24


def find_source(library: Library, session: LibrarySession) -> tuple[str, LoadedSession | None] | None:
    """Return the path or address of a source that still has the stored events, and the session if it was read for that.

    A file of UTF-8 that has not changed since it was added is not read. None if there is no such source, or only a
    gateway's session, which a client must read.
    """
    with mapped_errors(library.database_path):
        known = library.connection.execute("SELECT digest, events FROM sessions WHERE n = ?", (session.n,)).fetchone()
        if known is None:  # removed meanwhile
            return None
        digest, events = known
        rows = library.connection.execute(
            "SELECT location, fingerprint FROM sources WHERE session = ?", (session.n,)
        ).fetchall()
    encodings = {str(location): str(fingerprint).rpartition(" ")[2] or UTF8 for location, fingerprint in rows}
    for location, fingerprint in rows:
        source = SessionSource(location, encoding=encodings[location])
        if source.encoding == UTF8 and not is_address(location) and fingerprint == fingerprint_of(source):
            return str(location), None
    for location in dict.fromkeys((session.source, *encodings)):
        if location.startswith(("http://", "https://")):
            continue
        try:
            loaded = SessionSource(location, encoding=encodings.get(location, UTF8)).read(CancelToken())
        except ReplayError:
            continue
        if not events or events_digest(loaded.stream, events) == digest:
            return location, loaded
    return None


def is_on_gateway(session: LibrarySession, client: GatewayClient) -> bool:
    """Return True if a session was added from the gateway of `client`."""
    return bool(session.id) and session.source.startswith(f"{client.credentials.address.base}/sessions/")


def load_text(library: Library, session: LibrarySession) -> LoadedSession:
    """Return a session with the stored text as output, and a warning that says so. Raises `DamagedBlock`."""
    record, document = load_record(library, session), load_document(library, session)
    width = max((text_width(sanitize(text)) for _, text in document.lines), default=0)
    size = TerminalSize.clamped(min(MAX_COLS, max(80, width)), ROWS, SizeSource.RECORDED)
    raw = record.raw | {"asciicast": {"version": 2, "width": size.cols, "height": size.rows}}
    loaded = LoadedSession(session.name, session=Session.parse(raw), stream_format="asciicast-v2", size=size)
    for time, text in document.lines:
        loaded.stream.append(time, "o", f"{sanitize(text, keep_blanks=True)}\r\n".encode("utf-8", "replace"))
    for warning in record.warnings:
        loaded.stream.log.add(warning.code, warning.message, warning.count)
    loaded.stream.log.add(*LIBRARY_TEXT)
    loaded.stream.complete = True
    return loaded


def load_record(library: Library, session: LibrarySession) -> SessionRecord:
    """Return the record of a session. Raises `DamagedBlock`."""
    sections = [section for section, _ in sections_of(library, session.n) if section.kind == ABOUT]
    (data,) = read_sections(library.blocks / session.file, sections)
    return SessionRecord.from_json(data)
