"""Keys pressed before the session is loaded or analysed; they are dispatched when it is."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App

from replay_tui.ui.commands import COMMANDS, Group, commands_of

_NEED_RECORDING = frozenset(one.id for one in COMMANDS if one.group is Group.TRANSPORT and one.id != "goto")
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
