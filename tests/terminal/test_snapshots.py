"""Snapshots of the emulator: any state is complete, and continues like the original."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_filter import (
    filter_sequences,
)
from tests.support.effort import cases
from tests.terminal.strategies import streams

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=cases(40))

STATES: dict[str, bytes] = {
    "in the middle of CSI": b"abc\x1b[3",
    "in the middle of OSC": b"abc\x1b]2;half a ti",
    "in the middle of DCS": b"abc\x1bP1;2xhalf",
    "in the middle of APC": b"abc\x1b_Ghalf",
    "after a bare ESC": b"abc\x1b",
    "in the middle of a character": b"abc" + "漢".encode()[:2],
    "wrap pending": b"x" * 80,
    "wrap pending after a wide one": b"x" * 78 + "漢".encode(),
    "saved cursor": b"\x1b[31m\x1b[5;9H\x1b7\x1b[0m\x1b[10;2Hhere",
    "saved cursor with wrap pending": b"\x1b[7m" + b"x" * 80 + b"\x1b7\x1b[3;3H\x1b[0m",
    "saved cursor in DEC graphics": b"\x1b(0\x1b[4;4H\x1b7\x1b(B\x1b[9;9H",
    "alternate screen": b"primary\r\nline 2\x1b[?1049halternate \x1b[41mtext",
    "alternate screen 47": b"primary\x1b[?47hother",
    "both saved cursors": b"\x1b[3;4H\x1b7\x1b[?1049h\x1b[7;8H\x1b7\x1b[1;1H",
    "margins": b"\x1b[5;10r\x1b[7;1Hin",
    "left and right margins": b"\x1b[?69h\x1b[10;40s\x1b[3;12Hin",
    "origin mode": b"\x1b[5;10r\x1b[?6h\x1b[2;2Hin",
    "tab stops": b"\x1b[3g\x1b[1;5H\x1bH\x1b[1;33H\x1bH\r",
    "insert mode": b"abcdef\x1b[1;3H\x1b[4h",
    "no wrap": b"\x1b[?7l" + b"y" * 90,
    "pen": b"\x1b[1;3;4:3;58:5:9;38;2;1;2;3;48;5;22mx",
    "protected": b'\x1b[1"qprot\x1b[0"qfree',
    "hidden cursor": b"\x1b[?25l",
    "screen reversed": b"\x1b[?5h",
    "palette changed": b"\x1b]4;1;#123456\x07",
    "default colours changed": b"\x1b]10;#123456;#654321\x07\x1b]12;red\x1b\\",
    "charset shifted": b"\x1b)0\x0eqqq",
    "single shift": b"\x1b*0\x1bN",
    "open hyperlink": b"\x1b]8;;https://example.test\x07link",
    "scrolled": b"\r\n".join(b"line %d" % n for n in range(60)),
    "repeatable character": "ab漢".encode(),
    "synchronised output": b"\x1b[?2026hnot yet",
    "kitty keyboard": b"\x1b[>1u",
}
CONTINUATION = (
    b"0mq\x07 \x1b\\more\x1b[3b" + "漢".encode() + b"\tq\x1b8Q\x1b[?1049l\x1b8R\n\n\x1b[2L\x1b[?6l\x1b[H\x1b[?2Kzz\tq"
)


@pytest.mark.parametrize("cols", [80, 81])
@pytest.mark.parametrize("name", sorted(STATES))
def test_restored_snapshot_continues_like_the_original(name: str, cols: int) -> None:
    original = Emulator(cols, 24)
    original.feed(STATES[name])
    snapshot = original.snapshot()
    assert snapshot is not None
    copy = Emulator.restore(snapshot)
    assert copy.screen() == original.screen()
    for position in range(len(CONTINUATION)):
        step = CONTINUATION[position : position + 1]
        original.feed(step)
        copy.feed(step)
    assert copy.screen() == original.screen()
    assert copy.snapshot() == original.snapshot()


@SLOW
@given(streams(), streams(12))
def test_snapshot_of_any_state_is_complete(before: bytes, after: bytes) -> None:
    original = Emulator(80, 24)
    original.feed(filter_sequences(before, 80, 24))
    snapshot = original.snapshot()
    assert snapshot is not None
    copy = Emulator.restore(snapshot)
    for emulator in (original, copy):
        emulator.feed(filter_sequences(after, 80, 24))
    assert copy.screen() == original.screen()
