"""What stands where on the replay screen: kinds and panes in the middle, panels and overlays around them."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Static

from replay_tui.domain.kind import Kind
from replay_tui.ui.actions.search import SearchActions
from replay_tui.ui.actions.views import ViewActions
from replay_tui.ui.screens.small import mark_tiny, needs
from replay_tui.ui.screens.words import ReplayWords
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import RiskPanel, SidePanels
from replay_tui.ui.widgets.side import Side
from replay_tui.ui.widgets.timeline import Timeline


class ReplayLayout(SearchActions, ViewActions, ReplayWords):
    """Shows and hides; a panel is a column where there is room, an overlay where there is not."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-roomy"), (140, "-wide"), (180, "-vast")]  # noqa: RUF012  # as in Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (26, "-tall")]  # noqa: RUF012

    def focus_main(self) -> None:
        """Give the keys to what is visible in the middle, or to the timeline where that is a page of words."""
        (self.stage.main_target or self.query_one(Timeline)).focus()

    def show_kind(self, kind: Kind) -> None:
        """Show the session as a kind."""
        self.kind = kind
        self.pane = "main"
        self.stage.show_kind(kind, self.recording)
        if self.hidden:  # what this kind shows of the rest takes a while
            self.filters_changed()
        self.focus_main()
        self.write_banner()
        self.write_labels()
        self.redraw()

    def show_pane(self, name: str) -> None:
        """Show `main`, `transcript` or `raw` in the main pane."""
        self.pane = name
        # What is hidden is left out of the transcript too.
        self.stage.show_pane(name, self.shown_recording if name == "transcript" else self.recording)
        self.focus_main()
        self.write_banner()
        self.write_labels()
        self.redraw()

    def on_transcript_pane_filled(self) -> None:
        self.redraw()

    def on_raw_pane_filled(self) -> None:
        self.redraw()

    def action_sidebar(self) -> None:
        self.toggle_side(SidePanels)

    def action_risk(self) -> None:
        self.toggle_side(RiskPanel)

    def action_full(self) -> None:
        self.toggle_class("full")

    def toggle_side(self, panel: type[Widget]) -> None:
        """Show or hide a side panel."""
        name = "sidebar" if panel is SidePanels else "risk"
        if self.has_class("-narrow"):
            other = "risk" if name == "sidebar" else "sidebar"
            self.remove_class(f"over-{other}")
            self.toggle_class(f"over-{name}")
            if self.has_class(f"over-{name}"):
                findings = self.query_one("#findings", LineList)
                jumps = panel is RiskPanel and findings.items
                (findings if jumps else self.query_one(panel).query("Panel").first()).focus()
            else:
                self.focus_main()
        else:
            self.toggle_class(f"no-{name}")
        self.call_after_refresh(self.query_one(Side).share)

    def uncover(self) -> None:
        """Close a panel that lies over the recording."""
        if self.has_class("-narrow"):
            self.remove_class("over-sidebar", "over-risk")
            self.focus_main()

    def close_overlay(self) -> bool:
        """Close the topmost overlay; says whether there was one."""
        for name in ("over-sidebar", "over-risk", "full"):
            if self.has_class(name):
                self.remove_class(name)
                self.focus_main()
                return True
        if self.close_search():
            return True
        if self.pane != "main":
            self.show_pane("main")
            return True
        if self.keystrokes_shown:
            self.action_keystrokes()
            return True
        return False

    def on_resize(self) -> None:
        mark_tiny(self)
        self.query_one("#tiny-text", Static).update(needs(self.size))
        self.call_after_refresh(self._redraw_for_size)

    def _redraw_for_size(self) -> None:
        if self.loaded and self.is_attached:
            self.draw_timeline()
            self.write_status()
            self.write_labels()
