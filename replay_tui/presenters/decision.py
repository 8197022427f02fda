"""Texts before and after an action on a session: its effect, everything that it concerns, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from replay_tui.domain.decision import DecisionOutcome
from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.known_secrets import mask_known_secrets
from replay_tui.domain.review import STATUS_OF_DECISION, Action, ApprovalDefaults, Review
from replay_tui.domain.session import Session
from replay_tui.domain.times import format_duration
from replay_tui.presenters.document import SEVERITY_ROLES, Field, Role, Section
from replay_tui.presenters.review import OVERNIGHT_NOTE, approvals_text, is_stuck, stuck_text, window_text
from replay_tui.presenters.values import format_date, with_detail


def confirmation_text(
    action: Action, session: Session, groups: Sequence[str], defaults: ApprovalDefaults | None = None
) -> str:
    """Return the effect of an action on a session as a sentence to confirm. `groups` are the user's review groups."""
    name = f"{sanitize(session.display_user)}'s session on {sanitize(session.display_connection)}"
    if action in (Action.APPROVE, Action.APPROVE_WINDOW):
        return _approval_text(name, session.fields.review or Review(), groups, defaults)
    return {
        Action.FORCE: f"Approve {name} at once, without the other groups.",
        Action.REJECT: f"Reject {name}.",
        Action.REVOKE: f"Revoke the access that was granted for {name}.",
        Action.RUN: f"Run {name} now.",
        Action.KILL: f"End {name} now. {KILL_WARNING}",
        Action.METADATA: f"Replace the metadata of {name}.",
    }[action]


KILL_WARNING = (
    "This can destroy the recording: if no process holds the session any more, the gateway overwrites it with "
    "\u201cno log found on disk\u201d."
)


def _approval_text(name: str, review: Review, groups: Sequence[str], defaults: ApprovalDefaults | None) -> str:
    given, needed = review.approvals(defaults)
    names = ", ".join(sanitize(group) for group in groups) or "nobody"
    so_far = pluralize(given, "approval") if needed is None else f"{given} of {needed} approvals"
    text = f"Approve {name} for {names} ({so_far} so far)."
    new = sum(group.group in groups and group.status != "APPROVED" for group in review.groups)
    if review.is_undecided and needed is not None and given + new > needed:
        text += (
            f" You are in {pluralize(new, 'undecided group')}, which makes {given + new} approvals where {needed} "
            f"{'is' if needed == 1 else 'are'} needed: the gateway will leave the review pending."
        )
    return text


class ActionDetails(Struct, frozen=True):
    """Everything that an action on a session concerns: labelled values and the whole script, all unsanitized."""

    fields: tuple[Field, ...]
    script: str

    @property
    def lines(self) -> list[str]:
        """All of it as sanitized lines."""
        script = sanitize(self.script, keep_newlines=True).splitlines()
        return [
            *(f"{field.label:<10}  {sanitize(field.value)}" for field in self.fields),
            *(["", f"script ({pluralize(len(script), 'line')})", *script] if self.script else ["", "no script"]),
        ]


def action_details(
    session: Session, now: datetime, *, zone: str = "", defaults: ApprovalDefaults | None = None, window: str = ""
) -> ActionDetails:
    """Return what an action on a session concerns: user, connection, risk, review, window, whole script.

    `window` is the time window that the action sets.
    """
    fields, review, out = session.fields, session.fields.review, Section("")
    out.field("risk", *_risk(session))
    out.field("user", with_detail(fields.user_name, fields.user) or session.display_user)
    out.field("connection", session.display_connection)
    if review is not None:
        status = f"{review.status or 'UNKNOWN'} {approvals_text(review, defaults)}".rstrip()
        waiting = [group.group or "unnamed group" for group in review.groups if group.status == "PENDING"]
        out.field("review", status + (f", waiting for {', '.join(waiting)}" if waiting else ""))
        out.field("access", format_duration(review.access_seconds) if review.access_seconds else None)
        if review.time_window:
            out.field("window", *window_text(review.time_window, now))
    if window:
        start, _, end = (part.strip() for part in window.partition("-"))
        out.field("new window", f"{start}-{end} UTC{f' ({OVERNIGHT_NOTE})' if end < start else ''}", Role.WARN)
    out.field("started", format_date(fields.start_date, zone))
    return ActionDetails(tuple(part for part in out.parts if isinstance(part, Field)), session.script_text)


def _risk(session: Session) -> tuple[str, Role]:
    analysis, severity = session.fields.ai_analysis, session.severity
    parts = (
        [f"{analysis.risk_level}: {mask_known_secrets(analysis.title or 'no title')}"]
        if analysis and analysis.risk_level
        else []
    )
    blocked = [hit.rule_name or "unnamed rule" for hit in session.fields.guardrails_info or []]
    parts += [f"guardrail {', '.join(blocked)}"] if blocked else []
    return "; ".join(parts) or "not analysed", SEVERITY_ROLES[severity] if severity else Role.MUTED


def decision_text(outcome: DecisionOutcome) -> str:
    """Return whether a decision counted and the state of the review after it, as sentences."""
    session, defaults = outcome.session, outcome.defaults
    review = session.fields.review if session else None
    if outcome.failure:
        return _failed_decision_text(outcome, review)
    if review is None:
        return "The review cannot be read any more; open the session to see its state."
    state = f"{sanitize(review.status or 'UNKNOWN')} {approvals_text(review, defaults)}".rstrip()
    wanted = STATUS_OF_DECISION[outcome.action]
    if review.status == wanted:
        return f"The review is now {state}."
    if is_stuck(review, defaults):
        return f"Still pending: {stuck_text(review, defaults)}"
    verb = {"APPROVED": "approved", "REJECTED": "rejected", "REVOKED": "revoked"}[wanted]
    if outcome.counted:
        names = ", ".join(sanitize(group) for group in outcome.groups)
        return f"You {verb} it for {names}; the review is still {state}."
    if outcome.counted is None:
        reason = "not everything could be read, or others voted as well"
        return f"The review is {state}; whether your vote counted is not known, because {reason}."
    if not outcome.groups:
        named = ", ".join(sanitize(group.group or "") for group in review.groups) or "none"
        return f"Nothing changed: you are in none of its groups ({named}); the review is still {state}."
    return f"Nothing changed: the review is {state}."


def _failed_decision_text(outcome: DecisionOutcome, review: Review | None) -> str:
    text = outcome.failure_text.partition(" The change may have been made;")[0].rstrip(".")
    if review is None:
        return f"{text}." if outcome.is_refusal else outcome.failure_text
    state = f"{sanitize(review.status or 'UNKNOWN')} {approvals_text(review, outcome.defaults)}".rstrip()
    if outcome.is_refusal:
        return f"{text}. The review is {state}."
    if outcome.counted:
        return f"{text}. The decision was made nevertheless: the review is {state}."
    if outcome.counted is None:
        return f"{text}. The decision may have been made; read again, the review is {state}."
    return f"{text}. Read again: the decision was not made so far, the review is {state}."
