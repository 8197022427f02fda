"""Files that are not sessions are rejected with the name of their format; every answer of a gateway still opens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import SessionFields
from replay_tui.sources import LoadedSession, read_all, read_stream
from tests.support.fixtures import SESSIONS
from tests.support.foreign import FOREIGN_FILES, ID, RECORDER_FILES, TIME

TYPED: dict[str, Any] = {
    "id": ID, "org_id": ID, "script": {"data": ""}, "script_size": 0, "event_size": 12, "labels": {"a": "b"},
    "metadata": {"a": 1}, "integrations_metadata": {}, "metrics": {"event_size": 12}, "user": "ana@example.com",
    "user_id": ID, "user_name": "Ana", "type": "database", "connection_subtype": "postgres", "connection": "pg",
    "role_name": "pg", "resource_name": "pg", "connection_tags": {"team": "x"}, "review": {"status": "PENDING"},
    "verb": "exec", "status": "done", "exit_code": 0, "session_batch_id": "b", "correlation_id": "c",
    "start_date": TIME, "end_date": TIME, "ai_analysis": {"risk_level": "low"}, "guardrails_info": [],
    "identity_type": "user", "machine_identity_id": ID,
}  # fmt: skip
"""Every field of the contract with a value of its type."""
COMMON = ("id", "user", "user_id", "user_name", "type", "status", "metadata", "labels")
LOG_NAMES = ("level", "msg", "time", "timestamp", "@timestamp", "event", "action", "actor", "severity", "logger")
OTHER = st.dictionaries(st.text("abcdxyz", min_size=3), st.one_of(st.integers(), st.text(), st.none()), max_size=6)


def read(data: bytes, name: str = "a.json") -> LoadedSession:
    return list(read_stream([data], name))[-1]


def rejection(data: bytes) -> str:
    with pytest.raises(UnreadableSource) as caught:
        read(data)
    return str(caught.value)


@pytest.mark.parametrize("name", FOREIGN_FILES)
def test_read_foreign_file_raises_with_its_format(name: str) -> None:
    data, words = FOREIGN_FILES[name]
    message = rejection(data)
    assert words in message
    assert message.startswith("'a.json'")
    assert "\n" not in message
    assert "incomplete" not in message


@pytest.mark.parametrize("name", FOREIGN_FILES)
def test_read_foreign_file_in_pieces_gives_same_message(name: str) -> None:
    """The chunks in which a file arrives do not change what it looks like."""
    data = FOREIGN_FILES[name][0]
    with pytest.raises(UnreadableSource) as caught:
        list(read_stream((data[at : at + 1] for at in range(len(data))), "a.json"))
    assert str(caught.value) == rejection(data)


@pytest.mark.parametrize(
    "data",
    [b'{"1": "a", "2": "b"}', b'{"time": 12, "data": "abcd"}\n{"time": 13, "data": "x"}\n', b"config:\n  a: 1\n"],
)
def test_read_file_like_a_recording_raises(data: bytes) -> None:
    assert "not a session" in rejection(data)


@pytest.mark.parametrize("name", RECORDER_FILES)
def test_read_recorder_file_opens_with_its_format(name: str) -> None:
    data, label = RECORDER_FILES[name]
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        loaded = list(read_stream(pieces, "a.json"))[-1]
        assert loaded.format_name == label
        assert len(loaded.stream) or loaded.size


@pytest.mark.parametrize("path", sorted(SESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_read_answer_of_gateway_opens(path: Any) -> None:
    assert read_all(str(path)).session.fields.id


def test_read_list_row_opens() -> None:
    rows = json.loads((SESSIONS.parent / "gateway" / "list.json").read_bytes())["data"]
    assert rows
    for row in rows:
        assert read(json.dumps(row).encode()).session.fields.id == row["id"]


def test_typed_fields_cover_the_contract() -> None:
    assert TYPED.keys() == SessionFields.model_fields.keys()


@given(st.sets(st.sampled_from(sorted(TYPED)), max_size=2), OTHER)
def test_read_fewer_than_three_fields_raises(names: set[str], other: dict[str, Any]) -> None:
    row = {**other, **{name: TYPED[name] for name in names}}
    assert "not a session" in rejection(json.dumps(row).encode())


@given(st.sets(st.sampled_from(sorted(TYPED)), min_size=3), OTHER)
def test_read_three_typed_fields_opens(names: set[str], other: dict[str, Any]) -> None:
    loaded = read(json.dumps({**other, **{name: TYPED[name] for name in names}}).encode())
    assert not loaded.session.invalid_fields


@given(st.sets(st.sampled_from(sorted(TYPED.keys() - {"exit_code", "script_size", "event_size"})), min_size=3))
def test_read_fields_of_wrong_type_raises(names: set[str]) -> None:
    assert "not a session" in rejection(json.dumps(dict.fromkeys(names, 7.5)).encode())


@given(st.sets(st.sampled_from(COMMON), max_size=8), st.sampled_from(LOG_NAMES), st.sampled_from([TIME, "x", 5]))
def test_read_log_line_with_common_fields_raises(names: set[str], log_name: str, value: object) -> None:
    """Logs of other programs have an id, a user, a type, a status and more, as sessions do."""
    row = {log_name: value, **{name: TYPED[name] for name in names}}
    assert "not a session" in rejection(json.dumps(row).encode())
    assert "not a session" in rejection(json.dumps([row]).encode())


@given(st.dictionaries(st.text("abcdxyz", min_size=3), st.integers(), max_size=3))
def test_read_session_with_stream_opens(other: dict[str, Any]) -> None:
    assert len(read(json.dumps({**other, "event_stream": [[0, "o", "aGk="]]}).encode()).stream) == 1


@pytest.mark.parametrize("between", [b"\n", b"", b" "])
def test_read_second_session_in_file_is_not_mixed_in(between: bytes) -> None:
    """Sessions of joined files are separate: the first one is shown, and the rest counts as unread."""
    first = {"id": "a", "event_stream": [[0, "o", "aGk="]]}
    second = {"id": "b", "user": "eve", "event_stream": [[0, "o", "eQ=="], [1, "o", "eQ=="]]}
    loaded = read(between.join((json.dumps(first).encode(), json.dumps(second).encode())))
    assert (loaded.session.fields.id, loaded.session.fields.user, len(loaded.stream)) == ("a", None, 1)
    assert [one.code for one in loaded.stream.log.warnings if one.is_unread] == ["trailing-data"]


@pytest.mark.parametrize("cut", range(1, len(b'{"version": 2, "width": 80, "height": 24')))
def test_cut_header_of_a_cast_is_called_incomplete(cut: int) -> None:
    """The members that are missing may be in the missing part: no advice to add them."""
    with pytest.raises(UnreadableSource, match="incomplete"):
        list(read_stream([b'{"version": 2, "width": 80, "height": 24'[:cut]], "a.cast"))
