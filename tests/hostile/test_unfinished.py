"""Unterminated sequences of several megabytes are scanned once, regardless of the number of drawing steps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal import stream_renderer as drawing
from replay_tui.terminal.stream_renderer import StreamRenderer

SMALL, LARGE = TerminalSize(20, 5, SizeSource.GIVEN), TerminalSize(30, 4, SizeSource.RESIZE_EVENT)
PIECES = st.sampled_from(
    [b"\x1b", b"[", b"]", b"1" * 9, b";", b"m", b"\x00", b"\n", b"8;;x", b"\x07", b"ab", b"\x18", b"99b"]
)


def stream_of(data: bytes, step: int) -> EventStream:
    stream = EventStream()
    for at in range(0, len(data), step):
        stream.append(0.0, "o", data[at : at + step])
    return stream


@pytest.mark.parametrize(
    "data", [b"\x1b[" + b"1" * (1 << 20), b"\x1b" + b"\0" * (1 << 20), b"\x1b]" + b"\0" * (1 << 20)]
)
def test_unfinished_sequence_is_read_once(data: bytes, monkeypatch: pytest.MonkeyPatch):
    looked, safe_end = 0, drawing.last_complete_offset

    def count(output: bytearray, start: int, end: int) -> int:
        nonlocal looked
        looked += end - start
        return safe_end(output, start, end)

    monkeypatch.setattr(drawing, "last_complete_offset", count)
    stream = stream_of(data + b"mend", 4096)
    drawer = StreamRenderer(stream, SizeTimeline(SMALL))
    for event in range(len(stream)):
        drawer.render_to(stream.output_length_after(event + 1))
    assert looked < 8 * len(data)
    assert drawer.offset == len(stream.output)


@settings(deadline=None, max_examples=80)
@given(parts=st.lists(PIECES, max_size=25), step=st.integers(1, 9), resized=st.integers(0, 60))
def test_unfinished_sequence_in_any_steps_is_equal(parts: list[bytes], step: int, resized: int):
    data = b"".join(parts) + b"\x18end"
    sizes = SizeTimeline(SMALL, [Resize(resized, LARGE)] if resized < len(data) else [])
    stream = stream_of(data, step)
    whole, stepped = StreamRenderer(stream, sizes), StreamRenderer(stream, sizes)
    whole.render_to(len(data))
    for target in range(step, len(data) + step, step):
        stepped.render_to(min(target, len(data)))
    assert whole.offset == stepped.offset
    assert whole.emulator.displays_same_as(stepped.emulator)
