"""Orders of the inbox: each sorts by one column, in one direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from replay_tui.ui.inbox.rows import InboxRow

SortKey = tuple[float | str, float]


class Order(Struct, frozen=True):
    """An order: its `name` for the saved state, the `column` it sorts by, a `label`, and whether it is `ascending`."""

    name: str
    column: str
    label: str
    key: Callable[[InboxRow], SortKey]
    ascending: bool = False

    @property
    def mark(self) -> str:
        """Arrow for the title of the column."""
        return "▴" if self.ascending else "▾"


NEWEST, OLDEST, RISKIEST = "newest", "oldest", "riskiest"
STARTED = "started"
_ALL = (
    Order(NEWEST, STARTED, "newest first", lambda row: (0.0, -row.start)),
    Order(RISKIEST, "risk", "riskiest first", lambda row: (-row.rank, -row.start)),
    Order("longest", "duration", "longest first", lambda row: (-row.duration, -row.start)),
    Order("largest", "size", "largest first", lambda row: (-row.size, -row.start)),
    Order(OLDEST, STARTED, "oldest first", lambda row: (0.0, row.requested), ascending=True),
    Order("least risky", "risk", "least risky first", lambda row: (row.rank, -row.start), ascending=True),
    Order("shortest", "duration", "shortest first", lambda row: (row.duration, -row.start), ascending=True),
    Order("smallest", "size", "smallest first", lambda row: (row.size, -row.start), ascending=True),
    Order("user", "user", "by user", lambda row: (row.session.display_user.lower(), -row.start), ascending=True),
    Order(
        "connection", "connection", "by connection",
        lambda row: (row.session.display_connection.lower(), -row.start), ascending=True,
    ),
    Order("review", "review", "by review status", lambda row: (row.review, -row.start), ascending=True),
)  # fmt: skip
ORDERS = {order.name: order for order in _ALL}
"""Orders by name, as one key goes through them; equal rows are newest first."""


def next_order(current: str, column: str = "") -> str:
    """Return the order after `current`; with a `column` among its own orders, an empty text if it has none."""
    names = [order.name for order in _ALL if not column or order.column == column]
    if current in names:
        return names[(names.index(current) + 1) % len(names)]
    return names[0] if names else ""
