"""Credentials of protocols: whatever the damage, the order, the cuts between events and the session's type."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from replay_tui.decoders import DecodeResult, decode
from replay_tui.decoders.http.credentials import is_credential
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.known_secrets import set_credential_headers
from replay_tui.domain.session import Session
from replay_tui.kinds import detect_kind
from replay_tui.redaction.redactor import Redactor
from tests.decoders.wire import message, query, startup
from tests.support.effort import sampled
from tests.support.fixtures import cut_at, stream_of

SECRET = "hunter2secret"
HTTP = Session.parse({"type": "httpproxy", "verb": "connect"})
MONGO = Session.parse({"type": "database", "connection_subtype": "mongodb", "verb": "connect"})
POSTGRES = Session.parse({"type": "database", "connection_subtype": "postgres", "verb": "connect"})
TCP = Session.parse({"type": "tcp", "verb": "connect"})
HELLO, FIND = b'{"hello": 1, "$db": "admin"}', b'{"find": "x", "$db": "a"}'

cuts = st.lists(st.integers(0, 2000), max_size=5)


def shown(session: Session, *events: tuple[str, bytes]) -> tuple[str, DecodeResult]:
    """Return what is displayed of a session: its redacted payloads, joined by direction, and its statements."""
    stream = stream_of(*((float(at), kind, data) for at, (kind, data) in enumerate(events)))
    result = decode(session, stream, detect_kind(session, stream)[0])
    redactor = Redactor((), result.redacted, secrets=result.secrets, stream=stream)
    rows = [redactor.statement(row) for row in result.statements]
    texts = [f"{row.text} {row.params} {row.details} {row.note}" for row in rows]
    return "\n".join((*_payloads(stream, redactor), *texts)), result


def _payloads(stream: EventStream, redactor: Redactor) -> Iterator[str]:
    for kinds in ("i", "oe"):
        events = stream.events(kinds=kinds)
        yield b"".join(redactor.payload(event.index, event.data) for event in events).decode("latin-1")


# -- HTTP --------------------------------------------------------------------------------------------------------------

HEADERS = (
    "Authorization: Bearer {}", "authorization:{}", "Proxy-Authorization: Bearer {}", "Cookie: a=b; sid={}; c=d",
    "Set-Cookie: sid={}; Path=/; HttpOnly", "X-Vault-Token: {}", "Private-Token: {}", "X-Api-Key: {}", "Api-Key: {}",
    "X-Auth-Token: {}", "X-Amz-Security-Token: {}", "X-Goog-Api-Key: {}", "Authorization:\r\n Bearer {}",
    "Authorization: Bearer\r\n\t{}", "X-Forwarded-Authorization: token {}", "Ocp-Apim-Subscription-Key: {}",
    "X-CSRF-Token: {}", "X-Client-Secret: {}", "Authorization: Digest username=\"ana\", response=\"{}\"",
    "Referer: https://ana:{}@example.com/",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("kind", "io")
def test_http_credential_header_is_hidden(header: str, kind: str) -> None:
    first = "GET /a HTTP/1.1" if kind == "i" else "HTTP/1.1 200 OK"
    head = f"{first}\r\nHost: h\r\n{header.format(SECRET)}\r\nX-Other: visible\r\n\r\n".encode()
    text, _ = shown(HTTP, (kind, head))
    assert SECRET not in text
    assert "visible" in text
    assert "Host" in text


@sampled("header", HEADERS, daily=7)
@given(cuts=cuts, lost=st.integers(0, 60), kept=st.integers(0, 400))
def test_http_damaged_head_shows_no_credential(header: str, cuts: list[int], lost: int, kept: int) -> None:
    """The head is cut at both ends, split over events, and follows an interim response and an unpaired one."""
    head = f"{header.format(SECRET)}\r\nHost: h\r\nX-More: {SECRET}\r\n\r\n".encode()[lost:]
    assume(SECRET.encode() in head)
    unpaired = f"HTTP/1.1 100 Continue\r\nX-Auth-Token: {SECRET}\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: s={SECRET}\r\n"
    requests = head + f"GET /a HTTP/1.1\r\nHost: h\r\n{header.format(SECRET)}\r\n\r\n".encode()[: 200 + kept]
    pieces = [("i", piece) for piece in cut_at(requests, cuts) if piece]
    text, _ = shown(HTTP, *pieces, ("o", unpaired.encode()))
    assert SECRET not in text


@pytest.mark.parametrize("value", ["[REDACTED]", "Bearer [REDACTED]", "***", "<redacted>", ""])
def test_http_value_hidden_by_the_gateway_is_shown(value: str) -> None:
    assert not is_credential("Authorization", value)


@pytest.mark.parametrize("value", ["Bearer [x]hunter2", "<x>hunter2", "***hunter2", "redactedhunter2"])
def test_http_value_like_a_redaction_is_hidden(value: str) -> None:
    assert is_credential("Authorization", value)


@pytest.mark.parametrize("name", ["Host", "Accept", "Content-Type", "User-Agent", "X-Request-Id", "ETag", "Connection"])
def test_http_other_header_is_shown(name: str) -> None:
    assert not is_credential(name, SECRET)
    head = f"GET /a HTTP/1.1\r\n{name}: something\r\nCookie: lang=english; theme=dark; n=1\r\n\r\n".encode()
    text, result = shown(HTTP, ("i", head), ("o", b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nenglish, dark"))
    assert "something" in text
    assert "english, dark" in text
    assert not result.secrets


def test_http_user_header_is_hidden() -> None:
    head = f"GET /a HTTP/1.1\r\nX-Acme-Ticket: {SECRET}\r\nX-Other: {SECRET}\r\n\r\n".encode()
    set_credential_headers(["X-Acme-*", " "])
    try:
        assert SECRET not in shown(HTTP, ("i", head))[0]
    finally:
        set_credential_headers(())
    assert not is_credential("X-Acme-Thing", SECRET)


def test_http_basic_password_is_hidden_elsewhere() -> None:
    basic = base64.b64encode(f"ana:{SECRET}".encode()).decode()
    head = f"POST /login HTTP/1.1\r\nAuthorization: Basic {basic}\r\nContent-Length: 17\r\n\r\npw={SECRET}&x".encode()
    text, _ = shown(HTTP, ("i", head))
    assert SECRET not in text
    assert basic not in text
    assert "POST /login" in text


# -- MongoDB -----------------------------------------------------------------------------------------------------------


def sasl(name: str, order: list[str], form: int) -> bytes:
    """Return an authentication command with its keys in an order."""
    payload = (SECRET, {"$binary": {"base64": SECRET, "subType": "00"}}, {"$binary": SECRET, "$type": "00"})[form]
    values = {name: 1, "mechanism": "PLAIN", "payload": payload, "$db": "admin", "conversationId": 1}
    return json.dumps({key: values[key] for key in order if key in values}).encode()


@given(
    name=st.sampled_from(("saslStart", "saslContinue")),
    order=st.permutations(("saslStart", "saslContinue", "mechanism", "payload", "$db", "conversationId")),
    form=st.integers(0, 2),
    start=st.integers(0, 40),
    end=st.integers(0, 40),
    at=st.integers(0, 200),
    damage=st.sampled_from((b"", b"\0", b"\xff", b"}", b", }", b'"', b"NaN")),
    cuts=cuts,
    before=st.sampled_from((HELLO, HELLO + b" ", b"", FIND)),
)  # fmt: skip
@example(
    name="saslStart", order=["saslStart", "payload", "mechanism", "saslContinue", "$db", "conversationId"],
    form=1, start=39, end=0, at=3, damage=b"\xff", cuts=[], before=HELLO,
)  # fmt: skip
@example(
    name="saslStart", order=["saslStart", "saslContinue", "mechanism", "payload", "$db", "conversationId"],
    form=0, start=18, end=6, at=23, damage=b"\0", cuts=[], before=FIND,
)  # fmt: skip
@example(
    name="saslStart", order=["saslContinue", "payload", "mechanism", "saslStart", "$db", "conversationId"],
    form=2, start=2, end=0, at=12, damage=b"\xff", cuts=[9], before=b"",
)  # fmt: skip
def test_mongo_damaged_authentication_is_hidden(
    name: str, order: list[str], form: int, start: int, end: int, at: int, damage: bytes, cuts: list[int], before: bytes
) -> None:
    whole = sasl(name, order, form)
    damaged = whole[start : len(whole) - end]
    position = at % (len(damaged) + 1)
    damaged = damaged[:position] + damage + damaged[position:]
    assume(SECRET.encode() in damaged)
    text, _ = shown(MONGO, *(("i", piece) for piece in cut_at(before + damaged, cuts) if piece), ("i", FIND))
    assert SECRET not in text


@pytest.mark.parametrize("session", [TCP, Session.parse({"type": "custom", "verb": "connect", "connection": "x"})])
def test_mongo_authentication_of_another_type_is_hidden(session: Session) -> None:
    order = ["$db", "payload", "saslStart"]
    assert SECRET not in shown(TCP, ("i", HELLO), ("i", sasl("saslStart", order, 0)), ("i", FIND))[0]


@pytest.mark.parametrize(
    "command",
    [
        '{"drop": "users", "saslStart": 1, "payload": "x"}', '{"drop": "users", "comment": "saslStart"}',
        '{"delete": "users", "deletes": [{"q": {}, "limit": 0}], "speculativeAuthenticate": {}}',
        '{"eval": "db.dropDatabase()", "saslStart": 1}', '{"applyOps": [], "payload": "x", "mechanism": "y"}',
    ],
)  # fmt: skip
def test_mongo_command_with_sasl_fields_is_listed(command: str) -> None:
    """The server takes the first key for the command: other keys must not make it disappear."""
    _, result = shown(MONGO, ("i", HELLO), ("i", command.encode()))
    assert result.statements[-1].verb == next(iter(json.loads(command)))
    assert len(result.statements) == 2


@pytest.mark.parametrize(
    "text", ['{"drop": "users"', '{"delete": "users", "deletes": [}', '{"drop": "u" "saslStart": 1}']
)
def test_mongo_damaged_command_is_listed(text: str) -> None:
    _, result = shown(MONGO, ("i", FIND), ("i", text.encode()))
    assert result.statements[-1].text.startswith(text[:8])


def test_mongo_several_commands_in_one_event_are_listed() -> None:
    _, result = shown(MONGO, ("i", HELLO + FIND + b"\n" + FIND))
    assert [row.verb for row in result.statements] == ["hello", "find", "find"]


# -- Postgres ----------------------------------------------------------------------------------------------------------

PASSWORD = message(b"p", SECRET.encode() + b"\0")
SASL_DATA = f"n,,n=ana,r={SECRET}".encode()
SASL_INITIAL = message(b"p", b"SCRAM-SHA-256\0" + len(SASL_DATA).to_bytes(4, "big") + SASL_DATA)
SASL_FINAL = message(b"p", f"c=biws,r={SECRET},p={SECRET}".encode())


@pytest.mark.parametrize("session", [POSTGRES, TCP, Session.parse({"type": "custom", "verb": "connect"})])
@pytest.mark.parametrize("sent", [PASSWORD, SASL_INITIAL, SASL_FINAL], ids=["password", "sasl", "sasl-final"])
@pytest.mark.parametrize("place", ["first", "after requests", "alone"])
@pytest.mark.parametrize("lost", [0, 1, 3, 5])
def test_postgres_authentication_is_hidden(session: Session, sent: bytes, place: str, lost: int) -> None:
    """With its type, length or both lost; at the start, after statements, and without a start-up packet."""
    if place == "alone" and lost > 1 and sent is PASSWORD:
        pytest.skip("nothing tells such bytes from any others")
    before = b"" if place == "alone" else startup()
    queries = [query("select 1")] * 2 if place == "after requests" else []
    events = [before, *queries, sent[lost:], query("select 2"), query("select 3"), query("select 4")]
    text, _ = shown(session, *(("i", event) for event in events if event))
    assert SECRET not in text


@given(cuts=cuts, session=st.sampled_from((POSTGRES, TCP)))
def test_postgres_split_authentication_is_hidden(cuts: list[int], session: Session) -> None:
    whole = startup() + PASSWORD + query("select 1") + PASSWORD + SASL_INITIAL + query(f"select '{SECRET}'")
    text, _ = shown(session, *(("i", piece) for piece in cut_at(whole, cuts) if piece))
    assert SECRET not in text


def test_postgres_other_text_is_shown() -> None:
    text, _ = shown(POSTGRES, ("i", startup() + PASSWORD + query("select 'visible'") + query("select 2")))
    assert "select 'visible'" in text


@pytest.mark.parametrize("kind", ["tcp", "mcp", "httpproxy"])
def test_http_credential_of_any_type_is_hidden(kind: str) -> None:
    """In a session stored as bytes, in one of MCP, and in one whose requests are not recorded."""
    session = Session.parse({"type": kind, "connection_subtype": kind, "verb": "connect"})
    answer = f"HTTP/1.1 200 OK\r\nSet-Cookie: sid={SECRET}\r\nContent-Length: 2\r\n\r\nok".encode()
    assert SECRET not in shown(session, ("i", b'{"jsonrpc": "2.0", "method": "x"}'), ("o", answer))[0]


def test_http_credentials_stay_hidden_if_decoding_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr("replay_tui.decoders.http.decoder._statement", fail)
    request = f"GET /a HTTP/1.1\r\nAuthorization: Bearer {SECRET}\r\n\r\n".encode()
    answer = f"HTTP/1.1 200 OK\r\nSet-Cookie: sid={SECRET}\r\n\r\n".encode()
    text, result = shown(HTTP, ("i", request), ("o", answer))
    assert SECRET not in text
    assert "decoder-failed" in {warning.code for warning in result.warnings}
