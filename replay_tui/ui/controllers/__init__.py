"""Controllers of the replay screen: plain objects that implement its commands."""

from __future__ import annotations

from msgspec import Struct

from replay_tui.ui.controllers.bookmarks import BookmarkActions
from replay_tui.ui.controllers.export import Export
from replay_tui.ui.controllers.filtering import Filtering
from replay_tui.ui.controllers.live import Live
from replay_tui.ui.controllers.loading import Loading
from replay_tui.ui.controllers.playback import Playback
from replay_tui.ui.controllers.review import ReviewActions
from replay_tui.ui.controllers.search import Search
from replay_tui.ui.controllers.session_list import SessionList
from replay_tui.ui.controllers.stepping import Stepping
from replay_tui.ui.controllers.view import View
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.screen_view import Navigator, ScreenView
from replay_tui.ui.session_loader import LoaderEvent


class Controllers(Struct, frozen=True):
    """All controllers of one replay screen, by their names in the command table."""

    playback: Playback
    stepping: Stepping
    search: Search
    filtering: Filtering
    view: View
    bookmarks: BookmarkActions
    export: Export
    live: Live
    session_list: SessionList
    loading: Loading
    review: ReviewActions

    @staticmethod
    def build(state: ReplayState, screen: ScreenView, navigator: Navigator) -> Controllers:
        """Build the controllers; each gets the state, the view of the screen, and the controllers that it calls."""

        def loaded(event: LoaderEvent) -> None:
            loading.handle_event(event)

        playback = Playback(state, screen)
        search = Search(state, screen, playback)
        filtering = Filtering(state, screen, loaded)
        view = View(state, screen, filtering, search)
        bookmarks = BookmarkActions(state, screen, playback)
        live = Live(state, screen, view, loaded)
        session_list = SessionList(state, screen, navigator, playback, view)
        stepping = Stepping(state, screen, playback)
        loading = Loading(
            state, screen, stepping=stepping, filtering=filtering, search=search, view=view, bookmarks=bookmarks,
            live=live, session_list=session_list,
        )  # fmt: skip
        return Controllers(
            playback, stepping, search, filtering, view, bookmarks,
            Export(state, screen, loading),
            live, session_list, loading, ReviewActions(state, screen, view, loading),
        )  # fmt: skip
