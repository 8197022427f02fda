"""Postgres decoder: damaged, hostile and very long streams."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.decoders.decode_result import redact_payload
from replay_tui.decoders.postgres.decoder import decode_postgres
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from tests.decoders.loading import inputs, load
from tests.decoders.postgres.client import decode, mixed_messages
from tests.decoders.wire import SYNC, bind, execute, message, parse, query, startup
from tests.support.effort import cases, sampled

UNPARSEABLE = [
    b"\xff\xfe\xfd\xfc\xfb\xfa\xf9",
    b"Q\xff\xff\xff\xff",
    b"Q\0\0\0\1",
    b"Q\0\0\0\x0aab\0cd\0"[:9],
    b"\0" * 7,
    b"B\0\0\0\x05x",
    b"\x16\x03\x01\x02\0",
]


@pytest.mark.parametrize("invalid", UNPARSEABLE)
def test_decode_after_unparseable_bytes_goes_on(invalid: bytes) -> None:
    data = startup() + query("select 1") + invalid + query("select 2") + SYNC + query("select 3")
    decoded = decode(data)
    assert [row.text for row in decoded.statements if not row.note] == ["select 1", "select 2", "select 3"]
    assert sum(warning.count for warning in decoded.warnings) >= 1


def test_decode_huge_length_keeps_the_other_statements() -> None:
    data = (
        startup() + query("select 1") + b"Q" + struct.pack(">I", 1 << 29) + b"drop table x\0" + query("select 2") + SYNC
    )
    assert [row.text for row in decode(data).statements] == ["select 1", "drop table x", "select 2"]


_BINDS = [
    bind("", "a", b"x", None), bind("", "b"), bind("", "gone", b"x"), bind("p", "a", b"x"),
    bind("", "a", b"\0\1", formats=(1,)), message(b"B", b"\0a\0" + bytes(6) + b"\1\0\1"), b"B\0\0\0\x05x",
]  # fmt: skip
_PARTS = st.sampled_from(
    [
        *_BINDS, *(one + execute() for one in _BINDS), execute(), execute("p"), parse("a", "select $1, $2"),
        parse("b", "copy t from stdin"), query("select 1"), SYNC, b"\0",
    ]
)  # fmt: skip


@settings(max_examples=cases(200), deadline=None)
@given(st.lists(_PARTS, max_size=30), st.integers(0, 300), st.binary(max_size=3))
def test_decode_run_of_executions_equals_single_messages(parts: list[bytes], at: int, damage: bytes) -> None:
    """Runs of the messages that drivers send most are read in one go, which changes nothing."""
    data = parse("a", "select $1") + b"".join(parts)
    data = data[:at] + damage + data[at + len(damage) :]
    together = decode(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("replay_tui.decoders.postgres.messages._MAX_RUN", 0)
        assert decode(data) == together


def test_decode_unfinished_message_has_its_text() -> None:
    decoded = decode(startup() + query("select 1") + query("drop table customers")[:15])
    assert [row.text for row in decoded.statements] == ["select 1", "drop table"]
    assert decoded.statements[1].note
    assert [warning.code for warning in decoded.warnings] == ["wire-unfinished"]


def test_decode_truncated_password_is_redacted() -> None:
    data = startup() + message(b"p", b"hunter2\0")[:9]
    decoded = decode(data)
    stream = inputs(data)
    assert b"hunt" not in redact_payload(stream.data(0), 0, decoded.redacted)
    assert not decoded.statements


def test_decode_mutated_streams_is_bounded() -> None:
    pick = random.Random(7)
    sources = [
        mixed_messages(),
        bytes(load("sessions/pg-psycopg-extended")[1].other),
        bytes(load("postgres/asyncpg-binary")[1].other),
    ]
    for round_ in range(400):
        data = bytearray(sources[round_ % 3][:6000])
        for _ in range(pick.randrange(1, 12)):
            at = pick.randrange(len(data))
            choice = pick.random()
            if choice < 0.4:
                data[at] = pick.randrange(256)
            elif choice < 0.6:
                del data[at : at + pick.randrange(40)]
            elif choice < 0.8:
                data[at:at] = pick.randbytes(pick.randrange(40))
            else:
                data[at : at + 4] = struct.pack(">I", pick.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 20]))
        decoded = decode(bytes(data), [pick.randrange(6000) for _ in range(5)])
        assert len(decoded.statements) < 2000


@settings(max_examples=50)
@given(st.binary(max_size=3000))
def test_decode_any_bytes_does_not_fail(data: bytes) -> None:
    decode(data)
    decode(startup() + data)


@pytest.mark.slow
@sampled(
    "unit",
    [b"Q\0\0\xff\xf0", b"B\0\0\x10\0\0\0\xff\xff", b"P\0\0\x01\0", b"\0\0\0\x10\0\3\0\0", b"d\0\0\0\4x", b"S\0\0\0\5"],
    daily=2,
)
def test_decode_repeated_bytes_takes_linear_time(unit: bytes) -> None:
    decode(startup() + query("select 1") + unit * 200_000 + query("select 2"))


@pytest.mark.slow
def test_decode_thirty_thousand_statements() -> None:
    stream = EventStream()
    stream.append(0.0, "i", startup())
    part = parse("", "select * from t where id = $1", 23) + bind("", "", b"\0\0\0\1", formats=(1,)) + execute() + SYNC
    stream.extend(
        [(at / 100, "i", part if at % 2 else query(f"update t set a = {at} where b = 1")) for at in range(30_000)]
    )
    decoded = decode_postgres(Session.parse({}), stream)
    assert len(decoded.statements) == 30_000
