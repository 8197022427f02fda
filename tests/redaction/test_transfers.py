"""Secrets in sessions with file transfers: in the transferred file, and typed in an event with protocol bytes."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.domain.event_stream import EventStream, RedactedSpan
from replay_tui.export.exporter import export_recording
from replay_tui.export.redacted_recording import redact_recording
from replay_tui.terminal.zmodem import find_transfers
from tests.cli.runs import Runner
from tests.redaction.test_outputs import outputs
from tests.support.effort import cases
from tests.support.secret_cases import SECRET, leaks
from tests.support.zmodem import hex_header, sent_file

Events = list[tuple[str, bytes]]
COMMAND: Events = [("o", b"$ "), *((kind, b"%c" % byte) for byte in b"rz" for kind in "io"), ("i", b"\r")]
PROMPT: Events = [("o", b"\r\n$ sudo -v\r\n[sudo] password for ana: ")]
END: Events = [("i", b"\r"), ("o", b"\r\n$ ")]


def typed(secret: str) -> Events:
    return [("i", char.encode()) for char in secret]


def download(content: bytes) -> Events:
    sent = sent_file(content)
    return [
        ("o", b"\r\nrz\r" + hex_header(0)), ("i", hex_header(1)), ("o", sent[:40]), ("o", sent[40:]),
        ("i", hex_header(8)), ("o", b"OO\r\n$ "),
    ]  # fmt: skip


def session(folder: Path, events: Events) -> Path:
    stream = [[at / 4, kind, base64.b64encode(data).decode()] for at, (kind, data) in enumerate(events)]
    fields = {"id": "x", "type": "application", "connection_subtype": "bash", "verb": "connect", "user": "ana"}
    path = folder / "session.json"
    path.write_text(json.dumps(fields | {"event_stream": stream}))
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Return a function that runs the program."""
    return Runner(capsys)


def test_secret_in_transferred_file_is_in_no_output(run: Runner, tmp_path: Path) -> None:
    events = [*PROMPT, *typed(SECRET), *END, *COMMAND, *download(f"password={SECRET}\n".encode() + bytes(range(40)))]
    path, folder = session(tmp_path, events), tmp_path / "out"
    folder.mkdir()
    assert find_transfers(load(path).stream).spans
    shown = []
    for words, ran, written in outputs(run, path, folder):
        data = (ran.out + ran.err).encode("utf-8", "surrogateescape") + written
        shown += [(words, secret) for secret in leaks(data, (SECRET,))]
    assert not shown


@settings(max_examples=cases(30), deadline=None)
@given(
    is_upload=st.booleans(),
    before=st.binary(max_size=60),
    after=st.binary(max_size=60),
    cuts=st.lists(st.integers(1, 300), max_size=4),
)
def test_masked_export_keeps_a_transfer_a_transfer(
    is_upload: bool, before: bytes, after: bytes, cuts: list[int]
) -> None:
    """Data with a replaced secret has a wrong checksum: it is withheld, and not drawn and not read as keys."""
    content = sent_file(before + SECRET.encode() + after)
    edges = [0, *sorted({cut for cut in cuts if cut < len(content)}), len(content)]
    sender, receiver = ("i", "o") if is_upload else ("o", "i")
    transfer = [
        ("o", b"\r\n" + hex_header(1 if is_upload else 0)), (receiver, hex_header(1)),
        *((sender, content[start:end]) for start, end in itertools.pairwise(edges)),
        (receiver, hex_header(8)), (sender, b"OO"), ("o", b"\r\n$ "),
    ]  # fmt: skip
    with TemporaryDirectory() as folder:
        made = load(session(Path(folder), [*PROMPT, *typed(SECRET), *END, *COMMAND, *transfer]))
        saved = export_recording(made, "json", Path(folder) / "masked.json")
        again = load(saved.path)
    assert saved.withheld == 1
    assert SECRET.encode() not in again.stream.output + again.stream.other
    (found,) = find_transfers(again.stream).transfers
    assert found.is_complete
    assert again.screen("100%").text == made.screen("100%").text
    assert [row.text for row in again.statements if row.kind == "shell"] == ["rz"]


def test_secret_drawn_after_a_transfer_is_redacted(tmp_path: Path) -> None:
    """The transfer's bytes would select another character set: the screens that are searched are drawn without them."""
    line_graphics = b"\x1b(0\xff" * 20
    drawn = f"\x1b[8G{SECRET[7:]}\r{SECRET[:7]}\x1b[20G\r\n$ ".encode()
    events = [*PROMPT, *typed(SECRET), *END, *COMMAND, *download(line_graphics), ("o", drawn)]
    made = load(session(tmp_path, events))
    assert find_transfers(made.stream).transfers[0].is_complete
    shown = redact_recording(made, reveal=False).recording
    assert SECRET in made.screen("100%", reveal=True).text
    assert SECRET not in shown.screen("100%", reveal=True).text
    assert SECRET[7:].encode() not in shown.stream.output


def test_short_secret_after_protocol_bytes_is_redacted(tmp_path: Path) -> None:
    """The key bytes are counted in the event as it was recorded, which begins with the end of the transfer."""
    upload = [("o", b"\r\n" + hex_header(1)), ("i", sent_file(b"content")), ("o", hex_header(8))]
    made = load(session(tmp_path, [*COMMAND, *upload, ("i", b"OOsudo -v\rxyz\r"), *PROMPT, ("o", b"\r\n$ ")]))
    assert [one.text for one in made.analysis.hidden_input] == ["xyz"]
    redacted = redact_recording(made, reveal=False).recording.stream
    assert made.stream.other.endswith(b"OOsudo -v\rxyz\r")
    assert redacted.other.endswith(b"OOsudo -v\r***\r")
    assert [line.text for line in made.typed] == ["rz", "sudo -v", "***"]


@settings(max_examples=cases(100), deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=9)), max_size=6))
def test_locate_keys_finds_each_key_as_recorded(parts: list[tuple[bool, bytes]]) -> None:
    data, spans = b"", []
    for is_protocol, part in parts:
        if is_protocol:
            spans.append((0, len(data), len(data) + len(part)))
        data += part
    stream = EventStream()
    stream.append(0.0, "i", data)
    found = find_transfers(stream)
    found.spans = spans
    keys = found.keys_of(0, data)
    assert keys == b"".join(part for is_protocol, part in parts if not is_protocol)
    for at in range(len(keys)):
        _, start, stop = found.locate_keys(RedactedSpan(0, at, at + 1))
        assert data[start:stop] == keys[at : at + 1]
        assert not any(first <= start < last for _, first, last in spans)
