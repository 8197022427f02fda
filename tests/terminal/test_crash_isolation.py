"""Trying in another process changes nothing where nothing crashes, and is the same however the stream is cut."""

from __future__ import annotations

import pytest

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal import emulator as core
from replay_tui.terminal import stream_renderer as drawer
from replay_tui.terminal.crash_isolation import IsolatedProbe, TextOnlyFilter, reset_sequence, strip_controls
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.fixtures import FIXTURES

CRASH = b"deep\x1b]8;;e\x07\x1b[65535b\x1b[999d\n"
SIZE = SizeTimeline(TerminalSize(400, 150, SizeSource.GIVEN))


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> IsolatedProbe:
    trial = IsolatedProbe()
    monkeypatch.setattr(core, "vetter", trial)
    monkeypatch.setattr(drawer, "filter_sequences", lambda data, cols, rows: data)
    return trial


def stream_of(data: bytes, step: int) -> EventStream:
    stream = EventStream()
    for at in range(0, len(data), step):
        stream.append(float(at), "o", data[at : at + step])
    stream.complete = True
    return stream


def test_a_harmless_session_is_drawn_as_ever(monkeypatch: pytest.MonkeyPatch):
    recording = load(str(FIXTURES / "sessions" / "shell-vim.json"))
    moments = [recording.duration * part / 7 for part in range(8)]
    plainly = [recording.screen(at) for at in moments]
    trial = IsolatedProbe()
    monkeypatch.setattr(core, "vetter", trial)
    again = load(str(FIXTURES / "sessions" / "shell-vim.json"))
    assert [again.screen(at) for at in moments] == plainly
    assert trial.crashes == 0
    assert {note.code for note in again.fidelity} >= {"emulator-ended"}


def test_what_crashes_is_left_out_and_the_text_kept(tried: IsolatedProbe):
    drawer = StreamRenderer(stream_of(b"first\r\n\x1b[?1049h" + CRASH + b"\x1b[1mlast", 1000), SIZE)
    drawer.render_to(len(drawer._stream.output))
    shown = drawer.emulator.plain_rows()
    assert drawer.emulator.skipped == 1
    assert any(row.startswith("deep") for row in shown)
    assert any(row.endswith("last") for row in shown)


def test_what_stood_on_a_primary_screen_is_kept():
    emulator = core.Emulator(80, 24)
    emulator.feed(b"\x1b[3;9r\x1b[31mfirst\r\nsecond\x1b]2;unfinished")
    emulator.feed(reset_sequence(emulator) + b"third")
    assert emulator.plain_rows()[:3] == ["first", "second", "third"]


@pytest.mark.slow
def test_a_seek_shows_what_drawing_from_the_start_shows(tried: IsolatedProbe):
    data = b"first\r\n" + b"\x1b[?1049h" + CRASH + b"\x1b[?1049lmiddle\r\n" + b"x\r\n" * 50
    stream = stream_of(data, 7)
    whole = StreamRenderer(stream, SIZE)
    built = KeyframeIndex(stream, SIZE, spacing=64)
    built.build()
    assert built.skipped == 1
    reader = ScreenReader(built)
    for target in (len(data), len(data) // 2, 20, len(data) - 10):
        whole = StreamRenderer(stream, SIZE)
        whole.render_to(target)
        assert reader.at_offset(target).lines == whole.emulator.screen().lines


def test_text_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(core, "vetter", TextOnlyFilter())
    drawer = StreamRenderer(stream_of(b"\x1b[31mred\x1b[0m\r\n\x1b[5;5Hthere" + CRASH, 3), SIZE)
    drawer.render_to(len(drawer._stream.output))
    assert drawer.emulator.plain_rows()[:2] == ["red", "theredeep"]
    assert strip_controls(b"a\x1b]2;title\x07b\x1bPx\x1b\\c\x1b[1;2Hd\x08\x07\te\r\n") == b"abcd\te\r\n"
