"""Decoder for MongoDB sessions: the gateway stores each command as JSON, whose first key is the command's name.

Format: MongoDB's "Database Commands" reference; `$db` names the database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.large_json import LARGE_OBJECT_BYTES, read_large_object
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.lazy_regex import lazy_compile
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
_OTHER_COMMANDS = (
    "eval applyOps copydb clone cloneCollection cloneCollectionAsCapped emptycapped mapreduce group geoNear "
    "geoSearch filemd5 repairDatabase resync touch logout getLog hostInfo top serverStatus rolesInfo usersInfo "
    "connectionStatus connPoolStats connPoolSync listCommands whatsmyuri getParameter getCmdLineOpts features "
    "isdbgrid lockInfo netstat dbHash driverOIDTest explain planCacheClear planCacheClearFilters "
    "planCacheListFilters planCacheSetFilter getLastError getPrevError resetError availableQueryOptions "
    "logApplicationMessage sleep configureFailPoint invalidateUserCache authSchemaUpgrade changeUserPassword "
    "rotateCertificates setAuditConfig getAuditConfig setClusterParameter getClusterParameter setDefaultRWConcern "
    "getDefaultRWConcern setFreeMonitoring setQuerySettings removeQuerySettings setIndexCommitQuorum "
    "setUserWriteBlockMode killSessions killAllSessionsByPattern refreshSessions startRecordingTraffic "
    "stopRecordingTraffic validateDBMetadata autoCompact createSearchIndexes dropSearchIndex listSearchIndexes "
    "updateSearchIndex analyze configureQueryAnalyzer replSetInitiate replSetStepDown replSetFreeze "
    "replSetMaintenance replSetSyncFrom replSetGetStatus replSetGetConfig replSetResizeOplog "
    "replSetAbortPrimaryCatchUp balancerStart balancerStop balancerStatus balancerCollectionStatus addShard "
    "removeShard listShards shardingState getShardMap getShardVersion flushRouterConfig split splitVector "
    "splitChunk mergeChunks mergeAllChunksOnShard moveChunk moveRange movePrimary moveCollection unshardCollection "
    "reshardCollection commitReshardCollection abortReshardCollection cleanupReshardCollection cleanupOrphaned "
    "refineCollectionShardKey clearJumboFlag addShardToZone removeShardFromZone updateZoneKeyRange "
    "configureCollectionBalancing transitionFromDedicatedConfigServer transitionToDedicatedConfigServer"
)
_COMMANDS = _KIND_OF.keys() | set(_OTHER_COMMANDS.split())
"""Names of commands. A server takes the first key of a document for the command, and rejects any other name."""
_AUTHENTICATION = frozenset(
    ("saslStart", "saslContinue", "authenticate", "copydbsaslstart", "getnonce", "speculativeAuthenticate")
)
_SASL = lazy_compile(rb"saslStart|saslContinue|speculativeAuthenticate")
_SASL_MARKER = lazy_compile(
    r"(?i)sasl|payload|\"mechanism|SCRAM-SHA|conversationId|speculativeAuth|\"authenticate\"|\"\$?binary|base64|subType"
)
_DAMAGED_MARKER = lazy_compile(
    rf"{_SASL_MARKER.pattern}|payl|aylo|yloa|load\"\s*:|mechan|chanis|hanism|conversat|rsationI|PLAIN\"|MONGODB-"
)
"""The same in damaged text: a part of the key is left wherever a byte was lost or added."""
_FIRST_KEY = lazy_compile(r"\s*\{\s*\"(\w{1,64})\"\s*:")
_PAYLOAD = lazy_compile(rb'"(?:payload|base64|\$binary)"\s*:\s*"([^"]{1,65536})')
_BLANKS = lazy_compile(r"[\s\0]*")
_DECODER = json.JSONDecoder()
_MIN_SECRET_CHARS = 6
"""A shorter payload is hidden in its command only, because its text occurs by chance elsewhere."""
_SHELL_CALL = lazy_compile(
    r"(?:db|rs|sh)\s?[.\[]\s?[\w\"']|(?:use|show|var|let|const)\s\w|(?:load|print|printjson|sleep|quit)\(|(?:it|exit|help)\b"
    r"|//\s|/\*"
)
_MAX_JOIN_BYTES = 1 << 20
"""Size from which invalid JSON is one statement."""
_MAX_DOCUMENT_BYTES = 64 << 20


def read_command(text: str) -> dict[str, Any] | None:
    """Return the command in a JSON text, None if it is not a JSON object or empty. Large values in it may be None."""
    if len(text) > LARGE_OBJECT_BYTES and (large := _read_large_command(text)):
        return large
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


@lru_cache(maxsize=1)  # each rule reads the same text
def _read_large_command(text: str) -> dict[str, Any] | None:
    data = text.encode("utf-8", "surrogatepass")
    found = read_large_object(memoryview(data))
    return found.members if found and not data[found.end :].strip() else None


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


class Document(NamedTuple):
    """Bytes `start` to `end` of the input, and the command in them; None if they are not a JSON object."""

    start: int
    end: int
    command: dict[str, Any] | None


def decode_mongo(session: Session, stream: EventStream) -> DecodeResult:
    """Return the commands of a `connect` session to MongoDB. Authentication commands are skipped and redacted."""
    payloads, out, log = input_payloads(stream), StatementBuilder(), FidelityWarnings()
    result = DecodeResult(decoder="mongo")
    is_handshake, is_inside = True, False  # inside a damaged authentication, whose parts may be JSON objects
    for start, end, command in iter_documents(payloads):
        text, event, time = _text(payloads, start, end), payloads.event(start), payloads.time(start)
        if command is None:
            log.add("not-json", "commands are not valid JSON; their text is shown unchanged")
            hidden_from = start + _authentication_start(payloads.data[start:end], is_handshake=is_handshake)
            if hidden_from < end:
                log.add("authentication-damaged", "damaged commands are hidden because they may be an authentication")
                _hide(result, payloads, hidden_from, end)
            is_inside = is_inside or hidden_from < end
            if (text := _text(payloads, start, hidden_from)).strip():
                out.add(time, "other", text, event=event, note="not valid JSON")
            continue
        kind, verb, details = describe_command(command)
        is_handshake, is_inside = is_handshake and verb not in _COMMANDS, is_inside and verb not in _COMMANDS
        if verb not in _COMMANDS and "speculativeAuthenticate" in command:
            _hide(result, payloads, start, end)
            text = json.dumps({verb: command[verb]})
        elif verb in _AUTHENTICATION or is_inside or (verb not in _COMMANDS and _SASL_MARKER.search(text)):
            _hide(result, payloads, start, end)
            continue
        out.add(time, kind, text, event=event, verb=verb, details=details)
    result.statements, result.warnings = out.close(), list(log.warnings)
    return result


def iter_documents(payloads: PayloadBuffer) -> Iterator[Document]:
    """Yield the JSON objects in the input, and what lies between them up to the start of an event.

    An event may contain several objects, and an object may be split over events.
    """
    text = payloads.data.decode("latin-1")  # a byte is a character, so that positions are offsets
    at, invalid = _next_text(text, 0), -1
    while at < len(text):
        large = read_large_object(memoryview(payloads.data)[at:]) if len(text) - at > LARGE_OBJECT_BYTES else None
        command, end = (large.members, at + large.end) if large else _object_at(text, at)
        if command is None:
            end = payloads.next_event_start(at)
            if invalid < 0 and _SHELL_CALL.match(text, at, min(end, at + 16)):
                yield Document(at, end, None)
                at = _next_text(text, end)
                continue
            invalid = at if invalid < 0 else invalid
            if end - invalid > _MAX_JOIN_BYTES:
                yield Document(invalid, end, None)
                invalid = -1
        else:
            if invalid >= 0:
                yield Document(invalid, at, None)
            yield Document(at, end, read_command(_text(payloads, at, end)) or command)
            invalid = -1
        at = _next_text(text, end)
    if invalid >= 0:
        yield Document(invalid, len(text), None)


def find_authentication(payloads: PayloadBuffer) -> DecodeResult:
    """Return what to redact in a session that is not known to be MongoDB: documents with a SASL command."""
    result = DecodeResult()
    if not _SASL.search(payloads.data):
        return result
    for start, end, _ in iter_documents(payloads):
        if found := _SASL.search(payloads.data, start, end):
            brace = payloads.data.rfind(b"{", start, found.start())
            _hide(result, payloads, brace if brace >= 0 else found.start(), end)
    return result


def _authentication_start(data: bytes, *, is_handshake: bool) -> int:
    """Return the offset from which invalid JSON may be an authentication; its length if it is none.

    A call of the shell is none unless it contains the words of one.
    """
    text = data.decode("latin-1")  # a byte is a character
    name = _FIRST_KEY.match(text)
    is_command = name is not None and name[1] in _COMMANDS
    if marker := _DAMAGED_MARKER.search(text):
        brace = text.rfind("{", 0, marker.start())
        return marker.start() if is_command and brace <= 0 else max(0, brace)
    return 0 if is_handshake and not is_command and not _SHELL_CALL.match(text) else len(text)


def _hide(result: DecodeResult, payloads: PayloadBuffer, start: int, end: int) -> None:
    result.redacted.extend(payloads.redacted_spans(start, end))
    for found in _PAYLOAD.finditer(payloads.data, start, end):
        result.secrets |= {*_secrets_in(found[1].decode("utf-8", "replace"))}


def _secrets_in(payload: str) -> Iterator[str]:
    """Yield a SASL payload, and the password in one of the mechanism PLAIN (RFC 4616)."""
    if len(payload) >= _MIN_SECRET_CHARS:
        yield payload
    try:
        parts = base64.b64decode(payload, validate=True).decode("utf-8").split("\0")
    except ValueError:
        return
    if len(parts) == 3 and len(parts[2]) >= _MIN_SECRET_CHARS:
        yield parts[2]


def _object_at(text: str, at: int) -> tuple[dict[str, Any] | None, int]:
    """Return the JSON object at a position and its end, (None, position) if there is none."""
    if text[at] != "{":
        return None, at
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at
    return (value, end) if value and end - at <= _MAX_DOCUMENT_BYTES else (None, at)


def _next_text(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _text(payloads: PayloadBuffer, start: int, end: int) -> str:
    return payloads.data[start:end].decode("utf-8", "replace")
