"""What the view keys do on the replay screen."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from replay_tui.domain.errors import UsageError
from replay_tui.domain.kind import Kind
from replay_tui.domain.size import SizeSource, TerminalSize
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.describe.hiding import notice
from replay_tui.ui.screens.dialogs import AskScreen, ask_filter
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.terminal_view import TerminalView

CLOCKS = ("elapsed", "local", "utc")


class ViewActions(ReplayBase):
    """Panes, overlays, filters, and how the recorded screen is shown."""

    def action_hide(self, kind: str) -> None:
        self.hidden = self.hidden.symmetric_difference(kind)
        self.filters_changed()
        hidden, keystrokes = kind in self.hidden, self.recording.kind is Kind.TERMINAL
        seen = kind in self.missing or (kind == "i" and self.keystrokes_shown)
        self.say(notice(kind, hidden=hidden, keystrokes=keystrokes, seen=seen))

    def action_keystrokes(self) -> None:
        if self.recording.kind is not Kind.TERMINAL:
            self.say("Nothing was typed key by key here; keystrokes belong to terminal sessions.")
            return
        if self.findings is None and not self.keystrokes_shown:
            self.say("Still looking for hidden input; the keys are shown after that.")
            return
        self.keystrokes_shown = not self.keystrokes_shown
        self.tick()

    def action_transcript(self) -> None:
        self.show_pane("main" if self.pane == "transcript" else "transcript")

    def action_raw(self) -> None:
        if self.findings is None:  # nothing typed is shown before it is known what was typed unseen
            self.say("Still looking for hidden input; the bytes are shown after that.")
            return
        self.show_pane("main" if self.pane == "raw" else "raw")

    def action_next_view(self) -> None:
        kinds = [kind for kind in Kind if kind is not Kind.EMPTY]
        position = kinds.index(self.kind) + 1 if self.kind in kinds else 0
        self.show_kind(kinds[position % len(kinds)])

    def action_fit(self) -> None:
        view = self.query_one(TerminalView)
        view.follow = not view.follow
        self.write_labels()
        self.write_status()

    def action_pan(self, columns: int, rows: int) -> None:
        self.stage.pan(columns, rows, self.focused)
        self.write_labels()
        self.write_status()

    def action_clock(self) -> None:
        self.clock_mode = CLOCKS[(CLOCKS.index(self.clock_mode) + 1) % len(CLOCKS)]
        self.write_panels()
        self.tick()

    def action_size(self) -> None:
        size = self.recording.sizes.first

        def check(text: str) -> TerminalSize | None:
            return parse_size(text) if text.strip() else None

        def apply(text: str | None) -> None:
            if text is not None:
                self.set_size(check(text))

        hint = "columns x rows, as in 120x36; empty: as inferred"
        self.app.push_screen(AskScreen("Size of the recorded terminal", hint, check, f"{size.cols}x{size.rows}"), apply)

    def action_filter(self) -> None:
        target = self.focused
        if not isinstance(target, LineList):
            self.say("Focus a list first (tab), then filter it.")
            return
        ask_filter(self, self.filters.get(target, ""), partial(self._filter, target))

    def _filter(self, listed: LineList[Any], text: str) -> None:
        listed.filter_text(text)
        self.filters = {**self.filters, listed: text}
        self.write_status()

    def close_filter(self) -> bool:
        """Show all rows of the focused list again; says whether some were left out."""
        listed = self.focused
        if not isinstance(listed, LineList) or not self.filters.get(listed):
            return False
        self._filter(listed, "")
        return True

    def on_line_list_filtered(self, event: LineList.Filtered) -> None:
        listed = event.sender
        self.say(f"{listed.shown:,} of {len(listed.items):,} rows." if self.filters.get(listed) else "All rows.")

    def action_unmask(self) -> None:
        if self.findings is None:
            self.say("Still looking for hidden input.")
            return
        self.unmasked = not self.unmasked
        self.stage.set_mask(self.mask, self.recording.reading.secrets if self.unmasked else ())
        self.say("Hidden input is shown." if self.unmasked else "Hidden input is masked.")
        self.tick()


def parse_size(text: str) -> TerminalSize:
    """A size written as `120x36`. Raises `UsageError`."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*[x×]\s*(\d{1,4})\s*", text)
    if not found or not 2 <= int(found[1]) <= 1000 or not 1 <= int(found[2]) <= 500:
        raise UsageError("Write a size as columns x rows, from 2x1 to 1000x500, as in 120x36.")
    return TerminalSize.clamped(int(found[1]), int(found[2]), SizeSource.GIVEN)
