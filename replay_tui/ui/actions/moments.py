"""Going to what matters: statements, search hits, bookmarks; and what a list shows."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right

from rich.text import Text
from textual.message import Message
from textual.worker import get_current_worker

from replay_tui.analysis.query import Query
from replay_tui.analysis.search import Hit
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.finding import Mark, MarkKind
from replay_tui.domain.kind import Kind
from replay_tui.domain.text import clean
from replay_tui.domain.times import format_short
from replay_tui.recording import Recording
from replay_tui.settings.state import Bookmark, StateStore
from replay_tui.terminal.index import Cancelled
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.loader import PROGRESS_SECONDS, Progress
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.terminal_view import TerminalView

MAX_HITS = 100_000


class HitsFound(Message):
    """Hits of search number `search`, `done` when there are no more; `sentence` where it could not go on."""

    def __init__(self, search: int, hits: list[Hit], done: bool, sentence: str = "") -> None:
        self.search, self.hits, self.done, self.sentence = search, hits, done, sentence
        super().__init__()


class MomentActions(ReplayBase):
    """Statements, search, bookmarks, filters."""

    store: StateStore
    _searches = 0
    _query: Query | None = None
    _hits: list[Hit]
    _bookmarks: list[Bookmark]
    _statement: int | None = None

    # -- statements -----------------------------------------------------------------------------------------------

    def action_statement(self, direction: int) -> None:
        statements = self.recording.statements if self.findings is not None else []
        if not statements:
            self.say("No statements in this session." if self.findings is not None else "Still reading the statements.")
            return
        times = self.stage.statement_times
        here = self.transport.position
        current = self.current_statement()
        if current is None:
            current = bisect_right(times, here) - 1
            if direction < 0 and current >= 0 and times[current] < here:
                current += 1  # between two statements the one before is the current one itself
        following = current + direction
        if not 0 <= following < len(statements):
            self.say(f"No {'later' if direction > 0 else 'earlier'} statement.")
            return
        self._statement = following
        self.seek(statements[following].time)

    def current_statement(self) -> int | None:
        """The statement that was stepped to, while the playhead is still at it."""
        statements, number = self.stage.statement_times, self._statement
        if number is not None and number < len(statements) and statements[number] == self.transport.position:
            return number
        return None

    # -- search ---------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        self.add_class("searching")
        self.query_one(SearchPanel).ask()

    def on_search_panel_wanted(self, event: SearchPanel.Wanted) -> None:
        pattern = event.pattern
        self._searches += 1
        self._hits = []
        if not pattern:
            self.close_search()
            return
        regex = len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")
        try:
            self._query = Query(pattern[1:-1] if regex else pattern, regex=regex)
        except ReplayError as error:
            self.say(str(error), severity="error")
            return
        self.query_one(TerminalView).highlight(self._query.spans)
        self._show_hits("searching")
        number, query = self._searches, self._query
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
                if len(batch) >= 500 or (total < 500 and len(batch) >= 20):
                    self.post_message(HitsFound(number, batch, done=False))
                    batch = []
        except Cancelled:
            return
        except ReplayError as error:
            sentence = str(error)
        self.post_message(HitsFound(number, batch, done=True, sentence=sentence))

    def on_hits_found(self, event: HitsFound) -> None:
        if event.search != self._searches:
            return  # a newer search has begun
        first = not self._hits
        self._hits = sorted([*self._hits, *event.hits], key=lambda hit: hit.time)
        self._show_hits("" if event.done else "searching")
        if event.sentence:
            self.say(event.sentence, severity="warning")
        if first and self._hits:
            self.query_one(SearchPanel).hits.focus()
        if event.done:
            if not self._hits:
                self.say("Nothing found.")
            self.collect_marks()

    def _show_hits(self, state: str) -> None:
        self.query_one(SearchPanel).put(self._query, self._hits, state)

    def action_hit(self, direction: int) -> None:
        if not self._hits:
            self.say("No search hits; / searches.")
            return
        times, here = [hit.time for hit in self._hits], self.transport.position
        position = bisect_right(times, here) if direction > 0 else bisect_left(times, here) - 1
        if not 0 <= position < len(times):
            self.say(f"No {'later' if direction > 0 else 'earlier'} hit.")
            return
        self.query_one(SearchPanel).hits.move_to_item(position)
        self.seek(times[position])

    def close_search(self) -> bool:
        """Close the search panel and forget its hits."""
        if not self.has_class("searching"):
            return False
        self._searches += 1
        self.remove_class("searching")
        self._query, self._hits = None, []
        self.query_one(TerminalView).highlight(None)
        self._show_hits("")
        self.collect_marks()
        self.stage.focus_main()
        return True

    # -- lists ----------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        target = self.focused
        if not isinstance(target, LineList):
            self.say("Focus a list first (tab), then filter it.")
            return

        def apply(text: str | None) -> None:
            if text is not None:
                target.filter_text(text)
                self.say(f"{target.shown:,} of {len(target.items):,} rows." if text else "All rows.")

        self.app.push_screen(
            AskScreen("Filter", "text that a row must hold; empty: all rows", lambda text: text), apply
        )

    # -- bookmarks ------------------------------------------------------------------------------------------------

    @property
    def session_key(self) -> str:
        """What bookmarks are kept under: the session's id, else the source's name."""
        return str(self.session.fields.id or self.recording.name)

    def remember_findings(self) -> None:
        """Let the list of sessions flag what the findings of this one deserve."""
        worst = max((one.severity for one in self.findings or []), key=lambda one: one.rank, default=None)
        if self.session.fields.id and worst:
            try:
                self.store.save_worst(str(self.session.fields.id), worst.value)
            except ReplayError as error:
                self.say(str(error), severity="warning")

    def load_bookmarks(self) -> None:
        """Read the bookmarks of this session."""
        self._bookmarks = self.store.bookmarks(self.session_key)

    def action_bookmark(self) -> None:
        moment = self.transport.position

        def keep(note: str | None) -> None:
            if note is None:
                return
            kept = [one for one in self._bookmarks if one.time != moment]
            try:
                self.store.save(self.session_key, [*kept, Bookmark(moment, note)])
            except ReplayError as error:
                self.say(str(error), severity="error")
                return
            self._bookmarks = sorted([*kept, Bookmark(moment, note)])
            self.collect_marks()
            self.say(f"Bookmarked {format_short(moment)}.")

        title = f"Bookmark {format_short(moment)}"
        self.app.push_screen(AskScreen(title, "a note, or nothing", lambda text: text), keep)

    def action_bookmarks(self) -> None:
        if not self._bookmarks:
            self.say("No bookmarks in this session; m sets one.")
            return
        lines = [Text(f"{format_short(one.time)}  {clean(one.note)}") for one in self._bookmarks]

        def go(position: int | None) -> None:
            if position is not None:
                self.seek(self._bookmarks[position].time)

        self.app.push_screen(ChooseScreen("Bookmarks", lines), go)

    # -- the rest -------------------------------------------------------------------------------------------------

    def action_unmask(self) -> None:
        if self.findings is None:
            self.say("Still looking for hidden input.")
            return
        self.unmasked = not self.unmasked
        self.stage.set_mask(self.mask, self.recording.reading.secrets if self.unmasked else ())
        self.say("Hidden input is shown." if self.unmasked else "Hidden input is masked.")
        self.tick()

    def extra_marks(self) -> list[Mark]:
        """Search hits and bookmarks."""
        marks = [Mark(hit.time, MarkKind.SEARCH, hit.text[:40]) for hit in self._hits]
        return marks + [Mark(one.time, MarkKind.BOOKMARK, one.note) for one in self._bookmarks]

    def extra_flags(self) -> list[str]:
        """What the status line says of search and masking."""
        flags = ["unmasked"] if self.unmasked else []
        if self._hits:
            number = bisect_right([hit.time for hit in self._hits], self.transport.position)
            flags.append(f"match {number} of {len(self._hits):,}")
        return flags

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
            recording.text_index.build(lambda: worker.is_cancelled, progress)
        except Cancelled:
            return
        if said:
            self.post_message(Progress("", None))
