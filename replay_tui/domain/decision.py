"""Outcome of a review decision, as far as it could be verified."""

from __future__ import annotations

from msgspec import Struct

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.review import Action, ApprovalDefaults
from replay_tui.domain.session import Session


class DecisionOutcome(Struct, frozen=True):
    """What a decision changed. `session` was read after it, None if it could not be read.

    `reached` is True if the review has the status that the decision asked for, `counted` if the user's vote is in it,
    None if the user, or the review before or after, could not be read, or if only other votes changed. `groups` are the
    user's groups in the review. `failure` is the error of the request, `hint` what explains it, `is_refusal` True if
    the gateway certainly changed nothing.
    """

    action: Action
    session: Session | None
    defaults: ApprovalDefaults | None
    groups: tuple[str, ...]
    reached: bool
    counted: bool | None
    failure: GatewayError | None = None
    is_refusal: bool = False
    hint: str = ""
    is_stale: bool = False
    """True if the gateway answered with the requested status, but the session that was read afterwards lacks it."""

    @property
    def failure_text(self) -> str:
        """Message of the failure, empty without one."""
        if self.failure is None:
            return ""
        text = str(self.failure)
        return f"{text}{'' if text.endswith('.') else '.'} {self.hint}".rstrip()
