"""Controllers of the find screen: plain objects that own its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.ui.find.hit_opening import HitOpening, OpenHit
from replay_tui.ui.find.narrowing import HitNarrowing
from replay_tui.ui.find.previewing import HitPreviewing
from replay_tui.ui.find.saving import Saving
from replay_tui.ui.find.searching import Searching
from replay_tui.ui.find.state import FindState
from replay_tui.ui.find.view import FindView

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient


class FindControllers(Struct, frozen=True):
    """All controllers of the find screen, by their names in the command table."""

    searching: Searching
    narrowing: HitNarrowing
    saving: Saving
    previewing: HitPreviewing
    opening: HitOpening

    @staticmethod
    def build(state: FindState, view: FindView, client: GatewayClient | None, open_hit: OpenHit) -> FindControllers:
        """Build the controllers. Each gets the state, the view, and the controllers that it calls."""
        previewing = HitPreviewing(state, view, client)
        searching = Searching(state, view, previewing.update)
        return FindControllers(
            searching,
            HitNarrowing(state, view, searching),
            Saving(state, view, searching),
            previewing,
            HitOpening(state, view, client, open_hit),
        )
