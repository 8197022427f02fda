"""Deciding: what the gateway would let this user do with a session, why not, and sending it.

The rules are the gateway's own. They serve to dim what would be refused; the gateway judges, and its words are shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from replay_tui.domain.errors import UsageError
from replay_tui.domain.review import Review
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize, truncate
from replay_tui.domain.time_format import format_duration
from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.client import GatewayClient

_WINDOW = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)$")


class Action(StrEnum):
    """What can be done with a session."""

    APPROVE = "approve"
    APPROVE_WINDOW = "approve in a time window"
    FORCE = "force approval"
    REJECT = "reject"
    REVOKE = "revoke"
    RUN = "run"
    KILL = "kill"
    METADATA = "edit metadata"


_STATUS = {
    Action.APPROVE: "APPROVED",
    Action.APPROVE_WINDOW: "APPROVED",
    Action.FORCE: "APPROVED",
    Action.REJECT: "REJECTED",
    Action.REVOKE: "REVOKED",
}


@dataclass(frozen=True, slots=True)
class ActionAvailability:
    """An action, whether it is likely to be accepted, and the reason where it is not."""

    action: Action
    allowed: bool
    reason: str = ""


def review_options(
    session: Session, user: CurrentUser, *, now: datetime | None = None, read_only: bool = False
) -> list[ActionAvailability]:
    """Every action in a fixed order. `now` is the current time, for the time window."""
    made = []
    for action in Action:
        reason = "read-only mode" if read_only else _denial_reason(action, session, user, now or datetime.now(UTC))
        made.append(ActionAvailability(action, not reason, reason))
    return made


def decide(
    client: GatewayClient,
    session_id: str,
    action: Action,
    *,
    reason: str = "",
    force: bool = False,
    window: str | None = None,
) -> Review:
    """Send a decision and give the review as it is now. `window` is `HH:MM-HH:MM` in UTC and may cross midnight."""
    if action not in _STATUS:
        raise UsageError(f"'{action}' is not a decision; write approve, reject or revoke.")
    decision: dict[str, Any] = {"status": _STATUS[action], "force_review": force or action is Action.FORCE}
    if reason.strip():
        decision["rejection_reason"] = reason.strip()
    if window is not None:
        start, end = parse_window(window)
        decision["time_window"] = {"type": "time_range", "configuration": {"start_time": start, "end_time": end}}
    return client.write.put_review(session_id, decision)


def parse_window(text: str) -> tuple[str, str]:
    """Start and end of `HH:MM-HH:MM`."""
    found = _WINDOW.match(text.strip())
    if not found:
        raise UsageError(f"'{truncate(sanitize(text), 40)}' is not a time window; write HH:MM-HH:MM in UTC.")
    start, end = f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}"
    if start == end:
        raise UsageError("A time window needs an end other than its start.")
    return start, end


def confirmation_text(action: Action, session: Session, user: CurrentUser) -> str:
    """What an action will do and to whom, as a sentence to confirm."""
    whose = f"{sanitize(session.display_user)}'s session on {sanitize(session.display_connection)}"
    review = session.fields.review or Review()
    if action in (Action.APPROVE, Action.APPROVE_WINDOW):
        given, needed = review.approvals
        groups = ", ".join(sanitize(group) for group in groups_of_user(review, user)) or "nobody"
        return f"Approve {whose} for {groups} ({given} of {needed} approvals so far)."
    return {
        Action.FORCE: f"Approve {whose} at once, without the other groups.",
        Action.REJECT: f"Reject {whose}.",
        Action.REVOKE: f"Take back the access that was granted for {whose}.",
        Action.RUN: f"Run {whose} now: {sanitize(session.script_text)[:80]}",
        Action.KILL: f"End {whose} now.",
        Action.METADATA: f"Replace the metadata of {whose}.",
    }[action]


def groups_of_user(review: Review, user: CurrentUser) -> list[str]:
    """The groups of the review that this user is in."""
    mine = set(user.groups or [])
    return [group.group for group in review.groups if group.group and group.group in mine]


def _denial_reason(action: Action, session: Session, user: CurrentUser, now: datetime) -> str:
    """Why an action would be refused, empty where it would not."""
    if action is Action.METADATA:
        # The gateway looks the session up by its owner's e-mail, whoever else asks gets a 404.
        return "" if user.email and user.email == session.fields.user else "only its owner may edit it"
    if action is Action.KILL:
        return _kill_denial_reason(session, user)
    review = session.fields.review
    if review is None:
        return "the session has no review"
    return _review_denial_reason(action, session, review, user, now)


def _kill_denial_reason(session: Session, user: CurrentUser) -> str:
    if not session.is_open:
        return "the session is not running"
    return "" if user.owns(session) or user.is_admin_member else "only its owner or an administrator may end it"


def _review_denial_reason(action: Action, session: Session, review: Review, user: CurrentUser, now: datetime) -> str:
    if action is Action.RUN:
        return _run_denial_reason(session, review, user, now)
    if review.status not in ("PENDING", "APPROVED"):
        return f"the review is {(review.status or 'in an unknown state').lower()}"
    if action in (Action.REJECT, Action.REVOKE):
        return _rejection_denial_reason(action, session, review, user)
    return _approval_denial_reason(action, session, review, user)


def _approval_denial_reason(action: Action, session: Session, review: Review, user: CurrentUser) -> str:
    if review.status == "APPROVED":
        return "it is approved already"
    if user.owns(session) and not user.is_admin_member:
        return "it is your own session"
    if action is Action.APPROVE_WINDOW and review.time_window is not None:
        return "it has a time window already, and one can be set only once"
    if action is Action.FORCE:
        may = sorted(set(user.groups or []) & set(review.force_approval_groups or []))
        return "" if may else f"only {_names(review.force_approval_groups)} may force it"
    mine = groups_of_user(review, user)
    if not mine:
        return f"you are not in {_names([group.group for group in review.groups])}"
    waiting = [group for group in review.groups if group.group in mine and group.status == "PENDING"]
    return "" if waiting else f"{_names(mine)} has decided already"


def _rejection_denial_reason(action: Action, session: Session, review: Review, user: CurrentUser) -> str:
    if action is Action.REVOKE and (review.status != "APPROVED" or review.type != "jit"):
        return "only approved jit access can be revoked"
    if groups_of_user(review, user) or user.is_admin_member or user.owns(session):
        return ""
    return f"you are not in {_names([group.group for group in review.groups])}"


def _run_denial_reason(session: Session, review: Review, user: CurrentUser, now: datetime) -> str:
    if review.type != "onetime":
        return "only a one-time session is run from here"
    if review.status != "APPROVED":
        return f"the review is {(review.status or 'in an unknown state').lower()}, not approved"
    if not (user.owns(session) or user.is_admin_member):
        return "only its owner may run it"
    opens = review.time_window.seconds_until_open(now.astimezone(UTC)) if review.time_window else 0.0
    return f"its time window is shut, it opens in {format_duration(opens)}" if opens else ""


def _names(groups: list[str] | list[str | None] | None) -> str:
    return ", ".join(sanitize(group) for group in groups or [] if group) or "any of the groups"
