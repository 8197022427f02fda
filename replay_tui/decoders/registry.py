"""Registry of decoders. The decoder with the highest confidence decodes a session; without one it stays raw."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from msgspec import Struct

from replay_tui.decoders.decode_result import MAX_STATEMENTS, DecodeResult, StatementBuilder
from replay_tui.decoders.exec_decoder import decode_exec
from replay_tui.decoders.http.decoder import decode_http, http_credentials
from replay_tui.decoders.http.parser import REQUEST, has_message_start
from replay_tui.decoders.mcp import decode_mcp
from replay_tui.decoders.mongo import decode_mongo, read_command
from replay_tui.decoders.mongo import find_authentication as mongo_authentication
from replay_tui.decoders.payload_buffer import PayloadBuffer, decoding_as, input_payloads, output_payloads
from replay_tui.decoders.postgres.decoder import decode_postgres, looks_like_wire
from replay_tui.decoders.postgres.decoder import find_authentication as postgres_authentication
from replay_tui.decoders.sql.text_decoder import DIALECTS, decode_text_sql
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.event_stream import INPUT, EventStream, RedactedSpan
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import DecoderGroup, SessionKind

logger = logging.getLogger(__name__)
MAX_RAW_EVENTS = 100_000
"""Events of an undecoded session that are listed."""
NOT_DECODED = "the recorded bytes are in a format that this program does not decode; see the raw view"
Decode = Callable[[Session, EventStream], DecodeResult]
Confidence = Callable[[Session, EventStream, PayloadBuffer], int]


class Decoder(Struct, frozen=True):
    """A decoder for some `groups` of sessions.

    `confidence` returns how sure it is: 0 not responsible, 1 fallback, 2 detected in the bytes, 3 named by the fields.
    """

    name: str
    groups: frozenset[DecoderGroup]
    confidence: Confidence
    decode: Decode


def _names(session: Session) -> set[str]:
    return {(name or "").lower() for name in (session.fields.connection_subtype, session.fields.type)}


def _postgres_confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    named = {"postgres", "postgresql"} & _names(session)
    return 3 if named else 2 if looks_like_wire(head) else 0


def _text_sql_confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    return 3 if DIALECTS.keys() & _names(session) - {"postgres", "postgresql"} else 1 if len(head) else 0


def _mongo_confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    if {"mongodb", "mongo"} & _names(session):
        return 3
    first = next(iter(head), None)
    return 2 if first and read_command(head.data[first[1] : first[2]].decode("utf-8", "replace")) else 0


def _http_confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    return 2 if REQUEST.match(head.data) or "httpproxy" in _names(session) else 1


def _mcp_confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    return 3 if {"mcp", "mcpproxy"} & _names(session) else 0


def _script_confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    return 3 if session.fields.verb == "exec" or session.script_text else 0


_registry = [
    Decoder("postgres", frozenset((DecoderGroup.DATABASE,)), _postgres_confidence, decode_postgres),
    Decoder("text-sql", frozenset((DecoderGroup.DATABASE,)), _text_sql_confidence, decode_text_sql),
    Decoder("mongo", frozenset((DecoderGroup.DATABASE,)), _mongo_confidence, decode_mongo),
    Decoder("http", frozenset((DecoderGroup.HTTP,)), _http_confidence, decode_http),
    Decoder("mcp", frozenset((DecoderGroup.HTTP,)), _mcp_confidence, decode_mcp),
    Decoder("script", frozenset((DecoderGroup.SCRIPT,)), _script_confidence, decode_exec),
]
"""The earlier decoder wins a tie. Terminal sessions have no decoder: `shell` reads their commands from the screen."""


def register(decoder: Decoder) -> None:
    """Add a decoder. To take precedence over the decoders of this package, its `confidence` must return more than 3."""
    _registry.append(decoder)


def decode(session: Session, stream: EventStream, kind: SessionKind) -> DecodeResult:
    """Return the statements, warnings and redacted bytes of a session of `kind`.

    If a decoder raises, the exception is logged and the result contains a warning instead of statements. In debug mode
    the exception is raised.
    """
    warnings: list[FidelityWarning] = []
    decoder = _choose(session, stream, kind, warnings)
    result = _run(decoder, session, stream) if decoder else None
    if result is None:
        result = _raw(stream) if kind.lists_raw_input else DecodeResult()
        if not decoder and (result.statements or kind.opens_raw):
            warnings.append(FidelityWarning("not-decoded", NOT_DECODED))
        if decoder:
            message = f"the decoder {decoder.name} failed; the session is shown undecoded"
            if kind.lists_statements:  # its authentication messages are unknown
                result.redacted = _input_bytes(stream)
                message += ", its input hidden because it may hold credentials"
            warnings.append(FidelityWarning("decoder-failed", message))
    elif len(result.statements) >= MAX_STATEMENTS:
        message = f"the session has more than {MAX_STATEMENTS:,} statements; later ones are not decoded"
        warnings.append(FidelityWarning("too-many-statements", message))
    result.warnings += warnings
    _add_credentials(result, stream, kind)
    return result


def _add_credentials(result: DecodeResult, stream: EventStream, kind: SessionKind) -> None:
    """Add the credentials of protocols that the decoder does not know: a session's type may be missing or wrong."""
    try:
        found = list(_credentials(result.decoder, stream, kind))
    except Exception:
        reraise_if_debugging()
        logger.exception("Looking for credentials failed")
        message = "looking for credentials failed; the session's input is hidden because it may hold some"
        result.warnings.append(FidelityWarning("credentials-failed", message))
        result.redacted += _input_bytes(stream)
        return
    for one in found:
        result.redacted += one.redacted
        result.secrets |= one.secrets


def _credentials(decoder: str, stream: EventStream, kind: SessionKind) -> Iterator[DecodeResult]:
    sent = input_payloads(stream)
    if decoder != "pgwire":
        yield postgres_authentication(sent)
    if kind.has_screen:
        return
    is_http = kind.decoder_group is DecoderGroup.HTTP
    if decoder != "mongo" and not is_http:
        yield mongo_authentication(sent)
    if decoder != "http" and (is_http or kind.lists_raw_input):
        both = sent, output_payloads(stream)
        if is_http or any(has_message_start(payloads.data) for payloads in both):
            yield from map(http_credentials, both)


def _choose(
    session: Session, stream: EventStream, kind: SessionKind, warnings: list[FidelityWarning]
) -> Decoder | None:
    """Return the decoder with the highest confidence, None if no decoder is responsible."""
    head = PayloadBuffer(stream, bytes((INPUT,)), limit=1 << 18)
    best, highest = None, 0
    for decoder in _registry:
        if kind.decoder_group not in decoder.groups:
            continue
        try:
            confidence = decoder.confidence(session, stream, head)
        except Exception:
            reraise_if_debugging()
            logger.exception("Detection by the decoder %s failed", decoder.name)
            message = f"the decoder {decoder.name} was skipped: its detection failed"
            warnings.append(FidelityWarning("detection-failed", message))
            continue
        if confidence > highest:
            best, highest = decoder, confidence
    logger.debug("Session of kind %s: decoder %s", kind.name, best.name if best else "none")
    return best


def _run(decoder: Decoder, session: Session, stream: EventStream) -> DecodeResult | None:
    """Return a decoder's result, None if it raises."""
    try:
        with decoding_as(stream.encoding):
            return decoder.decode(session, stream)
    except Exception:
        reraise_if_debugging()
        logger.exception("Decoding with the decoder %s failed", decoder.name)
        return None


def _input_bytes(stream: EventStream) -> list[RedactedSpan]:
    return [RedactedSpan(event, 0, stream.size(event)) for event, code in enumerate(stream.kinds) if code == INPUT]


def _raw(stream: EventStream) -> DecodeResult:
    """Return one statement per input event with its size."""
    out, payloads = StatementBuilder(), input_payloads(stream)
    for event, start, end in list(payloads)[:MAX_RAW_EVENTS]:
        out.add(payloads.time(start), "input", f"{end - start} bytes", event=event, details={"size": end - start})
    return DecodeResult(out.close())
