"""Controller that opens a hit: its session at its moment, from the file, the gateway, or else the library's text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.archive.library.find_query import FoundHit
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.session_loading import find_source, is_on_gateway, load_text
from replay_tui.domain.errors import GatewayError
from replay_tui.ui.background import Task
from replay_tui.ui.find.state import FindState
from replay_tui.ui.find.view import FindView
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

LOCATING = "opening the session"
OpenHit = Callable[[SessionRef, str, str], object]
"""Called with the session, the time as text, and the pattern to highlight there."""


class HitOpening:
    """Passes the session of the chosen hit to `open_hit`; the newest choice wins."""

    def __init__(self, state: FindState, view: FindView, client: GatewayClient | None, open_hit: OpenHit) -> None:
        self._state, self._view, self._client, self._open_hit = state, view, client, open_hit

    def choose(self) -> None:
        """Open the hit under the cursor."""
        if found := self._view.chosen_hit:
            self.open(found)

    def open(self, found: FoundHit) -> None:
        """Open a hit."""
        folder, client, text = self._state.folder, self._client, self._state.search.text

        def work(task: Task) -> SessionRef:
            return locate(folder, found, client, task)

        self._view.background.start(
            LOCATING,
            work,
            done=lambda ref: self._open_hit(ref, found.time_text, text),
            failed=self._view.report,
            newest_wins=True,
        )


def locate(folder: Path, found: FoundHit, client: GatewayClient | None, task: Task) -> SessionRef:
    """Return the reference of the session of a hit. Raises `ReplayError` if nothing has it any more."""
    session = found.session
    title = " · ".join(filter(None, (session.connection, session.user))) or session.name
    with Library.open(folder) as library:
        if source := find_source(library, session):
            location, loaded = source
            return SessionRef(location, title, preloaded=iter([loaded]) if loaded else None)
        if client is not None and is_on_gateway(session, client):
            try:
                client.read.session(session.id, cancel=task.cancel)
                return SessionRef(session.id, title, client=client)
            except GatewayError:  # deleted there, or not reachable
                task.cancel.raise_if_cancelled()
        return SessionRef(session.reference, title, preloaded=iter([load_text(library, session)]))
