"""Rule checks on MongoDB commands, written as JSON or as shell calls such as `db.users.deleteMany({})`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from replay_tui.domain.risk import Severity
from replay_tui.domain.statement import Statement
from replay_tui.findings.mongo_filters import matches_all
from replay_tui.findings.mongo_syntax import MongoCommand, commands_of

_DROPS = frozenset(("drop", "dropDatabase", "dropIndexes", "deleteIndexes", "dropIndex", "convertToCapped",
                    "cloneCollectionAsCapped", "dropSearchIndex"))  # fmt: skip
_USERS = frozenset(
    ("createUser", "updateUser", "dropUser", "dropAllUsersFromDatabase", "grantRolesToUser", "revokeRolesFromUser",
     "createRole", "updateRole", "dropRole", "dropAllRolesFromDatabase", "grantPrivilegesToRole",
     "revokePrivilegesFromRole", "grantRolesToRole", "revokeRolesFromRole", "changeUserPassword", "invalidateUserCache",
     "dropAllUsers", "dropAllRoles", "addUser", "removeUser", "_mergeAuthzCollections")
)  # fmt: skip
_SERVER = {
    "shutdown": Severity.HIGH, "shutdownServer": Severity.HIGH, "killOp": Severity.LOW,
    "killAllSessions": Severity.MEDIUM,
    "killSessions": Severity.MEDIUM, "killAllSessionsByPattern": Severity.MEDIUM, "replSetReconfig": Severity.MEDIUM,
    "replSetStepDown": Severity.MEDIUM, "replSetFreeze": Severity.MEDIUM, "dropConnections": Severity.MEDIUM,
    "fsync": Severity.LOW, "fsyncLock": Severity.MEDIUM, "stepDown": Severity.MEDIUM, "reconfig": Severity.MEDIUM,
    "removeShard": Severity.HIGH, "moveChunk": Severity.LOW, "collMod": Severity.LOW,
    "replSetMaintenance": Severity.MEDIUM,
    "setFeatureCompatibilityVersion": Severity.MEDIUM, "replSetResizeOplog": Severity.MEDIUM, "compact": Severity.LOW,
}  # fmt: skip
_CODE_COMMANDS = frozenset(("eval", "$eval", "load", "mapReduce", "mapreduce", "group", "loadServerScripts"))
_CODE_KEYS = frozenset(("$where", "$function", "$accumulator"))
_WRITES = frozenset(("insert", "documents"))
_MAX_NODES = 20_000


def _verb(command: MongoCommand) -> str:
    return next(iter(command), "")


def _worst(row: Statement, judge: Callable[[MongoCommand], Severity | None]) -> Severity | None:
    found = [severity for command in commands_of(row) if (severity := judge(command))]
    return max(found, key=lambda one: one.rank, default=None)


def mongo_drops(row: Statement) -> Severity | None:
    """Return high if a collection, database or index is removed, or a collection replaced."""
    return _worst(
        row,
        lambda command: (
            Severity.HIGH
            if _verb(command) in _DROPS or (_verb(command) == "renameCollection" and bool(command.get("dropTarget")))
            else None
        ),
    )


def mongo_users(row: Statement) -> Severity | None:
    """Return high if users or roles are changed."""
    return _worst(row, lambda command: Severity.HIGH if _verb(command) in _USERS else None)


def mongo_deletes_all(row: Statement) -> Severity | None:
    """Return high if every document of a collection is deleted."""

    def judge(command: MongoCommand) -> Severity | None:
        verb = _verb(command)
        if verb == "delete":
            parts = [one for one in _parts(command, "deletes") if matches_all(one.get("q", {}))]
            return Severity.HIGH if any(one.get("limit", 0) != 1 for one in parts) else None
        if verb == "bulkWrite":
            operations = [one for one in _parts(command, "ops") if "delete" in one and one.get("multi") is True]
            return Severity.HIGH if any(matches_all(one.get("filter", {})) for one in operations) else None
        return None

    return _worst(row, judge)


def mongo_updates_all(row: Statement) -> Severity | None:
    """Return medium if every document of a collection is changed."""

    def judge(command: MongoCommand) -> Severity | None:
        verb = _verb(command)
        if verb == "update":
            parts = [one for one in _parts(command, "updates") if matches_all(one.get("q", {}))]
            return Severity.MEDIUM if any(one.get("multi") is True for one in parts) else None
        if verb == "bulkWrite":
            operations = [one for one in _parts(command, "ops") if "update" in one and one.get("multi") is True]
            return Severity.MEDIUM if any(matches_all(one.get("filter", {})) for one in operations) else None
        return None

    return _worst(row, judge)


def mongo_changes_any(row: Statement) -> Severity | None:
    """Return medium for findAndModify with a filter that matches all, low for another change of one document."""

    def judge(command: MongoCommand) -> Severity | None:
        if _verb(command).lower() == "findandmodify":
            return Severity.MEDIUM if matches_all(command.get("query") or {}) else None
        single = [one.get("q", {}) for one in _parts(command, "deletes") if one.get("limit", 0) == 1]
        single += [one.get("q", {}) for one in _parts(command, "updates") if one.get("multi") is not True]
        single += [
            one.get("filter", {}) for one in _parts(command, "ops") if "insert" not in one and not one.get("multi")
        ]
        return Severity.LOW if any(matches_all(one) for one in single) else None

    return _worst(row, judge)


def mongo_writes_role(row: Statement) -> Severity | None:
    """Return medium if an update writes a field that looks like a role or a privilege."""
    roles = {
        "role",
        "roles",
        "isAdmin",
        "is_admin",
        "admin",
        "superuser",
        "privileges",
        "permissions",
        "scopes",
        "isSuperuser",
    }

    def judge(command: MongoCommand) -> Severity | None:
        updates = [one.get("u") for one in _parts(command, "updates")] + [command.get("update")]
        for update in updates:
            for stage in update if isinstance(update, list) else [update]:
                for part in stage.values() if isinstance(stage, dict) else ():
                    if isinstance(part, dict) and roles.intersection(part):
                        return Severity.MEDIUM
        return None

    return _worst(row, judge)


def mongo_runs_code(row: Statement) -> Severity | None:
    """Return high for a command that runs JavaScript on the server, medium for an operator that does."""

    def judge(command: MongoCommand) -> Severity | None:
        verb = _verb(command)
        if verb in _CODE_COMMANDS and not (verb == "group" and not isinstance(command.get(verb), dict)):
            return Severity.HIGH
        if verb == "insert" and command.get("insert") == "system.js":
            return Severity.HIGH
        searched = [command.get(name) for name in ("filter", "query", "pipeline")]
        searched += [one.get("q") for one in [*_parts(command, "deletes"), *_parts(command, "updates")]]
        searched += [one.get("filter") for one in _parts(command, "ops")]
        return Severity.MEDIUM if any(_has_key(value, _CODE_KEYS) for value in searched) else None

    return _worst(row, judge)


def mongo_copies(row: Statement) -> Severity | None:
    """Return medium if a pipeline writes its result into a collection."""

    def judge(command: MongoCommand) -> Severity | None:
        stages = command.get("pipeline")
        names = (
            {name for stage in stages if isinstance(stage, dict) for name in stage}
            if isinstance(stages, list)
            else set()
        )
        if names & {"$out", "$merge"}:
            return Severity.MEDIUM
        return Severity.MEDIUM if _verb(command) in ("cloneCollection", "copydb", "copyDatabase", "clone") else None

    return _worst(row, judge)


def mongo_server(row: Statement) -> Severity | None:
    """Return how dangerous a command is that stops or reconfigures the server."""
    return _worst(row, lambda command: _SERVER.get(_verb(command)))


def mongo_audit(row: Statement) -> Severity | None:
    """Return high if auditing, profiling or logging is changed."""

    def judge(command: MongoCommand) -> Severity | None:
        verb = _verb(command)
        if verb == "setAuditConfig":
            return Severity.HIGH
        if verb == "setParameter":
            return Severity.HIGH if any(re.search("(?i)audit|log|auth", name) for name in command) else Severity.LOW
        if verb == "profile":
            return Severity.LOW if command.get("profile") == 0 else None
        return Severity.MEDIUM if verb in ("logRotate", "rotateCertificates", "setLogLevel") else None

    return _worst(row, judge)


def mongo_credentials(row: Statement) -> Severity | None:
    """Return medium if the users' credentials are read."""

    def judge(command: MongoCommand) -> Severity | None:
        shows = _verb(command) == "usersInfo" and command.get("showCredentials") is True
        reads = command.get(_verb(command)) in ("system.users", "system.keys") and _verb(command) in (
            "find",
            "aggregate",
        )
        return Severity.MEDIUM if shows or reads else None

    return _worst(row, judge)


def _has_key(value: Any, names: frozenset[str]) -> bool:
    """Return True if one of the operators occurs anywhere in a value."""
    stack, seen = [value], 0
    while stack and seen < _MAX_NODES:
        one = stack.pop()
        seen += 1
        if isinstance(one, dict):
            if names.intersection(one):
                return True
            stack += one.values()
        elif isinstance(one, list):
            stack += one
    return False


def _parts(command: MongoCommand, name: str) -> list[MongoCommand]:
    parts = command.get(name)
    return [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
