"""Postgres sessions: every execution that a client asked for, from its raw messages or from bare SQL.

Format: PostgreSQL's manual 55 "Frontend/Backend Protocol", client side only; Hoop records nothing of the answers.
"""

from __future__ import annotations

from struct import Struct, unpack_from
from struct import error as struct_error

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder, merge_by_time
from replay_tui.decoders.payload_buffer import PayloadBuffer
from replay_tui.decoders.postgres.messages import (
    CANCEL,
    STARTUP,
    UNFINISHED,
    UNPARSEABLE,
    PgMessage,
    bind_layout,
    iter_messages,
)
from replay_tui.decoders.postgres.prepared import Prepared, parse_prepared
from replay_tui.decoders.postgres.type_inference import infer_value
from replay_tui.decoders.postgres.values import value_text
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.statement import Statement

_SHORT, _SIGNED = Struct(">H").unpack_from, Struct(">i").unpack_from
_FACTS = ("user", "database", "application_name", "client_encoding", "replication")
_HEAD = b"QPBDESCHXdcfFp"

Params = tuple[str | None, ...]


class PgSessionDecoder:
    """Follows one client's messages."""

    def __init__(self, payloads: PayloadBuffer) -> None:
        self.lane, self.data = payloads, payloads.data
        self.out = StatementBuilder()
        self.log = FidelityWarnings()
        self.result = DecodeResult(decoder="pgwire")
        self.prepared: dict[bytes, Prepared] = {}
        self.portals: dict[bytes, tuple[Prepared | None, PgMessage, int]] = {}
        self.copying: dict[str, object] = {}
        self.unused: list[Prepared] = []
        self.requested = False

    def run(self) -> DecodeResult:
        handlers = {
            81: self.query, 80: self.parse, 66: self.bind, 69: self.execute, 67: self.close, 100: self.copy_data,
            102: self.copy_fail, 70: self.function_call, 112: self.authentication, STARTUP: self.startup,
            CANCEL: self.cancel, UNPARSEABLE: self.unparseable, UNFINISHED: self.unfinished,
        }  # fmt: skip
        for frame in iter_messages(self.data):
            handler = handlers.get(frame.type)
            if handler is not None:
                handler(frame)
        self.unused += [made for made in self.prepared.values() if not made.executed]
        self.result.statements = merge_by_time(self.out.close(), [self._is_never_run(made) for made in self.unused])
        self.result.warnings = list(self.log.warnings)
        return self.result

    def _text(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")

    def _add(
        self, at: int, what: tuple[str, str, str], params: Params | None = None, note: str = ""
    ) -> dict[str, object]:
        """Add a statement; `what` is its kind, text and verb."""
        kind, text, verb = what
        event, time = self.lane.locate(at)
        details = self.out.add(time, kind, text, params=params, event=event, verb=verb, note=note)
        if verb == "COPY" and kind == "dml":
            self.copying = details
        return details

    def query(self, message: PgMessage) -> None:
        self._query(message, self._text(message.body, message.end - 1), "")

    def _query(self, message: PgMessage, text: str, note: str) -> None:
        self.requested = True
        pieces = split_sql(text)
        if len(pieces) <= 1:
            if text.strip():
                self._add(message.start, _kind_text_verb(text), note=note)
            return
        for piece in pieces:
            self._add(message.start, _kind_text_verb(piece), note=note)

    def parse(self, message: PgMessage) -> None:
        self.requested = True
        name, _, rest = self.data[message.body : message.end].partition(b"\0")
        self._forget_prepared(self.prepared.get(name))
        self.prepared[name] = Prepared(name.decode("utf-8", "replace"), parse_prepared(rest), message.start)

    def _forget_prepared(self, made: Prepared | None) -> None:
        """Keep a text that was prepared and replaced before it ran."""
        if made is not None and not made.executed:
            self.unused.append(made)

    def bind(self, message: PgMessage) -> None:
        data = self.data
        portal_end = data.index(b"\0", message.body)
        name_end = data.index(b"\0", portal_end + 1)
        made = self.prepared.get(data[portal_end + 1 : name_end])
        self.portals[data[message.body : portal_end]] = (made, message, 0)

    def execute(self, message: PgMessage) -> None:
        portal = self.data[message.body : message.end - 5]
        made, bound, runs = self.portals.get(portal, (None, None, 0))
        limit = _SIGNED(self.data, message.end - 4)[0]
        notes: list[str] = []
        params: Params | None = None
        guesses: list[str | None] | None = None
        if bound is not None:
            self.portals[portal] = (made, bound, runs + 1)
            params, guesses = self._params(made, bound)
        if made is None:
            notes.append("its text was prepared before this recording or in a damaged part of it")
        elif runs:
            notes.append("goes on with a portal that had been run in part")
        text, kind, verb = (made.text, made.kind, made.verb) if made else ("(unknown prepared statement)", "other", "")
        if made:
            made.executed = True
        details = self._add(message.start, (kind, text, verb), params, "; ".join(notes))
        if guesses:
            details["read_as"] = guesses
        if made and made.name:
            details["prepared"] = made.name
        if portal:
            details["portal"] = portal.decode("utf-8", "replace")
        if limit > 0 or runs:
            details["fetch"], details["max_rows"] = runs + 1, limit

    def _params(self, made: Prepared | None, bound: PgMessage) -> tuple[Params, list[str | None] | None]:
        """Values as text, and where the type of a binary one is unknown the likely readings of all."""
        data, layout = self.data, bind_layout(self.data, bound)
        if layout is None:
            return (), None
        _, formats, at, count = layout
        given = _SHORT(data, formats)[0]
        codes = unpack_from(f">{given}H", data, formats + 2)
        values: list[str | None] = []
        guesses: dict[int, str | None] = {}
        for order in range(count):
            length = _SIGNED(data, at)[0]
            at += 4
            if length < 0:
                values.append(None)
                continue
            binary = (codes[0] if given == 1 else codes[order] if order < given else 0) == 1
            oid = made.type_of(order) if binary and made else 0
            value = data[at : at + length]
            if binary and oid == 0:
                guesses[order] = infer_value(value)
            values.append(value_text(value, oid, binary))
            at += length
        return tuple(values), [guesses.get(at, shown) for at, shown in enumerate(values)] if guesses else None

    def _is_never_run(self, made: Prepared) -> Statement:
        event, time = self.lane.locate(made.at)
        details = {"prepared": made.name, "executed": False}
        note = "prepared, never executed"
        return Statement(time, made.kind, made.text, None, None, False, event, made.verb, details, note)

    def close(self, message: PgMessage) -> None:
        name = self.data[message.body + 1 : message.end - 1]
        if self.data[message.body] == 83:
            self._forget_prepared(self.prepared.pop(name, None))
        else:
            self.portals.pop(name, None)

    def copy_data(self, message: PgMessage) -> None:
        size = message.end - message.body
        self.copying["copied"] = int(str(self.copying.get("copied", 0))) + size

    def copy_fail(self, message: PgMessage) -> None:
        self.copying["copy_failed"] = self._text(message.body, message.end - 1)

    def function_call(self, message: PgMessage) -> None:
        self.requested = True
        oid = _SIGNED(self.data, message.body)[0] if message.end - message.body >= 4 else 0
        self._add(message.start, ("other", f"function call {oid & 0xFFFFFFFF}", "CALL"), self._arguments(message))

    def _arguments(self, message: PgMessage) -> Params | None:
        """What a function is called with; None where the message is not whole."""
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
                values.append(None if length < 0 else infer_value(value) if binary else value_text(value, 0, False))
                at += len(value)
        except struct_error:
            return None
        return tuple(values)

    def authentication(self, message: PgMessage) -> None:
        self.result.redacted.extend(self.lane.redacted_spans(message.body, message.end))

    def startup(self, message: PgMessage) -> None:
        words = self.data[message.body : message.end].split(b"\0", 64)
        for key, value in zip(words[::2], words[1::2], strict=False):
            name = key.decode("ascii", "replace")
            if name in _FACTS:
                self.result.connection_info.setdefault(name, value.decode("utf-8", "replace"))

    def cancel(self, message: PgMessage) -> None:
        self.result.redacted.extend(self.lane.redacted_spans(message.body, message.end))
        self._add(message.start, ("other", "(request to cancel the running statement)", "CANCEL"))

    def unparseable(self, message: PgMessage) -> None:
        self.log.add(
            "wire-garbage", "parts of the wire stream are no messages and were skipped; they stand in the raw bytes"
        )
        self.recover_text(message, "the message is damaged")

    def unfinished(self, message: PgMessage) -> None:
        self.log.add("wire-unfinished", "the wire stream ends inside a message")
        self.recover_text(message, "the recording ends inside this message")

    def recover_text(self, message: PgMessage, note: str) -> None:
        """Show the text of a broken query; hide what may be a password."""
        kind = self.data[message.start]
        if kind in b"QP" and message.end > message.body:
            body = message.body if kind == 81 else self.data.find(b"\0", message.body, message.end) + 1
            stop = self.data.find(b"\0", body, message.end)
            text = self._text(body, message.end if stop < 0 else stop)
            if body > 0 and text.strip() and text.isprintable() | ("\n" in text):
                self._query(message, text, note)
                return
        if kind == 112 or not self.requested:
            self.result.redacted.extend(self.lane.redacted_spans(message.start, message.end))


def _kind_text_verb(text: str) -> tuple[str, str, str]:
    kind, verb = classify(text)
    return kind, text, verb
