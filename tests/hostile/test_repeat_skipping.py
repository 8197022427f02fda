"""Repeat skipping: floods of slow sequences end soon, with the same result as drawing all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline, TerminalSize
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.repeat_skipping import write_skipping_repeats
from tests.support.hostile import SEQUENCES, payload_bytes

pytestmark = pytest.mark.slow

UNITS = [
    b"\x1bc", b"a\x1bc", b"a\x1b[99999b", "漢\x1b[9999b".encode(), b"\x1b[99999b", b"a\x1b[5000bb\x1b[7000b", b"\x1b#8",
    b"\x1b[!p", b"\x1b[35$x", b"\x1b6", b"\x1b[#{", b"_\x1b(0", b"\b\x1b[2D",
    b"\x1b[?1049h\x1b[?1049l", b"\x1b[2J", b"x\x1b[2J", b"\x1bM", b"\x1b[99T", b"\x1b[L", b"\n", b"\x1b[?3h",
]  # fmt: skip


@pytest.mark.parametrize(("unit", "size"), [*((unit, (200, 50)) for unit in UNITS[:6]), (b"\x1bc", (1000, 500))])
def test_repeat_skipping_flood_is_mostly_not_drawn(unit: bytes, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    stream = EventStream()
    stream.append(0.0, "o", unit * ((1 << 18) // len(unit)))
    index = KeyframeIndex(stream, SizeTimeline(TerminalSize(*size, SizeSource.GIVEN)))
    drawn, draw = 0, Emulator.write

    def count(emulator: Emulator, data: bytes) -> None:
        nonlocal drawn
        drawn += len(data)
        draw(emulator, data)

    monkeypatch.setattr(Emulator, "write", count)
    monkeypatch.setattr("replay_tui.terminal.stream_renderer.SLOW_BYTE_SECONDS", 0.0)
    monkeypatch.setattr("replay_tui.terminal.stream_renderer.SLOW_PIECE_SECONDS", 0.0)
    index.build()
    assert index.indexed_bytes == len(stream.output)
    assert drawn < len(stream.output) / 3


@settings(deadline=None, max_examples=40)
@given(
    before=st.sampled_from(
        [b"", b"hello\r\n", b"\x1b[5;9r\x1b[?6h", b"\x1b[?7l", b"\x1b[?69h\x1b[3;9s", b"\x1b[31mx", b"\x1b[4h"]
    ),
    unit=st.one_of(
        st.sampled_from(UNITS), st.binary(min_size=1, max_size=8), st.sampled_from(sorted(SEQUENCES)).map(payload_bytes)
    ),
    count=st.integers(1, 400),
    after=st.sampled_from([b"", b"\x1b[3b", b"end\x1b[3b"]),
    size=st.sampled_from([(80, 24), (7, 3), (20, 5)]),
)
def test_repeat_skipping_is_exact(before: bytes, unit: bytes, count: int, after: bytes, size: tuple[int, int]):
    unit = unit[:24]
    one, other = Emulator(*size), Emulator(*size)
    one.feed(before + unit * count + after)
    other.feed(before)
    write_skipping_repeats(other, unit * count + after)
    assert one.screen() == other.screen()
    one.feed(b"\x1b[2b")
    other.feed(b"\x1b[2b")
    assert one.displays_same_as(other)
