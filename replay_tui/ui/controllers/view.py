"""View commands: panes, kinds, panels, clock, and copying."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text

from replay_tui.domain.display_text import pluralize
from replay_tui.domain.session_kind import SessionKind
from replay_tui.kinds import applicable_kinds
from replay_tui.presenters.completeness import no_statements_label
from replay_tui.presenters.reopen_command import page_url, reopen_command
from replay_tui.ui.controllers.filtering import Filtering
from replay_tui.ui.controllers.search import Search
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.dialogs import ViewScreen

if TYPE_CHECKING:
    from replay_tui.domain.finding import Finding

CLOCKS = ("elapsed", "local", "utc")


class View:
    """Chooses the content of the main pane and the visible panels and overlays."""

    def __init__(self, state: ReplayState, screen: ScreenView, filtering: Filtering, search: Search) -> None:
        self._state, self._screen, self._filtering, self._search = state, screen, filtering, search

    # -- main pane ------------------------------------------------------------------------------------------------

    def show_kind(self, kind: SessionKind) -> None:
        """Show the session as a kind."""
        state = self._state
        state.kind, state.pane = kind, "main"
        if kind.lists_statements:
            state.statement_times = state.recording.analysis.summary.times
        self._screen.main_pane.show_kind()
        if state.hidden:  # computes the filtered output in the background
            self._filtering.apply()
        if not self._screen.is_typing:  # a search may be typed while the session is loaded
            self._screen.focus_main()

    def show_pane(self, name: str) -> None:
        """Show `main`, `transcript` or `raw` in the main pane."""
        self._state.pane = name
        self._screen.main_pane.show_pane()
        self._screen.focus_main()

    def show_findings(self, findings: list[Finding], *, grown: bool = False) -> None:
        """Show the findings of the analysis; with `grown` the session has only become longer."""
        state, pane = self._state, self._screen.main_pane
        state.findings = findings
        if not (grown and state.hidden_input_revealed):
            pane.set_redactor(state.redactor)
        state.statement_times = state.recording.analysis.summary.times
        pane.show_statements(state.recording, grown=grown)
        pane.mark_findings()

    def order_findings(self) -> None:
        """List the findings in order of time, or again the worst first."""
        state = self._state
        state.findings_by_time = not state.findings_by_time
        self._screen.say(f"Findings: {'by time' if state.findings_by_time else 'worst first'}.")

    def choose(self) -> None:
        """Choose one of the views that apply; the one after the current view is selected."""
        state, own = self._state, self._state.recording.kind
        kinds = applicable_kinds(own, state.recording.stream)
        views: list[tuple[str, str, Callable[[], object]]] = [
            (kind.name, kind.description, partial(self._choose_kind, kind)) for kind in kinds
        ]
        if not own.is_empty:
            views.append(("transcript", "all text in lines, with the scrollback", partial(self._open, "transcript")))
            views.append(("raw bytes", "every event as a hex dump", partial(self._open, "raw")))
        shown = kinds.index(state.kind) if state.kind in kinds else -1
        if state.pane != "main":
            shown = len(views) - (2 if state.pane == "transcript" else 1)
        lines = []
        for number, (name, description, _) in enumerate(views):
            notes = [description, *["as detected"] * (name == own.name), *["shown now"] * (number == shown)]
            lines.append(Text.assemble((f"{name:<11} ", "bold"), (" · ".join(filter(None, notes)), "dim")))

        def chosen(position: int | None) -> None:
            if position is not None:
                views[position][2]()

        self._screen.ask(ViewScreen("Change view", lines, at=(shown + 1) % len(lines)), chosen)

    def _choose_kind(self, kind: SessionKind) -> None:
        self.show_kind(kind)
        if kind.opens_raw and self._state.findings is not None:
            self.show_pane("raw")

    def _open(self, pane: str) -> None:
        if self._state.pane != pane:
            self.transcript() if pane == "transcript" else self.raw()

    def transcript(self) -> None:
        self.show_pane("main" if self._state.pane == "transcript" else "transcript")

    def raw(self) -> None:
        if self._state.findings is None:  # until hidden input is known, typed bytes must not be shown
            self._screen.say("Raw bytes are available once the session is analysed for hidden input.")
            return
        self.show_pane("main" if self._state.pane == "raw" else "raw")

    def keystrokes(self) -> None:
        state = self._state
        if not state.recording.kind.has_screen:
            self._screen.say("Keystrokes are available in terminal sessions only.")
            return
        if state.findings is None and not state.keystrokes_shown:
            self._screen.say("Keystrokes are available once the session is analysed for hidden input.")
            return
        state.keystrokes_shown = not state.keystrokes_shown

    def fit(self) -> None:
        """Follow the cursor of the recorded screen, or keep the view fixed."""
        terminal = self._screen.main_pane.terminal
        terminal.follow = not terminal.follow
        self._state.changed(Aspect.TITLE, Aspect.STATUS)

    def pan(self, columns: int, rows: int) -> None:
        self._screen.main_pane.pan(columns, rows, self._screen.focused_widget)
        self._state.changed(Aspect.TITLE, Aspect.STATUS)

    def next_clock(self) -> None:
        self._state.clock_mode = CLOCKS[(CLOCKS.index(self._state.clock_mode) + 1) % len(CLOCKS)]

    # -- panels and overlays --------------------------------------------------------------------------------------

    def sidebar(self) -> None:
        self._screen.toggle_panels("sidebar")
        self._state.changed(Aspect.COMMANDS)

    def risk(self) -> None:
        self._screen.toggle_panels("risk")
        self._state.changed(Aspect.COMMANDS)

    def commands(self) -> None:
        """Show or hide the commands of a terminal session, beside its screen or over it."""
        state = self._state
        if state.findings is None:
            self._screen.say("Commands are available once the session is analysed.")
        elif not state.kind.has_screen:
            self._screen.say("The main pane shows the statements of this session; `v` changes the view.")
        elif not state.has_commands:
            self._screen.say(f"{no_statements_label(state.completeness).capitalize()}.")
        elif self._screen.is_wide:
            state.commands_beside = not state.commands_beside
        else:
            self._screen.toggle_commands()

    def details(self) -> None:
        """Show or fold what decides nothing in the panels."""
        self._state.details_shown = not self._state.details_shown

    def full(self) -> None:
        self._screen.toggle_full()

    def close_overlay(self) -> bool:
        """Close the topmost overlay; return True if there was one."""
        if self._screen.close_overlay() or self._search.close():
            return True
        if self._state.pane != "main":
            self.show_pane("main")
            return True
        if self._state.keystrokes_shown:
            self.keystrokes()
            return True
        return False

    # -- copying --------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Copy the focused screen, statement or line."""
        server = self._state.server
        if server and not server.copy_allowed:
            self._screen.say("Copy is unavailable: the gateway has disabled it.", severity="warning")
            return
        if server is None and self._state.ref.client is not None:
            self._screen.say("Copy is unavailable: the gateway has not said whether it is allowed.", severity="warning")
            return
        text = self._screen.main_pane.copyable(self._screen.focused_widget)
        if text:
            self._screen.copy_text(text)
            lines = text.count("\n") + 1
            self._screen.say(f"Copied {pluralize(lines, 'line')}.")
        else:
            self._screen.say("Nothing to copy here.")

    def copy_command(self) -> None:
        """Copy a command that opens the session at this moment again: with its page's address, or its file.

        It holds nothing of the recording, so that it is available if the gateway has disabled copying.
        """
        state, ref = self._state, self._state.ref
        gateway, given = ref.client and ref.client.credentials, state.recording.given_size
        location = page_url(gateway.address.base, ref.path) if gateway else ref.path
        text = reopen_command(
            location,
            state.recording.format_time(state.player.position),
            times=ref.times,
            encoding=ref.encoding,
            timing=ref.timing,
            size=(given.cols, given.rows) if given else None,
            api_url=gateway.address.base if gateway and gateway.sources.get("address") == "--api-url" else "",
        )
        if text:
            self._screen.copy_text(text)
            self._screen.say(f"Copied: {text}")
        else:
            self._screen.say("This session cannot be opened again by a command: it was read from standard input.")
