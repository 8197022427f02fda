"""Sequence filter: sequences that crash the emulator never reach it, regardless of how the stream is split."""

from __future__ import annotations

import subprocess
import sys

import pytest

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal.sequence_filter import filter_sequences
from replay_tui.terminal.size_inference import infer_sizes
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.ptyread import ROOT

FILLED = b"\x1b[?1049h7%b\x1b[65535b\x1b[999d\n"
LINKS = [b"\x1b]8;;e\x07", b"\x1b]8;id=1;e\x1b\\", b"\x1b\x00]\x008\x00;;e\x07", b"\x1b\x1b]8;;e", b"\x1b]\n\n8;;e\x07"]


def drawn(data: bytes, step: int) -> list[str]:
    stream = EventStream()
    drawer = StreamRenderer(stream, SizeTimeline(TerminalSize(1000, 500, SizeSource.GIVEN)))
    for at in range(0, len(data), step):
        stream.append(0.0, "o", data[at : at + step])
        drawer.render_to(len(stream.output))
    return drawer.emulator.plain_rows()


@pytest.mark.parametrize("link", LINKS)
def test_filter_screen_full_of_links_does_not_crash(link: bytes):
    whole = drawn(FILLED % link, 1000)
    assert all(drawn(FILLED % link, step) == whole for step in (1, 2, 3, 5))


@pytest.mark.parametrize("before", [*range(2030, 2052), 4090, 4096])
def test_size_inference_cut_links_do_not_crash(before: int):
    stream = EventStream()
    stream.append(
        0.0, "o", b"\x1b[2J\x1b[5;5H" + b"x" * before + FILLED % b"\x1b]\x00\x008;;e\x07" + b"\x1b[5;5H\x1b[6;6H"
    )
    infer_sizes(stream)


def test_filter_resize_within_link_does_not_crash():
    before, link, after = b"\x1b[?1049h7", b"\x1b]8;;e\x07", b"\x1b[65535b\x1b[999d\n"
    for place in range(1, len(link)):
        stream = EventStream()
        stream.append(0.0, "o", before + link + after)
        sizes = SizeTimeline(
            TerminalSize(80, 24, SizeSource.GIVEN),
            [Resize(len(before) + place, TerminalSize(1000, 500, SizeSource.RESIZE_EVENT))],
        )
        drawer = StreamRenderer(stream, sizes)
        drawer.render_to(len(before) + place)
        drawer.render_to(len(stream.output))
        assert drawer.emulator.size == (1000, 500)


def test_filter_link_text_is_displayed():
    assert drawn(b"see \x1b]8;;https://x.example\x07here\x1b]8;;\x07.", 4)[0] == "see here."
    assert filter_sequences(b"[88] ]8", 80, 24) == b"[88] ]8"


def test_emulator_without_filter_crashes_on_links():
    """Reason for the filter. If this test fails, the emulator is fixed and links need no filtering."""
    code = f"""
from replay_tui.terminal.emulator import Emulator
Emulator(1000, 500).feed({FILLED % LINKS[0]!r})
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert ran.returncode < 0
