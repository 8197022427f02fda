"""The decoders, each with what it is for; the one that claims a session most strongly decodes it, raw if none does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from replay_tui.decoders.http import decode_http
from replay_tui.decoders.httpframes import REQUEST
from replay_tui.decoders.lane import Lane, input_lane
from replay_tui.decoders.mcp import decode_mcp
from replay_tui.decoders.mongo import decode_mongo, read_command
from replay_tui.decoders.postgres import decode_postgres, looks_like_wire
from replay_tui.decoders.result import MAX_STATEMENTS, Decoded, Hidden, Sequence
from replay_tui.decoders.script import decode_script
from replay_tui.decoders.text_sql import DIALECTS, decode_text_sql
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.event_stream import INPUT, EventStream
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import SessionKind

logger = logging.getLogger(__name__)
Decode = Callable[[Session, EventStream], Decoded]
Claim = Callable[[Session, EventStream, Lane], int]


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder: `kinds` it can serve, `claim` how sure it is (0 no, 1 fallback, 2 by the bytes, 3 by the fields)."""

    name: str
    kinds: frozenset[SessionKind]
    claim: Claim
    decode: Decode


def _names(session: Session) -> set[str]:
    return {(name or "").lower() for name in (session.fields.connection_subtype, session.fields.type)}


def _postgres(session: Session, stream: EventStream, head: Lane) -> int:
    named = {"postgres", "postgresql"} & _names(session)
    return 3 if named else 2 if looks_like_wire(head) else 0


def _text_sql(session: Session, stream: EventStream, head: Lane) -> int:
    return 3 if DIALECTS.keys() & _names(session) - {"postgres", "postgresql"} else 1 if len(head) else 0


def _mongo(session: Session, stream: EventStream, head: Lane) -> int:
    if {"mongodb", "mongo"} & _names(session):
        return 3
    first = next(iter(head), None)
    return 2 if first and read_command(head.data[first[1] : first[2]].decode("utf-8", "replace")) else 0


def _http(session: Session, stream: EventStream, head: Lane) -> int:
    return 2 if REQUEST.match(head.data) or "httpproxy" in _names(session) else 1


def _mcp(session: Session, stream: EventStream, head: Lane) -> int:
    return 3 if "mcp" in _names(session) else 0


def _script(session: Session, stream: EventStream, head: Lane) -> int:
    return 3 if session.fields.verb == "exec" or session.script_text else 0


_registry = [
    Decoder("postgres", frozenset((SessionKind.STATEMENTS,)), _postgres, decode_postgres),
    Decoder("text-sql", frozenset((SessionKind.STATEMENTS,)), _text_sql, decode_text_sql),
    Decoder("mongo", frozenset((SessionKind.STATEMENTS,)), _mongo, decode_mongo),
    Decoder("http", frozenset((SessionKind.HTTP,)), _http, decode_http),
    Decoder("mcp", frozenset((SessionKind.HTTP,)), _mcp, decode_mcp),
    Decoder("script", frozenset((SessionKind.TABLE, SessionKind.TEXT, SessionKind.TERMINAL, SessionKind.EMPTY)),
    _script, decode_script),
]  # fmt: skip
"""Of equal claims the earlier one wins. Terminal sessions have no decoder: their commands are read off the screen."""


def register(decoder: Decoder) -> None:
    """Add a decoder. To win over the decoders of this package, its `claim` must return more than 3."""
    _registry.append(decoder)


def decode(session: Session, stream: EventStream, kind: SessionKind) -> Decoded:
    """Statements, doubts and hidden bytes of a session shown as `kind`; the rest stays raw.

    A decoder that raises is logged and costs its result, which then holds a warning. In debug mode it raises.
    """
    doubts: list[FidelityWarning] = []
    decoder = _choose(session, stream, kind, doubts)
    result = _run(decoder, session, stream) if decoder else None
    if result is None:
        result = _raw(stream) if kind is SessionKind.TEXT else Decoded()
        if decoder:
            message = f"the decoder {decoder.name} failed; the session is shown undecoded"
            if kind in (SessionKind.STATEMENTS, SessionKind.HTTP):  # nobody has found its authentication messages
                result.hidden = _input_bytes(stream)
                message += ", its input hidden because it may hold credentials"
            doubts.append(FidelityWarning("decoder-failed", message))
    elif len(result.statements) >= MAX_STATEMENTS:
        message = f"there are more than {MAX_STATEMENTS:,} statements; the later ones are left out"
        doubts.append(FidelityWarning("too-many-statements", message))
    result.warnings += doubts
    return result


def _choose(session: Session, stream: EventStream, kind: SessionKind, doubts: list[FidelityWarning]) -> Decoder | None:
    """Return the decoder with the highest claim, None if no decoder claims the session."""
    head = Lane(stream, bytes((INPUT,)), limit=1 << 18)
    best, highest = None, 0
    for decoder in _registry:
        if kind not in decoder.kinds:
            continue
        try:
            claim = decoder.claim(session, stream, head)
        except Exception:
            reraise_if_debugging()
            logger.exception("Detection by the decoder %s failed", decoder.name)
            message = f"the decoder {decoder.name} was skipped: its detection failed"
            doubts.append(FidelityWarning("detection-failed", message))
            continue
        if claim > highest:
            best, highest = decoder, claim
    logger.debug("Session of kind %s: decoder %s", kind.value, best.name if best else "none")
    return best


def _run(decoder: Decoder, session: Session, stream: EventStream) -> Decoded | None:
    """Return what a decoder reads, None if it raises."""
    try:
        return decoder.decode(session, stream)
    except Exception:
        reraise_if_debugging()
        logger.exception("Decoding with the decoder %s failed", decoder.name)
        return None


def _input_bytes(stream: EventStream) -> list[Hidden]:
    return [Hidden(event, 0, stream.size(event)) for event, code in enumerate(stream.kinds) if code == INPUT]


def _raw(stream: EventStream) -> Decoded:
    """Opaque input: one row per event, its size only."""
    out, lane = Sequence(), input_lane(stream)
    for event, start, end in list(lane)[:100_000]:
        out.add(lane.time(start), "input", f"{end - start} bytes", event=event, details={"size": end - start})
    return Decoded(out.close())
