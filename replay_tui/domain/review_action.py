"""Actions on a session, and the reasons why the gateway would deny them, as values without sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Action(StrEnum):
    """Action on a session; the value is its name for display."""

    APPROVE = "approve"
    APPROVE_WINDOW = "approve in a time window"
    FORCE = "force approval"
    REJECT = "reject"
    REVOKE = "revoke"
    RUN = "run"
    KILL = "kill"
    METADATA = "edit metadata"


class DenialCode(StrEnum):
    """Reason why an action is denied."""

    READ_ONLY = auto()
    NO_REVIEW = auto()
    REVIEW_CLOSED = auto()
    ALREADY_APPROVED = auto()
    NOT_APPROVED = auto()
    OWN_SESSION = auto()
    WINDOW_ALREADY_SET = auto()
    OUTSIDE_WINDOW = auto()
    NOT_IN_FORCE_GROUPS = auto()
    NOT_IN_GROUPS = auto()
    GROUPS_DECIDED = auto()
    NOT_REVOCABLE = auto()
    NOT_ONE_TIME = auto()
    NOT_RUNNING = auto()
    NOT_OWNER = auto()
    NOT_OWNER_OR_ADMIN = auto()


@dataclass(frozen=True, slots=True)
class Denial:
    """Reason of a denial with its values, as received: the review's `status`, the names of `groups`.

    `seconds_until_open` belongs to `OUTSIDE_WINDOW`.
    """

    code: DenialCode
    status: str = ""
    groups: tuple[str, ...] = ()
    seconds_until_open: float = 0.0


@dataclass(frozen=True, slots=True)
class ActionAvailability:
    """An action and the reason of its denial, None if the gateway is likely to accept it."""

    action: Action
    denial: Denial | None = None

    @property
    def allowed(self) -> bool:
        """True if the gateway is likely to accept the action."""
        return self.denial is None
