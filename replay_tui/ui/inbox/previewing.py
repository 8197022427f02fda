"""Controller of the preview: loads the recording of the selected session once the cursor rests on it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from replay_tui.archive.source import SessionSource
from replay_tui.ui.inbox.preview import Preview, is_previewed, load_preview
from replay_tui.ui.inbox.rows import InboxRow
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

if TYPE_CHECKING:
    from replay_tui.findings.rules import Rule
    from replay_tui.gateway.client import GatewayClient

REST_SECONDS = 0.25
"""Time for which the cursor rests on a row before its recording is requested."""
MAX_CACHED = 30
LOADING = "loading a preview"


class Previewing:
    """Shows or hides the preview. `encoding` is that of the recorded terminals' text."""

    def __init__(
        self, state: InboxState, view: InboxView, client: GatewayClient, rules: tuple[Rule, ...], encoding: str
    ) -> None:
        self._state, self._view, self._client = state, view, client
        self._rules, self._encoding = rules, encoding
        self._cache: OrderedDict[tuple[str, object], Preview] = OrderedDict()
        self._wanted = ""

    @property
    def is_busy(self) -> bool:
        """Return True until the preview of the selected session is loaded, if one is shown."""
        return bool(self._wanted)

    def toggle(self) -> None:
        """Show the preview, or hide it."""
        self._state.preview = not self._view.has_preview
        self._view.lay_out()
        self.update()

    def update(self) -> None:
        """Show the selected session, and load its recording if the cursor rests on it."""
        row = self._view.chosen if self._view.has_preview else None
        if row is None or self._cached(row) or not is_previewed(row.session):
            self.stop()
        elif row.id != self._wanted:
            self.stop()
            self._wanted = row.id
            self._view.set_timer(REST_SECONDS, lambda: self._load(row))
        if self._view.has_preview:
            self._view.show_preview(row, self._cached(row) if row else None)

    def stop(self) -> None:
        self._wanted = ""
        self._view.reads.cancel(LOADING)

    def _load(self, row: InboxRow) -> None:
        if row.id != self._wanted:
            return  # the cursor has moved on
        source = SessionSource(row.id, encoding=self._encoding, client=self._client)
        session, key = row.session, self._key(row)

        def done(preview: Preview) -> None:
            self._cache[key] = preview
            if len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
            self._wanted = ""
            self.update()

        self._view.reads.start(
            LOADING, lambda task: load_preview(source, session, self._rules, task.cancel), done=done, newest_wins=True
        )

    def _cached(self, row: InboxRow) -> Preview | None:
        return self._cache.get(self._key(row))

    def _key(self, row: InboxRow) -> tuple[str, object]:
        """Return the key of the cache; a running session is read again after a refresh."""
        return row.id, row.session.raw.get("end_date") or self._state.refresh_count
