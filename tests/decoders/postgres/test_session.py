"""Postgres decoder: sessions of real clients, and every message type."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.decoders.decode_result import redact_payload
from replay_tui.decoders.postgres.decoder import decode_postgres
from replay_tui.decoders.sql.split import split_sql
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.statement import Statement
from tests.decoders.loading import inputs, load, truth
from tests.decoders.postgres.client import SESSION, decode, mixed_messages
from tests.decoders.wire import CANCEL, GSS_REQUEST, SSL_REQUEST, SYNC, bind, execute, message, parse, query, startup


def texts(data: bytes) -> list[str]:
    return [row.text for row in decode(data).statements]


def test_decode_psql_has_its_seven_statements() -> None:
    rows = decode_postgres(*load("sessions/pg-psql")).statements
    assert [row.verb for row in rows] == ["SELECT", "SELECT", "SELECT", "BEGIN", "UPDATE", "ROLLBACK", "DROP"]
    assert [row.kind for row in rows] == ["read", "read", "read", "transaction", "dml", "transaction", "ddl"]
    older = decode_postgres(*load("sessions/pg-psql.raw-queries")).statements
    assert [(row.text, row.time) for row in rows] == [(row.text, row.time) for row in older]
    assert rows[-1].duration is None
    assert rows[0].duration == pytest.approx(rows[1].time - rows[0].time)


def test_decode_psycopg_has_executions_with_parameters() -> None:
    rows = decode_postgres(*load("sessions/pg-psycopg-extended")).statements
    assert len(rows) == 34
    assert [row.params for row in rows[:12]] == [(str(number), "nobody") for number in range(12)]
    assert {row.verb for row in rows[12:32]} == {"INSERT"}
    assert [row.params for row in rows[12:32]] == [(str(n + 1), str(10 * n)) for n in range(20)]
    assert [(row.verb, row.params) for row in rows[32:]] == [("COPY", None), ("DELETE", ("900",))]
    few = {row.text for row in decode_postgres(*load("sessions/pg-psycopg-extended.raw-queries")).statements}
    assert few <= {row.text for row in rows}


def test_decode_libpq_has_rare_messages() -> None:
    """GSS and SSL requests, several statements in one query, a function call, a cancel request, COPY of each kind."""
    decoded = decode_postgres(*load("postgres/libpq"))
    assert not decoded.warnings
    rows = decoded.statements
    assert [(row.verb, row.text) for row in rows] == [
        ("BEGIN", "begin;"),
        ("UPDATE", "update users set role = 'x;y' where id = 1;"),
        ("SELECT", "select 1;"),
        ("ROLLBACK", "rollback"),
        ("CALL", "function call 177"),
        ("SELECT", "select pg_sleep(30)"),
        ("CANCEL", "(request to cancel the running statement)"),
        ("COPY", "copy audit (who, what) from stdin"),
        ("COPY", "copy audit (who, what) from stdin"),
        ("COPY", "copy (select 1) to stdout"),
        ("SELECT", "select 'done'"),
    ]
    assert [row.duration for row in rows[:3]] == [0.0, 0.0, 0.0]
    assert rows[3].duration == pytest.approx(0.2, abs=0.05)
    assert rows[4].params == ("40", "2")
    assert rows[5].duration == pytest.approx(0.3, abs=0.05)
    assert rows[7].details == {"copied": 10}
    assert rows[8].details == {"copied": 10, "copy_failed": "changed my mind"}
    assert "shop" not in repr(decoded.statements)


CLIENTS = ["pgbench", "pg_dump", "psycopg-pipeline", "asyncpg-binary", "psql-copy", "psql-flagged"]


def _wanted(name: str) -> list[tuple[str, list[str] | None]]:
    wanted: list[tuple[str, list[str] | None]] = []
    for entry in truth(f"postgres/{name}.truth"):
        if "error" in entry:
            continue
        pieces = split_sql(entry["text"]) if entry["protocol"] == "simple" else []
        wanted += [(text, entry["params"]) for text in (pieces if len(pieces) > 1 else [entry["text"]])]
    return wanted


def _same(shown: str | None, wanted: str | None) -> bool:
    if shown != wanted and shown and wanted and shown.startswith("{") and ":" in shown:
        return bool(json.loads(shown) == json.loads(wanted))
    return shown == wanted


@pytest.mark.parametrize("name", CLIENTS)
def test_decode_real_client_equals_the_server_log(name: str) -> None:
    decoded = decode_postgres(*load(f"postgres/{name}"))
    assert not decoded.warnings
    rows = [row for row in decoded.statements if row.details.get("executed", True)]
    if name == "psycopg-pipeline":  # statements that the server rejected or skipped after an error were sent too
        rows = [row for row in rows if row.text != "select 1 / $1" and row.params != ("skipped by the server",)]
    wanted = _wanted(name)
    assert [row.text for row in rows] == [text for text, _ in wanted]
    for row, (_, params) in zip(rows, wanted, strict=True):
        shown = row.params
        assert params is None or (shown is not None and all(map(_same, shown, params))), row
        assert params is None or len(shown) == len(params)


def test_copy_data_is_counted_and_no_statement() -> None:
    rows = decode_postgres(*load("postgres/psql-copy")).statements
    assert [row.details.get("copied", 0) > 0 for row in rows] == [False, True, False, False, True, False]


def test_authentication_is_redacted() -> None:
    for name in ("sessions/pg-psql", "sessions/pg-psycopg-extended", "postgres/pgbench"):
        session, stream = load(name)
        decoded = decode_postgres(session, stream)
        kept = repr((decoded.statements, decoded.warnings, decoded.connection_info))
        assert "SCRAM" not in kept
        assert "biws" not in kept
        shown = b"".join(redact_payload(event.data, event.index, decoded.redacted) for event in stream.events())
        assert len(shown) == len(stream.other)
        assert b"SCRAM" not in shown
        assert b"c=biws" not in shown


def test_decode_every_message_type() -> None:
    data = (
        SSL_REQUEST
        + GSS_REQUEST
        + startup(b"bo")
        + message(b"p", b"hunter2\0")
        + query("select 1; select 2;")
        + parse("s1", "select $1::int", 23)
        + bind("p1", "s1", struct.pack(">i", 7), formats=(1,))
        + message(b"D", b"Pp1\0")
        + execute("p1", 5)
        + execute("p1", 5)
        + message(b"C", b"Pp1\0")
        + message(b"C", b"Ss1\0")
        + message(b"F", struct.pack(">I", 1598))
        + message(b"H")
        + SYNC
        + CANCEL
        + query("copy t from stdin")
        + message(b"d", b"1\n2\n")
        + message(b"d", b"3\n")
        + message(b"f", b"no\0")
        + message(b"X")
    )
    decoded = decode(data)
    assert not decoded.warnings
    assert decoded.connection_info["user"] == "bo"
    assert [row.text for row in decoded.statements] == [
        "select 1;",
        "select 2;",
        "select $1::int",
        "select $1::int",
        "function call 1598",
        "(request to cancel the running statement)",
        "copy t from stdin",
    ]
    assert decoded.statements[2].params == ("7",)
    assert decoded.statements[3].details["fetch"] == 2
    assert "partially executed" in decoded.statements[3].note
    assert decoded.statements[-1].details == {"copied": 6, "copy_failed": "no"}
    assert "hunter2" not in repr(decoded)


def test_parse_never_executed_has_a_note() -> None:
    rows = decode(startup() + parse("a", "drop table x") + SYNC + query("select 1")).statements
    assert [(row.text, row.details.get("executed", True)) for row in rows] == [
        ("drop table x", False),
        ("select 1", True),
    ]


def test_execute_of_a_partial_portal_is_numbered() -> None:
    rows = decode(startup() + parse("", "select 1") + bind("p", "") + execute("p", 5) + execute("p", 0)).statements
    assert [(row.details["fetch"], row.details["max_rows"]) for row in rows] == [(1, 5), (2, 0)]


def test_execute_without_a_limit_has_no_fetch_number() -> None:
    (row,) = decode(startup() + parse("", "select 1") + bind("", "") + execute()).statements
    assert "fetch" not in row.details


def test_parse_replaced_before_execution_is_kept() -> None:
    rows = decode(startup() + parse("", "drop table x") + parse("", "select 1") + bind("", "") + execute()).statements
    assert [(row.text, row.details.get("executed", True)) for row in rows] == [
        ("drop table x", False),
        ("select 1", True),
    ]


def test_bind_of_empty_text_and_null_differ() -> None:
    (row,) = decode(startup() + parse("", "select $1, $2") + bind("", "", b"", None) + execute()).statements
    assert row.params == ("", None)


def test_bind_binary_value_of_unknown_type_is_inferred() -> None:
    values = bind("", "", b"text", struct.pack(">i", 7), formats=(0, 1))
    (row,) = decode(startup() + parse("", "select $1, $2") + values + execute()).statements
    assert row.params == ("text", "7")
    assert row.details["inferred"] == {"$2": "int4, because it has 4 bytes"}


def test_startup_has_the_first_known_parameters() -> None:
    body = struct.pack(">I", 196608) + b"user\0ana\0token\0hunter2\0user\0eve\0\0"
    decoded = decode(struct.pack(">I", len(body) + 4) + body + startup(b"bo") + query("select 1"))
    assert decoded.connection_info == {"user": "ana"}


def test_unfinished_query_of_several_lines_is_kept() -> None:
    rows = decode(startup() + query("drop table\n  customers")[:20]).statements
    assert [row.text for row in rows] == ["drop table\n  cu"]


def test_close_of_a_portal_keeps_the_statement() -> None:
    prepared = startup() + parse("both", "select 1") + bind("both", "both")
    closed = message(b"C", b"Pboth\0")
    rows = decode(prepared + closed + bind("", "both") + execute() + execute("both") + SYNC).statements
    assert [row.text for row in rows] == ["select 1", "(unknown prepared statement)"]


def test_close_of_a_statement_removes_it() -> None:
    prepared = startup() + parse("both", "select 1") + bind("both", "both") + message(b"C", b"Sboth\0")
    rows = decode(prepared + bind("", "both") + execute() + SYNC).statements
    assert [(row.text, row.details.get("executed", True)) for row in rows] == [
        ("select 1", False),
        ("(unknown prepared statement)", True),
    ]


def test_execute_of_an_unknown_portal_is_a_statement() -> None:
    rows = decode(startup() + bind("", "gone", b"x") + execute() + execute("nowhere") + SYNC).statements
    assert [row.params for row in rows] == [("x",), None]
    assert all(row.note for row in rows)


BINARY = [
    (16, b"\1", "t"),
    (21, b"\xff\xfe", "-2"),
    (23, struct.pack(">i", -5), "-5"),
    (20, struct.pack(">q", 1 << 40), str(1 << 40)),
    (700, struct.pack(">f", 0.1), "0.1"),
    (701, struct.pack(">d", 0.1), "0.1"),
    (701, struct.pack(">d", float("nan")), "NaN"),
    (25, "naïve".encode(), "naïve"),
    (17, b"\0\xff", "\\x00ff"),
    (26, b"\xff\xff\xff\xff", "4294967295"),
    (2950, bytes(range(16)), "00010203-0405-0607-0809-0a0b0c0d0e0f"),
    (3802, b'\1{"a":1}', '{"a":1}'),
    (1082, struct.pack(">i", 0), "2000-01-01"),
    (1082, struct.pack(">i", 0x7FFFFFFF), "infinity"),
    (1114, struct.pack(">q", 1), "2000-01-01 00:00:00.000001"),
    (1184, struct.pack(">q", 0), "2000-01-01 00:00:00+00"),
    (1083, struct.pack(">q", 3_600_000_000), "01:00:00"),
    (1700, struct.pack(">HhHHHH", 2, 0, 0x4000, 2, 12, 3400), "-12.34"),
    (1700, struct.pack(">HhHH", 0, 0, 0xC000, 0), "NaN"),
    (1700, struct.pack(">HhHHH", 1, 1, 0, 0, 5), "50000"),
    (1700, struct.pack(">HhHHH", 1, -2, 0, 8, 5), "0.00000005"),
    (1007, struct.pack(">iiiiiiiii", 1, 1, 23, 2, 1, 4, 7, -1, 0)[:-4], "{7,NULL}"),
    (23, b"\1", "\\x01"),
    (1114, b"\x7f" * 8, "\\x" + "7f" * 8),
    (1007, b"\0\0\0\1" * 3, "\\x" + "00000001" * 3),
    (99999, b"\1\2", "\\x0102"),
    (1007, struct.pack(">iii", 0, 0, 23), "{}"),
]


@pytest.mark.parametrize(("oid", "value", "text"), BINARY)
def test_bind_binary_value_has_its_text(oid: int, value: bytes, text: str) -> None:
    rows = decode(
        startup() + parse("", "select $1", oid) + bind("", "", value, formats=(1,)) + execute() + SYNC
    ).statements
    assert rows[0].params == (text,)


def _view(rows: list[Statement]) -> list[Any]:
    return [(row.text, row.params, row.kind, row.details) for row in rows]


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_decode_cut_stream_gives_the_same_statements(cuts: list[int]) -> None:
    data = mixed_messages()
    whole, cut = decode(data), decode(data, cuts)
    assert _view(whole.statements) == _view(cut.statements)
    assert not cut.warnings
    stream = inputs(data, cuts)
    starts = []
    for row in cut.statements:  # the time of a statement is that of its first byte
        assert stream.times[row.event] == row.time
        starts.append(row.time)
    assert starts == sorted(starts)


def test_statement_has_the_time_of_its_first_byte() -> None:
    first, second = startup() + query("select 1"), query("select 2")
    rows = decode(first + second, [len(first) + 3]).statements
    assert [row.time for row in rows] == [0.0, 0.0]
    rows = decode(first + second, [len(first)]).statements
    assert [row.time for row in rows] == [0.0, 1.0]


def test_query_empty_is_skipped_and_comment_is_kept() -> None:
    assert texts(startup() + query("") + query("  ") + query("-- ping") + query(";")) == ["-- ping", ";"]


def test_decode_sql_text_events() -> None:
    stream = EventStream()
    for at, text in enumerate([b"select 1", b"begin; delete from t; commit", b"\xff\xfe"]):
        stream.append(float(at), "i", text)
    rows = decode_postgres(SESSION, stream).statements
    assert [row.text for row in rows] == ["select 1", "begin;", "delete from t;", "commit", "\ufffd\ufffd"]
