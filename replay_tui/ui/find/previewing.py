"""Controller of the preview: loads the screen or statement of the selected hit once the cursor rests on it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from replay_tui.archive.library.find_query import FoundHit
from replay_tui.ui.find.preview import HitPreview, HitPreviews
from replay_tui.ui.find.state import FindState
from replay_tui.ui.find.view import FindView

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

REST_SECONDS = 0.15
"""Time for which the cursor rests on a hit before its recording is read."""
MAX_CACHED = 50
LOADING = "loading a preview"
_Key = tuple[int, float, str, str]


class HitPreviewing:
    """Shows or hides the preview."""

    def __init__(self, state: FindState, view: FindView, client: GatewayClient | None) -> None:
        self._view, self._previews = view, HitPreviews(state.folder, client)
        self._cache: OrderedDict[_Key, HitPreview] = OrderedDict()
        self._wanted: _Key | None = None

    def toggle(self) -> None:
        """Show the preview, or hide it."""
        self._view.toggle_preview()
        self.update()

    def update(self) -> None:
        """Show the selected hit, and read its preview if the cursor rests on it."""
        found = self._view.chosen_hit if self._view.has_preview else None
        if found is None or _key(found) in self._cache:
            self.stop()
        elif _key(found) != self._wanted:
            self.stop()
            self._wanted = _key(found)
            self._view.set_timer(REST_SECONDS, lambda: self._load(found))
        if self._view.has_preview:
            self._view.show_preview(found, self._cache.get(_key(found)) if found else None)

    def stop(self) -> None:
        """Cancel the preview that is being read."""
        self._wanted = None
        self._view.background.cancel(LOADING)

    def _load(self, found: FoundHit) -> None:
        if _key(found) != self._wanted:
            return  # the cursor has moved on

        def done(preview: HitPreview) -> None:
            self._cache[_key(found)] = preview
            if len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
            self._wanted = None
            self.update()

        def failed(message: str) -> None:
            done(HitPreview(failure=message))

        self._view.background.start(
            LOADING,
            lambda task: self._previews.load(found, task.cancel),
            done=done,
            failed=failed,
            newest_wins=True,
        )


def _key(found: FoundHit) -> _Key:
    return found.session.n, found.hit.time, found.hit.where, found.hit.text
