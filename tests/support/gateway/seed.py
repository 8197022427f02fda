"""Users, connections and sessions of the recorded gateway, in the form of the loopback gateway's own."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.gateway.connections import Connection
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session, Store

_COPIED = (
    "script_size", "labels", "integrations_metadata", "metadata", "metrics", "type", "connection_subtype",
    "connection", "connection_tags", "verb", "status", "exit_code", "ai_analysis", "identity_type",
)  # fmt: skip
_OMITTED_IF_NONE = ("session_batch_id", "correlation_id", "machine_identity_id")


@dataclass
class Seed:
    """Contents of `seed.gz`. `people` holds the users by their key in the recorded requests."""

    path: Path
    people: dict[str, Person] = field(default_factory=dict)
    recorded_at: datetime = datetime.min

    def __post_init__(self) -> None:
        self._seed = json.loads(gzip.decompress(self.path.read_bytes()))
        self.recorded_at = datetime.fromisoformat(self._seed["recorded_at"])
        for user in self._seed["users"]:
            role = "admin" if user["is_admin"] else "auditor" if user["is_auditor"] else "standard"
            self.people[user["key"]] = Person(
                user["subject"], user["name"], f"token-of-{user['key']}", tuple(user["groups"]), role
            )

    def fill(self, store: Store) -> None:
        """Add the connections and new copies of the sessions to `store`."""
        users = {person.id: person for person in self.people.values()}
        for found in self._seed["connections"]:
            store.connections[found["name"]] = Connection(
                found["name"],
                found["min_review_approvals"],
                tuple(found["force_approve_groups"] or ()),
                found["review_plugin"] is not None,
            )
        for row in self._seed["sessions"]:
            store.names[row["name"]] = store.add(_session(row, self._seed["org_id"], users))


def _session(row: dict[str, Any], org_id: str, users: dict[str, Person]) -> Session:
    script = row["script"] or ""
    session: Session = {
        "id": row["id"],
        "org_id": org_id,
        "script": {"data": script},
        **{name: row.get(name) for name in _COPIED},
        "script_size": len(script.encode()),
        "user": row["user_email"] or "",
        "user_id": row["user_id"] or "",
        "user_name": row["user_name"] or "",
        "resource_name": row["connection"] if row["connection_exists"] else "",
        "role_name": row["connection"],
        "event_size": row["metrics"]["event_size"],
        "start_date": _short(row["start_date"]),
        "end_date": _short(row["end_date"]),
        "guardrails_info": row["guardrails_info"] and [_hit(hit) for hit in row["guardrails_info"]],
        "review": row["review"] and _review(row["review"], users),
        **{name: row[name] for name in _OMITTED_IF_NONE if row[name] is not None},
    }
    if row["event_stream"] is not None:
        session["event_stream"] = row["event_stream"]
    return session


def _hit(hit: dict[str, Any]) -> dict[str, Any]:
    """Return a guardrail hit without the empty fields of its rule, which Go omits."""
    return {**hit, "rule": {key: value for key, value in hit["rule"].items() if value}}


def _review(row: dict[str, Any], users: dict[str, Person]) -> dict[str, Any]:
    review = {
        "id": row["id"],
        "type": row["type"],
        "access_duration": row["access_duration_sec"] * 1_000_000_000,
        "status": row["status"],
        "revoke_at": row["revoked_at"],
        "created_at": _short(row["created_at"]),
        "review_groups_data": [
            {
                "id": group["id"],
                "group": group["group"],
                "status": group["status"],
                "reviewed_by": group["by"] and users[group["by"]].as_reviewer(),
                "review_date": group["reviewed_at"],
                "forced_review": group["forced_review"],
            }
            for group in row["groups"]
        ],
        "time_window": row["time_window"],
        "access_request_rule_name": row["access_request_rule_name"],
        "min_approvals": row["min_approvals"],
        "force_approval_groups": row["force_approval_groups"],
    }
    if row["rejection_reason"] is not None:
        review["rejection_reason"] = row["rejection_reason"]
    return review


def _short(moment: str | None) -> str | None:
    """Return a moment as Go writes it: without trailing zeros of the fraction."""
    if moment is None or "." not in moment:
        return moment
    return moment.removesuffix("Z").rstrip("0").rstrip(".") + "Z"
