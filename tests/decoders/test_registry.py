"""Decoders that raise: other decoders still run, the result has a warning, and its input is redacted."""

from __future__ import annotations

import pytest

from replay_tui import kinds
from replay_tui.decoders import decode, redact_payload
from replay_tui.decoders.decode_result import DecodeResult
from replay_tui.decoders.payload_buffer import PayloadBuffer
from replay_tui.decoders.registry import Decoder, register
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import DecoderGroup, SessionKind

from .loading import stream_of

DETECTION, DECODING = "a session whose detection fails", "a session whose decoding fails"


def confidence(session: Session, stream: EventStream, head: PayloadBuffer) -> int:
    if session.fields.id == DETECTION:
        raise ZeroDivisionError
    return 9 if session.fields.id == DECODING else 0


def raises(session: Session, stream: EventStream) -> DecodeResult:
    raise ZeroDivisionError


register(Decoder("raising", frozenset((DecoderGroup.DATABASE, DecoderGroup.SCRIPT)), confidence, raises))


def decoded(session_id: str, kind: SessionKind) -> tuple[EventStream, DecodeResult]:
    stream = stream_of((0.0, "i", b"select 1"), (1.0, "o", b"one row"), (2.0, "i", b"secret"))
    session = Session.parse({"id": session_id, "type": "database", "connection_subtype": "mysql"})
    return stream, decode(session, stream, kind)


def test_decode_detection_raises_other_decoder_is_used(caplog: pytest.LogCaptureFixture) -> None:
    _, result = decoded(DETECTION, kinds.STATEMENTS)
    assert [row.text for row in result.statements] == ["select 1", "secret"]
    assert [(one.code, one.message) for one in result.warnings] == [
        ("detection-failed", "the decoder raising was skipped: its detection failed")
    ]
    assert "Detection by the decoder raising failed\nTraceback" in caplog.text


def test_decode_wire_decoder_raises_input_is_hidden(caplog: pytest.LogCaptureFixture) -> None:
    stream, result = decoded(DECODING, kinds.STATEMENTS)
    shown = [redact_payload(stream.data(event), event, result.redacted) for event in range(3)]
    assert shown == [b"********", b"one row", b"******"]
    assert (result.statements, [one.code for one in result.warnings]) == ([], ["decoder-failed"])
    assert "Decoding with the decoder raising failed\nTraceback" in caplog.text


def test_decode_text_decoder_raises_events_are_listed() -> None:
    _, result = decoded(DECODING, kinds.TEXT)
    assert [row.text for row in result.statements] == ["8 bytes", "6 bytes"]
    assert (result.redacted, [one.code for one in result.warnings]) == ([], ["decoder-failed"])


@pytest.mark.parametrize("session_id", [DETECTION, DECODING])
def test_decode_debug_mode_raises(monkeypatch: pytest.MonkeyPatch, session_id: str) -> None:
    monkeypatch.setenv("REPLAY_TUI_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        decoded(session_id, kinds.STATEMENTS)
