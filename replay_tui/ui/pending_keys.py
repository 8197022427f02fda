"""Keys that are pressed before there is a session for them."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App

from replay_tui.ui.commands import COMMANDS, Group, commands_of

_WHEN_READ = frozenset(one.id for one in COMMANDS if one.group is Group.TRANSPORT and one.id != "goto")
_WHEN_ANALYSED = frozenset(("flag-back", "flag-on", "statement-on", "statement-back"))


class PendingKeys:
    """Holds the keys of `commands` (ids) that can do nothing before a session is read, or analysed."""

    commands = _WHEN_READ | _WHEN_ANALYSED

    def __init__(self) -> None:
        self._held: list[tuple[str, events.Key]] = []

    def hold(self, event: events.Key, app: App[Any]) -> bool:
        """Hold a key; says whether it is one of those."""
        wanted = [one.id for one in commands_of(app) if event.key in one.keys and one.id in self.commands]
        self._held += [(one, event) for one in wanted[:1]]
        return bool(wanted)

    def ready(self, *, analysed: bool) -> list[events.Key]:
        """Return, and hold no longer, the keys that work now that the session is read, or `analysed`."""
        ready = [event for one, event in self._held if analysed or one in _WHEN_READ]
        self._held = [] if analysed else [held for held in self._held if held[0] in _WHEN_ANALYSED]
        return ready
