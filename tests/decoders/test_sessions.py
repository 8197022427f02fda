"""Kind detection, and decoders of all protocols and formats other than the Postgres wire protocol."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import kinds
from replay_tui.decoders import decode, redact_payload
from replay_tui.decoders.tsv_table import looks_tabular, read_table
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind

from .loading import load, session_of, stream_of

KINDS = [
    ("exec-bad-utf8", kinds.TABLE, None, 1),
    ("exec-bad-utf8.utf8", kinds.EMPTY, EmptyReason.UNDECODABLE, 1),
    ("exec-bash-failed", kinds.TEXT, None, 1),
    ("exec-guardrail-blocked", kinds.TEXT, None, 1),
    ("exec-postgres-tsv", kinds.TABLE, None, 1),
    ("exec-review-pending", kinds.EMPTY, EmptyReason.PENDING, 2),
    ("httpproxy-connect", kinds.HTTP, None, 2),
    ("mongo-connect", kinds.STATEMENTS, None, 3),
    ("mysql-connect", kinds.STATEMENTS, None, 5),
    ("no-log", kinds.EMPTY, EmptyReason.NO_LOG, 0),
    ("no-stream", kinds.EMPTY, EmptyReason.NO_STREAM, 0),
    ("open-shell", kinds.TERMINAL, None, 0),
    ("pg-psql", kinds.STATEMENTS, None, 7),
    ("pg-psql.raw-queries", kinds.STATEMENTS, None, 7),
    ("pg-psycopg-extended", kinds.STATEMENTS, None, 34),
    ("shell-vim", kinds.TERMINAL, None, 0),
]


@pytest.mark.parametrize(("name", "kind", "reason", "count"), KINDS)
def test_decode_recorded_session_has_kind_and_statements(
    name: str, kind: SessionKind, reason: EmptyReason | None, count: int
) -> None:
    session, stream = load(f"sessions/{name}")
    assert kinds.detect_kind(session, stream) == (kind, reason)
    decoded = decode(session, stream, kind)
    assert len(decoded.statements) == count
    assert not decoded.warnings


def test_detect_kind_uses_fields_and_bytes() -> None:
    text, escapes = stream_of((0.0, "o", b"hello")), stream_of((0.0, "o", b"\x1b[1mhi\x1b[m\x1b[H"))
    table = stream_of((0.0, "o", b"a\tb\n1\t2\n3\t4\n"))
    bars = stream_of((0.0, "o", b"\x1b[32m10%\x1b[m\r" * 50))
    screens = stream_of((0.0, "o", b"\x1b[?1049h\x1b[2;3Hx\x1b[4;5Hy"))
    wire = stream_of((0.0, "i", b"Q\0\0\0\x0dselect 1\0"))
    exchange = stream_of((0.0, "i", b"GET / HTTP/1.1\r\n\r\n"), (0.1, "o", b"HTTP/1.1 204 No Content\r\n\r\n"))
    bitmaps = stream_of((0.0, "b", b"{}"), (0.5, "b", b"{}"))
    empty = EventStream()
    cases = [
        (session_of(), escapes, kinds.TERMINAL),
        (session_of(), text, kinds.TERMINAL),
        (session_of(), wire, kinds.STATEMENTS),
        (session_of(type="custom", connection_subtype="ssh", verb="connect"), text, kinds.TERMINAL),
        (session_of(type="application", connection_subtype="kubectl", verb="connect"), text, kinds.TERMINAL),
        (session_of(type="database", connection_subtype="postgres", verb="connect"), escapes, kinds.TERMINAL),
        (session_of(type="application", connection_subtype="tcp", verb="connect"), text, kinds.RAW),
        (session_of(type="application", connection_subtype="kibana", verb="connect"), exchange, kinds.HTTP),
        (session_of(type="application", connection_subtype="grafana", verb="connect"), text, kinds.HTTP),
        (session_of(type="custom", connection_subtype="kubernetes-token", verb="connect"), exchange, kinds.HTTP),
        (session_of(type="custom", connection_subtype="of-our-own", verb="connect"), exchange, kinds.HTTP),
        (session_of(type="custom", connection_subtype="of-our-own", verb="connect"), text, kinds.TERMINAL),
        (session_of(type="custom", connection_subtype="mcpproxy", verb="connect"), text, kinds.HTTP),
        (session_of(type="httpproxy", connection_subtype="claude-code", verb="connect"), text, kinds.HTTP),
        (session_of(type="custom", connection_subtype="rdp", verb="connect"), bitmaps, kinds.RDP),
        (session_of(type="tcp", verb="connect"), text, kinds.RAW),
        (session_of(type="rdp", verb="connect"), text, kinds.RAW),
        (session_of(type="mcp", verb="connect"), text, kinds.HTTP),
        (session_of(type="database", connection_subtype="mysql", verb="exec"), table, kinds.TABLE),
        (session_of(type="command-line", verb="exec"), bars, kinds.TEXT),
        (session_of(type="command-line", verb="exec"), screens, kinds.TERMINAL),
        (
            session_of(type="unheard-of", verb="connect"),
            stream_of((0.0, "i", b"GET / HTTP/1.1\r\n\r\n")),
            kinds.HTTP,
        ),
    ]
    assert [kinds.detect_kind(session, stream)[0] for session, stream, _ in cases] == [kind for *_, kind in cases]
    reasons = [
        (session_of(status="open"), EmptyReason.OPEN),
        (session_of(event_size=9), EmptyReason.WITHHELD),
        (session_of(metrics={"event_size": 7}), EmptyReason.WITHHELD),
        (session_of(status="ready"), EmptyReason.PENDING),
        (session_of(status="done"), EmptyReason.NO_STREAM),
    ]
    assert kinds.detect_kind(session_of(), bitmaps) == (kinds.RDP, EmptyReason.BITMAPS)
    for session, reason in reasons:
        assert kinds.detect_kind(session, empty) == (kinds.EMPTY, reason)


HTTP = session_of(type="httpproxy", connection_subtype="httpproxy", verb="connect")


def http(*events: tuple[float, str, bytes]) -> tuple[list, list]:  # type: ignore[type-arg]
    decoded = decode(HTTP, stream_of(*events), kinds.HTTP)
    return decoded.statements, decoded.warnings


def test_http_pairs_requests_with_responses() -> None:
    rows, _ = http(*[(e.time, e.kind, e.data) for e in load("sessions/httpproxy-connect")[1].events()])
    assert [(row.verb, row.text, row.details["status"], row.details["size"]) for row in rows] == [
        ("GET", "GET /api/v1/orders?limit=2", 200, 33),
        ("DELETE", "DELETE /api/v1/orders/2", 204, 0),
    ]
    assert ("Authorization", "[REDACTED]") in rows[0].details["request_headers"]
    assert rows[0].duration == pytest.approx(0.06)


def test_http_chunked_pipelined_and_cut_bodies_are_decoded() -> None:
    packed = gzip.compress(b'{"deep": true}')
    asked = b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n\r\nHEAD /c HTTP/1.1\r\n\r\n"
    answers = (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n"
        + b"HTTP/1.1 201 Made\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
        + packed
        + b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    )
    for step in (1, 7, 1000):
        events = [(0.0, "i", asked[at : at + step]) for at in range(0, len(asked), step)]
        events += [(1.0, "o", answers[at : at + step]) for at in range(0, len(answers), step)]
        rows, warnings = http(*events)
        assert not warnings
        assert [(row.verb, row.details["status"]) for row in rows] == [("POST", 200), ("GET", 201), ("HEAD", 200)]
        assert rows[0].details["request_body"] == "hello"
        assert rows[0].details["response_body"] == "wikipedia"
        assert rows[1].details["response_body"] == '{"deep": true}'


def test_http_damaged_messages_keep_the_others() -> None:
    rows, warnings = http(
        (0.0, "i", b"\x00\xff junk"),
        (0.1, "i", b"GET /1 HTTP/1.1\r\n\r\n"),
        (0.2, "o", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\nshort"),
        (0.3, "i", b"GET /2 HTTP/1.1\r\n\r\n"),
        (0.4, "o", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[masked to something longer]"),
        (0.5, "i", b"GET /3 HTTP/1.1\r\n\r\n"),
        (0.6, "o", b"HTTP/1.1 500 Oops\r\n\r\n\x00\x01\x02"),
        (0.7, "i", b"GET /4 HTTP/1.1\r\n\r\n"),
    )
    assert [row.text for row in rows] == ["GET /1", "GET /2", "GET /3", "GET /4"]
    assert [row.details.get("status") for row in rows] == [200, 200, 500, None]
    assert rows[2].details["response_body"] == "(binary, 3 bytes)"
    assert rows[3].note
    assert {warning.code for warning in warnings} == {"http-garbage", "http-damaged"}


def test_http_credentials_are_redacted() -> None:
    stream = stream_of((0.0, "i", b"GET / HTTP/1.1\r\nAuthorization: Bearer s3cret-token\r\nCookie: sid=abc\r\n\r\n"))
    decoded = decode(HTTP, stream, kinds.HTTP)
    assert "s3cret" not in repr(decoded)
    shown = redact_payload(stream.data(0), 0, decoded.redacted)
    assert b"s3cret" not in shown
    assert b"sid=abc" not in shown
    assert shown.startswith(b"GET / HTTP/1.1\r\nAuthorization: ***")


def test_mongo_commands_are_decoded_and_redacted() -> None:
    session, stream = load("sessions/mongo-connect")
    rows = decode(session, stream, kinds.STATEMENTS).statements
    assert [(row.verb, row.kind, row.details.get("collection"), row.details["database"]) for row in rows] == [
        ("hello", "other", None, "admin"),
        ("find", "read", "orders", "shop"),
        ("update", "dml", "orders", "shop"),
    ]
    deep = b'{"find": ' + b"[" * 100_000
    odd = stream_of(
        (0.0, "i", b'{"saslStart": 1, "payload": "hunter2"}'),
        (0.1, "i", b'{"insert": "t", '),
        (0.2, "i", b'"documents": []}'),
        (0.3, "i", b"not json"),
        (0.4, "i", deep),
        (0.5, "i", b'{"drop": "t", "$db": "x"}'),
    )
    decoded = decode(session, odd, kinds.STATEMENTS)
    assert "hunter2" not in repr(decoded)
    assert [row.verb for row in decoded.statements] == ["insert", "", "drop"]
    assert decoded.statements[0].time == 0.1
    assert [warning.code for warning in decoded.warnings] == ["not-json"]
    assert decoded.redacted[0].event == 0


def test_sql_text_events_are_classified() -> None:
    rows = decode(*load("sessions/mysql-connect"), kinds.STATEMENTS).statements
    assert [(row.kind, row.verb) for row in rows] == [
        ("admin", "SET"),
        ("read", "SELECT"),
        ("read", "SELECT"),
        ("dml", "UPDATE"),
        ("read", "SHOW"),
    ]
    oracle = session_of(type="database", connection_subtype="oracledb", verb="connect")
    decoded = decode(
        oracle,
        stream_of((0.0, "i", b"\x00\x05^a SELECT 1 FROM dual\x01"), (1.0, "i", b"\x00\x01")),
        kinds.STATEMENTS,
    )
    assert [row.text for row in decoded.statements] == ["SELECT 1 FROM dual"]
    assert decoded.statements[0].note
    assert decoded.warnings[0].count == 1


def test_mcp_calls_of_all_forms_are_decoded() -> None:
    session = session_of(type="mcp", verb="connect")
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "query", "arguments": {"sql": "select 1"}},
    }
    body = json.dumps(call).encode()
    bare = decode(session, stream_of((0.0, "i", body), (1.0, "i", b'{"method": "tools/list"}')), kinds.HTTP)
    assert [(row.kind, row.verb, row.text) for row in bare.statements] == [
        ("mcp", "tools/call", 'query {"sql": "select 1"}'),
        ("mcp", "tools/list", "tools/list"),
    ]
    answers = [(1.5, "o", b'data: {"id": 1, "result": {"rows": 1}}\n\ndata: {"id": 2, "result": {}}\n')]
    answered = decode(session, stream_of((1.0, "i", body), *answers), kinds.HTTP).statements[0]
    assert answered.details["response"] == '{"rows": 1}'
    assert answered.details["response_time"] == 1.5
    request = b"POST /mcp HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    inside = decode(session, stream_of((0.0, "i", request), (0.5, "o", b"HTTP/1.1 200 OK\r\n\r\n{}")), kinds.HTTP)
    assert (inside.statements[0].kind, inside.statements[0].text) == ("mcp", 'query {"sql": "select 1"}')
    records = decode(
        session, stream_of((0.0, "o", b'{"tool_name": "deploy", "arguments": {"env": "prod"}}\n')), kinds.HTTP
    )
    assert [row.text for row in records.statements] == ['deploy {"env": "prod"}']


def test_exec_script_is_split_by_its_language() -> None:
    pending = decode(*load("sessions/exec-review-pending"), kinds.EMPTY)
    assert [row.verb for row in pending.statements] == ["DELETE", "VACUUM"]
    shop = session_of(
        type="database", connection_subtype="mongodb", verb="exec", script={"data": "db.users.drop();\ndb.a.find({})"}
    )
    rows = decode(shop, EventStream(), kinds.TEXT).statements
    assert [(row.verb, row.kind, row.details) for row in rows] == [
        ("drop", "ddl", {"collection": "users"}),
        ("find", "read", {"collection": "a"}),
    ]
    python = session_of(
        type="custom", connection_subtype="python", verb="exec", script={"data": "import os\nos.remove('x')"}
    )
    assert [row.kind for row in decode(python, EventStream(), kinds.TEXT).statements] == ["script"]


def test_table_is_read_and_limited() -> None:
    table = decode(*load("sessions/exec-postgres-tsv"), kinds.TABLE).table
    assert table is not None
    assert (table.columns, len(table.rows)) == (("id", "name", "email", "total"), 200)
    odd = read_table(b"a\tb\n1\n1\t2\t3\n")
    assert odd.rows == [("1", ""), ("1", "2\t3")]
    assert "2 rows" in odd.note
    assert read_table(b"").columns == ()
    assert not looks_tabular(b"one\ttab in text\nand none here\nnor here\n")
    big = read_table(b"a\tb\n" + b"1\t2\n" * 250_000)
    assert big.truncated
    assert len(big.rows) == 200_000


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["postgres", "mysql", "mssql", "mongodb", "oracledb", "httpproxy", "mcp", "ssh", "tcp", ""]),
    st.sampled_from(["connect", "exec"]),
    st.lists(
        st.tuples(
            st.floats(0, 9),
            st.sampled_from("ioe"),
            st.binary(max_size=60)
            | st.sampled_from(
                [
                    b"GET / HTTP/1.1\r\n",
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    b'{"find":1}',
                    b"\r\n\r\n",
                ]
            ),
        ),
        max_size=12,
    ),
)
def test_decode_any_bytes_does_not_fail(subtype: str, verb: str, events: list[tuple[float, str, bytes]]) -> None:
    session = Session.parse({"type": subtype, "connection_subtype": subtype, "verb": verb})
    stream = stream_of(*events)
    kind, _ = kinds.detect_kind(session, stream)
    for each in {kind, kinds.STATEMENTS, kinds.HTTP, kinds.TABLE}:
        decoded = decode(session, stream, each)
        assert "decoder-failed" not in {warning.code for warning in decoded.warnings}
