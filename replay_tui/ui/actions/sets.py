"""Several sessions as one set: the batch of this one, and the findings of all sessions of the list."""

from __future__ import annotations

from dataclasses import replace

from textual.message import Message

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.text import clean, shorten
from replay_tui.gateway.cancel import Cancel
from replay_tui.gateway.errors import Cancelled
from replay_tui.ui.actions.sessions import SessionActions
from replay_tui.ui.batch import Batch, batch_of
from replay_tui.ui.loader import Opened, Progress
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.screens.set_findings import SetFindingsScreen
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.set_findings import SetFinding


class BatchFound(Message):
    """The sessions of a batch, and which of them is the one on screen; or the sentence why there are none."""

    def __init__(self, batch: Batch | None, refs: list[SessionRef], at: int, sentence: str = "") -> None:
        self.batch, self.refs, self.at, self.sentence = batch, refs, at, sentence
        super().__init__()


class SetActions(SessionActions):
    """`B` makes the batch of this session the list; `F` shows what was found in all sessions of the list."""

    ref: SessionRef
    options: PlayOptions
    loaded: bool
    _cancel: Cancel

    @property
    def place_in_list(self) -> str:
        """Where this session stands in the list."""
        app = self.replay_app
        return f"{app.at + 1:,} of {len(app.sessions):,}" if len(app.sessions) > 1 else ""

    def on_opened(self, event: Opened) -> None:
        """Beside what the screen itself does then: the batch that the command line asked for."""
        if event.complete and self.options.batch:
            self.options = replace(self.options, batch=False)
            self.call_later(self.action_batch)

    def action_batch(self) -> None:
        if not self.loaded and self.ref.client is None:
            self.say("Still reading; ask for the batch once the session is known.")
            return
        ref, session = self.ref, self.session

        def progress(done: int, total: int) -> None:
            self.post_message(Progress("looking for the batch", done / total))

        def look() -> None:
            try:
                self.post_message(BatchFound(*batch_of(ref, session, self._cancel, progress)))
            except Cancelled:
                return
            except ReplayError as error:
                self.post_message(BatchFound(None, [], 0, str(error)))

        self.run_worker(look, thread=True, group="batch", exclusive=True)

    def on_batch_found(self, event: BatchFound) -> None:
        self.post_message(Progress("", None))
        if event.batch is None:
            self.say(event.sentence, severity="warning")
            return
        name, count = shorten(clean(event.batch.words), 60), len(event.refs)
        if count == 1:  # the list stays
            self.say(f"This is the only session of {name} here.")
            return
        self.replay_app.adopt(event.refs, event.at)
        self.write_labels()
        self.say(f"{count} sessions of {name}, this is number {event.at + 1}: {{ and }} go through them, F lists "
                 "their findings.")  # fmt: skip

    def action_set_findings(self) -> None:
        app = self.replay_app
        if len(app.sessions) < 2:
            self.say("There is one session in the list; B opens the batch of this one.")
            return

        def go(row: SetFinding | None) -> None:
            if row is None:
                return
            if row.position == app.at:
                self.seek(row.finding.time)
                self.uncover()
            else:
                app.open_session(row.position, row.finding.time)

        self.app.push_screen(SetFindingsScreen(app.findings_of_list(), app.at), go)
