"""Texts before and after an action on a session: its effect, everything that it concerns, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from replay_tui.domain.known_secrets import mask_known_secrets
from replay_tui.domain.review import STATUS_OF_DECISION, Action, ApprovalDefaults, Review
from replay_tui.domain.session import Session
from replay_tui.domain.text import pluralize, sanitize
from replay_tui.domain.times import format_duration
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


def action_details(
    session: Session, now: datetime, *, zone: str = "", defaults: ApprovalDefaults | None = None, window: str = ""
) -> str:
    """Return everything that an action on a session concerns: user, connection, risk, review, window, whole script.

    `window` is the time window that the action sets. The text is unsanitized and has line breaks.
    """
    fields, review = session.fields, session.fields.review
    lines = [
        f"user        {with_detail(fields.user_name, fields.user) or session.display_user}",
        f"connection  {session.display_connection}",
        f"risk        {_risk_text(session)}",
    ]
    if review is not None:
        status = f"{review.status or 'UNKNOWN'} {approvals_text(review, defaults)}".rstrip()
        waiting = [group.group or "unnamed group" for group in review.groups if group.status == "PENDING"]
        lines.append(f"review      {status}" + (f", waiting for {', '.join(waiting)}" if waiting else ""))
        if review.access_seconds:
            lines.append(f"access      {format_duration(review.access_seconds)}")
        if review.time_window:
            lines.append(f"window      {window_text(review.time_window, now)[0]}")
    if window:
        start, _, end = (part.strip() for part in window.partition("-"))
        lines.append(f"window      {start}-{end} UTC{'; ' + OVERNIGHT_NOTE if end < start else ''}")
    lines.append(f"started     {format_date(fields.start_date, zone)}")
    script = session.script_text
    lines += ["", f"script ({pluralize(len(script.splitlines()), 'line')})", script] if script else ["", "no script"]
    return "\n".join(lines)


def _risk_text(session: Session) -> str:
    analysis = session.fields.ai_analysis
    parts = (
        [f"{analysis.risk_level}: {mask_known_secrets(analysis.title or 'no title')}"]
        if analysis and analysis.risk_level
        else []
    )
    blocked = [hit.rule_name or "unnamed rule" for hit in session.fields.guardrails_info or []]
    parts += [f"guardrail {', '.join(blocked)}"] if blocked else []
    return "; ".join(parts) or "not analysed"


def decision_text(
    action: Action,
    session: Session | None,
    groups: Sequence[str],
    counted: bool,
    defaults: ApprovalDefaults | None,
    *,
    failure: str = "",
    is_refusal: bool = False,
) -> str:
    """Return whether a decision counted and the state of the review after it, as sentences.

    `session` was read after the decision, None if it could not be read; `groups` are the user's review groups.
    `failure` is the message of the request's error, `is_refusal` True if the gateway certainly changed nothing.
    """
    review = session.fields.review if session else None
    if failure:
        return _failed_decision_text(action, review, counted, defaults, failure, is_refusal)
    if review is None:
        return "The review cannot be read any more; open the session to see its state."
    state = f"{sanitize(review.status or 'UNKNOWN')} {approvals_text(review, defaults)}".rstrip()
    wanted = STATUS_OF_DECISION[action]
    if review.status == wanted:
        return f"The review is now {state}."
    if is_stuck(review, defaults):
        return f"Still pending: {stuck_text(review, defaults)}"
    verb = {"APPROVED": "approved", "REJECTED": "rejected", "REVOKED": "revoked"}[wanted]
    if counted:
        names = ", ".join(sanitize(group) for group in groups)
        return f"You {verb} it for {names}; the review is still {state}."
    if not groups:
        named = ", ".join(sanitize(group.group or "") for group in review.groups) or "none"
        return f"Nothing changed: you are in none of its groups ({named}); the review is still {state}."
    return f"Nothing changed: the review is {state}."


def _failed_decision_text(
    action: Action,
    review: Review | None,
    counted: bool,
    defaults: ApprovalDefaults | None,
    failure: str,
    is_refusal: bool,
) -> str:
    text = failure.partition(" The change may have been made;")[0].rstrip(".")
    if review is None:
        return f"{text}." if is_refusal else failure
    state = f"{sanitize(review.status or 'UNKNOWN')} {approvals_text(review, defaults)}".rstrip()
    if is_refusal:
        return f"{text}. The review is {state}."
    if counted:
        return f"{text}. The decision was made nevertheless: the review is {state}."
    return f"{text}. Read again: the decision was not made, the review is {state}."
