"""Tabs on one row: views of a list with the number of their rows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static


class Tab(Struct, frozen=True):
    """A tab: its `title`, the `count` beside it, and the `key` that chooses it."""

    title: str
    count: str = ""
    key: str = ""


class ViewTabs(Static):
    """Shows tabs; a click posts `Chosen`. If there is no room, keys are omitted, then counts."""

    class Chosen(Message):
        """The tab at `position` was clicked."""

        def __init__(self, position: int) -> None:
            self.position = position
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._tabs: Sequence[Tab] = ()
        self._current = 0
        self._starts: list[int] = []

    def put(self, tabs: Sequence[Tab], current: int) -> None:
        """Show tabs, the one at `current` as chosen."""
        if (tabs, current) != (self._tabs, self._current):
            self._tabs, self._current = tabs, current
            self._write()

    def on_resize(self) -> None:
        self._write()

    def _write(self) -> None:
        for omitted in range(3):
            texts = [_text(tab, omitted) for tab in self._tabs]
            if sum(map(len, texts)) <= self.size.width:
                break
        line, self._starts = Text(no_wrap=True, overflow="ellipsis", end=""), []
        for position, text in enumerate(texts if self._tabs else []):
            self._starts.append(len(line))
            style = Style(bold=True, reverse=True) if position == self._current else Style()
            line.append(text, style)
        self.update(line, layout=False)  # the bar has a fixed size

    def on_click(self, event: events.Click) -> None:
        found = [position for position, start in enumerate(self._starts) if start <= event.x]
        if found:
            self.post_message(self.Chosen(found[-1]))


def _text(tab: Tab, omitted: int) -> str:
    key = f"{tab.key} " if tab.key and not omitted else ""
    return f" {key}{tab.title}{f' {tab.count}' if tab.count and omitted < 2 else ''} "
