"""Review policy: which actions on a session the gateway is likely to accept from a user, and why not the others.

The rules copy the gateway's own. They only disable actions in advance: the gateway decides, and its error is displayed.
`domain.review_action` holds the values, `presenters.review_text` their sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.review import Action, ActionAvailability, ApprovalDefaults, Denial, DenialCode, Review
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser

_WINDOW_FORM = lazy_compile(r"^([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)$")


def review_options(
    session: Session,
    user: CurrentUser,
    *,
    defaults: ApprovalDefaults | None = None,
    now: datetime | None = None,
    read_only: bool = False,
) -> list[ActionAvailability]:
    """Return every action in a fixed order. `now` is compared with the time window; the default is the current time.

    `defaults` are the approval settings of the session's connection, None if they are unknown.
    """
    moment = now or datetime.now(UTC)
    general = Denial(DenialCode.READ_ONLY) if read_only else None
    if general is None and user.is_auditor and not user.is_admin_member:
        general = Denial(DenialCode.AUDITOR)
    return [
        ActionAvailability(action, general or _denial(action, session, user, moment, defaults)) for action in Action
    ]


def parse_window(text: str) -> tuple[str, str]:
    """Return start and end of `HH:MM-HH:MM`. Raises `UsageError` if the text is invalid or the window is empty."""
    found = _WINDOW_FORM.match(text.strip())
    if not found:
        raise UsageError(f"'{truncate(sanitize(text), 40)}' is not a time window; write HH:MM-HH:MM in UTC.")
    start, end = f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}"
    if start == end:
        raise UsageError("A time window needs different start and end times.")
    return start, end


def groups_of_user(review: Review | None, user: CurrentUser) -> list[str]:
    """Return the groups of the review to which the user belongs, an empty list without a review."""
    if review is None:
        return []
    groups = set(user.groups or [])
    return [group.group for group in review.groups if group.group and group.group in groups]


def waits_for(session: Session, user: CurrentUser) -> bool:
    """Return True if a review is pending in a group of the user that has not decided, of another user's session.

    The time window does not matter: it limits runs, not decisions. Auditors can only view.
    """
    review = session.fields.review
    if review is None or not review.is_undecided or user.owns(session):
        return False
    if user.is_auditor and not user.is_admin_member:
        return False
    own = set(groups_of_user(review, user))
    return any(group.group in own and group.status == "PENDING" for group in review.groups)


def _denial(
    action: Action, session: Session, user: CurrentUser, now: datetime, defaults: ApprovalDefaults | None
) -> Denial | None:
    if action is Action.METADATA:
        # The gateway looks up the session by its owner's e-mail and responds with 404 to all other users.
        return None if user.email and user.email == session.fields.user else Denial(DenialCode.NOT_OWNER)
    if action is Action.KILL:
        return _kill_denial(session, user)
    review = session.fields.review
    if review is None:
        return Denial(DenialCode.NO_REVIEW)
    if action is Action.RUN:
        return _run_denial(session, review, user, now)
    if review.status not in ("PENDING", "APPROVED"):
        return Denial(DenialCode.REVIEW_CLOSED, status=review.status or "")
    if action in (Action.REJECT, Action.REVOKE):
        return _rejection_denial(action, session, review, user)
    return _approval_denial(action, session, review, user, defaults)


def _kill_denial(session: Session, user: CurrentUser) -> Denial | None:
    if not is_running(session):
        return Denial(DenialCode.NOT_RUNNING)
    return None if user.owns(session) or user.is_admin_member else Denial(DenialCode.NOT_OWNER_OR_ADMIN)


def is_running(session: Session) -> bool:
    """Return True if the session runs. One whose review is pending is open, but does not run yet."""
    review = session.fields.review
    return session.is_open and not (review is not None and review.is_undecided)


def _approval_denial(
    action: Action, session: Session, review: Review, user: CurrentUser, defaults: ApprovalDefaults | None
) -> Denial | None:
    if review.status == "APPROVED":
        return Denial(DenialCode.ALREADY_APPROVED)
    if user.owns(session) and not user.is_admin_member:
        return Denial(DenialCode.OWN_SESSION)
    if action is Action.APPROVE_WINDOW and review.time_window is not None:
        return Denial(DenialCode.WINDOW_ALREADY_SET)
    if action is Action.FORCE:
        force_groups = review.force_groups(defaults)
        if force_groups is None or set(user.groups or []) & set(force_groups):
            return None  # if the groups are unknown, the gateway decides
        return Denial(DenialCode.NOT_IN_FORCE_GROUPS, groups=_named(force_groups))
    own_groups = groups_of_user(review, user)
    if not review.groups and user.is_admin_member:
        return None
    if not own_groups:
        return _not_in_groups(review)
    if any(group.group in own_groups and group.status == "PENDING" for group in review.groups):
        return None
    return Denial(DenialCode.GROUPS_DECIDED, groups=_named(own_groups))


def _rejection_denial(action: Action, session: Session, review: Review, user: CurrentUser) -> Denial | None:
    if action is Action.REVOKE and (review.status != "APPROVED" or review.type != "jit"):
        return Denial(DenialCode.NOT_REVOCABLE)
    if groups_of_user(review, user) or user.is_admin_member or user.owns(session):
        return None
    return _not_in_groups(review)


def _run_denial(session: Session, review: Review, user: CurrentUser, now: datetime) -> Denial | None:
    if review.type != "onetime":
        return Denial(DenialCode.NOT_ONE_TIME)
    if review.status != "APPROVED":
        return Denial(DenialCode.NOT_APPROVED, status=review.status or "")
    if not (user.owns(session) or user.is_admin_member):
        return Denial(DenialCode.NOT_OWNER)
    wait = review.time_window.seconds_until_open(now.astimezone(UTC)) if review.time_window else None
    return Denial(DenialCode.OUTSIDE_WINDOW, seconds_until_open=wait) if wait else None


def _not_in_groups(review: Review) -> Denial:
    return Denial(DenialCode.NOT_IN_GROUPS, groups=_named(group.group for group in review.groups))


def _named(groups: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(group for group in groups if group)
