"""The inbox: the gateway's sessions, loaded as one scrolls, filtered, sorted, marked; Enter replays one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.text import clean, shorten
from replay_tui.domain.times import format_span
from replay_tui.gateway.cancel import Cancel
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import Cancelled
from replay_tui.gateway.listing import Filters, Page, pages
from replay_tui.settings.state import SEEN, StateStore
from replay_tui.ui.describe import badge, status_mark
from replay_tui.ui.screens.dialogs import AskScreen
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.widgets.line_list import LineList

SORTS: dict[str, Callable[[Session], tuple[float, float]]] = {
    "newest": lambda one: (0.0, -_start(one)),
    "riskiest": lambda one: (-(one.severity.rank + 1 if one.severity else 0), -_start(one)),
    "longest": lambda one: (-(one.wall_seconds or 0.0), -_start(one)),
    "largest": lambda one: (-float(one.fields.event_size or 0), -_start(one)),
}
AHEAD = 60
"""Rows below the cursor from which on the next page is asked for."""


class PageCame(Message):
    """A page of list number `listing`, or the sentence why it did not come."""

    def __init__(self, listing: int, page: Page | None, sentence: str = "") -> None:
        self.listing, self.page, self.sentence = listing, page, sentence
        super().__init__()


class InboxScreen(Screen[None]):
    """Lists sessions. `open_session` is called with the rows as they stand and the position of the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", show=False),
        Binding("backslash", "ask_filters", show=False),
        Binding("F", "flagged", show=False),
        Binding("T", "sort", show=False),
        Binding("m", "mark", show=False),
        Binding("ctrl+r", "refresh_list", show=False),
        Binding("question_mark", "help", show=False),
        Binding("escape", "clear", show=False),
        Binding("q", "app.quit_inbox", show=False),
    ]

    def __init__(
        self,
        client: GatewayClient,
        store: StateStore,
        open_session: Callable[[list[Session], int], None],
        *,
        flagged: bool = False,
    ) -> None:
        super().__init__()
        self._client, self._store, self._open = client, store, open_session
        self._sessions: list[Session] = []
        self._filters = Filters()
        self._text, self._flagged, self._sort = "", flagged, "newest"
        self._marks, self._worst = store.reviewed(), store.worst()
        self._pages: Iterator[Page] | None = None
        self._listing, self._asking, self._more = 0, False, True
        self._total = "?"
        self._cancel = Cancel()
        self._state = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="inbox"):
            yield LineList[Session](self._row, empty="no sessions", id="inbox-list")
        yield Static(id="inbox-status", markup=False)
        yield Static(
            Text(" enter open   / text   \\ filters   F flagged   T sort   m mark   ctrl+r refresh   ? help   q quit"),
            id="inbox-keys",
            markup=False,
        )

    def on_mount(self) -> None:
        box = self.query_one("#inbox")
        box.border_title = Text(f"Sessions · {clean(str(self._client.credentials.address))}")
        self._list.header = self._heading()
        self._list.focus()
        self.action_refresh_list()

    def on_unmount(self) -> None:
        self._cancel.cancel()

    def on_screen_resume(self) -> None:
        self._marks, self._worst = self._store.reviewed(), self._store.worst()
        self._show()

    @property
    def _list(self) -> LineList[Session]:
        return self.query_one("#inbox-list", LineList)

    # -- loading --------------------------------------------------------------------------------------------------

    def action_refresh_list(self) -> None:
        """Ask for the list anew; the rows stay until the first page is there."""
        self._listing += 1
        self._cancel.cancel()
        self._cancel = Cancel()
        self._pages = pages(self._client, self._filters, cancel=self._cancel)
        self._more, self._asking = True, False
        self._ask()

    def _ask(self) -> None:
        if self._asking or not self._more or self._pages is None:
            return
        self._asking, self._state = True, "loading …"
        self._write()
        listing, following = self._listing, self._pages

        def ask() -> None:
            try:
                self.post_message(PageCame(listing, next(following, Page(()))))
            except Cancelled:
                return
            except ReplayError as error:
                self.post_message(PageCame(listing, None, str(error)))

        self.run_worker(ask, thread=True, group=f"page{listing}")

    def on_page_came(self, event: PageCame) -> None:
        if event.listing != self._listing:
            return
        self._asking, self._state = False, ""
        if event.page is None:
            self._more = False
            self._state = event.sentence
            self.notify(event.sentence, severity="error", markup=False)
        else:
            if event.page.offset == 0:
                self._sessions = []
            self._sessions.extend(event.page.sessions)
            self._more = event.page.has_next and not event.page.at_limit
            self._total = event.page.total_shown if event.page.total is not None else self._total
        self._show()
        self._ask_ahead()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        self._ask_ahead()

    def _ask_ahead(self) -> None:
        # A filter may leave few rows: then go on until there is a screenful, or no more.
        if self._list.cursor + AHEAD >= self._list.shown:
            self._ask()

    # -- rows -----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        chosen = self._list.selected
        at = self._rows[chosen].fields.id if chosen is not None and chosen < len(self._rows) else None
        wanted = self._text.lower()
        self._rows = sorted(
            (one for one in self._sessions if (not self._flagged or self._is_flagged(one)) and _holds(one, wanted)),
            key=SORTS[self._sort],
        )
        self._list.set_items(self._rows)
        if at is not None:
            again = next((position for position, one in enumerate(self._rows) if one.fields.id == at), None)
            if again is not None:
                self._list.move_to_item(again)
        self._write()

    def _is_flagged(self, session: Session) -> bool:
        """By the gateway's judgement, or by findings of this program when it was replayed here."""
        return session.flagged or self._worst.get(str(session.fields.id)) in (Severity.MEDIUM, Severity.HIGH)

    _rows: list[Session] = []  # noqa: RUF012  # replaced, never changed

    def _write(self) -> None:
        parts = [
            f"{len(self._rows):,} shown, {len(self._sessions):,} loaded of {self._total}",
            f"sorted by {self._sort}",
        ]
        if self._flagged:
            parts.append("flagged only")
        if self._text:
            parts.append(f"with '{clean(self._text)}'")
        parts += [f"{name}={clean(value)}" for name, value in self._filters.params().items()]
        if self._state:
            parts.append(clean(self._state))
        self.query_one("#inbox-status", Static).update(Text(" " + "   ".join(parts), no_wrap=True, overflow="ellipsis"))

    def _heading(self) -> Text:
        return Text(
            f"   {'when':<16} {'risk':<9} {'review':<12} {'who':<22} {'connection':<20} {'type':<12} "
            f"{'took':>11} {'size':>8}  status"
        )

    def _row(self, session: Session, width: int) -> Text:
        fields = session.fields
        mark = self._marks.get(str(fields.id))
        line = Text.assemble(("✓" if mark and mark != SEEN else "·" if mark else " ", "bold"))
        line.append("#" if session.guardrails else " ", "bold")
        start = fields.start_date
        when = start.astimezone().strftime("%d %b %y %H:%M") if isinstance(start, datetime) else "?"
        line.append(f" {when:<16} ", "dim" if mark else "")
        severity = session.severity
        variables = self.app.get_css_variables()
        colour = {Severity.HIGH: "error", Severity.MEDIUM: "warning"}.get(severity, "") if severity else ""
        line.append(f"{badge(severity) if severity else '':<9} ", f"bold {variables.get(f'text-{colour}', '')}".strip())
        review = fields.review
        shown = f"{status_mark(review.status)[0]} {(review.status or '?').lower()}" if review else ""
        line.append(f"{shorten(clean(shown), 12):<12} ")
        for value, cells in (
            (session.who, 22),
            (session.what, 20),
            (fields.connection_subtype or fields.type or "", 12),
        ):
            cell = Text(clean(value), no_wrap=True)
            cell.truncate(cells, overflow="ellipsis", pad=True)
            line.append_text(cell)
            line.append(" ")
        took = format_span(session.wall_seconds) if session.wall_seconds is not None else ""
        line.append(f"{took:>11} {_size(fields.event_size):>8}  ", "dim")
        exit_code = "" if fields.exit_code in (None, 0) else f" exit {fields.exit_code}"
        line.append(clean(f"{fields.verb or ''} {fields.status or ''}{exit_code}".strip()))
        if mark and mark != SEEN:
            line.append(f"  {clean(mark)}", "italic dim")
        return line

    # -- keys -----------------------------------------------------------------------------------------------------

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        session = event.item
        key = str(session.fields.id)
        if key not in self._marks:
            self._keep({**self._marks, key: SEEN})
        position = next((at for at, one in enumerate(self._rows) if one is session), None)
        if position is not None:
            self._open(self._rows, position)

    def action_filter(self) -> None:
        def apply(text: str | None) -> None:
            if text is not None:
                self._text = text
                self._show()
                self._ask_ahead()

        hint = "text in who, connection, type, tags or metadata"
        self.app.push_screen(AskScreen("Filter", hint, lambda text: text, self._text), apply)

    def action_ask_filters(self) -> None:
        def apply(text: str | None) -> None:
            if text is not None:
                self._filters = parse_filters(text)
                self.action_refresh_list()

        hint = "user= connection= type= review= approver= jira= batch= correlation= since=2026-11-01 until="
        self.app.push_screen(AskScreen("The gateway's filters", hint, parse_filters), apply)

    def action_flagged(self) -> None:
        self._flagged = not self._flagged
        self._show()
        self._ask_ahead()

    def action_sort(self) -> None:
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self._show()

    def action_mark(self) -> None:
        position = self._list.selected
        if position is None:
            return
        key = str(self._rows[position].fields.id)
        if self._marks.get(key, SEEN) != SEEN:
            self._keep({**self._marks, key: SEEN})
            self._show()
            return

        def keep(note: str | None) -> None:
            if note is not None:
                self._keep({**self._marks, key: note or "reviewed"})
                self._show()

        self.app.push_screen(AskScreen("Mark as reviewed", "a note, or nothing", lambda text: text), keep)

    def _keep(self, marks: dict[str, str]) -> None:
        self._marks = marks
        try:
            self._store.save_reviewed(marks)
        except ReplayError as error:
            self.notify(str(error), severity="error", markup=False)

    def action_clear(self) -> None:
        self._text, self._flagged = "", False
        self._show()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen())


def parse_filters(text: str) -> Filters:
    """The gateway's filters from words such as `connection=pgdemo since=2026-11-01`. Raises `UsageError`."""
    names = {
        "user": "user",
        "connection": "connection",
        "type": "type",
        "review": "review_status",
        "approver": "review_approver",
        "batch": "batch_id",
        "correlation": "correlation_id",
    }
    values: dict[str, object] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise UsageError(f"Write name=value, not '{shorten(clean(word), 40)}'.")
        if name in names:
            values[names[name]] = value.upper() if name == "review" else value
        elif name == "jira":
            values["jira_issue_keys"] = tuple(value.split(","))
        elif name in ("since", "until"):
            values["start_date" if name == "since" else "end_date"] = _date(value)
        else:
            raise UsageError(f"'{shorten(clean(name), 40)}' is no filter of the gateway.")
    return Filters(**values)  # type: ignore[arg-type]


def _date(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(f"'{shorten(clean(value), 40)}' is no date; write 2026-11-01 or 2026-11-01T14:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _start(session: Session) -> float:
    start = session.fields.start_date
    return start.timestamp() if isinstance(start, datetime) else 0.0


def _holds(session: Session, wanted: str) -> bool:
    if not wanted:
        return True
    fields = session.fields
    values = (session.who, fields.user, session.what, fields.type, fields.connection_subtype, fields.status, fields.id)
    texts = (str(value).lower() for value in (*values, fields.connection_tags, fields.metadata, fields.labels) if value)
    return any(wanted in text for text in texts)


def _size(size: int | None) -> str:
    if not size:
        return ""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size = size / 1024  # type: ignore[assignment]
    return f"{size:.1f} GiB"
