"""Crash isolation: no effect on harmless sessions, and results that do not depend on how the stream is cut."""

from __future__ import annotations

import pytest

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal import input_vetter, stream_renderer
from replay_tui.terminal.crash_isolation import IsolatedProbe, TextOnlyFilter, reset_sequence, strip_controls
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.fixtures import FIXTURES

CRASH = b"deep\x1b]8;;e\x07\x1b[65535b\x1b[999d\n"
SIZE = SizeTimeline(TerminalSize(400, 150, SizeSource.GIVEN))


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> IsolatedProbe:
    """Install crash isolation, and pass hyperlinks that crash the emulator through the sequence filter."""
    probe = IsolatedProbe()
    monkeypatch.setattr(input_vetter, "vetter", probe)
    monkeypatch.setattr(stream_renderer, "rewrite_sequences", lambda data, *_: data)
    return probe


def stream_of(data: bytes, step: int) -> EventStream:
    stream = EventStream()
    for at in range(0, len(data), step):
        stream.append(float(at), "o", data[at : at + step])
    stream.complete = True
    return stream


def test_probe_harmless_session_has_the_same_screens(monkeypatch: pytest.MonkeyPatch):
    recording = load(str(FIXTURES / "sessions" / "shell-vim.json"))
    times = [recording.duration * part / 7 for part in range(8)]
    expected = [recording.screen(at) for at in times]
    probe = IsolatedProbe()
    monkeypatch.setattr(input_vetter, "vetter", probe)
    again = load(str(FIXTURES / "sessions" / "shell-vim.json"))
    assert [again.screen(at) for at in times] == expected
    assert probe.crashes == 0
    assert {note.code for note in again.fidelity} >= {"emulator-ended"}


def test_probe_crashing_byte_is_skipped_and_text_kept(probe: IsolatedProbe):
    stream = stream_of(b"first\r\n\x1b[?1049h" + CRASH + b"\x1b[1mlast", 1000)
    renderer = StreamRenderer(stream, SIZE)
    renderer.render_to(len(stream.output))
    rows = renderer.emulator.plain_rows()
    assert renderer.emulator.skipped == 1
    assert any(row.startswith("deep") for row in rows)
    assert any(row.endswith("last") for row in rows)


def test_reset_sequence_keeps_primary_screen_text():
    emulator = Emulator(80, 24)
    emulator.feed(b"\x1b[3;9r\x1b[31mfirst\r\nsecond\x1b]2;unfinished")
    emulator.feed(reset_sequence(emulator) + b"third")
    assert emulator.plain_rows()[:3] == ["first", "second", "third"]


@pytest.mark.slow
def test_probe_seek_equals_linear_feed(probe: IsolatedProbe):
    data = b"first\r\n" + b"\x1b[?1049h" + CRASH + b"\x1b[?1049lmiddle\r\n" + b"x\r\n" * 50
    stream = stream_of(data, 7)
    index = KeyframeIndex(stream, SIZE, spacing=64)
    index.build()
    assert index.skipped == 1
    reader = ScreenReader(index)
    for target in (len(data), len(data) // 2, 20, len(data) - 10):
        whole = StreamRenderer(stream, SIZE)
        whole.render_to(target)
        assert reader.at_offset(target).lines == whole.emulator.screen().lines


def test_text_only_filter_renders_only_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(input_vetter, "vetter", TextOnlyFilter())
    stream = stream_of(b"\x1b[31mred\x1b[0m\r\n\x1b[5;5Hthere" + CRASH, 3)
    renderer = StreamRenderer(stream, SIZE)
    renderer.render_to(len(stream.output))
    assert renderer.emulator.plain_rows()[:2] == ["red", "theredeep"]


def test_strip_controls_keeps_text_and_line_breaks():
    assert strip_controls(b"a\x1b]2;title\x07b\x1bPx\x1b\\c\x1b[1;2Hd\x08\x07\te\r\n") == b"abcd\te\r\n"
