"""Scanner for sequences with side effects: kind, time and content of the events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from replay_tui.domain.errors import Cancelled
from replay_tui.domain.finding import SequenceEvent
from replay_tui.terminal.sequence_filter import BLOCK_BYTES, MAX_EVENTS, MAX_STRING_BYTES, scan_sequences
from tests.support.fixtures import PROGRAMS, cut_at, output, program, stream_of
from tests.support.hostile import SEQUENCES, payload_bytes
from tests.terminal.strategies import CUTS, streams

KINDS: dict[str, list[str]] = {
    "title": ["title"],
    "icon-title": ["title"],
    "title-st": ["title"],
    "directory": ["directory"],
    "hyperlink": ["hyperlink", "hyperlink"],
    "notification-9": ["notification"],
    "notification-777": ["notification"],
    "palette": ["colours"],
    "palette-query": ["query"],
    "foreground-query": ["query"],
    "font": ["font"],
    "clipboard-write": ["clipboard-write"],
    "clipboard-read": ["clipboard-read"],
    "prompt-mark": ["prompt-mark"],
    "iterm-copy": ["clipboard-write"],
    "iterm-file": ["image"],
    "osc-unknown": ["unknown-osc"],
    "dcs": ["dcs"],
    "decrqss": ["query"],
    "xtgettcap": ["query"],
    "sixel": ["image"],
    "apc": ["apc"],
    "kitty-graphics": ["image"],
    "kitty-file": ["image"],
    "pm": ["pm"],
    "sos": ["sos"],
    "da1": ["query"],
    "da2": ["query"],
    "da3": ["query"],
    "dsr": ["query"],
    "cpr": ["query"],
    "decxcpr": ["query"],
    "xtversion": ["query"],
    "xtwinops-report": ["query"],
    "xtwinops-size": ["query"],
    "xtwinops-resize": ["resize-request"],
    "xtwinops-iconify": [],
    "decrqm": ["query"],
    "kitty-keyboard": ["query"],
    "osc-unterminated": ["title"],
    "dcs-unterminated": ["dcs"],
    "apc-unterminated": ["apc"],
    "pm-unterminated": ["pm"],
    "sos-unterminated": ["sos"],
    "dsr-theme": ["query"],
    "decrqcra": ["query"],
    "pointer": ["unknown-osc"],
    "csi-unterminated": [],
    "esc-last": [],
    "ris": [],
    "bells": [],
    "rep": [],
}


def found(data: bytes) -> list[SequenceEvent]:
    return list(scan_sequences(output(data)))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_scan_hostile_sequence_has_its_kind(name: str) -> None:
    assert [event.kind for event in found(b"text " + payload_bytes(name))] == KINDS[name]


KNOWN = {
    "apc", "clipboard-read", "clipboard-write", "colours", "dcs", "directory", "font", "hyperlink", "image", "iterm2",
    "notification", "pm", "prompt-mark", "query", "resize-request", "sos", "title", "unknown-osc", "unsupported",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SEQUENCES))
def test_scan_string_sequence_of_the_corpus_is_found(name: str) -> None:
    """A string sequence (OSC, DCS, APC, PM, SOS) draws nothing: without an event a reviewer would not see it."""
    data = payload_bytes(name)
    kinds = [event.kind for event in found(data)]
    assert set(kinds) <= KNOWN
    assert bool(kinds) or not any(intro in data for intro in (b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX"))


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"\x1b]52;c;aGk=\x07", "clipboard-write", "52;c;aGk="),
        (b"\x1b]52;;\x07", "clipboard-write", "52;;"),
        (b"\x1b]99;i=1;hello\x1b\\", "notification", "99;i=1;hello"),
        (b"\x1b]633;A\x07", "prompt-mark", "633;A"),
        (b"\x1b]1337;SetUserVar=a=b\x07", "iterm2", "1337;SetUserVar=a=b"),
        (b"\x1b]\x07", "unknown-osc", "0c"[:0]),
        (b"\x1b]8;id=1;https://x.example\x07", "hyperlink", "8;id=1;https://x.example"),
        (b"\x1b]11;?\x07", "query", "11;?"),
        (b"\x1b]2;\xff\x07", "title", "2;\ufffd"),
        (b"\x1bP0;1;0q#1~\x1b\\", "image", "0;1;0q#1~"),
        (b"\x1b[8;24;80t", "resize-request", "8;24;80t"),
        (b"\x1b[c", "query", "c"),
        (b"\x1bkbuild\x1b\\", "title", "build"),
        (b"\x1b]Rtext", "colours", "R"),
        (b"\x1b]P1ff0000text", "colours", "P1ff0000"),
        (b"\x1b#3", "unsupported", "DECDHL (double-height line)"),
        (b"\x1b#6", "unsupported", "DECDWL (double-width line)"),
        (b"\x1b[?3h", "unsupported", "DECCOLM (132 columns)"),
        (b"\x1b[?25;3h", "unsupported", "DECCOLM (132 columns)"),
        (b"\x1b[5i", "unsupported", "MC (output to a printer)"),
        (b"\x1b[2$~", "unsupported", "DECSSDT (status line)"),
        (b"\x1b[40t", "unsupported", "DECSLPP (lines per page)"),
        (b"\x1b(K", "unsupported", "national or special character set"),
        (b"\x1b%@", "unsupported", "character set other than UTF-8"),
        (b"\x1b[1;2*Z", "unsupported", "CSI *Z"),
        (b"\x1b[2;1A", "unsupported", "CSI A with excess parameters"),
    ],
)
def test_scan_event_has_offset_and_content(data: bytes, kind: str, text: str) -> None:
    (event,) = found(b"12345" + data)
    assert (event.offset, event.kind) == (5, kind)
    assert event.text == text


@pytest.mark.parametrize(
    "data",
    [
        *(b"\x1b[u", b"\x1b[0n", b"\x1b[3 q", b"\x1b[!p", b"\x1b[22;0t", b"\x1b[m", b"]2;no", b"\x1b[>31u"),
        *(b"\x1b[?25h", b"\x1b[?3l", b"\x1b[32;1;1;3;4$x", b"\x1b[2 @", b"\x1b(0", b"\x1b#8", b"\x1b%G", b"\x1b[0%m"),
    ],
)
def test_scan_drawing_sequence_is_no_event(data: bytes) -> None:
    assert found(data) == []


def test_scan_event_has_the_time_of_its_first_byte() -> None:
    stream = stream_of((1.0, "o", b"abc\x1b]2;ha"), (2.0, "i", b"\r"), (3.0, "o", b"lf\x07\x1b]2;next\x07"))
    assert [(event.time, event.text) for event in scan_sequences(stream)] == [(1.0, "2;half"), (3.0, "2;next")]


def test_scan_ignores_input() -> None:
    assert list(scan_sequences(stream_of((0.0, "i", b"\x1b]52;c;aGk=\x07"), (1.0, "?", b"\x1b[c")))) == []


@settings(deadline=None)
@given(streams(), CUTS)
def test_scan_cut_stream_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    def bare(events: list[SequenceEvent]) -> list[tuple[int, str, str]]:
        return [(event.offset, event.kind, event.text) for event in events]

    assert bare(list(scan_sequences(output(*cut_at(data, cuts))))) == bare(found(data))


@pytest.mark.parametrize("at", [BLOCK_BYTES - 3, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES - 2])
def test_scan_sequence_across_blocks_is_found(at: int) -> None:
    events = found(b"x" * at + b"\x1b]52;c;" + b"A" * 5000 + b"\x07" + b"\x1b[c")
    assert [(event.offset, event.kind) for event in events] == [(at, "clipboard-write"), (at + 5008, "query")]


def test_scan_long_string_is_truncated_and_scan_continues() -> None:
    events = found(b"\x1b]2;" + b"x" * (MAX_STRING_BYTES // 2) + b"\x07\x1b[c")
    assert [(event.kind, len(event.text)) for event in events] == [("title", 400), ("query", 1)]


def test_scan_stops_at_max_events() -> None:
    assert len(found(b"\x1b[c" * (MAX_EVENTS + 10))) == MAX_EVENTS


def test_scan_from_start_offset_and_cancelled() -> None:
    stream = output(b"\x1b[c", b"\x1b[6n")
    assert [event.offset for event in scan_sequences(stream, start=3)] == [3]
    with pytest.raises(Cancelled):
        list(scan_sequences(stream, lambda: True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_scan_real_programs_has_only_known_kinds(name: str) -> None:
    kinds = {event.kind for event in scan_sequences(program(name).stream)}
    assert kinds <= {"title", "query", "colours", "dcs", "hyperlink", "prompt-mark", "resize-request"}
