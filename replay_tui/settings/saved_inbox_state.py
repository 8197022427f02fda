"""Saved position, sort order and filters in a gateway's session list, restored at the next start."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from replay_tui.settings.state_store import StateStore

MAX_GATEWAYS = 20


@dataclass(frozen=True, slots=True)
class SavedInboxState:
    """Position and filters of a session list.

    Attributes:
        session: id of the session under the cursor.
        depth: number of sessions that were loaded.
        sort: name of the sort order.
        flagged: True if only flagged sessions are listed.
        text: local text filter.
        filters: gateway filters as typed.
    """

    session: str = ""
    depth: int = 0
    sort: str = ""
    flagged: bool = False
    text: str = ""
    filters: str = ""

    @staticmethod
    def load(store: StateStore, gateway: str) -> SavedInboxState:
        """Return the saved state for the gateway at this address, or the default state."""
        kept = store.document(_NAME).get(gateway)
        if not isinstance(kept, dict):
            return SavedInboxState()
        good = {
            one.name: kept[one.name] for one in fields(SavedInboxState) if type(kept.get(one.name)) is type(one.default)
        }
        return SavedInboxState(**good)

    def save(self, store: StateStore, gateway: str) -> None:
        """Save the state for the gateway at this address. Raises `ReplayError` if the file cannot be written."""
        kept = {name: place for name, place in store.document(_NAME).items() if name != gateway}
        store.save_document(_NAME, dict([*kept.items(), (gateway, asdict(self))][-MAX_GATEWAYS:]))


_NAME = "inbox.json"
