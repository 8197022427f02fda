"""Searching: hits come in while the search goes on, a newer search ends an older one."""

from __future__ import annotations

import time

from textual.message import Message
from textual.worker import get_current_worker

from replay_tui.analysis.query import Query
from replay_tui.analysis.search import Hit
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.kind import Kind
from replay_tui.domain.stop import Cancelled
from replay_tui.recording import Recording
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.garbage import uncollected
from replay_tui.ui.loader import PROGRESS_SECONDS, Progress
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.terminal_view import TerminalView

MAX_HITS = 100_000


class HitsFound(Message):
    """Hits of search number `search`, `done` when there are no more; `sentence` where it could not go on."""

    def __init__(self, search: int, hits: list[Hit], done: bool, sentence: str = "") -> None:
        self.search, self.hits, self.done, self.sentence = search, hits, done, sentence
        super().__init__()


class SearchActions(ReplayBase):
    """Asks, searches in a thread, walks the hits; and builds the text index behind the search."""

    def action_search(self) -> None:
        self.add_class("searching")
        self.query_one(SearchPanel).ask()

    def on_search_panel_wanted(self, event: SearchPanel.Wanted) -> None:
        pattern = event.pattern
        self.forget_hits()
        if not pattern:
            self.close_search()
            return
        regex = len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")
        try:
            query = Query(pattern[1:-1] if regex else pattern, regex=regex)
        except ReplayError as error:
            self.say(str(error), severity="error")
            return
        self.hits.begin(query)
        self.query_one(TerminalView).highlight(query.shown)
        self._show_hits("searching")
        number = self.hits.search
        self.run_worker(lambda: self._search(number, query), thread=True, group="search", exclusive=True)

    def _search(self, number: int, query: Query) -> None:
        worker = get_current_worker()
        batch: list[Hit] = []
        sentence, total = "", 0
        try:
            for hit in self.recording.find(query.pattern, regex=query.regex, stop=lambda: worker.is_cancelled):
                batch.append(hit)
                total += 1
                if total >= MAX_HITS:
                    sentence = f"More than {MAX_HITS:,} hits; the rest is left out."
                    break
                # The more there are, the more come at once: each batch is sorted into all that came before.
                if len(batch) >= (20 if total < 500 else max(500, total // 8)):
                    self.post_message(HitsFound(number, batch, done=False))
                    batch = []
        except Cancelled:
            return
        except ReplayError as error:
            sentence = str(error)
        self.post_message(HitsFound(number, batch, done=True, sentence=sentence))

    def on_hits_found(self, event: HitsFound) -> None:
        if event.search != self.hits.search:
            return  # a newer search has begun
        first = not self.hits.found
        self.hits.add(event.hits)
        self._show_hits("" if event.done else "searching")
        if event.sentence:
            self.say(event.sentence, severity="warning")
        if first and self.hits.found and self.has_class("searching"):
            self.query_one(SearchPanel).hits.focus()
        if event.done:
            if not self.hits.found:
                self.say("Nothing found.")
            self.collect_marks()
            if not self.query_one(SearchPanel).hits.cursor:  # nobody has moved in the list yet
                self.query_one(SearchPanel).hits.move_to_item(max(0, self.hits.number(self.transport.position) - 1))

    def _show_hits(self, state: str) -> None:
        self.query_one(SearchPanel).put(self.hits.query, self.hits.found, state)

    def action_hit(self, direction: int) -> None:
        if not self.hits.found:
            self.say("No search hits; / searches.")
            return
        position = self.hits.beyond(self.transport.position, direction)
        if position is None:
            self.say(f"No {'later' if direction > 0 else 'earlier'} hit.")
            return
        self.query_one(SearchPanel).hits.move_to_item(position)
        self.go_to_hit(position)

    def go_to_hit(self, position: int) -> None:
        """Put the playhead at a hit, and the line that holds it into view."""
        self.hits.walked = position
        hit = self.hits.found[position]
        self.seek(hit.time)
        self.stage.show_line(hit.text)

    def close_search(self) -> bool:
        """Close the search panel. What was found stays on the timeline and for `n` and `N`; see `forget_hits`."""
        if not self.has_class("searching"):
            return False
        self.remove_class("searching")
        if not self.hits.found:
            self.forget_hits()
        self.focus_main()
        return True

    def forget_hits(self) -> bool:
        """End the search; says whether there was one."""
        if self.hits.query is None:
            return False
        self.hits.begin(None)
        self.query_one(TerminalView).highlight(None)
        self._show_hits("")
        self.collect_marks()
        self.write_status()
        return True

    def index_text(self) -> None:
        """Build the text index behind the search, in the background."""
        if self.kind is Kind.TERMINAL and self.recording.kind is Kind.TERMINAL:
            recording = self.recording
            self.run_worker(lambda: self._index_text(recording), thread=True, group="text", exclusive=True)

    def _index_text(self, recording: Recording) -> None:
        worker = get_current_worker()
        size, said = max(1, len(recording.stream.screen)), 0.0

        def progress(done: int) -> None:
            nonlocal said
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                self.post_message(Progress("indexing text", done / size))

        try:
            with uncollected(recording.stream):
                recording.text_index.build(lambda: worker.is_cancelled, progress)
        except Cancelled:
            return
        if said:
            self.post_message(Progress("", None))
