"""Users of the loopback gateway, with their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """User of the gateway."""

    id: str
    name: str
    token: str
    groups: tuple[str, ...]
    role: str = "standard"

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @property
    def is_auditor(self) -> bool:
        return self.role == "auditor"

    def reads_stream(self, session: dict[str, Any]) -> bool:
        """Return True if this user gets the recording; a member of a review group gets the session without it."""
        return self.reads_all or self.owns(session)

    @property
    def reads_all(self) -> bool:
        return self.role in ("admin", "auditor")

    def owns(self, session: dict[str, Any]) -> bool:
        return session.get("user_id") == self.id

    def sees(self, session: dict[str, Any]) -> bool:
        if self.reads_all or self.owns(session):
            return True
        groups = [group.get("group") for group in (session.get("review") or {}).get("review_groups_data") or []]
        return bool(set(groups) & set(self.groups))

    def as_reviewer(self) -> dict[str, str]:
        """Return this user as `reviewed_by` of a decision."""
        return {"id": self.id, "name": self.name, "email": self.id, "slack_id": ""}

    def userinfo(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "email": self.id,
            "status": "active",
            "verified": True,
            "role": self.role,
            "slack_id": "",
            "groups": list(self.groups),
            "is_admin": self.is_admin,
            "org_name": "default",
        }


ADMIN = Person("admin@example.com", "Ada Admin", "demo-admin-token", ("admin",), "admin")
REVIEWER = Person("john@example.com", "John Roe", "demo-reviewer-token", ("dba",))
OWNER = Person("kim@example.com", "Kim Owner", "demo-owner-token", ("engineering",))
AUDITOR = Person("aud@example.com", "Aud Itor", "hpk_demo-auditor-key", ("auditor",), "auditor")
ADMIN_OWNER = Person("kim@example.com", "Kim Admin", "demo-admin-owner-token", ("engineering", "admin"), "admin")
"""The same user as `OWNER`, but an administrator: owner and administrator of one session."""
PEOPLE = (ADMIN, REVIEWER, OWNER, AUDITOR, ADMIN_OWNER)
