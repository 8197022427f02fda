"""Search panel: the pattern, the hits found so far, and the state of the search."""

from __future__ import annotations

from rich.text import Text
from textual.message import Message

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.times import format_mmss
from replay_tui.search.query import Query
from replay_tui.search.search import Hit
from replay_tui.ui.search_state import count_matches
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import CompoundPane
from replay_tui.ui.widgets.queued_input import QueuedInput

_PLACE = {"screen": "screen", "output": "scrolled", "input": "typed", "statements": "statement"}
HINT = "text, or /a regular expression/; lower case ignores case"


class SearchPanel(CompoundPane):
    """At the bottom of the main pane. Enter starts the search, then goes to the hit under the cursor."""

    class Submitted(Message):
        """A pattern was entered; an empty one clears the search."""

        def __init__(self, pattern: str) -> None:
            self.pattern = pattern
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._input = QueuedInput(placeholder=HINT, id="search-input")
        self._hits = LineList[Hit](self._line, empty="", id="hits", text_of=lambda hit: hit.text)
        self.children_to_mount = self._input, self._hits
        self.border_title = Text("Search")

    def ask(self) -> None:
        """Focus the pattern and select it."""
        if self.is_attached:
            self.screen.set_focus(self._input)  # immediately, so that the next keys go to the input
            self._input.select_all()

    def on_input_submitted(self, event: QueuedInput.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(event.value))

    @property
    def hits(self) -> LineList[Hit]:
        """The list of hits."""
        return self._hits

    def put(self, query: Query | None, hits: list[Hit], state: str) -> None:
        """Show the hits found so far and the state of the search, empty when it has ended."""
        title = Text("Search")
        if query:
            title.append(f" · {count_matches(len(hits))}{f' · {sanitize(state)}' if state else ''}")
        self.border_title = title
        self.hits.set_items(hits)

    def _line(self, hit: Hit, width: int) -> Text:
        line = Text.assemble((f"{format_mmss(hit.time):>9} ", "dim"))
        line.append(f"{_PLACE[hit.where] if hit.drawn else 'not drawn':<10}", "dim italic")
        start = max(0, hit.start - 60)
        line.append(sanitize(hit.text[start : hit.start]))
        line.append(sanitize(hit.text[hit.start : hit.end]), "bold reverse")
        line.append(sanitize(hit.text[hit.end : hit.end + 300]))
        return line
