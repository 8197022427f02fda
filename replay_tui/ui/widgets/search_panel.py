"""The search panel: a pattern, the hits as they are found, and how far the search is."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from replay_tui.domain.text import pluralize, sanitize
from replay_tui.domain.time_format import format_mmss
from replay_tui.search.query import Query
from replay_tui.search.search import Hit
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.queued_input import QueuedInput

_PLACE = {"screen": "screen", "output": "gone by", "input": "typed", "statements": "statement"}
HINT = "text, or /a regular expression/; lower case finds both"


class SearchPanel(Vertical):
    """Shown at the foot of the main pane. Enter searches, and then goes to the hit under the cursor."""

    class Wanted(Message):
        """A pattern was entered; empty to clear the search."""

        def __init__(self, pattern: str) -> None:
            self.pattern = pattern
            super().__init__()

    def compose(self) -> ComposeResult:
        yield QueuedInput(placeholder=HINT, id="search-input")
        yield LineList[Hit](self._line, empty="", id="hits", text_of=lambda hit: hit.text)

    def on_mount(self) -> None:
        self.border_title = Text("Search")
        self._query: Query | None = None

    def ask(self) -> None:
        """Put the cursor into the pattern."""
        box = self.query_one(QueuedInput)
        self.screen.set_focus(box)  # at once: what is typed next belongs to it
        box.select_all()

    def on_input_submitted(self, event: QueuedInput.Submitted) -> None:
        event.stop()
        self.post_message(self.Wanted(event.value))

    @property
    def hits(self) -> LineList[Hit]:
        """The list of hits."""
        return self.query_one("#hits", LineList)

    def put(self, query: Query | None, hits: list[Hit], state: str) -> None:
        """Show the hits found so far and a word on the search's state."""
        self._query = query
        title = Text("Search")
        if query:
            title.append(f" · {pluralize(len(hits), 'hit')}{f' · {sanitize(state)}' if state else ''}")
        self.border_title = title
        self.hits.set_items(hits)

    def _line(self, hit: Hit, width: int) -> Text:
        line = Text.assemble((f"{format_mmss(hit.time):>9} ", "dim"))
        line.append(f"{_PLACE[hit.where]:<10}", "dim italic")
        start = max(0, hit.start - 60)
        line.append(sanitize(hit.text[start : hit.start]))
        line.append(sanitize(hit.text[hit.start : hit.end]), "bold reverse")
        line.append(sanitize(hit.text[hit.end : hit.end + 300]))
        return line
