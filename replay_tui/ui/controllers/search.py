"""Search commands, with hits delivered while the search runs, and the background build of the text index."""

from __future__ import annotations

from replay_tui.domain.errors import ReplayError
from replay_tui.presenters.completeness import no_matches_text
from replay_tui.recording import Recording
from replay_tui.search.query import Query
from replay_tui.search.search import Hit
from replay_tui.ui.background import DONE, ProgressReport, Task
from replay_tui.ui.controllers.playback import Playback
from replay_tui.ui.gc_control import gc_paused
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView

MAX_HITS = 100_000


class Search:
    """Owns the search panel and `state.search`."""

    def __init__(self, state: ReplayState, screen: ScreenView, playback: Playback) -> None:
        self._state, self._screen, self._playback = state, screen, playback
        self._waiting = ""  # pattern of a search that starts once the session is loaded

    def open(self) -> None:
        """Ask for a pattern."""
        self._screen.open_search()
        self._screen.search_panel.ask()

    def start(self, pattern: str) -> None:
        """Search for a typed pattern; an empty one ends the search."""
        self.forget()
        if not pattern:
            self.close()
            return
        regex = len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")
        try:
            query = Query(pattern[1:-1] if regex else pattern, regex=regex)
        except ReplayError as error:
            self._screen.say(str(error), severity="error")
            return
        if not (self._state.complete or self._state.load_failed):
            self._waiting = pattern
            self._screen.say("The search starts once the session is loaded.")
            return
        self._state.search.begin(query)
        self._screen.main_pane.terminal.highlight(query.display_spans)
        self._show_hits("searching")
        recording = self._state.recording
        self._screen.background.start(
            "searching",
            lambda task: self._find(task, recording, query),
            done=self._finished,
            failed=self._finished,
            newest_wins=True,
        )

    def start_when_loaded(self, pattern: str) -> None:
        """Search for a pattern once the session is loaded."""
        self._waiting = pattern

    def start_waiting(self) -> None:
        """Start the search that was typed before the session was loaded, if any."""
        if self._waiting:
            self.start(self._waiting)

    def _find(self, task: Task, recording: Recording, query: Query) -> str:
        """Deliver the hits in batches; return a message if some are missing. Raises `ReplayError`, `Cancelled`."""
        batch: list[Hit] = []
        total, message = 0, ""
        try:
            for hit in recording.iter_search(query.pattern, regex=query.regex, is_cancelled=task.is_cancelled):
                batch.append(hit)
                total += 1
                if total >= MAX_HITS:
                    message = f"Showing the first {MAX_HITS:,} matches; the search was stopped."
                    break
                # Batches grow with the number of hits, because each is merged into all previous ones.
                if len(batch) >= (20 if total < 500 else max(500, total // 8)):
                    task.deliver(self._add, batch)
                    batch = []
        except ReplayError as error:
            message = str(error)
        task.deliver(self._add, batch)
        return message

    def _add(self, hits: list[Hit]) -> None:
        search = self._state.search
        first = not search.hits
        search.add(hits)
        self._show_hits("searching")
        self._state.changed(Aspect.PLAYHEAD)
        if first and search.hits and self._screen.is_searching:
            self._screen.search_panel.hits.focus()

    def _finished(self, message: str) -> None:
        search, panel = self._state.search, self._screen.search_panel
        self._show_hits("")
        if message:
            self._screen.say(message, severity="warning")
        if not search.hits:
            self._screen.say(no_matches_text(self._state.completeness))
        self._state.changed(Aspect.MARKS)
        if not panel.hits.cursor:  # the user has not moved in the list
            panel.hits.move_to_item(max(0, search.number(self._state.player.position) - 1))

    def _show_hits(self, progress: str) -> None:
        search = self._state.search
        self._screen.search_panel.put(search.query, search.hits, progress)

    def hit(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) hit."""
        search = self._state.search
        if not search.hits:
            self._screen.say("No matches. Press / to search.")
            return
        position = search.beyond(self._state.player.position, direction)
        if position is None:
            self._screen.say(f"No {'later' if direction > 0 else 'earlier'} match.")
            return
        self._screen.search_panel.hits.move_to_item(position)
        self.go_to(position)

    def go_to(self, position: int) -> None:
        """Put the playhead at a hit, and the line that holds it into view."""
        self._state.search.current = position
        hit = self._state.search.hits[position]
        self._playback.seek(hit.time)
        self._screen.main_pane.show_line(hit.text)

    def close(self) -> bool:
        """Close the search panel; return True if it was open. The hits stay on the timeline and for `hit`."""
        if not self._screen.is_searching:
            return False
        self._screen.close_search()
        if not self._state.search.hits:
            self.forget()
        self._screen.focus_main()
        return True

    def forget(self) -> bool:
        """End the search; return True if one was active."""
        self._waiting = ""
        self._screen.background.cancel("searching")
        if self._state.search.query is None:
            return False
        self._state.search.begin(None)
        self._screen.main_pane.terminal.highlight(None)
        self._show_hits("")
        self._state.changed(Aspect.MARKS, Aspect.STATUS)
        return True

    def index_text(self) -> None:
        """Build the text index in the background, before it is needed."""
        recording = self._state.recording
        if self._state.kind.has_screen and recording.kind.has_screen:
            self._screen.background.start(
                "indexing the text", lambda task: self._index(task, recording), newest_wins=True
            )

    def _index(self, task: Task, recording: Recording) -> None:
        size = max(1, len(recording.stream.output))
        report = ProgressReport(lambda progress: task.deliver(self._state.show_progress, progress), "indexing text")
        with gc_paused(recording.stream):
            recording.text_index.build(task.is_cancelled, lambda done: report(done, size))
        if report.was_shown:
            task.deliver(self._state.show_progress, DONE)
