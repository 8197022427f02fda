"""The Textual application: starts and ends the interface, dispatches typed keys, and reports background failures."""

from __future__ import annotations

import asyncio
import io
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from textual.notifications import Notification
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.worker import WorkerFailed

from replay_tui.domain.debug import is_debugging
from replay_tui.domain.display_text import sanitize
from replay_tui.settings.keymap import binding_keys, resolve_keymap
from replay_tui.settings.log_file import log_hint
from replay_tui.settings.state_store import StateStore
from replay_tui.terminal.emulator_errors import EmulatorUnavailable
from replay_tui.ui.background import BackgroundTasks, Task, TaskFailed
from replay_tui.ui.command_table import COMMANDS, Place, bindings, commands_with_keys, place_of
from replay_tui.ui.gc_control import freeze_loaded_objects
from replay_tui.ui.key_queue import KeyQueue
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.rendering import ControlFilter
from replay_tui.ui.screens.splash import SplashScreen
from replay_tui.ui.session_navigation import SessionNavigation
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.status_report import StatusReport, status_descriptor
from replay_tui.ui.themes import THEMES
from replay_tui.ui.viewer_colours import SixteenColours

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

logger = logging.getLogger(__name__)
INTERRUPTED_EXIT_CODE = 130
DEFERRED_MODULES = "replay_tui.ui.screens.replay", "replay_tui.ui.screens.inbox"
"""Loaded after the first paint, because they import the slowest modules (the emulator's declarations, the models)."""
UNBOUND_KEY = "no-key"
"""Key name of a command that has lost its key; no terminal sends it."""
SWITCH_INTERVAL_SECONDS = 0.001
"""How long a worker thread keeps the interpreter when the interface needs it; Python's default is 0.005."""


def _is_interrupt(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.key == "ctrl+c"


class ReplayApp(App[int]):
    """Shows one of `sessions` at a time. `clock` returns monotonic seconds."""

    CSS_PATH = Path(__file__).parent / "styles" / "app.tcss"
    TITLE = "replay-tui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.EVERYWHERE)
    _variables: tuple[Theme, dict[str, str]] | None = None

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
        self.navigation = SessionNavigation(
            self, sessions, at, options or LaunchOptions(), clock=clock, store=store or StateStore(), client=client
        )
        self._wanted_theme = theme
        keymap, self._key_conflicts = resolve_keymap(keys or {}, COMMANDS)
        self.commands = commands_with_keys(keymap)
        # Textual leaves a key bound where the keymap has an empty text.
        self.set_keymap({name: bound or UNBOUND_KEY for name, bound in binding_keys(keymap, COMMANDS).items()})
        self._sixteen_colours, self._control_filter = SixteenColours(), ControlFilter()
        self.key_queue = KeyQueue(self, self._holds)
        self.notice_count = 0
        self._seen_notices: list[Notification] = []
        # Textual prints exceptions with all local variables, which hold texts of the session; `run_replay` raises them.
        self.error_console = Console(file=io.StringIO())

    def on_mount(self) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        if (descriptor := status_descriptor()) is not None:
            StatusReport(self, self.key_queue, descriptor)
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._exit_on_signal, number)
        for theme in THEMES:
            self.register_theme(theme)
        if self._wanted_theme in self.available_themes:
            self.theme = self._wanted_theme
        if self._key_conflicts:
            message = sanitize("\n".join(self._key_conflicts), keep_newlines=True)
            self.notify(message, severity="warning", timeout=8, markup=False)
        navigation = self.navigation
        if all(name in sys.modules for name in DEFERRED_MODULES):
            self.push_screen(navigation.first_screen())
            return
        ref = navigation.sessions[navigation.at] if navigation.sessions else None
        self.key_queue.pause()
        self.push_screen(SplashScreen(ref.title or ref.path if ref else "the list of sessions"))
        self.call_after_refresh(self._load_deferred)

    def get_driver_class(self) -> type[Driver]:
        """Return `TerminalDriver` on Unix terminals, where Textual would return the driver that it extends."""
        chosen = super().get_driver_class()
        if chosen.__module__ == "textual.drivers.linux_driver":
            from replay_tui.ui.input_parser import TerminalDriver

            return TerminalDriver
        return chosen

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the current theme. Textual would compute them, for each frame of the status line."""
        if self._variables is None or self._variables[0] is not self.current_theme:
            self._variables = self.current_theme, super().get_css_variables()
        return self._variables[1]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters, followed by those for 16 colours and for control characters."""
        few = [self._sixteen_colours] if self.console.color_system == "standard" else []
        return [*super().get_line_filters(), *few, self._control_filter]

    async def on_event(self, event: events.Event) -> None:
        """Dispatch an event: typed keys through the key queue, except Ctrl+C, which ends the program at once."""
        if isinstance(event, events.Key | events.MouseDown) and not event.is_forwarded:
            self._seen_notices = list(self._notifications)
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and not _is_interrupt(event):
            await self.key_queue.put(event, super().on_event)
        else:
            await super().on_event(event)

    def _holds(self, event: events.Key) -> bool:
        """Return True if the screen keeps a key until its session is loaded."""
        screen: Any = self.screen
        return place_of(screen) is Place.REPLAY and screen.holds(event)

    def notify(self, message: str, **options: Any) -> None:
        """See `textual.app.App.notify`; does nothing while the same notice is visible, and counts the others."""
        if not any(one.message == message and not one.has_expired for one in self._notifications):
            self.notice_count += 1
            super().notify(message, **options)

    def push_screen(self, screen: Any, *args: Any, **options: Any) -> Any:
        """See `textual.app.App.push_screen`; a dialog removes the notices that its key or click followed.

        They would cover its rows for seconds. Errors stay, and so do notices that are newer than the key.
        """
        if isinstance(screen, ModalScreen):
            for notice in self._seen_notices:
                if notice.severity != "error":
                    self._unnotify(notice)
            self._seen_notices = []
        return super().push_screen(screen, *args, **options)

    # -- start ----------------------------------------------------------------------------------------------------

    def _load_deferred(self) -> None:
        def work(_task: Task) -> None:
            for name in DEFERRED_MODULES:
                import_module(name)
            freeze_loaded_objects()

        def fail(error: Exception) -> None:
            raise error  # without its screens the program ends

        def refuse(message: str) -> None:
            fail(EmulatorUnavailable(message))

        tasks = BackgroundTasks(self)
        tasks.start("loading the screens", work, done=self._show_first_screen, failed=refuse, crashed=fail)

    def _show_first_screen(self, _loaded: None) -> None:
        async def show() -> None:
            await self.switch_screen(self.navigation.first_screen())
            self.key_queue.resume()

        self.call_later(show)

    # -- palette --------------------------------------------------------------------------------------------------

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if not CommandPalette.is_open(self):  # type: ignore[arg-type]  # declared for App[object]
            from replay_tui.ui.screens.palette import Palette

            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield the entries of the palette: commands of the screen, sessions of the list, Textual's themes."""
        from replay_tui.ui.screens.palette import palette_commands

        yield from palette_commands(self, screen)
        yield SystemCommand("theme", "Change the theme, dark or light", self.action_change_theme)

    def action_find(self) -> None:
        """Show the find screen."""
        self.navigation.find()

    # -- failures and the end -------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """See `textual.app.App`. An exception in a worker ends the program only in debug mode."""
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            self._report_failure("Background task", error.error)
        else:
            super()._handle_exception(error)

    def on_task_failed(self, event: TaskFailed) -> None:
        self._report_failure(event.operation, event.error)

    def _report_failure(self, operation: str, error: Exception) -> None:
        """Log an exception in a background task and notify the user; in debug mode end the program."""
        if is_debugging():
            try:
                raise error  # Textual prints the exception that is being handled
            except Exception:
                super()._handle_exception(error)
            return
        logger.error("%s failed", operation, exc_info=error)
        what = "list" if place_of(self.screen) is Place.INBOX else "session"
        message = f"{operation} failed ({type(error).__name__}). The {what} stays open. {log_hint()}"
        self.notify(sanitize(message), severity="error", timeout=8, markup=False)

    def _exit_on_signal(self, number: signal.Signals) -> None:
        """Exit with the conventional code 128 + `number`; Textual restores the terminal."""
        self.exit(128 + number, return_code=128 + number)

    def action_interrupt(self) -> None:
        """Copy the selected text if there is a selection, else end the program at once."""
        if selected := self.screen.get_selected_text():
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()  # so that the next Ctrl+C ends the program
            self.notify("Copied the selection.", timeout=3, markup=False)
            return
        self.exit(INTERRUPTED_EXIT_CODE, return_code=INTERRUPTED_EXIT_CODE)

    def action_suspend(self) -> None:
        """Suspend the program if a shell can continue it."""
        if self._driver is not None and self._driver.can_suspend:
            self.action_suspend_process()
        else:
            self.notify("No shell with job control started this program: it cannot be suspended.", markup=False)
