"""Connections of the loopback gateway: the approval defaults that apply to reviews without a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Connection:
    """A connection. `min_review_approvals` None means that every review group must approve."""

    name: str
    min_review_approvals: int | None = None
    force_approve_groups: tuple[str, ...] = ()
    has_review_plugin: bool = True

    def details(self) -> dict[str, Any]:
        """Return the response of `GET /connections/{name}`, reduced to its approval defaults."""
        return {
            "name": self.name,
            "resource_name": self.name,
            "min_review_approvals": self.min_review_approvals,
            "force_approve_groups": list(self.force_approve_groups),
        }
