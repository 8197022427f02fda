"""Review decisions and their verification: the session is read before and after each, because an answer proves little.

The gateway answers 200 to votes that do not count, and an answer can be lost after the change was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from replay_tui.domain.decision import DecisionOutcome
from replay_tui.domain.errors import GatewayError
from replay_tui.domain.review import STATUS_OF_DECISION, Action, Review
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.errors import (
    Forbidden,
    HttpStatusError,
    InvalidResponse,
    ReadOnly,
    RequestTimeout,
    ServerError,
    Unauthorized,
    Unreachable,
)
from replay_tui.gateway.review_policy import groups_of_user

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

Answer = TypeVar("Answer")


def decide(
    client: GatewayClient,
    session_id: str,
    action: Action,
    *,
    reason: str = "",
    force: bool = False,
    window: str | None = None,
) -> DecisionOutcome:
    """Send a decision and verify it. Raises `GatewayError` if nothing was sent, and `UsageError`."""
    user, before = _read_before(client, session_id)
    failure: GatewayError | None = None
    answer: Review | None = None
    try:
        answer = client.write.decide(session_id, action, reason=reason, force=force, window=window)
    except ReadOnly:
        raise
    except GatewayError as error:
        failure = error
    after = read_session(client, session_id)
    review = after.fields.review if after else answer
    wanted = STATUS_OF_DECISION[action]
    is_stale = _is_pending(after) and answer is not None and answer.status == wanted
    if answer is not None and (after is None or is_stale):
        known = after or before
        raw = known.raw if known else {"id": session_id}
        after = Session.parse({**raw, "review": answer.model_dump(mode="json")})
        review = after.fields.review
    groups = tuple(groups_of_user(review, user)) if user else ()
    old = before.fields.review if before else None
    counted = _is_counted(old, review, user, wanted)
    reached = review is not None and review.status == wanted
    if failure is not None and (old is None or (old.status == wanted and not counted)):
        reached = False  # the state may be older than this decision
    return DecisionOutcome(
        action,
        after,
        client.read.approval_defaults(after) if after else None,
        groups,
        reached,
        reached or counted,
        failure,
        failure is not None and is_refusal(failure),
        hint="Auditors can only view." if isinstance(failure, Forbidden) and _only_views(user) else "",
        is_stale=is_stale,
    )


def _only_views(user: CurrentUser | None) -> bool:
    return user is not None and user.is_auditor and not user.is_admin_member


def _is_pending(session: Session | None) -> bool:
    review = session.fields.review if session else None
    return review is not None and review.is_undecided


def is_refusal(failure: GatewayError) -> bool:
    """Return True if the change was certainly not made: the gateway refused it, or was not reached."""
    if isinstance(failure, HttpStatusError):
        return not isinstance(failure, ServerError)
    return isinstance(failure, Unreachable) and not isinstance(failure, RequestTimeout)


def _is_counted(old: Review | None, new: Review | None, user: CurrentUser | None, status: str) -> bool | None:
    """Return True if this user's votes changed, False if no vote did, None if that is not known.

    A change of other votes is another reviewer's, or this user's under a name that the gateway did not tell.
    """
    if old is None or new is None or user is None:
        return None
    names = {name for name in (user.id, user.email) if name}
    changed = {*_votes(new, status)} ^ {*_votes(old, status)}
    return any(names & voters for _, _, voters in changed) or (None if changed else False)


def _votes(review: Review, status: str) -> Iterator[tuple[str, str, frozenset[str | None]]]:
    """Yield each group that decided so, with the time of the decision and the names of who made it."""
    for group in review.groups:
        if group.status == status:
            by = group.reviewed_by
            yield group.group or "", str(group.review_date), frozenset({by.id, by.email} if by else ())


def read_session(client: GatewayClient, session_id: str) -> Session | None:
    """Return the session without its recording, None if it cannot be read or the answer is not this session."""
    try:
        session = client.read.session(session_id)
    except GatewayError:
        return None
    return session if session.fields.id else None


def _read_before(client: GatewayClient, session_id: str) -> tuple[CurrentUser | None, Session | None]:
    """Return user and session, None for one that the gateway does not send. Raises `GatewayError` if unreachable."""
    return _unless_refused(client.read.current_user), _unless_refused(lambda: client.read.session(session_id))


def _unless_refused(request: Callable[[], Answer]) -> Answer | None:
    """Return the answer; None if the gateway refuses it, because it decides on rights when the decision is sent."""
    try:
        return request()
    except Unauthorized:
        raise
    except (HttpStatusError, InvalidResponse):
        return None
