"""Sentences about review decisions, shared by TUI and command line: denial reasons and confirmations."""

from __future__ import annotations

from collections.abc import Sequence

from replay_tui.domain.review import Review
from replay_tui.domain.review_action import Action, ActionAvailability, Denial, DenialCode
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_duration

MAX_SCRIPT_CHARS = 80
"""Displayed characters of a script in a confirmation."""

_OWNER_ONLY = {Action.METADATA: "only its owner may edit it", Action.RUN: "only its owner may run it"}
_FIXED_REASONS = {
    DenialCode.READ_ONLY: "read-only mode",
    DenialCode.NO_REVIEW: "the session has no review",
    DenialCode.ALREADY_APPROVED: "it is approved already",
    DenialCode.OWN_SESSION: "it is your own session",
    DenialCode.WINDOW_ALREADY_SET: "it has a time window already, and one can be set only once",
    DenialCode.NOT_REVOCABLE: "only approved jit access can be revoked",
    DenialCode.NOT_ONE_TIME: "only a one-time session can be run here",
    DenialCode.NOT_RUNNING: "the session is not running",
    DenialCode.NOT_OWNER_OR_ADMIN: "only its owner or an administrator may end it",
}


def denial_text(option: ActionAvailability) -> str:
    """Return why an action is denied, as a clause without full stop; an empty string if it is allowed."""
    denial = option.denial
    if denial is None:
        return ""
    if denial.code is DenialCode.NOT_OWNER:
        return _OWNER_ONLY.get(option.action, "only its owner may do this")
    return _FIXED_REASONS.get(denial.code) or _reason_with_values(denial)


def _reason_with_values(denial: Denial) -> str:
    groups = ", ".join(sanitize(group) for group in denial.groups) or "any of the groups"
    status = sanitize(denial.status).lower() or "in an unknown state"
    return {
        DenialCode.REVIEW_CLOSED: f"the review is {status}",
        DenialCode.NOT_APPROVED: f"the review is {status}, not approved",
        DenialCode.NOT_IN_FORCE_GROUPS: f"only {groups} may force it",
        DenialCode.NOT_IN_GROUPS: f"you are not in {groups}",
        DenialCode.GROUPS_DECIDED: f"{groups} has decided already",
        DenialCode.OUTSIDE_WINDOW: outside_window_text(denial.seconds_until_open),
    }[denial.code]


def outside_window_text(seconds_until_open: float) -> str:
    """Return `outside the time window (opens in 2 h 00 min)`."""
    return f"outside the time window (opens in {format_duration(seconds_until_open)})"


def inside_window_text(seconds_until_close: float) -> str:
    """Return `inside the time window (closes in 2 h 00 min)`."""
    return f"inside the time window (closes in {format_duration(seconds_until_close)})"


def confirmation_text(action: Action, session: Session, groups: Sequence[str]) -> str:
    """Return the effect of an action on a session as a sentence to confirm. `groups` are the user's review groups."""
    name = f"{sanitize(session.display_user)}'s session on {sanitize(session.display_connection)}"
    if action in (Action.APPROVE, Action.APPROVE_WINDOW):
        review = session.fields.review or Review()
        given, needed = review.approvals
        names = ", ".join(sanitize(group) for group in groups) or "nobody"
        return f"Approve {name} for {names} ({given} of {needed} approvals so far)."
    return {
        Action.FORCE: f"Approve {name} at once, without the other groups.",
        Action.REJECT: f"Reject {name}.",
        Action.REVOKE: f"Revoke the access that was granted for {name}.",
        Action.RUN: f"Run {name} now: {sanitize(session.script_text)[:MAX_SCRIPT_CHARS]}",
        Action.KILL: f"End {name} now.",
        Action.METADATA: f"Replace the metadata of {name}.",
    }[action]
