"""Completeness of any cut or damaged session: never complete, and "no findings" never alone."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.completeness import Completeness, Searched
from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.presenters import completeness as texts
from replay_tui.recording import Recording
from replay_tui.sources import read_stream
from tests.support.fixtures import FIXTURES, SESSIONS

CUTTABLE = {
    "terminal": (SESSIONS / "shell-vim.json").read_bytes(),
    "postgres": (SESSIONS / "pg-psql.json").read_bytes(),
    "script": (SESSIONS / "exec-guardrail-blocked.json").read_bytes(),
    "download": (FIXTURES / "sources" / "download.json").read_bytes(),
}
LOST, UNDECODED = FidelityWarning("input-cut", "the file is incomplete"), FidelityWarning("decoder-failed", "it failed")


def recording_of(data: bytes | Iterable[bytes]) -> Recording | None:
    """Return the recording in a file, None if it is rejected."""
    try:
        return Recording(list(read_stream([data] if isinstance(data, bytes) else data, "a"))[-1])
    except UnreadableSource:
        return None


@given(st.sampled_from(sorted(CUTTABLE)), st.floats(0, 1, exclude_max=True), st.booleans())
def test_completeness_of_any_cut_is_not_complete(name: str, part: float, packed: bool) -> None:
    whole = CUTTABLE[name].rstrip()
    whole = gzip.compress(whole, mtime=0) if packed else whole
    recording = recording_of(whole[: int(part * len(whole))])
    if recording:
        assert recording.completeness.searched is not Searched.FULLY
        assert not recording.known_completeness.is_complete


@settings(max_examples=40)
@given(st.sampled_from(sorted(CUTTABLE.keys() - {"download"})), st.data())
def test_completeness_of_any_damaged_event_is_partial(name: str, data: st.DataObject) -> None:
    session = json.loads(CUTTABLE[name])
    events = session["event_stream"]
    position = data.draw(st.integers(0, len(events) - 1))
    damaged = [None, [], {}, [1], [1, "o", None], [1, "o", "*"], [1, "z", "YQ=="]]
    damaged += ["x"] if len(events) > 1 else []  # a string alone is a stream without times
    events[position] = data.draw(st.sampled_from(damaged))
    recording = recording_of(json.dumps(session).encode())
    assert recording
    assert recording.completeness.searched is not Searched.FULLY


@pytest.mark.parametrize("name", CUTTABLE)
def test_completeness_of_whole_session_is_full(name: str) -> None:
    recording = recording_of(CUTTABLE[name])
    assert recording
    assert recording.completeness.searched is Searched.FULLY


@pytest.mark.parametrize(
    ("session", "is_unreadable"),
    [
        ({"event_size": 9}, False),
        ({"connection": "a file without stream and size"}, False),
        ({"event_stream": [[0, "e", base64.b64encode(b"no log found on disk").decode()]]}, False),
        ({"event_stream": ["An internal error occurred: unable to decode the event stream"]}, False),
        ({"event_stream": [1, 2]}, True),
        ({"event_stream": 5}, True),
    ],
)
def test_completeness_without_event_is_nothing_read(session: dict[str, object], is_unreadable: bool) -> None:
    fields = {"id": "x", "user": "ana", "type": "ssh", "status": "done", "end_date": "2026-11-20T09:30:00Z"}
    recording = recording_of(json.dumps(fields | session).encode())
    assert recording
    assert recording.completeness.searched is Searched.NOT
    assert recording.completeness.is_unreadable is is_unreadable
    script = recording_of(json.dumps(fields | session | {"script": {"data": "select 1"}}).encode())
    assert script
    assert script.completeness.searched is Searched.PARTLY


@pytest.mark.parametrize(
    "fields", [{"status": "ready"}, {"status": "open"}, {"script": {"data": "select 1"}, "event_size": 0}]
)
def test_completeness_of_session_without_recording_is_full(fields: dict[str, object]) -> None:
    """Nothing is missing if nothing was recorded yet, or the script is all there is."""
    recording = recording_of(json.dumps({"id": "x", "user": "ana", "type": "ssh", "status": "done"} | fields).encode())
    assert recording
    assert recording.completeness.searched is Searched.FULLY


_CAST = b'{"version": 2, "width": 80, "height": 24}\n'


@pytest.mark.parametrize(
    "content",
    [
        b'{"id": "x", "user": "ana", "type": "ssh", "status": "done", "event_size": 0}',
        b'{"id": "x", "user": "ana", "type": "ssh", "status": "done", "event_stream": []}',
        b'{"id": "x", "user": "ana", "type": "ssh", "status": "done", "event_stream": [[0, "o", ""], [1, "i", ""]]}',
        _CAST,
        _CAST + b'[1, "r", "100x30"]\n[2, "m", "here"]\n',
        _CAST + b'[1, "o", ""]\n',
        b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n[1, "x", "0"]\n',
    ],
)
def test_completeness_of_recording_without_content(content: bytes) -> None:
    """A session that ended without any byte was not searched, however its stream was emptied."""
    recording = recording_of(content)
    assert recording
    assert recording.completeness.gaps == recording.known_completeness.gaps
    assert (recording.completeness.searched, recording.completeness.is_unreadable) == (Searched.NOT, False)
    assert texts.no_findings_text(recording.completeness) == (
        "Not analysed: the recording contains no events with input or output."
    )
    assert recording.excluding("o").completeness.is_empty


@pytest.mark.parametrize(
    ("events", "code", "is_complete"),
    [
        ((("o", "$ ls\r\n"),), "no-input", True),
        ((("o", "$ ls\r\n"), ("i", "")), "no-input", True),
        ((("i", "ls\r"),), "no-output", True),
        ((("i", "ls\r"), ("o", "")), "no-output", True),
        ((("o", "$ ls\r\n"), ("i", "ls\r")), "", True),
    ],
)
def test_completeness_of_one_direction_is_named(
    events: tuple[tuple[str, str], ...], code: str, is_complete: bool
) -> None:
    lines = [json.dumps([at, kind, text]).encode() for at, (kind, text) in enumerate(events)]
    recording = recording_of(_CAST + b"\n".join(lines) + b"\n")
    assert recording
    named = {"no-input", "no-output", "no-requests"}
    assert [one.code for one in recording.fidelity if one.code in named] == ([code] if code else [])
    assert recording.completeness.is_complete is is_complete


def test_completeness_of_wire_without_input_is_partial() -> None:
    """Statements are read from the input only: without it there is nothing that rules could check."""
    session = json.loads(CUTTABLE["postgres"])
    session["event_stream"] = [[time, "o", data] for time, _, data in session["event_stream"]]
    recording = recording_of(json.dumps(session).encode())
    assert recording
    assert "no-requests" in {one.code for one in recording.completeness.gaps}
    assert recording.completeness.searched is Searched.PARTLY


def test_input_without_any_output_is_possibly_hidden() -> None:
    """Nobody can say what was echoed: the rules check the keys, the outputs mask them."""
    recording = recording_of(_CAST + b'[1, "i", "rm -rf /srv\\r"]\n')
    assert recording
    assert "shell-remove" in {one.rule for one in recording.findings}
    assert [one.text for one in recording.statements] == ["(11 possibly hidden characters)"]


@pytest.mark.parametrize(
    ("completeness", "expected"),
    [
        (Completeness(), "No findings. The rules are a best effort."),
        (
            Completeness((LOST,), 12, 1220),
            "No findings in what could be read (12 of 1,220 bytes). Not analysed: the file is incomplete.",
        ),
        (
            Completeness((LOST,), 1, None),
            "No findings in what could be read (1 byte of an unknown total). Not analysed: the file is incomplete.",
        ),
        (
            Completeness((LOST,), 12, 12),
            "No findings in what could be read (all 12 stored bytes). Not analysed: the file is incomplete.",
        ),
        (Completeness((UNDECODED,), 12, 12), "No findings in what could be analysed. Not analysed: it failed."),
        (Completeness((LOST,), 0, 1220), "Not analysed: the file is incomplete."),
        (Completeness((FidelityWarning("no-end", "no end"),), 12, 12), "No findings. The rules are a best effort."),
    ],
)
def test_no_findings_text_names_what_was_read(completeness: Completeness, expected: str) -> None:
    assert texts.no_findings_text(completeness) == expected


def test_findings_labels_differ_by_stage() -> None:
    partly = Completeness((LOST,), 12, 1220)
    assert texts.findings_labels(None, partly) == ("analysing…", "")
    assert texts.findings_labels(None, partly, failed=True) == ("not analysed", "not analysed")
    assert texts.findings_labels(0, Completeness()) == ("0 findings", "nothing flagged")
    assert texts.findings_labels(2, partly)[0] == "2 findings, incomplete"
    assert texts.findings_labels(0, Completeness((LOST,), 0, 9)) == ("not analysed", "not analysed")
