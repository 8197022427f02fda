"""Decoder for MongoDB sessions: the gateway stores each command as JSON, whose first key is the command's name.

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
_AUTHENTICATION = frozenset(
    ("saslStart", "saslContinue", "authenticate", "copydbsaslstart", "getnonce", "speculativeAuthenticate")
)
_MAX_JOIN_BYTES = 1 << 20
"""Maximum size of a command that is split over events."""


def read_command(text: str) -> dict[str, Any] | None:
    """Return the command in a JSON text, None if it is not a JSON object or empty."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def describe_command(command: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return (kind, verb, details) of a command; details are `collection` and `database`."""
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
    """Return the commands of a `connect` session to MongoDB. Authentication commands are skipped and redacted."""
    payloads, out, log = input_payloads(stream), StatementBuilder(), FidelityWarnings()
    result = DecodeResult(decoder="mongo")
    pending: tuple[int, int] | None = None  # start and event of a command that is split over events
    for event, start, end in payloads:
        command, begin, origin = read_command(_text(payloads, start, end)), start, event
        if command is None and pending and end - pending[0] <= _MAX_JOIN_BYTES:
            command, (begin, origin) = read_command(_text(payloads, pending[0], end)), pending
        if command is None:
            pending = pending if pending and end - pending[0] <= _MAX_JOIN_BYTES else (start, event)
            continue
        if pending and begin == start:
            _add_invalid(payloads, pending, start, out, log)
        pending = None
        kind, verb, details = describe_command(command)
        if verb in _AUTHENTICATION or "speculativeAuthenticate" in command:
            result.redacted.extend(payloads.redacted_spans(begin, end))
            if verb in _AUTHENTICATION:
                continue
            text = json.dumps({verb: command[verb]})
        else:
            text = _text(payloads, begin, end)
        out.add(payloads.time(begin), kind, text, event=origin, verb=verb, details=details)
    if pending:
        _add_invalid(payloads, pending, len(payloads.data), out, log)
    result.statements, result.warnings = out.close(), list(log.warnings)
    return result


def _text(payloads: PayloadBuffer, start: int, end: int) -> str:
    return payloads.data[start:end].decode("utf-8", "replace")


def _add_invalid(
    payloads: PayloadBuffer, pending: tuple[int, int], end: int, out: StatementBuilder, log: FidelityWarnings
) -> None:
    """Add the text of an invalid command, except one that may be an authentication."""
    log.add("not-json", "commands are not valid JSON; their text is shown unchanged")
    text = _text(payloads, pending[0], end)
    if not any(word in text for word in _AUTHENTICATION):
        out.add(payloads.time(pending[0]), "other", text, event=pending[1], note="not valid JSON")
