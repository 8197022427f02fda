"""Queue of typed keys: each is dispatched once the previous key has taken effect.

Textual sends a key to the widget that has the focus when the key arrives. If an earlier key in that widget's queue
is about to close its dialog, the dialog would receive both keys. So the second key waits here.

Keys pressed before the session is loaded or analysed are dispatched when it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from textual import events
from textual.app import App, ScreenStackError
from textual.dom import DOMNode

from replay_tui.ui.commands import COMMANDS, Group, commands_of

TypedInput = events.Key | events.Paste
MAX_WAIT_SECONDS = 1.0
"""Maximum time to wait for the effect of one key; then the next one is dispatched."""
WAIT_ROUNDS = 3
"""Rounds of waiting: the key itself, the messages that it caused, and the focus changes that these caused."""


class KeyQueue:
    """Dispatches the typed input of `app` in order.

    `handled` counts the keys that have taken effect or are pending until the session is loaded.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[TypedInput] = deque()
        self._current: TypedInput | None = None
        self._held_back: list[events.Key] = []
        self._when_empty: list[Callable[[], object]] = []
        self._task: asyncio.Task[None] | None = None
        self.handled = 0

    async def put(self, event: TypedInput, dispatch: Callable[[events.Event], Awaitable[None]]) -> None:
        """Dispatch an event, now or once the previous one has taken effect."""
        if self._current is not None and event is not self._current:
            self._waiting.append(event)
            return
        self._current = event
        await dispatch(event)
        self._task = asyncio.create_task(self._finish(event))

    def put_first(self, keys: Iterable[events.Key]) -> None:
        """Dispatch pending keys that were typed earlier, before the keys in the queue."""
        again = [events.Key(key.key, key.character) for key in keys]
        self._held_back += again
        self._waiting.extendleft(reversed(again))
        if self._current is None:
            self._next()

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


_NEED_RECORDING = frozenset(one.id for one in COMMANDS if one.group is Group.PLAYBACK and one.id != "goto")
_NEED_ANALYSIS = frozenset(("flag-back", "flag-on", "statement-on", "statement-back"))


class PendingKeys:
    """Holds the keys of `commands` (ids), which need a loaded recording or its analysis."""

    commands = _NEED_RECORDING | _NEED_ANALYSIS

    def __init__(self) -> None:
        self._held: list[tuple[str, events.Key]] = []

    def hold(self, event: events.Key, app: App[Any]) -> bool:
        """Hold a key if it belongs to one of `commands`; return True if it was held."""
        wanted = [one.id for one in commands_of(app) if event.key in one.keys and one.id in self.commands]
        self._held += [(one, event) for one in wanted[:1]]
        return bool(wanted)

    def ready(self, *, analysed: bool) -> list[events.Key]:
        """Release and return the keys that work now that the session is loaded, or `analysed`."""
        ready = [event for one, event in self._held if analysed or one in _NEED_RECORDING]
        self._held = [] if analysed else [held for held in self._held if held[0] in _NEED_ANALYSIS]
        return ready
