"""The application: the list of sessions, the theme, and the last filter before the terminal. No more than that."""

from __future__ import annotations

import asyncio
import io
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from textual import events
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import WorkerFailed

from replay_tui.domain.debug import is_debugging
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.text import sanitize, truncate
from replay_tui.settings.config import Settings
from replay_tui.settings.keymap import binding_keys, resolve_keymap
from replay_tui.settings.log_file import log_hint
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.background import BackgroundTasks, Task, TaskFailed
from replay_tui.ui.commands import COMMANDS, Place, bindings, commands_of, in_force
from replay_tui.ui.gc_control import freeze_loaded_objects
from replay_tui.ui.key_queue import KeyQueue
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.rendering import ControlFilter
from replay_tui.ui.screens.palette import Palette
from replay_tui.ui.screens.splash import SplashScreen
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.status_report import StatusReport, status_descriptor

if TYPE_CHECKING:
    from replay_tui.domain.session import Session
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.sources import LoadedSession
    from replay_tui.ui.list_findings import ListFindings
    from replay_tui.ui.screens.inbox import InboxScreen
    from replay_tui.ui.screens.replay import ReplayScreen

logger = logging.getLogger(__name__)
INTERRUPTED = 130
NEIGHBOUR_SESSIONS = 25
"""Sessions before and after the one on screen that the palette offers; a gateway's list may have ten thousand."""
DEFERRED_MODULES = "replay_tui.ui.screens.replay", "replay_tui.ui.screens.inbox"
"""What takes longest to load, the emulator's declarations and the models among it: after the first paint."""
NO_KEY = "no-key"
"""Stands where a command has lost its key; nothing sends it."""
_NO_MARKUP = str.maketrans("[]", "()")


def place_of(screen: Any) -> Place | None:
    """Which commands a screen knows, None for dialogs."""
    place: Place | None = getattr(screen, "PLACE", None)
    return place


TURN_SECONDS = 0.001
"""How long a working thread keeps the interpreter when the interface wants it; usual are five of these."""


def _is_interrupt(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.key == "ctrl+c"


class ReplayApp(App[int]):
    """Shows one of `sessions` at a time. `clock` gives seconds that never go back."""

    CSS_PATH = Path(__file__).parent / "styles" / "app.tcss"
    TITLE = "replay-tui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.EVERYWHERE)

    def __init__(
        self,
        sessions: Sequence[SessionRef] = (),
        options: LaunchOptions | None = None,
        *,
        at: int = 0,
        clock: Callable[[], float] = time.monotonic,
        theme: str = "textual-dark",
        store: StateStore | None = None,
        client: GatewayClient | None = None,
        keys: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        self.sessions, self.options, self.at, self.clock = list(sessions), options or LaunchOptions(), at, clock
        self._wanted_theme = theme
        self._store = store or StateStore()
        self._listed: list[SessionRef] | None = None
        self._client = client
        self._findings: ListFindings | None = None
        keymap, self._clashes = resolve_keymap(keys or {}, COMMANDS)
        self.commands = in_force(keymap)
        # An empty text would leave a key where it is.
        self.set_keymap({name: bound or NO_KEY for name, bound in binding_keys(keymap, COMMANDS).items()})
        self._control_filter = ControlFilter()
        self.key_queue = KeyQueue(self)
        self.notice_count = 0
        # Textual prints an exception with all local variables, the session's texts among them; `run_replay` raises it.
        self.error_console = Console(file=io.StringIO())

    def on_mount(self) -> None:
        sys.setswitchinterval(TURN_SECONDS)
        if (descriptor := status_descriptor()) is not None:
            StatusReport(self, self.key_queue, descriptor)
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._end_by, number)
        if self._wanted_theme in self.available_themes:
            self.theme = self._wanted_theme
        if self._clashes:
            self.notify(
                sanitize("\n".join(self._clashes), keep_newlines=True), severity="warning", timeout=8, markup=False
            )
        if all(name in sys.modules for name in DEFERRED_MODULES):
            self.push_screen(self._first_screen())
            return
        ref = self.sessions[self.at] if self.sessions else None
        self.push_screen(SplashScreen(ref.title or ref.path if ref else "the list of sessions"))
        self.call_after_refresh(self._load_deferred)

    def get_driver_class(self) -> type[Driver]:
        """Read the terminal with `TerminalDriver` where Textual would with the driver that it extends."""
        chosen = super().get_driver_class()
        if chosen.__module__ == "textual.drivers.linux_driver":
            from replay_tui.ui.terminal_driver import TerminalDriver

            return TerminalDriver
        return chosen

    async def on_event(self, event: events.Event) -> None:
        """Dispatch an event; typed input one by one, but for the key that ends the program."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and not _is_interrupt(event):
            await self.key_queue.put(event, super().on_event)
        else:
            await super().on_event(event)

    def notify(self, *args: Any, **options: Any) -> None:
        """See `textual.app.App.notify`; counts the notices."""
        self.notice_count += 1
        super().notify(*args, **options)

    def _load_deferred(self) -> None:
        def work(_task: Task) -> None:
            for name in DEFERRED_MODULES:
                import_module(name)
            freeze_loaded_objects()

        def fail(error: Exception) -> None:
            raise error  # without its screens the program ends

        BackgroundTasks(self).start("load screens", work, done=self._show_first_screen, crashed=fail)

    def _show_first_screen(self, _loaded: None) -> None:
        starting = self.screen
        self.switch_screen(self._first_screen())
        if isinstance(starting, SplashScreen):
            self.key_queue.put_first(starting.typed)

    def _first_screen(self) -> Screen[None]:
        """The screen to begin with."""
        if self.sessions or not self._client:
            return self._replay(self.options)
        from replay_tui.ui.screens.inbox import InboxScreen

        return InboxScreen(self._client, self._store, self._open_from_inbox, flagged=self.options.flagged)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and after them ours."""
        return [*super().get_line_filters(), self._control_filter]

    @property
    def _inbox(self) -> InboxScreen | None:
        return next((screen for screen in self.screen_stack if place_of(screen) is Place.INBOX), None)  # type: ignore[return-value]  # its place

    def open_neighbour(self, direction: int) -> bool:
        """Open the session so many places further on in the list; return False if there is none."""
        inbox = self._inbox if self.sessions is self._listed else None
        if inbox:  # more pages may have come
            self._take_list(inbox.sessions, self.sessions[self.at].path)
        if not 0 <= self.at + direction < len(self.sessions):
            return False
        self.open_session(self.at + direction)
        return True

    def open_session(self, position: int, at: float | None = None) -> None:
        """Open the session at a position of the list, at a moment in seconds if given, instead of the one on screen."""
        self.at = position
        if self._inbox and self.sessions is self._listed:
            self._inbox.visit(self.sessions[position].path)
        moment = None if at is None else repr(at)
        self.clear_notifications()  # they were about the session before
        self.switch_screen(self._replay(replace(self.options, at=moment, size=None, batch=False)))

    def _replay(self, options: LaunchOptions) -> ReplayScreen:
        ref = self.sessions[self.at]
        if ref.preloaded and ref.path != "-":  # what has been read of it is spent: a second time it is opened anew
            self.sessions[self.at] = replace(ref, preloaded=None)
        from replay_tui.ui.screens.replay import ReplayScreen

        return ReplayScreen(ref, options, self.clock, self, self._store)

    def set_session_list(self, sessions: Sequence[SessionRef], at: int) -> None:
        """Make these sessions the list; the one on screen, which stays, is the one at `at`."""
        self.sessions, self.at = list(sessions), at

    def findings_of_list(self) -> ListFindings:
        """The findings of the list's sessions as far as they are known."""
        from replay_tui.ui.list_findings import ListFindings

        if self._findings is None or list(self._findings.sessions) != self.sessions:
            self._findings = ListFindings(list(self.sessions), self.options.rules)
        return self._findings

    def _take_list(self, rows: list[Session], session_id: str) -> None:
        """The inbox's list as it is now; the one before stays if the session is on it no more."""
        position = next((at for at, one in enumerate(rows) if str(one.fields.id) == session_id), None)
        if position is not None:
            self._listed = [SessionRef(str(one.fields.id), one.display_connection, client=self._client) for one in rows]
            self.sessions, self.at = self._listed, position

    def _open_from_inbox(self, rows: list[Session], position: int) -> None:
        self._take_list(rows, str(rows[position].fields.id))
        self.push_screen(self._replay(self.options))

    def leave(self) -> None:
        """Go back to the list, or quit where there is none."""
        if self._inbox:
            if place_of(self.screen) is Place.REPLAY:  # a second `q` may come before the first one's screen is gone
                self.pop_screen()
        else:
            self.exit(0)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if not CommandPalette.is_open(self):  # type: ignore[arg-type]  # any app will do
            self.push_screen(Palette(id="--command-palette"))

    def _handle_exception(self, error: Exception) -> None:
        """See `textual.app.App`. An exception in a worker does not end the program, unless in debug mode."""
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            self._task_failed("Background task", error.error)
        else:
            super()._handle_exception(error)

    def on_task_failed(self, event: TaskFailed) -> None:
        self._task_failed(event.operation, event.error)

    def _task_failed(self, operation: str, error: Exception) -> None:
        """Log an exception in background work and notify the user; in debug mode end the program."""
        if is_debugging():
            try:
                raise error  # Textual looks at the exception that is being handled
            except Exception:
                super()._handle_exception(error)
            return
        logger.error("%s failed", operation, exc_info=error)
        what = "list" if place_of(self.screen) is Place.INBOX else "session"
        sentence = f"{operation} failed ({type(error).__name__}). The {what} stays open. {log_hint()}"
        self.notify(sanitize(sentence), severity="error", timeout=8, markup=False)

    def _end_by(self, number: signal.Signals) -> None:
        """End as a signal asks, with the terminal as it was before."""
        self.exit(128 + number, return_code=128 + number)

    def action_interrupt(self) -> None:
        """Copy a selection if there is one, else end at once."""
        if selected := self.screen.get_selected_text():
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()  # the next one ends
            self.notify("Copied what was selected.", timeout=3, markup=False)
            return
        self.exit(INTERRUPTED, return_code=INTERRUPTED)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: our commands first, then Textual's theme."""
        for command in commands_of(self):
            if command.palette and place_of(screen) in command.places:
                title = f"{command.label}  ({command.shown})" if command.shown else command.label
                yield SystemCommand(title, command.help, self._runner(screen, command.textual_action))
        if place_of(screen) is Place.REPLAY:
            replay: ReplayScreen = screen  # type: ignore[assignment]  # its place
            for position, ref in enumerate(self.sessions):
                if 0 < abs(position - self.at) <= NEIGHBOUR_SESSIONS:
                    # The palette reads markup in its lines.
                    title = truncate(sanitize(ref.title or ref.path), 80).translate(_NO_MARKUP)
                    yield SystemCommand(
                        f"session: {title}",
                        "Open this session",
                        partial(replay.controllers.session_list.neighbour, position - self.at),
                    )
        yield SystemCommand("theme", "Change the theme, dark or light", self.action_change_theme)

    def _runner(self, screen: Screen[Any], action: str) -> Callable[[], None]:
        async def run() -> None:
            await self.run_action(action, default_namespace=screen)

        def later() -> None:
            self.call_later(run)

        return later


def run_replay(
    source: str | None,
    *,
    demo: bool = False,
    opened: Iterator[LoadedSession] | None = None,
    at: str | None = None,
    play: bool = False,
    speed: float = 1.0,
    idle: str = "real",
    size: tuple[int, int] | None = None,
    times: str = "s",
    follow: bool = False,
    read_only: bool = False,
    session: int = 0,
    client: GatewayClient | None = None,
    settings: Settings | None = None,
    flagged: bool = False,
    more: Sequence[str] = (),
    batch: bool = False,
) -> int:
    """Run the interface on a saved session, on one of a gateway, on its list, or on the demo; answers the exit code.

    With a `client`, `source` is a session's id, and None is the list of sessions. `more` sessions of the same kind
    follow it in the list; `batch` makes the batch of `source` the list.
    """
    freeze_loaded_objects()
    refs: list[SessionRef] = []
    if client is not None:
        refs = [SessionRef(one, times=times, client=client) for one in (source, *more) if one is not None]
    elif demo or source is None:
        from replay_tui.demo import demo_sessions

        refs = [SessionRef(str(path), title) for title, path in demo_sessions()]
    else:
        refs = [SessionRef(source, times=times, preloaded=opened), *(SessionRef(one, times=times) for one in more)]
    given = TerminalSize.clamped(*size, SizeSource.GIVEN) if size else None
    chosen = settings or Settings()
    rules: tuple[Any, ...] = ()
    if chosen.rules:
        from replay_tui.findings.rules import custom_rules

        rules = custom_rules(chosen.rules)
    options = LaunchOptions(at, play, speed, idle, given, follow, read_only, chosen.sidebar, flagged, rules, batch)
    number = max(0, min(session, len(refs) - 1))
    app = ReplayApp(refs, options, at=number, client=client, theme=chosen.theme, keys=chosen.keys)
    result = app.run()
    if app._exception is not None:
        raise app._exception  # the command line says it in a sentence
    return result if result is not None else app.return_code or 0
