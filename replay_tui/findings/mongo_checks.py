"""Rule checks on MongoDB commands, written as JSON or as shell calls such as `db.users.deleteMany({})`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from replay_tui.domain.risk import Severity
from replay_tui.domain.statement import Statement
from replay_tui.findings.mongo_syntax import Call, read_calls, read_json

_Command = dict[str, Any]
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
_CODE_COMMANDS = frozenset(("eval", "$eval", "mapReduce", "mapreduce", "group", "loadServerScripts"))
_CODE_KEYS = frozenset(("$where", "$function", "$accumulator"))
_WRITES = frozenset(("insert", "documents"))
_MAX_NODES = 20_000
_IDENTIFIER = re.compile(r"(?:.*[._])?(?:id|uid|key)\Z|_id\Z", re.IGNORECASE)
_ANY_TEXT = re.compile(r"\^?(?:\(\?s\))?\.?\*?\??\$?\Z|\Z")


@lru_cache(maxsize=64)
def _shell_commands(text: str) -> tuple[_Command, ...]:
    return tuple(command for call in read_calls(text) for command in _as_commands(call))


def commands_of(row: Statement) -> list[_Command]:
    """Return the commands of a statement; shell calls are converted to the commands that they send."""
    command = read_json(row.text)
    if command is None:
        return list(_shell_commands(row.text))
    inner = command.get("explain")
    return [inner if isinstance(inner, dict) else command]


def _as_commands(call: Call) -> Iterator[_Command]:  # noqa: PLR0912 - one branch per method
    name, arguments = call.name, [*call.arguments, None, None, None][:3]
    query, update, options = arguments
    settings = options if isinstance(options, dict) else {}
    if name in ("runCommand", "adminCommand", "command") and isinstance(query, dict):
        yield query
    elif name == "runCommand" and isinstance(query, str):
        yield {query: 1}
    elif name in ("deleteMany", "remove"):
        single = update is True or (isinstance(update, dict) and update.get("justOne") is True)
        yield {"delete": "", "deletes": [{"q": query or {}, "limit": 1 if single else 0}]}
    elif name in ("updateMany", "update"):
        multi = name == "updateMany" or settings.get("multi") is True
        yield {"update": "", "updates": [{"q": query or {}, "u": update, "multi": multi}]}
    elif name in ("updateOne", "replaceOne"):
        yield {"update": "", "updates": [{"q": query or {}, "u": update}]}
    elif name in ("findOneAndDelete", "findOneAndUpdate", "findOneAndReplace"):
        yield {"findAndModify": "", "query": query or {}, "update": update}
    elif name == "findAndModify" and isinstance(query, dict):
        yield {"findAndModify": "", **query}
    elif name == "bulkWrite" and isinstance(query, list):
        yield from _bulk_commands(query)
    elif name == "aggregate":
        yield {"aggregate": "", "pipeline": query if isinstance(query, list) else call.arguments}
    elif name == "renameCollection":
        yield {"renameCollection": "", "dropTarget": update is True}
    elif name in ("find", "findOne"):
        yield {"find": call.path[-1] if call.path else "", "filter": query}
    elif name in ("insert", "insertOne", "insertMany", "save"):
        yield {"insert": call.path[-1] if call.path else ""}
    elif name == "setProfilingLevel":
        yield {"profile": query}
    elif name:
        yield {name: query if query is not None else 1}


def _bulk_commands(operations: list[Any]) -> Iterator[_Command]:
    for operation in operations[:1000]:
        for name, body in operation.items() if isinstance(operation, dict) else ():
            if isinstance(body, dict) and name.startswith("delete"):
                yield {"delete": "", "deletes": [{"q": body.get("filter") or {}, "limit": int(name == "deleteOne")}]}
            elif isinstance(body, dict) and name.startswith(("update", "replace")):
                yield {
                    "update": "",
                    "updates": [
                        {"q": body.get("filter") or {}, "u": body.get("update"), "multi": name == "updateMany"}
                    ],
                }


def _verb(command: _Command) -> str:
    return next(iter(command), "")


def _worst(row: Statement, judge: Callable[[_Command], Severity | None]) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
        stages = command.get("pipeline")
        names = (
            {name for stage in stages if isinstance(stage, dict) for name in stage}
            if isinstance(stages, list)
            else set()
        )
        if names & {"$out", "$merge"}:
            return Severity.MEDIUM
        return Severity.MEDIUM if _verb(command) in ("cloneCollection", "copydb", "clone") else None

    return _worst(row, judge)


def mongo_server(row: Statement) -> Severity | None:
    """Return how dangerous a command is that stops or reconfigures the server."""
    return _worst(row, lambda command: _SERVER.get(_verb(command)))


def mongo_audit(row: Statement) -> Severity | None:
    """Return high if auditing, profiling or logging is changed."""

    def judge(command: _Command) -> Severity | None:
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

    def judge(command: _Command) -> Severity | None:
        shows = _verb(command) == "usersInfo" and command.get("showCredentials") is True
        reads = command.get(_verb(command)) in ("system.users", "system.keys") and _verb(command) in (
            "find",
            "aggregate",
        )
        return Severity.MEDIUM if shows or reads else None

    return _worst(row, judge)


def matches_all(condition: Any, depth: int = 0) -> bool:
    """Return True if a filter matches every document: empty, always true, or without a real condition."""
    if not isinstance(condition, dict) or depth > 20:
        return False
    return all(_part_matches_all(name, value, depth) for name, value in condition.items())


def _part_matches_all(name: str, value: Any, depth: int) -> bool:
    parts = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    match name:
        case "$comment":
            return True
        case "$or":
            return any(matches_all(one, depth + 1) for one in parts)
        case "$and":
            return all(matches_all(one, depth + 1) for one in parts)
        case "$nor":
            return all(any(_matches_none(key, inner) for key, inner in one.items()) for one in parts)
        case "$expr":
            return _expression_is_true(value)
        case "$where":
            text = str(getattr(value, "text", value))
            return bool(
                re.fullmatch(
                    r"\s*(?:function\s*\(\)\s*\{)?\s*(?:return)?\s*(?:true|1|!0|1\s*==\s*1)\s*;?\s*\}?\s*", text
                )
            )
    return _field_matches_all(name, value)


def _field_matches_all(name: str, value: Any) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    is_identifier = bool(_IDENTIFIER.match(name))
    for operator, operand in value.items():
        if operator == "$exists" and operand in (True, 1) and is_identifier:
            continue
        if operator in ("$ne", "$nin") and is_identifier and operand in (None, "", [], 0, -1):
            continue
        if operator in ("$gt", "$gte") and operand in (0, -1, None, "") and operand is not False:
            continue
        if (
            operator in ("$regex", "$options")
            and isinstance(operand, str)
            and (operator == "$options" or _ANY_TEXT.match(operand))
        ):
            continue
        if (
            operator == "$not"
            and isinstance(operand, dict)
            and any(_matches_none(name, {key: one}) for key, one in operand.items())
        ):
            continue
        if operator == "$in" and not isinstance(operand, list):
            return False
        return False
    return True


def _matches_none(name: str, value: Any) -> bool:
    """Return True for a condition on a field that no document is expected to meet."""
    if not isinstance(value, dict):
        return bool(_IDENTIFIER.match(name)) and value is None
    return value.get("$exists") in (False, 0) or value.get("$in") == []


def _expression_is_true(value: Any) -> bool:
    if isinstance(value, bool | int | float):
        return bool(value)
    if not isinstance(value, dict):
        return False
    for operator, operands in value.items():
        if (
            not isinstance(operands, list)
            or len(operands) != 2
            or any(isinstance(one, dict | list) for one in operands)
        ):
            return operator == "$literal" and bool(operands)
        left, right = operands
        if operator in ("$eq", "$gte", "$lte") and left == right:
            continue
        is_constant = all(isinstance(one, int | float) for one in operands)
        if operator == "$ne" and is_constant and left != right:
            continue
        if is_constant and (
            (operator in ("$gt", "$gte") and left > right) or (operator in ("$lt", "$lte") and left < right)
        ):
            continue
        return False
    return True


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


def _parts(command: _Command, name: str) -> list[_Command]:
    parts = command.get(name)
    return [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
