"""The side column: its panels share the rows that there are, by what each of them has to say."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Vertical

from replay_tui.ui.widgets.panels import Panel, RiskPanel, SidePanels

MIN_PANEL_ROWS = 3
"""Rows of a panel with one line in its border."""


def share_rows(available: int, wanted: Sequence[int]) -> list[int]:
    """Rows for panels that want so many each: all they want, or where that is too much an equal share.

    What nobody wants goes to the last, so that the column is full.
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
        """Share out the rows anew: panels were shown, hidden, or written."""
        halves = [half for half in self.children if isinstance(half, SidePanels | RiskPanel) and half.display]
        panels = [panel for half in halves for panel in half.children]
        wanted = [rows for half in halves for rows in half.wanted_rows]
        for panel, rows in zip(panels, share_rows(self.size.height, wanted), strict=True):
            panel.styles.height = rows
