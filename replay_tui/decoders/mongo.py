"""MongoDB sessions: the gateway stores each command as JSON, the command's name its first key.

Format: MongoDB's "Database Commands" reference; `$db` names the database.
"""

from __future__ import annotations

import json
from typing import Any

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads
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
_MAX_JOIN_BYTES = 1 << 20


def read_command(text: str) -> dict[str, Any] | None:
    """The command in a JSON text, None where it holds none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def describe_command(command: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
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


def decode_mongo(session: Session, stream: EventStream) -> DecodeResult:
    """Commands of a `connect` session to MongoDB. Authentication commands are left out and their bytes hidden."""
    lane, out, log, result = (
        input_payloads(stream),
        StatementBuilder(),
        FidelityWarnings(),
        DecodeResult(decoder="mongo"),
    )
    pending: tuple[int, int] | None = None  # start and event of a command that is split over events
    for event, start, end in lane:
        command, begin, origin = read_command(_text(lane, start, end)), start, event
        if command is None and pending and end - pending[0] <= _MAX_JOIN_BYTES:
            command, (begin, origin) = read_command(_text(lane, pending[0], end)), pending
        if command is None:
            pending = pending if pending and end - pending[0] <= _MAX_JOIN_BYTES else (start, event)
            continue
        if pending and begin == start:
            _unread(lane, pending, start, out, log)
        pending = None
        kind, verb, details = describe_command(command)
        if verb in _SECRET or "speculativeAuthenticate" in command:
            result.redacted.extend(lane.redacted_spans(begin, end))
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


def _text(payloads: PayloadBuffer, start: int, end: int) -> str:
    return payloads.data[start:end].decode("utf-8", "replace")


def _unread(
    payloads: PayloadBuffer, pending: tuple[int, int], end: int, out: StatementBuilder, log: FidelityWarnings
) -> None:
    log.add("not-json", "commands are not whole JSON and are shown as they are")
    text = _text(payloads, pending[0], end)
    if not any(word in text for word in _SECRET):
        out.add(payloads.time(pending[0]), "other", text, event=pending[1], note="not whole JSON")
