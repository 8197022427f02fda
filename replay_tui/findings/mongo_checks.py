"""Rule checks on MongoDB commands, written as JSON or as shell calls such as `db.users.deleteMany({})`."""

from __future__ import annotations

import re
from typing import Any

from replay_tui.decoders.mongo import read_command
from replay_tui.domain.statement import Statement

_DROPS = frozenset(("drop", "dropDatabase", "dropIndexes", "deleteIndexes", "convertToCapped", "dropIndex"))
_USERS = frozenset(
    ("createUser", "updateUser", "dropUser", "dropAllUsersFromDatabase", "grantRolesToUser", "revokeRolesFromUser",
     "createRole", "updateRole", "dropRole", "dropAllRolesFromDatabase", "grantPrivilegesToRole",
     "revokePrivilegesFromRole", "grantRolesToRole", "revokeRolesFromRole", "changeUserPassword")
)  # fmt: skip
_EMPTY_DELETE = re.compile(
    r"\.(?:deleteMany|remove)\s*\(\s*(?:\{\s*\}\s*)?\)|\.(?:deleteMany|remove)\s*\(\s*\{\s*\}\s*,"
)
_EMPTY_UPDATE = re.compile(
    r"\.updateMany\s*\(\s*\{\s*\}\s*,|\.update\s*\(\s*\{\s*\}\s*,.*\bmulti\s*:\s*true", re.DOTALL
)
_CALL = re.compile(r"\.(drop|dropDatabase|dropIndexes|dropIndex)\s*\(")
_USER_CALL = re.compile(
    r"\.(createUser|updateUser|dropUser|grantRolesToUser|revokeRolesFromUser|createRole|dropRole)\s*\("
)


def mongo_drops(row: Statement) -> bool:
    """Return True if a collection, database or index is removed."""
    return row.verb in _DROPS or (not _json(row) and bool(_CALL.search(row.text[:20_000])))


def mongo_users(row: Statement) -> bool:
    """Return True if users or roles are changed."""
    return row.verb in _USERS or (not _json(row) and bool(_USER_CALL.search(row.text[:20_000])))


def mongo_deletes_all(row: Statement) -> bool:
    """Return True if every document of a collection is deleted."""
    command = _json(row)
    if command is None:
        return bool(_EMPTY_DELETE.search(row.text[:20_000]))
    return row.verb == "delete" and any(
        one.get("q") == {} and one.get("limit", 0) != 1 for one in _command_parts(command, "deletes")
    )


def mongo_updates_all(row: Statement) -> bool:
    """Return True if every document of a collection is changed."""
    command = _json(row)
    if command is None:
        return bool(_EMPTY_UPDATE.search(row.text[:20_000]))
    return row.verb == "update" and any(
        one.get("q") == {} and one.get("multi") is True for one in _command_parts(command, "updates")
    )


def _json(row: Statement) -> dict[str, Any] | None:
    return read_command(row.text) if row.text[:1] == "{" else None


def _command_parts(command: dict[str, Any], name: str) -> list[dict[str, Any]]:
    parts = command.get(name)
    return [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
