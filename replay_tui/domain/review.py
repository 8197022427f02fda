"""Models of a session's review: required approvals, decisions, and the time window for running it.

Also the actions on a session, and the reasons why the gateway would deny them, as values without sentences.
"""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum, auto
from typing import Any

from msgspec import Struct

from replay_tui.domain.lenient_model import LenientModel, ObjectList, OptionalTimestamp, StringList


class Reviewer(LenientModel):
    """User who approved or rejected a session for a review group."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    slack_id: str | None = None

    @property
    def display_name(self) -> str:
        """Name for display: the name, else the email address, else the id."""
        return self.name or self.email or self.id or "somebody"


class ReviewGroup(LenientModel):
    """Decision of one review group; `status` is `PENDING` until a member approves or rejects."""

    id: str | None = None
    group: str | None = None
    status: str | None = None
    forced_review: bool | None = None
    review_date: OptionalTimestamp = None
    reviewed_by: Reviewer | None = None


class ApprovalDefaults(LenientModel):
    """Approval settings of a connection. They apply to reviews without an access request rule."""

    min_review_approvals: int | None = None
    force_approve_groups: StringList | None = None


TIME_RANGE = "time_range"
"""The only type of time window that the gateway runs sessions in."""


class TimeWindow(LenientModel):
    """Daily time window in UTC. `configuration`: `start_time`, `end_time` as `HH:MM`.

    A window over midnight is open until 24:00 only: after midnight the gateway refuses to run the session.
    """

    type: str | None = None
    configuration: dict[str, Any] | None = None

    @property
    def hours(self) -> tuple[time, time] | None:
        """Start and end of the window; None if its type or configuration is invalid."""
        values = self.configuration or {}
        if self.type not in (None, TIME_RANGE):
            return None
        try:
            return (
                time.fromisoformat(str(values.get("start_time"))),
                time.fromisoformat(str(values.get("end_time"))),
            )
        except ValueError:
            return None

    def seconds_until_open(self, now: datetime) -> float | None:
        """Return the seconds until the window opens: 0 if it is open, None if invalid. `now` is in UTC."""
        hours = self.hours
        if hours is None:
            return None
        start, current = _seconds_of_day(hours[0]), _seconds_of_day(now.time())
        return 0.0 if start <= current < self._end_of_day_second(hours) else (start - current) % 86400

    def seconds_until_close(self, now: datetime) -> float | None:
        """Return the seconds until an open window closes; None if it is closed or invalid. `now` is in UTC."""
        hours = self.hours
        if hours is None or self.seconds_until_open(now) != 0:
            return None
        return self._end_of_day_second(hours) - _seconds_of_day(now.time())

    @property
    def crosses_midnight(self) -> bool:
        """True if the window ends before it starts."""
        hours = self.hours
        return hours is not None and hours[1] < hours[0]

    def _end_of_day_second(self, hours: tuple[time, time]) -> float:
        return 86400.0 if self.crosses_midnight else _seconds_of_day(hours[1])


def _seconds_of_day(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


_MAX_NANOSECONDS = 10**30


class Review(LenientModel):
    """Review as received from the gateway. `access_duration` is in nanoseconds; see `access_seconds`."""

    id: str | None = None
    type: str | None = None
    status: str | None = None
    access_duration: int | None = None
    created_at: OptionalTimestamp = None
    revoke_at: OptionalTimestamp = None
    access_request_rule_name: str | None = None
    min_approvals: int | None = None
    force_approval_groups: StringList | None = None
    rejection_reason: str | None = None
    time_window: TimeWindow | None = None
    review_groups_data: ObjectList[ReviewGroup] | None = None

    @property
    def groups(self) -> list[ReviewGroup]:
        """The review groups; an empty list if the gateway sent none."""
        return self.review_groups_data or []

    @property
    def access_seconds(self) -> float | None:
        """Duration of the granted access in seconds; None if it is unlimited."""
        # An integer of several hundred digits overflows a float.
        return (
            max(-_MAX_NANOSECONDS, min(self.access_duration, _MAX_NANOSECONDS)) / 1e9 if self.access_duration else None
        )

    @property
    def is_undecided(self) -> bool:
        """True while the review may still be approved."""
        return self.status == "PENDING"

    @property
    def is_running(self) -> bool:
        """True while the gateway runs the session: the status changes without a decision."""
        return self.status in ("PROCESSING", "UNKNOWN")

    def approvals(self, defaults: ApprovalDefaults | None = None) -> tuple[int, int | None]:
        """Return the number of groups that approved, and the required number; None if it is unknown.

        A rule's minimum counts, without a rule the one of the connection, whose `defaults` the session does not have.
        """
        given, groups = sum(group.status == "APPROVED" for group in self.groups), len(self.groups)
        if self.access_request_rule_name:
            least = self.min_approvals
        elif defaults is not None:
            least = defaults.min_review_approvals
        else:
            return given, None
        return given, groups if least is None else min(max(0, least), groups)

    def force_groups(self, defaults: ApprovalDefaults | None = None) -> list[str] | None:
        """Return the groups whose members can force an approval; None if they are unknown without `defaults`."""
        if self.access_request_rule_name and self.force_approval_groups:
            return self.force_approval_groups
        return None if defaults is None else defaults.force_approve_groups or []

    @property
    def access_end(self) -> datetime | None:
        """Planned end of temporary access, a plan even after a revocation. None for one-time sessions.

        `revoke_at` of a one-time session is the moment of its approval.
        """
        end = self.revoke_at if self.type != "onetime" else None
        return end if isinstance(end, datetime) else None


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


STATUS_OF_DECISION = {
    Action.APPROVE: "APPROVED",
    Action.APPROVE_WINDOW: "APPROVED",
    Action.FORCE: "APPROVED",
    Action.REJECT: "REJECTED",
    Action.REVOKE: "REVOKED",
}
"""Status of the review that a decision asks for."""


class DenialCode(StrEnum):
    """Reason why an action is denied."""

    READ_ONLY = auto()
    AUDITOR = auto()
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


class Denial(Struct, frozen=True):
    """Reason of a denial with its values, as received: the review's `status`, the names of `groups`.

    `seconds_until_open` belongs to `OUTSIDE_WINDOW`.
    """

    code: DenialCode
    status: str = ""
    groups: tuple[str, ...] = ()
    seconds_until_open: float = 0.0


class ActionAvailability(Struct, frozen=True):
    """An action and the reason of its denial, None if the gateway is likely to accept it."""

    action: Action
    denial: Denial | None = None

    @property
    def allowed(self) -> bool:
        """True if the gateway is likely to accept the action."""
        return self.denial is None
