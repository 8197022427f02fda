"""Redaction of passwords in Postgres streams: every byte of them, and no other byte."""

from __future__ import annotations

import pytest

from replay_tui.decoders.decode_result import redact_payload
from replay_tui.decoders.postgres.decoder import decode_postgres

from .loading import inputs, session_of
from .wire import CANCEL, message, query, startup

SESSION = session_of(type="database", connection_subtype="postgres", verb="connect")


def redacted(data: bytes, cuts: list[int] | None = None) -> bytes:
    """Return the client's bytes with the redacted ones replaced by `*`."""
    stream = inputs(data, cuts)
    hidden = decode_postgres(SESSION, stream).redacted
    return b"".join(redact_payload(event.data, event.index, hidden) for event in stream.events())


@pytest.mark.parametrize("body", [b"hunter2\0", b"c=biws,r=abc,p=dGVzdA=="], ids=["cleartext", "scram"])
def test_pg_password_is_redacted_to_the_last_byte(body: bytes) -> None:
    before, after = startup(), query("select 1")
    password = message(b"p", body)
    assert redacted(before + password + after) == before + password[:5] + b"*" * len(body) + after


def test_pg_password_across_events_is_redacted() -> None:
    before, password, after = startup(), message(b"p", b"hunter2\0"), query("select 1")
    data = before + password + after
    expected = before + password[:5] + b"*" * 8 + after
    for cut in range(len(before), len(before + password) + 1):
        assert redacted(data, [cut, cut + 2]) == expected


def test_pg_cancel_key_is_redacted_alone() -> None:
    assert redacted(CANCEL + query("select 1")) == CANCEL[:8] + b"*" * 8 + query("select 1")


@pytest.mark.parametrize("garbage", [b"hunter2-in-a-damaged-message", b"\xff\xfehunter2\0\0\0"])
def test_pg_garbage_before_first_statement_is_redacted(garbage: bytes) -> None:
    rest = query("select 1") + query("select 2") + query("select 3")
    assert redacted(garbage + rest) == b"*" * len(garbage) + rest


def test_pg_garbage_after_a_statement_stays_visible() -> None:
    data = startup() + query("select 1") + b"\xff\xfe damaged" + query("select 2") + query("select 3")
    assert redacted(data) == data


def test_pg_damaged_password_is_redacted_anywhere() -> None:
    """A password message with a damaged length after statements: a client may authenticate again."""
    damaged = b"p\0\0\0\1hunter2\0"
    before, after = startup() + query("select 1"), query("select 2") + query("select 3")
    assert redacted(before + damaged + after) == before + b"*" * len(damaged) + after
