"""File transfers inside a terminal: their bytes are neither drawn nor read as keys, and nothing else is hidden."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from replay_tui.recording import Recording
from replay_tui.terminal.zmodem import find_transfers, without_transfers
from tests.export.casts import cast, recording
from tests.support.effort import cases
from tests.support.fixtures import FIXTURES
from tests.support.zmodem import binary_header, hex_header, subpacket

TRANSFERS = FIXTURES / "transfers"


def stream_of(*events: tuple[str, bytes]) -> EventStream:
    stream = EventStream()
    for at, (kind, data) in enumerate(events):
        stream.append(at / 10, kind, data)
    stream.complete = True
    return stream


def rest(stream: EventStream) -> tuple[bytes, bytes]:
    """The output that is drawn, and the keys."""
    shown = without_transfers(stream, find_transfers(stream))
    return bytes(shown.output).replace(b"\x16", b""), bytes(shown.other)


@pytest.mark.parametrize(
    ("name", "files"), [("zmodem-download", ["customers.csv", "core.bin"]), ("zmodem-upload", ["tool.sh"])]
)
def test_find_recorded_transfer_names_its_files(name: str, files: list[str]) -> None:
    made = load(TRANSFERS / f"{name}.json.gz")
    (transfer,) = find_transfers(made.stream).transfers
    assert transfer.file_names == files
    assert transfer.is_complete


@pytest.mark.parametrize("name", ["zmodem-download", "zmodem-upload"])
def test_recorded_transfer_is_named_and_not_drawn(name: str) -> None:
    made = load(TRANSFERS / f"{name}.json.gz")
    text = made.screen("100%").text
    assert "\ufffd" not in text
    assert "B0" not in text
    assert "rm -rf" not in text
    assert "core.bin  customers.csv" in text
    assert {one.rule for one in made.findings} == {"file-transfer"}
    assert made.findings[0].evidence.startswith(("customers.csv, core.bin", "tool.sh"))
    assert "sequence-file-transfer" in {one.code for one in made.fidelity}
    assert "not-utf8" not in {one.code for one in made.fidelity}
    assert [row.text for row in made.statements if row.kind != "shell"] == []
    assert not made.redactor


def test_damaged_transfer_hides_nothing_after_it() -> None:
    made = load(TRANSFERS / "zmodem-damaged.json")
    assert made.screen("100%").text == "$ sz f\nrz\n$ rm -rf /data\n$"
    assert [row.text for row in made.statements] == ["sz f", "rm -rf /data"]
    assert {one.rule for one in made.findings} == {"file-transfer", "shell-remove"}


def test_recorded_transfer_stays_in_events_and_exports(tmp_path: Path) -> None:
    made = load(TRANSFERS / "zmodem-upload.json.gz")
    assert b"rm -rf /srv/data" in made.stream.other
    assert "rm -rf /srv/data" in str(cast(made, tmp_path)[1])


FILE_DATA = st.binary(max_size=200)


@settings(max_examples=cases(80), deadline=None)
@given(
    contents=st.lists(FILE_DATA, min_size=1, max_size=3),
    wide=st.booleans(),
    upload=st.booleans(),
    cuts=st.lists(st.integers(0, 2000), max_size=8),
)
def test_find_any_valid_transfer_cut_anywhere(contents: list[bytes], wide: bool, upload: bool, cuts: list[int]) -> None:
    """Text around a transfer is kept, and its frames are found however the events are cut."""
    sent = binary_header(4, wide=wide) + subpacket(b"name.txt\x00100 0\x00", b"k", wide=wide)
    sent += binary_header(10, wide=wide)
    sent += b"".join(subpacket(one, b"i", wide=wide) for one in contents[:-1]) + subpacket(
        contents[-1], b"h", wide=wide
    )
    sent += hex_header(8)
    sender, receiver = ("i", "o") if upload else ("o", "i")
    places = sorted({0, len(sent), *(cut % (len(sent) + 1) for cut in cuts)})
    stream = stream_of(
        ("o", b"$ "), ("i", b"sz\r"), ("o", b"sz\r\n" + hex_header(1 if upload else 0)), (receiver, hex_header(1)),
        *((sender, sent[a:b]) for a, b in itertools.pairwise(places)),
        (receiver, hex_header(8)), (sender, b"OO"), ("o", b"\r\n$ "), ("i", b"rm -rf /srv\r"), ("o", b"rm -rf /\r\n"),
    )  # fmt: skip
    found = find_transfers(stream)
    assert [one.file_names for one in found.transfers] == [["name.txt"]]
    assert rest(stream) == (b"$ sz\r\n\r\n$ rm -rf /\r\n", b"sz\rrm -rf /srv\r")


SHELL_TEXT = st.sampled_from(
    [b"$ ", b"ls\r\n", b"rm -rf /srv/data\r\n", "größe 文件\r\n".encode(), b"\x1b[31mred\x1b[m"]
)
FRAMES = st.sampled_from(
    [hex_header(0), hex_header(1), hex_header(10), hex_header(8), b"**\x18B00000000000001\r\n", b"*\x18A",
     b"*\x18C\x0a", binary_header(10, wide=True), binary_header(10, wide=False), b"OO", b"\x18" * 5]
)  # fmt: skip


@settings(max_examples=cases(80), deadline=None)
@given(st.lists(st.tuples(st.sampled_from("oi"), SHELL_TEXT | FRAMES), max_size=14))
def test_find_printed_frames_hide_no_text(events: list[tuple[str, bytes]]) -> None:
    """Whoever prints or types frames cannot hide a command behind them."""
    stream = stream_of(*events)
    shown, keys = rest(stream)
    texts = [b"$ ", b"ls\r\n", b"rm -rf /srv/data\r\n", "größe 文件".encode(), b"red"]
    for text in texts:
        assert shown.count(text) == b"".join(data for kind, data in events if kind == "o").count(text)
        assert keys.count(text) == b"".join(data for kind, data in events if kind == "i").count(text)


def test_find_transfer_ended_by_text_shows_the_text() -> None:
    stream = stream_of(
        ("o", b"$ sz f\r\n" + hex_header(0)), ("i", hex_header(1)), ("o", binary_header(10, wide=True)),
        ("o", bytes(range(256))), ("o", b"connection lost\r\n$ "), ("i", b"rm -rf /srv\r"), ("o", b"rm -rf /srv\r\n"),
    )  # fmt: skip
    found = find_transfers(stream)
    assert [one.is_complete for one in found.transfers] == [False]
    assert rest(stream) == (b"$ sz f\r\nconnection lost\r\n$ rm -rf /srv\r\n", b"rm -rf /srv\r")


def test_recording_with_printed_header_keeps_commands() -> None:
    stream = stream_of(
        ("o", b"$ "), ("i", b"p\r"), ("o", b"p\r\n" + hex_header(0) + b"$ "),
        *((kind, bytes((byte,))) for byte in b"rm -rf /srv" for kind in "io"), ("i", b"\r"), ("o", b"\r\n$ "),
    )  # fmt: skip
    made: Recording = recording(stream, cols=60)
    assert "rm -rf /srv" in [row.text for row in made.statements]
    assert {one.rule for one in made.findings} == {"file-transfer", "shell-remove"}


def test_without_transfers_keeps_offsets_and_events() -> None:
    made = load(TRANSFERS / "zmodem-download.json.gz")
    shown = made.terminal_stream
    assert shown.output_ends == made.stream.output_ends
    assert shown.kinds == made.stream.kinds
    assert load(FIXTURES / "sessions" / "shell-vim.json").terminal_stream.complete


def test_recording_without_transfers_uses_the_stream_itself() -> None:
    made = load(FIXTURES / "sessions" / "shell-vim.json")
    assert made.terminal_stream is made.stream


@pytest.mark.parametrize(
    "events",
    [
        # cancelled by the user, by the host, and by an interrupt; with a damaged header; without an end
        [("o", hex_header(0)), ("i", b"\x18" * 8 + b"\x08" * 8)],
        [("o", hex_header(1)), ("o", b"\x18" * 8 + b"\x08" * 10)],
        [("o", hex_header(0)), ("i", hex_header(1)), ("i", b"\x03")],
        [("o", hex_header(0)), ("i", b"**\x18B0100000000ffff\r\x8a\x11"), ("o", bytes(range(256)) * 4)],
        [("o", b"**\x18B00000000000001\r\n\x11"), ("o", b"*\x18A\x04\0\0\0\0\0\0" + bytes(range(256)))],
        [("o", hex_header(0)), ("i", hex_header(1)), ("o", binary_header(10, wide=True) + b"\xff\x00\x01" * 50)],
    ],
)
def test_find_unfinished_transfer_draws_nothing_of_it(events: list[tuple[str, bytes]]) -> None:
    after = [("o", b"\r\n$ "), ("i", b"rm -rf /\r"), ("o", b"rm -rf /\r\n$ ")]
    stream = stream_of(("o", b"$ sz f\r\n"), *events, *after)
    shown, keys = rest(stream)
    assert shown.replace(b"\r\n", b"\n") in (b"$ sz f\n\n$ rm -rf /\n$ ", b"$ sz f\n$ rm -rf /\n$ ")
    assert keys.removeprefix(b"\x03") == b"rm -rf /\r"


@given(st.binary(max_size=300), st.binary(max_size=100), st.lists(st.integers(0, 300), max_size=5))
def test_find_any_bytes_have_ordered_spans(output: bytes, keys: bytes, cuts: list[int]) -> None:
    data = hex_header(0) + output
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    stream = stream_of(*(("o", data[a:b]) for a, b in itertools.pairwise(places)), ("i", keys))
    found = find_transfers(stream)
    ends: dict[int, int] = {}
    for event, start, end in found.spans:
        assert ends.get(event, 0) <= start < end <= stream.size(event)
        ends[event] = end
    assert sum(one.byte_count for one in found.transfers) == sum(end - start for _, start, end in found.spans)
