"""Large MongoDB documents: the same commands as small ones, without building all of their values."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from replay_tui.decoders.large_json import LARGE_OBJECT_BYTES, read_large_object
from replay_tui.domain.statement import Statement
from replay_tui.findings.mongo_checks import mongo_deletes_all
from replay_tui.recording import Recording
from replay_tui.sources import read_stream

pytestmark = pytest.mark.slow

FILLER = "é" * LARGE_OBJECT_BYTES
LARGE: dict[str, dict[str, Any]] = {
    "insert": {"insert": "cards", "documents": [{"_id": 1, "text": FILLER}], "$db": "shop"},
    "aggregate": {"aggregate": "cards", "pipeline": [{"$match": {"x": FILLER}}, {"$out": "copy"}], "$db": "shop"},
    "delete": {"delete": "cards", "deletes": [{"q": {"x": FILLER}, "limit": 0}], "$db": "shop"},
}
SMALL = {name: json.loads(json.dumps(one).replace(json.dumps(FILLER), '"x"')) for name, one in LARGE.items()}


def commands(*events: bytes) -> list[tuple[str, str, str, dict[str, Any]]]:
    stream = [[at, "i", base64.b64encode(data).decode()] for at, data in enumerate(events)]
    fields = {"id": "x", "user": "a", "type": "database", "connection_subtype": "mongodb", "verb": "connect"}
    recording = Recording(list(read_stream([json.dumps(fields | {"event_stream": stream}).encode()], "a"))[-1])
    rows = recording.analysis.statements
    return [(row.kind, row.verb, row.text[:20] + row.text[-12:], row.details) for row in rows]


@pytest.mark.parametrize("name", LARGE)
def test_large_command_is_described_like_a_small_one(name: str) -> None:
    ((kind, verb, _, details),) = commands(json.dumps(LARGE[name], ensure_ascii=False).encode())
    ((small_kind, small_verb, _, small_details),) = commands(json.dumps(SMALL[name]).encode())
    assert (kind, verb, details) == (small_kind, small_verb, small_details)


def test_large_commands_are_found_however_they_are_cut() -> None:
    first, second = (json.dumps(LARGE[name]).encode() for name in ("insert", "delete"))
    ping = b'{"ping": 1, "$db": "admin"}'
    together = ping + first + b" " + ping + second + b"\n" + ping
    expected = commands(ping, first, ping, second, ping)
    assert [verb for _, verb, _, _ in expected] == ["ping", "insert", "ping", "delete", "ping"]
    assert commands(together) == expected
    assert commands(together[:99], together[99:3_000_000], together[3_000_000:]) == expected


def test_large_delete_of_everything_is_found() -> None:
    part = [{"q": {"x": FILLER}, "limit": 0}, {"q": {}, "limit": 0}]
    for deletes, is_found in ((part, True), (part[:1], False)):
        row = Statement(0.0, "dml", json.dumps({"delete": "cards", "deletes": deletes, "$db": "shop"}), verb="delete")
        assert bool(mongo_deletes_all(row)) is is_found


def test_large_damaged_command_is_not_json() -> None:
    whole = json.dumps(LARGE["insert"]).encode()
    assert {row[0] for row in commands(whole[:-1], b'{"find": "x"}')} >= {"other"}
    assert read_large_object(memoryview(whole[:-1])) is None
    assert read_large_object(memoryview(b"[" * LARGE_OBJECT_BYTES * 2)) is None
    assert read_large_object(memoryview(b'{"a":' * LARGE_OBJECT_BYTES)) is None


def test_large_object_keeps_small_members_and_order() -> None:
    data = json.dumps({"z": [1, {"a": None}], "big": FILLER, "list": [{"n": FILLER}, {"m": 1}], "y": "é"}).encode()
    found = read_large_object(memoryview(data + b"  {}"))
    assert found
    assert list(found.members.items()) == [
        ("z", [1, {"a": None}]), ("big", None), ("list", [{"n": None}, {"m": 1}]), ("y", "é"),
    ]  # fmt: skip
    assert found.end == len(data)
