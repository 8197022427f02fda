"""Where somebody was in a gateway's list of sessions, kept from one run to the next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from replay_tui.settings.state_store import StateStore

MAX_GATEWAYS = 20


@dataclass(frozen=True, slots=True)
class SavedInboxState:
    """The `session` under the cursor (its id) among the first `depth` loaded, and how the list was narrowed.

    `filters` are the gateway's own, as they were typed.
    """

    session: str = ""
    depth: int = 0
    sort: str = ""
    flagged: bool = False
    text: str = ""
    filters: str = ""

    @staticmethod
    def load(store: StateStore, gateway: str) -> SavedInboxState:
        """Where one was in the list of the gateway at this address; the top of the whole list if that is unknown."""
        kept = store.document(_NAME).get(gateway)
        if not isinstance(kept, dict):
            return SavedInboxState()
        good = {
            one.name: kept[one.name] for one in fields(SavedInboxState) if type(kept.get(one.name)) is type(one.default)
        }
        return SavedInboxState(**good)

    def save(self, store: StateStore, gateway: str) -> None:
        """Keep it. Raises `ReplayError` where it cannot be written."""
        kept = {name: place for name, place in store.document(_NAME).items() if name != gateway}
        store.save_document(_NAME, dict([*kept.items(), (gateway, asdict(self))][-MAX_GATEWAYS:]))


_NAME = "inbox.json"
