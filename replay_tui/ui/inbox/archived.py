"""Controller that looks up which listed sessions the library has, with their numbers of findings and statements."""

from __future__ import annotations

from pathlib import Path

from replay_tui.archive.library.library import Library
from replay_tui.archive.library.sessions import ArchivedCounts, counts_by_id
from replay_tui.domain.errors import ReplayError
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

LOOKING_UP = "looking up sessions in the library"
MAX_IDS = 500
"""Sessions that are looked up at once."""


class Archived:
    """Fills `archived` of the rows. A missing or damaged library is no error here; `archive status` names it."""

    def __init__(self, state: InboxState, view: InboxView, folder: Path) -> None:
        self._state, self._view, self._folder = state, view, folder
        self._known: dict[str, ArchivedCounts | None] = {}
        self._is_busy = False

    def forget(self) -> None:
        """Look all sessions up again, because some may have been added."""
        self._known.clear()
        self.want()

    def want(self) -> None:
        """Look up the listed sessions that are not known yet."""
        self._fill()  # rows that were loaded again
        ids = [row.id for row in self._state.rows.visible if row.id not in self._known][:MAX_IDS]
        if self._is_busy or not ids:
            return
        folder, self._is_busy = self._folder, True

        def done(found: dict[str, ArchivedCounts]) -> None:
            self._is_busy = False
            self._known |= {one: found.get(one) for one in ids}
            if self._fill():
                chosen = self._view.chosen
                self._view.show(chosen.id if chosen else "")
            self.want()

        self._view.background.start(LOOKING_UP, lambda _task: _read(folder, ids), done=done)

    def _fill(self) -> bool:
        """Write the counts to the rows; return True if that changed any."""
        changed = False
        for row in self._state.rows.visible:
            counts = self._known.get(row.id)
            changed |= counts != row.archived
            row.archived = counts
        self._state.has_archived = any(self._known.values())
        return changed


def _read(folder: Path, ids: list[str]) -> dict[str, ArchivedCounts]:
    try:
        with Library.open(folder) as library:
            return counts_by_id(library, ids)
    except ReplayError:
        return {}
