"""Decoder for the wire messages of one Postgres client: every execution that it requested.

Format: PostgreSQL manual 55 "Frontend/Backend Protocol", client side only, because Hoop does not record responses.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct, unpack_from
from struct import error as struct_error

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder, merge_by_time
from replay_tui.decoders.payload_buffer import PayloadBuffer, current_encoding, wire_text
from replay_tui.decoders.postgres.messages import (
    CANCEL,
    EXECUTIONS,
    MIN_SECRET_CHARS,
    PASSWORD,
    STARTUP,
    UNFINISHED,
    UNPARSEABLE,
    BindLayout,
    PgMessage,
    iter_messages,
    may_be_password,
)
from replay_tui.decoders.postgres.values import cast_types, infer_value, value_text
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.statement import Statement

_SHORT = Struct(">H").unpack_from


class PreparedStatement:
    """A Parse message at offset `at`: its text, parameter types by OID, and whether it was executed."""

    __slots__ = ("at", "casts", "executed", "kind", "name", "text", "types", "verb")

    def __init__(self, name: str, parsed: tuple[str, tuple[int, ...], str, str], at: int) -> None:
        self.name, self.at = name, at
        self.text, self.types, self.kind, self.verb = parsed
        self.casts: dict[int, int] | None = None
        self.executed = False

    def type_of(self, order: int) -> int:
        """Return the type OID of a parameter, 0 if neither the client nor a cast in the text specifies it."""
        known = self.types[order] if order < len(self.types) else 0
        if known:
            return known
        if self.casts is None:
            self.casts = cast_types(self.text)
        return self.casts.get(order + 1, 0)


def parse_prepared(body: bytes) -> tuple[str, tuple[int, ...], str, str]:
    """Return (text, parameter type OIDs, kind, verb) from the body of a Parse message after the name.

    Results for bodies of up to 4,096 bytes are cached.
    """
    encoding = current_encoding()
    return _parse_cached(body, encoding) if len(body) <= 4096 else _parse_uncached(body, encoding)


def _parse_uncached(body: bytes, encoding: str) -> tuple[str, tuple[int, ...], str, str]:
    query, _, types = body.partition(b"\0")
    text = query.decode(encoding, "replace")
    return text, unpack_from(f">{_SHORT(types)[0]}I", types, 2), *classify(text)


_parse_cached = lru_cache(maxsize=256)(_parse_uncached)


_SHORT, _SIGNED = Struct(">H").unpack_from, Struct(">i").unpack_from
_CONNECTION_PARAMETERS = ("user", "database", "application_name", "client_encoding", "replication")

Params = tuple[str | None, ...]


class PgSessionDecoder:
    """Decodes the messages of one client. Its public methods other than `run` handle one message type each."""

    def __init__(self, payloads: PayloadBuffer) -> None:
        self.payloads, self.data = payloads, payloads.data
        self.out = StatementBuilder()
        self.log = FidelityWarnings()
        self.result = DecodeResult(decoder="pgwire")
        self.prepared: dict[bytes, PreparedStatement] = {}
        # Of each portal: its statement, its Bind, the number of executions.
        self.portals: dict[bytes, tuple[PreparedStatement | None, BindLayout, int]] = {}
        self.copy_details: dict[str, object] = {}  # details of the last COPY
        self.last_query: tuple[bytes, list[tuple[str, str, str]]] = b"", []  # its bytes and statements
        self.never_executed: list[PreparedStatement] = []
        self.has_requests = False  # authentication is over, so that damaged messages are not redacted

    def run(self) -> DecodeResult:
        """Decode all messages."""
        handlers = {
            81: self.query, 80: self.parse, 66: self.bind, 69: self.execute, EXECUTIONS: self.executions,
            67: self.close, 100: self.copy_data, 102: self.copy_fail, 70: self.function_call, 112: self.authentication,
            STARTUP: self.startup, CANCEL: self.cancel, UNPARSEABLE: self.unparseable, UNFINISHED: self.unfinished,
        }  # fmt: skip
        for message in iter_messages(self.data):
            handler = handlers.get(message.type)
            if handler is not None:
                handler(message)
        self.never_executed += [one for one in self.prepared.values() if not one.executed]
        unexecuted = [self._unexecuted_statement(one) for one in self.never_executed]
        self.result.statements = merge_by_time(self.out.close(), unexecuted)
        self.result.warnings = list(self.log.warnings)
        return self.result

    def _text(self, start: int, end: int) -> str:
        return wire_text(self.data[start:end])

    def _add(
        self, at: int, statement: tuple[str, str, str], params: Params | None = None, note: str = ""
    ) -> dict[str, object]:
        """Add a statement (kind, text, verb) that starts at offset `at`, and return its details."""
        kind, text, verb = statement
        event, time = self.payloads.locate(at)
        details = self.out.add(time, kind, text, params=params, event=event, verb=verb, note=note)
        if verb == "COPY" and kind == "dml":
            self.copy_details = details
        return details

    def query(self, message: PgMessage) -> None:
        self._add_query(message, self.data[message.body : message.end - 1], "")

    def _add_query(self, message: PgMessage, query: bytes, note: str) -> None:
        self.has_requests = True
        if query != self.last_query[0]:  # many clients repeat a query
            self.last_query = query, _statements(wire_text(query))
        for statement in self.last_query[1]:
            self._add(message.start, statement, note=note)

    def parse(self, message: PgMessage) -> None:
        self.has_requests = True
        name, _, rest = self.data[message.body : message.end].partition(b"\0")
        self._note_if_unexecuted(self.prepared.get(name))
        self.prepared[name] = PreparedStatement(wire_text(name), parse_prepared(rest), message.start)

    def _note_if_unexecuted(self, prepared: PreparedStatement | None) -> None:
        """Keep a statement that is closed or replaced before it was executed."""
        if prepared is not None and not prepared.executed:
            self.never_executed.append(prepared)

    def bind(self, message: PgMessage) -> None:
        if layout := message.layout:
            portal = self.data[message.body : layout.formats - len(layout.name) - 2]
            self.portals[portal] = (self.prepared.get(layout.name), layout, 0)

    def execute(self, message: PgMessage) -> None:
        portal = self.data[message.body : message.end - 5]
        prepared, bound, runs = self.portals.get(portal, (None, None, 0))
        if bound is not None:
            self.portals[portal] = (prepared, bound, runs + 1)
        details = self._executed(message.start, prepared, bound, runs)
        if portal:
            details["portal"] = wire_text(portal)
        limit = _SIGNED(self.data, message.end - 4)[0]
        if limit > 0 or runs:
            details["fetch"], details["max_rows"] = runs + 1, limit

    def executions(self, message: PgMessage) -> None:
        """Handle a run of executions of the unnamed portal."""
        find, locate, add = self.prepared.get, self.payloads.locate, self.out.add
        encoding = current_encoding()
        executions = message.executions or []
        for at, name, values in executions:
            prepared = find(name)
            if prepared is None or prepared.verb == "COPY":
                self._executed(at, prepared, BindLayout(name, 0, 0, values), 0)
                continue
            prepared.executed = True
            event, time = locate(at)
            params = tuple([one if one is None else one.decode(encoding, "replace") for one in values])
            details = {"prepared": prepared.name} if prepared.name else {}
            add(time, prepared.kind, prepared.text, params, event, prepared.verb, details)
        if executions:
            _, name, values = executions[-1]
            self.portals[b""] = find(name), BindLayout(name, 0, 0, values), 1

    def _executed(
        self, at: int, prepared: PreparedStatement | None, bound: BindLayout | None, runs: int
    ) -> dict[str, object]:
        """Add the execution, requested at offset `at`, of a portal that was executed `runs` times before."""
        note = ""
        params, inferred = self._params(prepared, bound) if bound else (None, None)
        statement = "other", "(unknown prepared statement)", ""
        if prepared is None:
            note = "prepared before the recording or in a damaged part of it"
        else:
            note = "continues a partially executed portal" if runs else ""
            statement = prepared.kind, prepared.text, prepared.verb
            prepared.executed = True
        details = self._add(at, statement, params, note)
        if inferred:
            details["inferred"] = inferred
        if prepared and prepared.name:
            details["prepared"] = prepared.name
        return details

    def _params(self, prepared: PreparedStatement | None, bound: BindLayout) -> tuple[Params, dict[str, str]]:
        """Return the values as text, and how the text of binary values of unknown type was inferred (`$1`: reason)."""
        given = bound.given
        if not given:  # all values are text
            encoding = current_encoding()
            return tuple([value if value is None else value.decode(encoding, "replace") for value in bound.values]), {}
        codes = unpack_from(f">{given}H", self.data, bound.formats + 2)
        values: list[str | None] = []
        inferred: dict[str, str] = {}
        for order, value in enumerate(bound.values):
            if value is None:
                values.append(None)
                continue
            binary = (codes[0] if given == 1 else codes[order] if order < given else 0) == 1
            oid = prepared.type_of(order) if binary and prepared else 0
            text = value_text(value, oid, binary)
            if binary and oid == 0 and (likely := infer_value(value)):
                text, inferred[f"${order + 1}"] = likely
            values.append(text)
        return tuple(values), inferred

    def _unexecuted_statement(self, prepared: PreparedStatement) -> Statement:
        event, time = self.payloads.locate(prepared.at)
        details = {"prepared": prepared.name, "executed": False}
        note = "prepared, never executed"
        return Statement(time, prepared.kind, prepared.text, None, None, False, event, prepared.verb, details, note)

    def close(self, message: PgMessage) -> None:
        name = self.data[message.body + 1 : message.end - 1]
        if self.data[message.body] == 83:
            self._note_if_unexecuted(self.prepared.pop(name, None))
        else:
            self.portals.pop(name, None)

    def copy_data(self, message: PgMessage) -> None:
        size = message.end - message.body
        self.copy_details["copied"] = int(str(self.copy_details.get("copied", 0))) + size

    def copy_fail(self, message: PgMessage) -> None:
        self.copy_details["copy_failed"] = self._text(message.body, message.end - 1)

    def function_call(self, message: PgMessage) -> None:
        self.has_requests = True
        oid = _SIGNED(self.data, message.body)[0] if message.end - message.body >= 4 else 0
        self._add(message.start, ("other", f"function call {oid & 0xFFFFFFFF}", "CALL"), self._arguments(message))

    def _arguments(self, message: PgMessage) -> Params | None:
        """Return the arguments of a function call, None if the message is invalid."""
        data, at = self.data[: message.end], message.body + 4
        values: list[str | None] = []
        try:
            given = _SHORT(data, at)[0]
            codes = unpack_from(f">{given}H", data, at + 2)
            at += 2 + 2 * given
            count, at = _SHORT(data, at)[0], at + 2
            for order in range(count):
                length, at = _SIGNED(data, at)[0], at + 4
                binary = (codes[0] if given == 1 else codes[order] if order < given else 0) == 1
                value = data[at : at + max(0, length)]
                likely = infer_value(value) if binary else None
                values.append(None if length < 0 else likely.text if likely else value_text(value, 0, binary))
                at += len(value)
        except struct_error:
            return None
        return tuple(values)

    def authentication(self, message: PgMessage) -> None:
        self.result.redacted.extend(self.payloads.redacted_spans(message.body, message.end))
        password = self._text(message.body, message.end - 1)
        if len(password) >= MIN_SECRET_CHARS and password.isprintable():  # not a message of SASL
            self.result.secrets |= {password}

    def startup(self, message: PgMessage) -> None:
        parts = self.data[message.body : message.end].split(b"\0", 64)
        for key, value in zip(parts[::2], parts[1::2], strict=False):
            name = key.decode("ascii", "replace")
            if name in _CONNECTION_PARAMETERS:
                self.result.connection_info.setdefault(name, wire_text(value))

    def cancel(self, message: PgMessage) -> None:
        self.result.redacted.extend(self.payloads.redacted_spans(message.body, message.end))
        self._add(message.start, ("other", "(request to cancel the running statement)", "CANCEL"))

    def unparseable(self, message: PgMessage) -> None:
        self.log.add("wire-garbage", "parts of the stream are not Postgres messages and were skipped; see the raw view")
        self.recover_text(message, "the message is damaged")

    def unfinished(self, message: PgMessage) -> None:
        self.log.add("wire-unfinished", "the stream ends inside a Postgres message")
        self.recover_text(message, "the recording ends inside this message")

    def recover_text(self, message: PgMessage, note: str) -> None:
        """Add the text of a damaged query; redact a message that may be a password."""
        kind = self.data[message.start]
        if kind in b"QP" and message.end > message.body:
            body = message.body if kind == 81 else self.data.find(b"\0", message.body, message.end) + 1
            stop = self.data.find(b"\0", body, message.end)
            query = self.data[body : message.end if stop < 0 else stop]
            text = wire_text(query)
            if body > 0 and text.strip() and text.isprintable() | ("\n" in text):
                self._add_query(message, query, note)
                return
        if kind == PASSWORD or not self.has_requests or may_be_password(self.data[message.start : message.end]):
            self.result.redacted.extend(self.payloads.redacted_spans(message.start, message.end))


def _statements(text: str) -> list[tuple[str, str, str]]:
    """Return (kind, text, verb) of each statement in the text of a query."""
    pieces = split_sql(text)
    if len(pieces) <= 1:
        pieces = [text] if text.strip() else []
    return [(kind, piece, verb) for piece in pieces for kind, verb in [classify(piece)]]
