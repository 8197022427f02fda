"""Filter commands: hidden events, filtered rows, revealed input, and the size of the recorded terminal."""

from __future__ import annotations

import re
from typing import Any

from textual.widget import Widget

from replay_tui.domain.errors import UsageError
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.presenters.pane_text import filter_notice
from replay_tui.recording import Recording
from replay_tui.ui.background import Task
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.dialogs import AskScreen
from replay_tui.ui.session_loader import Post, prepare
from replay_tui.ui.widgets.line_list import LineList


class Filtering:
    """Sets `state.shown_recording`, and `state.recording` when its size changes; `loaded` receives the events."""

    def __init__(self, state: ReplayState, screen: ScreenView, loaded: Post) -> None:
        self._state, self._screen, self._loaded = state, screen, loaded

    # -- events ---------------------------------------------------------------------------------------------------

    def hide(self, kind: str) -> None:
        """Hide or show the events of a kind."""
        state = self._state
        state.hidden = state.hidden.symmetric_difference(kind)
        self.apply()
        hidden, keystrokes = kind in state.hidden, state.recording.kind.has_screen
        seen = kind in state.missing_output or (kind == "i" and state.keystrokes_shown)
        self._screen.say(filter_notice(kind, hidden=hidden, keystrokes=keystrokes, seen=seen))

    def apply(self) -> None:
        """Show the recording without hidden output."""
        recording, kind, hidden = self._state.recording, self._state.kind, self._state.hidden & {"o", "e"}
        self._screen.background.cancel("filtering the output")
        if not hidden:
            self._show(recording)
            return

        def work(_task: Task) -> Recording:  # in a thread, because filtering a million events takes a while
            rest = recording.excluding("".join(hidden))
            if kind.shows_output:
                _ = rest.analysis.decoded.table if kind.may_have_table else None, rest.text.output_lines
            return rest

        self._screen.background.start("filtering the output", work, done=self._show, detached=True)

    def _show(self, recording: Recording) -> None:
        state, pane = self._state, self._screen.main_pane
        state.shown_recording = recording
        state.changed(Aspect.PLAYHEAD)
        if state.pane == "transcript":
            pane.show_pane()
            self._screen.focus_main()
        if state.kind.shows_output:
            focused = self._screen.focused_widget is pane.main_target
            pane.show_output(recording)
            if focused:  # a table without rows gives way to its text
                self._screen.focus_main()

    # -- rows of lists --------------------------------------------------------------------------------------------

    def filter_list(self) -> None:
        """Open the bar for the filter of the focused list."""
        target = self._screen.focused_widget
        if not isinstance(target, LineList):
            self._screen.say("No list is focused. Press tab to focus one, then filter it.")
            return
        self._screen.filter_bar.open(target, self._state.filters.get(target, ""))

    def put_filter(self, listed: Widget, text: str) -> None:
        """Show only the rows of a list that contain a text."""
        if isinstance(listed, LineList):
            listed.filter_text(text)
            self._state.filters = {**self._state.filters, listed: text}

    def close_filter(self) -> bool:
        """Remove the filter of the focused list; return True if it had one."""
        listed = self._screen.focused_widget
        if not isinstance(listed, LineList) or not self._state.filters.get(listed):
            return False
        self.put_filter(listed, "")
        return True

    def filtered(self, listed: LineList[Any]) -> None:
        """Say how many rows a new filter lets through."""
        counted = f"{listed.shown:,} of {len(listed.items):,} rows"
        self._screen.filter_bar.put_count(counted if self._state.filters.get(listed) else "")

    # -- secrets --------------------------------------------------------------------------------------------------

    def unmask(self) -> None:
        """Show hidden input, or mask it again."""
        state = self._state
        if state.findings is None:
            self._screen.say("Hidden input can be shown once the session is analysed.")
            return
        state.hidden_input_revealed = not state.hidden_input_revealed
        self._screen.main_pane.set_redactor(
            state.redactor, state.recording.analysis.hidden_input if state.hidden_input_revealed else ()
        )
        self._screen.say("Hidden input is shown." if state.hidden_input_revealed else "Hidden input is masked.")

    # -- size -----------------------------------------------------------------------------------------------------

    def ask_size(self) -> None:
        """Ask for the size of the recorded terminal."""
        size = self._state.recording.sizes.first

        def check(text: str) -> TerminalSize | None:
            return parse_size(text) if text.strip() else None

        def apply(text: str | None) -> None:
            if text is not None:
                self._resize(check(text))

        hint = "columns x rows, as in 120x36; empty: inferred size"
        dialog = AskScreen("Size of the recorded terminal", hint, check, f"{size.cols}x{size.rows}", confirm="Set")
        self._screen.ask(dialog, apply)

    def _resize(self, size: TerminalSize | None) -> None:
        state = self._state
        recording = state.recording = state.recording.with_size(size)
        recording.precompute()
        self.apply()
        state.changed(Aspect.SESSION, Aspect.REVIEW, Aspect.WARNINGS)

        def work(task: Task) -> None:
            def is_cancelled() -> bool:
                return task.is_cancelled() or recording is not state.recording

            prepare(recording, lambda event: task.deliver(self._loaded, event), is_cancelled)

        self._screen.background.start("applying the size", work, newest_wins=True, detached=True)


def parse_size(text: str) -> TerminalSize:
    """Parse a size such as `120x36`. Raises `UsageError`."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*[x×]\s*(\d{1,4})\s*", text)
    if not found or not 2 <= int(found[1]) <= 1000 or not 1 <= int(found[2]) <= 500:
        raise UsageError("Invalid size. Write columns x rows, from 2x1 to 1000x500, as in 120x36.")
    return TerminalSize.clamped(int(found[1]), int(found[2]), SizeSource.GIVEN)
