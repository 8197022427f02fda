"""Side column: distributes its rows among the panels according to their contents."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Vertical

from replay_tui.ui.widgets.panels import Panel, RiskPanel, SidePanels

MIN_PANEL_ROWS = 3
"""A border and one line."""


def share_rows(available: int, wanted: Sequence[int]) -> list[int]:
    """Return the rows of each panel: the `wanted` ones, or equal shares if there are not enough.

    Spare rows go to the last panel, so that the column is filled.
    """
    rows = [min(MIN_PANEL_ROWS, want) for want in wanted]
    left = available - sum(rows)
    while left > 0 and (short := [number for number, want in enumerate(wanted) if rows[number] < want]):
        rows[min(short, key=lambda number: rows[number])] += 1
        left -= 1
    if rows and left > 0:
        rows[-1] += left
    return rows


class SideColumn(Vertical):
    """Holds `SidePanels` and `RiskPanel`, one below the other."""

    def on_resize(self) -> None:
        self.share()

    def on_panel_written(self, event: Panel.Written) -> None:
        event.stop()
        self.share()

    def share(self) -> None:
        """Distribute the rows again after panels were shown, hidden, or written."""
        halves = [half for half in self.children if isinstance(half, SidePanels | RiskPanel) and half.display]
        panels = [panel for half in halves for panel in half.children]
        wanted = [rows for half in halves for rows in half.wanted_rows]
        for panel, rows in zip(panels, share_rows(self.size.height, wanted), strict=True):
            panel.styles.height = rows
