"""State store: bookmarks, review marks and other state of a reviewer, as JSON files in the state folder (mode 0600).

The position, sort order and filters in a gateway's session list are restored at the next start.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from msgspec import Struct
from msgspec.structs import asdict, fields

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.event_stream import MAX_TIME_SECONDS
from replay_tui.domain.timeline_mark import Bookmark

if TYPE_CHECKING:
    from replay_tui.domain.session import Session


MAX_BOOKMARKS = 1000
MAX_MARKS = 50_000
MAX_RECENT_SESSIONS = 500
SEEN = "\x00seen"
"""Note of a session that was opened but not marked as reviewed."""


class StateStore:
    """JSON files in the state folder. An unreadable file counts as empty; write errors raise `ReplayError`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or platformdirs.user_state_path("replay-tui")

    def _path(self, session: str) -> Path:
        # The id is untrusted; its digest is a safe file name.
        return self._folder / "sessions" / f"{hashlib.sha256(session.encode('utf-8', 'replace')).hexdigest()[:32]}.json"

    def bookmarks(self, session: str) -> list[Bookmark]:
        """Return the bookmarks of a session in order of time."""
        received = _object(self._path(session)).get("bookmarks")
        found = map(_bookmark, received[:MAX_BOOKMARKS]) if isinstance(received, list) else ()
        return sorted(one for one in found if one is not None)

    def save(self, session: str, bookmarks: Sequence[Bookmark]) -> None:
        """Replace the bookmarks of a session. Raises `ReplayError` if the file cannot be written."""
        kept = [asdict(one) for one in sorted(bookmarks)[:MAX_BOOKMARKS]]
        self._write(self._path(session), {"session": session, "bookmarks": kept})

    def reviewed(self) -> dict[str, str]:
        """Return the notes of reviewed sessions by id; sessions that were only opened have the note `SEEN`."""
        return self._marks("reviewed.json")

    def review_note(self, session: str) -> str | None:
        """Return the note of a session that is marked as reviewed; None if it is not."""
        note = self.reviewed().get(session)
        return None if note == SEEN else note

    def save_reviewed(self, marks: Mapping[str, str]) -> None:
        """Save the latest `MAX_MARKS` notes by session id. Raises `ReplayError` if the file cannot be written."""
        self.save_document("reviewed.json", dict(list(marks.items())[-MAX_MARKS:]))

    def recent_session_ids(self) -> dict[str, str]:
        """Return the titles of recently listed sessions by id, the most recent last."""
        return self._marks("listed.json")

    def save_recent_session_ids(self, sessions: Sequence[Session]) -> None:
        """Save listed sessions (newest first) for shell completion of ids. Raises `ReplayError` on a write error."""
        kept, fresh = (
            self.recent_session_ids(),
            {one.fields.id: one.title for one in reversed(sessions) if one.fields.id},
        )
        if any(kept.get(session) != title for session, title in fresh.items()):
            known = {session: title for session, title in kept.items() if session not in fresh}
            self._write(self._folder / "listed.json", dict([*known.items(), *fresh.items()][-MAX_RECENT_SESSIONS:]))

    def max_severities(self) -> dict[str, str]:
        """Return the highest finding severity of replayed sessions by id."""
        return self._marks("findings.json")

    def save_max_severity(self, session: str, severity: str) -> None:
        """Save the highest severity of a session for the session list. Raises `ReplayError` on a write error."""
        found = self.max_severities()
        if found.get(session) != severity:
            found.pop(session, None)
            self.save_document("findings.json", dict([*found.items(), (session, severity)][-MAX_MARKS:]))

    def document(self, name: str) -> dict[str, Any]:
        """Return the JSON object in a file of the folder; empty if the file is missing or invalid."""
        return _object(self._folder / name)

    def save_document(self, name: str, content: Mapping[str, Any]) -> None:
        """Save a JSON object in a file of the folder. Raises `ReplayError` if it cannot be written."""
        self._write(self._folder / name, dict(content))

    def _marks(self, name: str) -> dict[str, str]:
        return {key: note for key, note in self.document(name).items() if isinstance(note, str)}

    def _write(self, path: Path, content: object) -> None:
        # Write a temporary file and rename it, so that a full disk does not destroy the old content.
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
            try:
                with os.fdopen(handle, "w") as file:
                    json.dump(content, file)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            where = sanitize(str(path.parent))
            raise ReplayError(f"Saving in {where} failed: {error.strerror or 'unknown error'}.") from None


def _object(path: Path) -> dict[str, Any]:
    try:
        received = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return received if isinstance(received, dict) else {}


def _bookmark(received: Any) -> Bookmark | None:
    """Return a saved bookmark; None if it is invalid."""
    moment, note = (received.get("time"), received.get("note")) if isinstance(received, dict) else (None, None)
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not isinstance(note, str):
        return None
    return Bookmark(float(moment), note) if 0 <= moment <= MAX_TIME_SECONDS else None  # never true of NaN


MAX_GATEWAYS = 20


class SavedInboxState(Struct, frozen=True):
    """Position and filters of a session list.

    Attributes:
        session: id of the session under the cursor.
        depth: number of sessions that were loaded.
        sort: name of the sort order.
        flagged: True if only flagged sessions are listed.
        text: local text filter.
        filters: gateway filters as typed.
    """

    session: str = ""
    depth: int = 0
    sort: str = ""
    flagged: bool = False
    text: str = ""
    filters: str = ""

    @staticmethod
    def load(store: StateStore, gateway: str) -> SavedInboxState:
        """Return the saved state for the gateway at this address, or the default state."""
        kept = store.document(_NAME).get(gateway)
        if not isinstance(kept, dict):
            return SavedInboxState()
        good = {
            one.name: kept[one.name] for one in fields(SavedInboxState) if type(kept.get(one.name)) is type(one.default)
        }
        return SavedInboxState(**good)

    def save(self, store: StateStore, gateway: str) -> None:
        """Save the state for the gateway at this address. Raises `ReplayError` if the file cannot be written."""
        kept = {name: place for name, place in store.document(_NAME).items() if name != gateway}
        store.save_document(_NAME, dict([*kept.items(), (gateway, asdict(self))][-MAX_GATEWAYS:]))


_NAME = "inbox.json"
