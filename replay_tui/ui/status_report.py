"""Status reports for programs that drive the interface: one JSON line on a file descriptor after every change.

`REPLAY_TUI_STATUS_FD` names an inherited descriptor. Tests on a pseudo-terminal wait for these lines, because the
output does not tell whether a key has been handled. A line contains only names from this program's own code, numbers
and flags, and no text of a session, of the user, or of a gateway.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual.app import App, ScreenStackError
from textual.widget import Widget
from textual.widgets import Input

from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.command_table import Place, place_of
from replay_tui.ui.key_queue import KeyQueue

if TYPE_CHECKING:
    from replay_tui.ui.screens.inbox import InboxScreen
    from replay_tui.ui.screens.replay import ReplayScreen

DESCRIPTOR_VARIABLE = "REPLAY_TUI_STATUS_FD"
CHECK_SECONDS = 0.02
"""Interval at which the state is compared with the last line."""
SAME_MOMENT_SECONDS = 1e-6
"""Tolerance within which a frame belongs to the playhead's moment."""


def status_descriptor() -> int | None:
    """Return the descriptor that the environment names if it is open and not a standard stream, else None."""
    written = os.environ.get(DESCRIPTOR_VARIABLE, "")
    if not (written.isdecimal() and len(written) < 7 and int(written) > 2):
        return None
    try:
        os.fstat(int(written))
    except OSError:
        return None
    return int(written)


class StatusReport:
    """Writes the state of `app` to `descriptor` until its reader closes it."""

    def __init__(self, app: App[Any], keys: KeyQueue, descriptor: int) -> None:
        self._app, self._keys, self._descriptor = app, keys, descriptor
        self._last = b""
        os.set_blocking(descriptor, False)
        self._timer = app.set_interval(CHECK_SECONDS, self._check)

    def _check(self) -> None:
        """Report a state that differs from the last one, once it has been drawn."""
        try:
            if any(screen.state.has_changes for screen in _replay_screens(self._app)):
                return
            state = {"keys": self._keys.handled, **interface_state(self._app)}
        except ScreenStackError:  # the application is ending
            return
        line = json.dumps(state).encode() + b"\n"
        if line != self._last:
            self._last = line
            self._app.call_after_refresh(self._write, line)

    def _write(self, line: bytes) -> None:
        try:
            os.write(self._descriptor, line)  # atomic, because it is shorter than PIPE_BUF
        except BlockingIOError:
            self._last = b""  # the next check tries again
        except OSError:  # the reader closed its end
            self._timer.stop()


def _replay_screens(app: App[Any]) -> Iterator[ReplayScreen]:
    for screen in app.screen_stack:
        if place_of(screen) is Place.REPLAY and screen.is_mounted:
            yield screen  # type: ignore[misc]  # its place


def interface_state(app: Any) -> dict[str, object]:
    """Return the visible state: screens from the bottom up, focus, size, and the state of the session or list.

    Raises `ScreenStackError` if the application has closed all screens.
    """
    screens = list(app.screen_stack)
    state: dict[str, object] = {
        "screens": [type(screen).__name__ for screen in screens],
        "top": type(app.screen).__name__,
        "ready": app.screen.is_mounted,
        "size": [app.screen.size.width, app.screen.size.height],
        "session": app.navigation.at,
        "notices": app.notice_count,
        "workers": sorted(_running_tasks(screens)),
        **_focus_state(app.focused),
    }
    for screen in screens:
        if place_of(screen) is Place.INBOX and screen.is_mounted:
            inbox: InboxScreen = screen
            state |= inbox.list_state
    for replay in _replay_screens(app):
        state |= _replay_state(replay)
    return state


def _running_tasks(screens: list[Any]) -> Iterator[str]:
    """Yield the names of background tasks, except the one that draws frames, which runs as long as the screen."""
    for screen in screens:
        background: BackgroundTasks | None = getattr(getattr(screen, "view", screen), "background", None)
        yield from (name for name in background.names if name != "drawing the screen") if background else ()


def _focus_state(widget: Widget | None) -> dict[str, object]:
    if widget is None:
        return {"focus": None, "cursor": None, "scroll": None, "typed": None}
    return {
        "focus": widget.id or type(widget).__name__,
        "cursor": getattr(widget, "cursor", None),
        "scroll": [round(widget.scroll_x), round(widget.scroll_y)],
        "typed": len(widget.value) if isinstance(widget, Input) else None,
    }


def _replay_state(screen: ReplayScreen) -> dict[str, object]:
    from replay_tui.ui.widgets.terminal_view import TerminalView

    state, view = screen.state, screen.query_one(TerminalView)
    player, shown = state.player, view.shown
    position = player.position
    return {
        "loaded": state.has_recording,
        "complete": state.complete,
        "failed": state.load_failed,
        "analysed": state.findings is not None,
        "frame_drawn": shown is not None and abs(shown.time - position) < SAME_MOMENT_SECONDS,
        "view": str(state.kind),
        "pane": state.pane,
        "classes": sorted(screen.classes),
        "position": round(position, 3),
        "duration": round(player.duration, 3),
        "playing": player.playing,
        "speed": player.speed,
        "idle": str(player.idle),
        "hidden": sorted(state.hidden),
        "keystrokes": state.keystrokes_shown,
        "unmasked": state.hidden_input_revealed,
        "clock": state.clock_mode,
        "follows_cursor": view.follow,
        "statement": state.current_statement,
        "finding": state.current_finding,
        "searching": state.search.query is not None,
        "hits": len(state.search.hits),
        "hit": state.search.current,
        "filters": sum(map(bool, state.filters.values())),
        "bookmarks": len(state.bookmarks.found),
    }
