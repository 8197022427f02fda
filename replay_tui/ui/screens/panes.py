"""The main pane: one child for each way of showing a session, of which one is visible."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from replay_tui.analysis.keystrokes import recent_keys
from replay_tui.analysis.search import Hit
from replay_tui.analysis.secrets import Mask, Secret
from replay_tui.decoders.script import language_of
from replay_tui.domain.finding import Finding
from replay_tui.domain.kind import EmptyReason, Kind
from replay_tui.domain.text import clean
from replay_tui.recording import Recording
from replay_tui.terminal.index import Cancelled
from replay_tui.terminal.transcript import TranscriptLine
from replay_tui.ui.loader import SessionRef
from replay_tui.ui.widgets.document import ScriptPane, TablePane, TextPane, TranscriptPane, highlighted
from replay_tui.ui.widgets.keystrokes import Keystrokes
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.raw_view import RawPane, RawRow
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.statements import StatementRow, StatementsPane
from replay_tui.ui.widgets.terminal_view import TerminalView

_WHY = {
    EmptyReason.NO_STREAM: "Nothing was recorded: the session ended without any input or output.",
    EmptyReason.NO_LOG: "The gateway found no log on its disk for this session; there is nothing to replay.",
    EmptyReason.WITHHELD: "The gateway kept the recording back: only the session's owner, admins and auditors get it.",
    EmptyReason.PENDING: "This session has not run yet; it waits for its review. Its script stands below.",
    EmptyReason.OPEN: "The session is still running and nothing has been stored yet.",
    EmptyReason.UNDECODABLE: "The gateway could not write this recording as UTF-8 text. Fetch it again without "
    "event_stream=utf8, or use its download.",
}


class Stage(Container):
    """Shows a recording as a terminal, statements, table, text, transcript, raw bytes, or a page that says why not."""

    class Filled(Message):
        """A pane that was filled in the background has its contents now."""

    def compose(self) -> ComposeResult:
        yield TerminalView(id="terminal")
        yield StatementsPane(id="statements")
        with Vertical(id="exec"):
            yield ScriptPane(id="script")
            yield TablePane(id="table")
            yield TextPane(empty="no output", id="text")
        yield TranscriptPane(id="transcript")
        yield RawPane(id="raw")
        with Container(id="page"):
            yield Static(id="page-text", markup=False)
        yield Keystrokes(id="keystrokes", markup=False)
        yield SearchPanel(id="search")

    def on_mount(self) -> None:
        self._only("page")
        self.query_one("#keystrokes").display = False
        self._main = "page"
        self._filled: dict[str, object] = {}
        self._recording: Recording | None = None
        self._mask = Mask()
        self._labels = ("", "")
        self.statement_times: list[float] = []

    def _only(self, shown: str) -> None:
        for name in ("terminal", "statements", "exec", "transcript", "raw", "page"):
            self.query_one(f"#{name}").display = name == shown
        self._visible = shown

    # -- pages ----------------------------------------------------------------------------------------------------

    def loading_text(self, ref: SessionRef) -> None:
        """Say that the session is being opened."""
        self.query_one("#page-text", Static).update(Text(f"Opening {clean(ref.title or ref.path)} …", "dim"))

    def show_sentence(self, title: str, sentence: str) -> None:
        """A page of words."""
        text = Text(f"{clean(title)}\n\n", "bold")
        text.append(clean(sentence, lines=True), "not bold")
        self.query_one("#page-text", Static).update(text)
        self._main = "page"
        self._only("page")

    def _empty_page(self, recording: Recording) -> None:
        reason = recording.guess[1] or EmptyReason.NO_STREAM
        if any(note.code == "stream-undecodable" for note in recording.stream.log.notes):
            reason = EmptyReason.UNDECODABLE  # the stream is missing because of that, not because it was withheld
        text = Text("Nothing to replay\n\n", "bold")
        text.append(_WHY.get(reason, _WHY[EmptyReason.NO_STREAM]), "not bold")
        if script := recording.session.script_text:
            text.append("\n\n")
            text.append_text(highlighted(script, language_of(recording.session), self.app.current_theme.dark))
        self.query_one("#page-text", Static).update(text)

    # -- which pane -----------------------------------------------------------------------------------------------

    def show_kind(self, kind: Kind, recording: Recording) -> None:
        """Show a recording as a kind."""
        if recording is not self._recording:
            self._recording = recording
            self._filled.clear()
        self._main = {
            Kind.TERMINAL: "terminal",
            Kind.STATEMENTS: "statements",
            Kind.HTTP: "statements",
            Kind.TABLE: "exec",
            Kind.TEXT: "exec",
        }.get(kind, "page")
        if self._main == "exec":
            self._fill_exec(kind, recording)
        elif self._main == "statements":
            self.show_statements(recording)
        elif self._main == "page":
            self._empty_page(recording)
        self._only(self._main)
        self.focus_main()

    def show_pane(self, name: str, recording: Recording) -> None:
        """Show `main`, `transcript` or `raw`."""
        if name == "raw" and self._filled.get("raw") is not recording:
            self._filled["raw"] = recording
            self.query_one(RawPane).put(recording.stream, self._mask)
        if name == "transcript" and self._filled.get("transcript") is not recording:
            self._filled["transcript"] = recording
            self.query_one(TranscriptPane).put([TranscriptLine(0.0, "reading the session's text …")])
            self.run_worker(lambda: self._read_transcript(recording), thread=True, group="transcript", exclusive=True)
        self._only(self._main if name == "main" else name)
        self.focus_main()

    def _read_transcript(self, recording: Recording) -> None:
        worker = get_current_worker()
        try:
            lines = recording.read_transcript(lambda: worker.is_cancelled)
        except Cancelled:
            return
        self.app.call_from_thread(self._put_transcript, recording, lines)

    def _put_transcript(self, recording: Recording, lines: list[TranscriptLine]) -> None:
        if recording is self._filled.get("transcript"):
            self._transcript_times = [line.time for line in lines]
            self.query_one(TranscriptPane).put(lines)
            self.post_message(self.Filled())

    def focus_main(self) -> None:
        """Give the keys to what is visible."""
        target: Widget | None = {
            "terminal": self.query_one(TerminalView),
            "statements": self.query_one(StatementsPane).list,
            "transcript": self.query_one(TranscriptPane),
            "raw": self.query_one(RawPane),
        }.get(self._visible)
        if self._visible == "exec":
            target = next((pane for pane in self.query("#table, #text").results(Widget) if pane.display), None)
        if target:
            target.focus()
        elif self._visible == "page":
            self.screen.query_one("#timeline").focus()

    # -- contents -------------------------------------------------------------------------------------------------

    def show_statements(self, recording: Recording) -> None:
        """Fill the statements pane."""
        if self._filled.get("statements") is recording:
            return
        self._filled["statements"] = recording
        self.statement_times = [statement.time for statement in recording.statements]
        self.query_one(StatementsPane).put(recording.statements, language_of(recording.session))

    def _fill_exec(self, kind: Kind, recording: Recording) -> None:
        script = recording.session.script_text
        pane, table, text = self.query_one(ScriptPane), self.query_one(TablePane), self.query_one(TextPane)
        pane.display = bool(script)
        if script:
            dark = self.app.current_theme.dark
            pane.put("script", highlighted(script, language_of(recording.session), dark))
        found = recording.decoded.table if kind is Kind.TABLE else None
        table.display, text.display = found is not None, found is None
        if found is not None:
            table.put(found)
            more = ", cut" if found.truncated else ""
            table.border_title = Text(f"output · {len(found.rows):,} rows, {len(found.columns)} columns{more}")
        else:
            text.put(recording.output_text)
            text.border_title = Text("output")

    def follow(
        self,
        count: int,
        position: float,
        recording: Recording,
        *,
        keystrokes: bool,
        hidden: frozenset[str],
        statement: int | None = None,
    ) -> None:
        """Bring what is visible up to the first `count` events."""
        overlay = self.query_one(Keystrokes)
        overlay.display = keystrokes
        if keystrokes:
            overlay.put([] if "i" in hidden else recent_keys(recording.stream, count, self._mask.payload))
        if self._visible == "statements" and self._filled.get("statements"):
            current = bisect_right(self.statement_times, position) - 1 if statement is None else statement
            self.query_one(StatementsPane).mark(current)
        elif self._visible == "raw":
            self.query_one(RawPane).mark_event(count - 1)
        elif self._visible == "transcript" and (times := getattr(self, "_transcript_times", None)):
            last = bisect_right(times, position)
            self.query_one(TranscriptPane).mark(last - 1, last)

    def pan(self, columns: int, rows: int) -> None:
        """Move the view over a recorded screen larger than its pane, or scroll a wide list sideways."""
        if self._visible == "terminal":
            self.query_one(TerminalView).pan(columns, rows)
        elif isinstance(focused := self.screen.focused, LineList):
            focused.scroll_relative(columns, rows, animate=False)

    def set_mask(self, mask: Mask, revealed: Sequence[Secret] = ()) -> None:
        """Hide these secrets from here on; an empty mask, with the secrets that are `revealed`, shows them."""
        self._mask = mask
        self.query_one(StatementsPane).reveal({secret.end: secret.text for secret in revealed})
        if self._recording and self._filled.pop("raw", None):
            self.query_one(RawPane).put(self._recording.stream, mask)

    def time_of(self, chosen: LineList.Chosen) -> float | None:
        """The moment that a chosen row stands for, None for rows without one."""
        item = chosen.item
        if isinstance(item, StatementRow):
            pane = self.query_one(StatementsPane)
            pane.unfold(item)
            pane.detail(item.number)
            return item.statement.time
        if isinstance(item, TranscriptLine | Finding | Hit):
            return item.time
        if isinstance(item, RawRow) and self._recording and item.event < len(self._recording.stream):
            return float(self._recording.stream.times[item.event])
        return None

    @staticmethod
    def statement_of(item: object) -> int | None:
        """The number of the statement that a row's item stands for or was found in, None for other items."""
        if isinstance(item, StatementRow):
            return item.number
        return item.statement if isinstance(item, Finding) else None

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        item = event.item
        if isinstance(item, StatementRow):
            self.query_one(StatementsPane).detail(item.number)

    def copyable(self) -> str:
        """The text that `copy` takes: the screen, or the line under the cursor; clean."""
        if self._visible == "terminal":
            screen = self.query_one(TerminalView).shown
            return clean(screen.text, lines=True) if screen else ""
        focused = self.screen.focused
        if not isinstance(focused, LineList):
            focused = self.query_one(StatementsPane).list if self._visible == "statements" else None
        if focused is None or focused.selected is None:
            return ""
        item = focused.items[focused.selected]
        if isinstance(item, StatementRow):
            return clean(item.statement.text, lines=True)
        if isinstance(item, TranscriptLine):
            return clean(item.text)
        return clean("\t".join(item)) if isinstance(item, tuple) else focused.text_at(focused.selected)

    def write_labels(self, recording: Recording, ref: SessionRef, kind: Kind) -> None:
        """The border's words; written only when they change, for a border is drawn with all that it surrounds."""
        fields = recording.session.fields
        parts = [fields.connection or ref.title or ref.path.rsplit("/", 1)[-1], fields.connection_subtype, fields.user]
        words = (" · ".join(clean(part) for part in parts if part), self._subtitle(recording, kind))
        if words != self._labels:
            self._labels = words
            self.border_title, self.border_subtitle = Text(words[0]), Text(words[1])

    def _subtitle(self, recording: Recording, kind: Kind) -> str:
        if self._visible in ("transcript", "raw"):
            return "transcript ─ esc closes" if self._visible == "transcript" else "raw bytes ─ esc closes"
        if kind is not Kind.TERMINAL:
            return "" if kind is Kind.EMPTY else f"as {kind.value}"
        view = self.query_one(TerminalView)
        frame = view.shown
        shown = f"{frame.cols}×{frame.rows}" if frame else str(recording.sizes.first)
        alt = " ─ alternate screen" if frame and frame.alt else ""
        return f"{shown} {self._size_source(recording, frame)}{alt} ─ {view.view_label}"

    @staticmethod
    def _size_source(recording: Recording, frame: Any) -> str:
        source = recording.sizes.first.source.value
        if frame is not None:
            for resize in recording.sizes.resizes:
                if (resize.size.cols, resize.size.rows) == (frame.cols, frame.rows):
                    source = resize.size.source.value
        return source
