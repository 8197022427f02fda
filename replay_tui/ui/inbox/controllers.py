"""Controllers of the inbox: plain objects that own its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay_tui.ui.inbox.filtering import InboxFiltering
from replay_tui.ui.inbox.marking import Marking
from replay_tui.ui.inbox.opening import Opening, OpenSession
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient


@dataclass(frozen=True, slots=True)
class InboxControllers:
    """All controllers of the inbox, by their names in the command table."""

    paging: Paging
    filtering: InboxFiltering
    marking: Marking
    opening: Opening

    @staticmethod
    def build(state: InboxState, view: InboxView, client: GatewayClient, open_session: OpenSession) -> InboxControllers:
        """Build the controllers. Each gets the state, the view, and the controllers that it calls."""
        paging, marking = Paging(state, view, client), Marking(state, view)
        opening = Opening(state, view, paging, marking, open_session)
        return InboxControllers(paging, InboxFiltering(state, view, paging), marking, opening)
