"""Queue of typed keys: each is dispatched once the previous key has taken effect.

Textual sends a key to the widget that has the focus when the key arrives. If an earlier key in that widget's queue
is about to close its dialog, the dialog would receive both keys. So the second key waits here.

Keys pressed before the first screen is mounted wait, too. Those pressed before the session is loaded or analysed are
dispatched when it is, in their order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from itertools import takewhile
from typing import Any

from textual import events
from textual.app import App, ScreenStackError
from textual.dom import DOMNode

from replay_tui.ui.command_table import COMMANDS, Group, commands_of

TypedInput = events.Key | events.Paste
MAX_WAIT_SECONDS = 1.0
"""Maximum time to wait for the effect of one key; then the next one is dispatched."""
WAIT_ROUNDS = 3
"""Rounds of waiting: the key itself, the messages that it caused, and the focus changes that these caused."""


class KeyQueue:
    """Dispatches the typed input of `app` in order.

    `holds` is called with each key before it is dispatched; it returns True if it keeps the key for `put_first`.
    `handled` counts the keys that have taken effect or are kept.
    """

    def __init__(self, app: App[Any], holds: Callable[[events.Key], bool] = lambda _: False) -> None:
        self._app, self._holds = app, holds
        self._paused = False
        self._waiting: deque[TypedInput] = deque()
        self._current: TypedInput | None = None
        self._is_posted = False  # whether the current event is in the application's queue and not dispatched yet
        self._withdrawn: list[TypedInput] = []  # in the application's queue, and to be ignored there
        self._held_back: list[events.Key] = []
        self._when_empty: list[Callable[[], object]] = []
        self._task: asyncio.Task[None] | None = None
        self.handled = 0

    async def put(self, event: TypedInput, dispatch: Callable[[events.Event], Awaitable[None]]) -> None:
        """Dispatch an event, now or once the previous one has taken effect."""
        if event in self._withdrawn:
            self._withdrawn.remove(event)
            return
        if self._paused or (self._current is not None and event is not self._current):
            self._waiting.append(event)
            return
        self._current, self._is_posted = event, False
        if isinstance(event, events.Key) and event not in self._held_back and self._holds(event):
            self.handled += 1
            self._next()
            return
        await dispatch(event)
        self._task = asyncio.create_task(self._finish(event))

    def pause(self) -> None:
        """Keep everything typed from now on, until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Dispatch what was typed since `pause`."""
        self._paused = False
        if self._current is None:
            self._next()

    def put_first(self, keys: Iterable[events.Key]) -> None:
        """Dispatch pending keys that were typed earlier, before the queue but after those of earlier calls."""
        again = [events.Key(key.key, key.character) for key in keys]
        if self._current not in self._held_back:
            self._withdraw()
        earlier = list(takewhile(self._held_back.__contains__, self._waiting))
        for _ in earlier:
            self._waiting.popleft()
        self._held_back += again
        self._waiting.extendleft(reversed([*earlier, *again]))
        if self._current is None:
            self._next()

    def take(self) -> list[events.Key]:
        """Return the keys that have not been dispatched, and remove them; they count as handled."""
        self._withdraw()
        keys = [event for event in self._waiting if isinstance(event, events.Key)]
        self._waiting.clear()
        self.handled += sum(key not in self._held_back for key in keys)
        return keys

    def _withdraw(self) -> None:
        """Put the current event back if it has not been dispatched yet."""
        if self._current is not None and self._is_posted:
            self._withdrawn.append(self._current)
            self._waiting.appendleft(self._current)
            self._current = None

    def when_empty(self, callback: Callable[[], object]) -> None:
        """Call back once every key typed so far has taken effect."""
        if self._current is None:
            callback()
        else:
            self._when_empty.append(callback)

    async def _finish(self, event: TypedInput) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                await _effects_of_input(self._app)
        if event in self._held_back:
            self._held_back.remove(event)
        elif isinstance(event, events.Key):
            self.handled += 1
        self._next()

    def _next(self) -> None:
        self._current = self._waiting.popleft() if self._waiting else None
        if self._current is not None:
            self._is_posted = True
            self._app.post_message(self._current)
            return
        callbacks, self._when_empty = self._when_empty, []
        for callback in callbacks:
            callback()


async def _effects_of_input(app: App[Any]) -> None:
    """Wait until every node from the focused widget up to the application has processed its queue."""
    for _ in range(WAIT_ROUNDS):
        try:
            node: DOMNode | None = app.focused or app.screen
        except ScreenStackError:  # the application is ending
            return
        while node is not None:
            reached = asyncio.Event()
            if node.call_later(reached.set):
                await reached.wait()
            node = node.parent


_ASKS_FOR_TEXT = frozenset(("goto", "search", "bookmark", "filter", "size", "palette"))
_ENDS_TEXT = frozenset(("enter", "escape"))
_NEED_ANALYSIS = frozenset(
    (
        "flag-back",
        "flag-on",
        "worst",
        "findings-order",
        "statement-on",
        "statement-back",
        "raw",
        "keystrokes",
        "export",
        "set-findings",
    )
)
_NEED_LENGTH = frozenset(("tenth", "back-tenth", "on-tenth", "end"))
_NEED_RECORDING = frozenset(one.id for one in COMMANDS if one.group is Group.PLAYBACK and one.id != "goto") | {
    "hit-on", "hit-back", "filter", "hide-input", "hide-output", "hide-errors", "transcript", "view", "size", "unmask",
    "copy", "bookmark", "bookmarks", "batch",
}  # fmt: skip


class PendingKeys:
    """Holds the keys of `commands` (ids), which need a loaded recording or its analysis, and all keys after them."""

    commands = _NEED_RECORDING | _NEED_ANALYSIS

    def __init__(self) -> None:
        self._held: list[tuple[str, events.Key]] = []

    def hold(self, event: events.Key, app: App[Any]) -> bool:
        """Return True if a key was held: one of `commands`, or any key after one. Quitting works at once.

        The key that quits is held if an earlier one asks for a text, of which it may be a letter.
        """
        name = next((one.id for one in commands_of(app) if event.key in one.keys), "")
        if name not in self.commands and (not self._held or (name == "quit" and not self._asks_for_text)):
            return False
        self.add([event], app)
        return True

    def add(self, keys: Iterable[events.Key], app: App[Any]) -> None:
        """Hold keys after those that are held already."""
        for event in keys:
            name = next((one.id for one in commands_of(app) if event.key in one.keys), "")
            self._held.append(("" if self._asks_for_text and event.key not in _ENDS_TEXT else name, event))

    @property
    def _asks_for_text(self) -> bool:
        """Return True if the key after the held ones is a letter of a text."""
        for name, event in reversed(self._held):
            if event.key in _ENDS_TEXT:
                return False
            if name in _ASKS_FOR_TEXT:
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self._held)

    def ready(self, *, analysed: bool, complete: bool = True) -> list[events.Key]:
        """Release and return the keys up to the first one that needs more than the recording has by now.

        That is the analysis unless it is `analysed`, or the length unless the recording is `complete`.
        """
        needs = (frozenset() if analysed else _NEED_ANALYSIS) | (frozenset() if complete else _NEED_LENGTH)
        count = next((at for at, (name, _) in enumerate(self._held) if name in needs), len(self._held))
        ready, self._held = self._held[:count], self._held[count:]
        return [event for _, event in ready]
