"""MongoDB sessions: the gateway stores each command as JSON, the command's name its first key.

Format: MongoDB's "Database Commands" reference; `$db` names the database.
"""

from __future__ import annotations

import json
from typing import Any

from replay_tui.decoders.lane import Lane, input_lane
from replay_tui.decoders.result import Decoded, Sequence
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.session import Session

_KINDS = {
    "read": "find aggregate count distinct getMore listCollections listDatabases listIndexes collStats dbStats explain "
    "mapReduce parallelCollectionScan dataSize validate",
    "dml": "insert update delete findAndModify findandmodify bulkWrite killCursors",
    "ddl": "create createIndexes drop dropDatabase dropIndexes deleteIndexes collMod renameCollection cloneCollection "
    "convertToCapped reIndex compact",
    "transaction": "startTransaction commitTransaction abortTransaction endSessions startSession",
    "admin": "createUser updateUser dropUser dropAllUsersFromDatabase grantRolesToUser revokeRolesFromUser createRole "
    "updateRole dropRole dropAllRolesFromDatabase grantPrivilegesToRole revokePrivilegesFromRole grantRolesToRole "
    "revokeRolesFromRole setParameter shutdown fsync killOp currentOp killAllSessions replSetReconfig "
    "setFeatureCompatibilityVersion enableSharding shardCollection profile logRotate",
}  # fmt: skip
_KIND_OF = {verb: kind for kind, verbs in _KINDS.items() for verb in verbs.split()}
_SECRET = frozenset(
    ("saslStart", "saslContinue", "authenticate", "copydbsaslstart", "getnonce", "speculativeAuthenticate")
)
_LARGEST_JOIN = 1 << 20


def read_command(text: str) -> dict[str, Any] | None:
    """The command in a JSON text, None where it holds none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def describe(command: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Kind, verb, and details (`collection`, `database`) of a command."""
    verb = next(iter(command))
    target, details = command[verb], {}
    if isinstance(target, str):
        details["collection"] = target
    elif isinstance(command.get("collection"), str):
        details["collection"] = command["collection"]
    if isinstance(command.get("$db"), str):
        details["database"] = command["$db"]
    kind = _KIND_OF.get(verb, "other")
    if verb == "aggregate" and isinstance(command.get("pipeline"), list):
        stages = [next(iter(stage), "") for stage in command["pipeline"] if isinstance(stage, dict)]
        kind = "dml" if {"$out", "$merge"}.intersection(stages) else kind
    return kind, verb, details


def decode_mongo(session: Session, stream: EventStream) -> Decoded:
    """Commands of a `connect` session to MongoDB. Authentication commands are left out and their bytes hidden."""
    lane, out, log, result = input_lane(stream), Sequence(), FidelityWarnings(), Decoded(decoder="mongo")
    pending: tuple[int, int] | None = None  # start and event of a command that is split over events
    for event, start, end in lane:
        command, begin, origin = read_command(_text(lane, start, end)), start, event
        if command is None and pending and end - pending[0] <= _LARGEST_JOIN:
            command, (begin, origin) = read_command(_text(lane, pending[0], end)), pending
        if command is None:
            pending = pending if pending and end - pending[0] <= _LARGEST_JOIN else (start, event)
            continue
        if pending and begin == start:
            _unread(lane, pending, start, out, log)
        pending = None
        kind, verb, details = describe(command)
        if verb in _SECRET or "speculativeAuthenticate" in command:
            result.hidden.extend(lane.hide(begin, end))
            if verb in _SECRET:
                continue
        text = (
            _text(lane, begin, end) if "speculativeAuthenticate" not in command else json.dumps({verb: command[verb]})
        )
        out.add(lane.time(begin), kind, text, event=origin, verb=verb, details=details)
    if pending:
        _unread(lane, pending, len(lane.data), out, log)
    result.statements, result.warnings = out.close(), list(log.warnings)
    return result


def _text(lane: Lane, start: int, end: int) -> str:
    return lane.data[start:end].decode("utf-8", "replace")


def _unread(lane: Lane, pending: tuple[int, int], end: int, out: Sequence, log: FidelityWarnings) -> None:
    log.add("not-json", "commands are not whole JSON and are shown as they are")
    text = _text(lane, pending[0], end)
    if not any(word in text for word in _SECRET):
        out.add(lane.time(pending[0]), "other", text, event=pending[1], note="not whole JSON")
