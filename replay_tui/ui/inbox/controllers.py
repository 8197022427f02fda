"""Controllers of the inbox: plain objects that own its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.archive.library.library import default_folder
from replay_tui.domain.text_encoding import UTF8
from replay_tui.gateway.session_details import SessionDetails
from replay_tui.ui.inbox.archived import Archived
from replay_tui.ui.inbox.completing import Completing
from replay_tui.ui.inbox.filtering import InboxFiltering
from replay_tui.ui.inbox.marking import Marking
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.previewing import Previewing
from replay_tui.ui.inbox.session_opening import OpenSession, SessionOpening
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView
from replay_tui.ui.inbox.waiting import WaitingList

if TYPE_CHECKING:
    from replay_tui.findings.rules import Rule
    from replay_tui.gateway.client import GatewayClient


class InboxControllers(Struct, frozen=True):
    """All controllers of the inbox, by their names in the command table."""

    completing: Completing
    waiting: WaitingList
    paging: Paging
    filtering: InboxFiltering
    marking: Marking
    opening: SessionOpening
    previewing: Previewing
    archived: Archived

    @staticmethod
    def build(
        state: InboxState,
        view: InboxView,
        client: GatewayClient,
        open_session: OpenSession,
        rules: tuple[Rule, ...] = (),
        encoding: str = UTF8,
        archive: Path | None = None,
    ) -> InboxControllers:
        """Build the controllers. Each gets the state, the view, and the controllers that it calls.

        `rules` are the user's own; `encoding` is that of the recorded terminals' text; `archive` is the folder of the
        library, None for the user's own.
        """
        completing = Completing(state, view, SessionDetails(client.read), rules)
        waiting, marking = WaitingList(state, view, client), Marking(state, view)
        paging = Paging(state, view, client, completing, waiting)
        opening = SessionOpening(state, view, paging, marking, open_session)
        filtering = InboxFiltering(state, view, paging)
        archived = Archived(state, view, archive or default_folder())
        previewing = Previewing(state, view, client, rules, encoding)
        return InboxControllers(completing, waiting, paging, filtering, marking, opening, previewing, archived)
