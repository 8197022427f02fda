"""Hostile output: no side effects, no unbounded time or memory."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.sequence_filter import scan_sequences
from replay_tui.terminal.size_inference import infer_sizes
from replay_tui.terminal.transcript import Transcript
from tests.support.effort import cases, sampled
from tests.support.fixtures import drawn, output, sized
from tests.support.hostile import SEQUENCES, payload_bytes


@pytest.mark.parametrize("medium", ["f", "t"])
@pytest.mark.parametrize("action", ["T", "t", "q", "p"])
def test_image_in_a_file_is_neither_read_nor_deleted(tmp_path: Path, medium: str, action: str) -> None:
    """A terminal that supports `t=t` deletes an image file whose name contains `tty-graphics-protocol`."""
    path = tmp_path / "tty-graphics-protocol-image.rgb"
    path.write_bytes(b"\xff" * 12)
    name = base64.b64encode(str(path).encode()).decode()
    screen = drawn(f"\x1b_Ga={action},i=1,t={medium},f=24,s=2,v=2;{name}\x1b\\after".encode())
    assert path.read_bytes() == b"\xff" * 12
    assert screen.lines[0] == "after"


def test_image_in_the_stream_takes_no_cells() -> None:
    pixels = base64.b64encode(bytes(3 * 64 * 64)).decode()
    parts = [pixels[at : at + 4096] for at in range(0, len(pixels), 4096)]
    image = "".join(
        f"\x1b_G{'a=T,f=24,s=64,v=64,' if not at else ''}m={int(at + 1 < len(parts))};{part}\x1b\\"
        for at, part in enumerate(parts)
    )
    screen = drawn(image.encode() + b"after")
    assert (screen.lines[0], screen.cursor) == ("after", (5, 0))


@pytest.mark.parametrize(
    "name",
    [name for name in SEQUENCES if name.startswith(("clipboard", "notification", "iterm", "title", "da", "dsr"))],
)
def test_sequence_with_side_effects_draws_nothing(name: str) -> None:
    screen = drawn(b"a" + payload_bytes(name) + b"b")
    assert screen.lines[0] == "ab"


def test_emulator_registers_no_callbacks() -> None:
    """Without callbacks the library cannot send replies: no module that uses it names one."""
    folder = Path(__file__).parents[2] / "replay_tui/terminal"
    sources = [path.read_text() for path in folder.rglob("*.py") if path.name != "ghostty_types.py"]
    users = [source for source in sources if "replay_tui.terminal.native.ghostty import" in source]
    assert len(users) >= 4
    for word in ("WRITE_PTY", "CALLBACK", "ffi.callback", "def_extern", "USERDATA", "OPT_BELL"):
        assert not any(word in source for source in users)


def test_eight_bit_control_is_not_executed() -> None:
    assert drawn(b"a\x9b31mb").lines[0].startswith("a")
    assert drawn(b"a\x9b31mb").grid[0].runs[0].pen.fg is None
    assert drawn(b"kept\x9b2J").lines[0].startswith("kept")


HUGE = {
    "columns": b"\x1b[10000000C\x1b[10000000B\x1b[99999999;99999999Hx",
    "repeat": b"a" + b"\x1b[1000000000b" * cases(5000),
    "parameters": b"\x1b[" + b"9" * 100_000 + b"mx",
    "many parameters": b"\x1b[" + b"1;" * 100_000 + b"mx",
    "insert and delete": b"\x1b[999999999L\x1b[999999999M\x1b[999999999@\x1b[999999999P\x1b[999999999X" * 5000,
    "scroll": b"\x1b[999999999S\x1b[999999999T" * 5000,
    "tabs": b"\x1b[999999999I\x1b[999999999Z" * 5000,
    "resize request": b"\x1b[8;65535;65535t" * 1000,
    "columns of 132": b"\x1b[?40h\x1b[?3h\x1b[?3l" * 5000,
    "bells": b"\x07" * 1_000_000,
    "combining": b"e" + "\u0301".encode() * 500_000,
    "osc": b"\x1b]2;" + b"x" * (4 << 20),
    "osc hyperlinks": b"".join(b"\x1b]8;;https://%d.example/\x07x" % n for n in range(20_000)),
    "dcs": b"\x1bP" + b"x" * (4 << 20),
    "apc": b"\x1b_G" + b"x" * (4 << 20),
    "sos": b"\x1bX" + b"x" * (4 << 20),
    "escapes": b"\x1b" * (1 << 20),
    "csi": b"\x1b[" * (1 << 19),
    "alternate": b"\x1b[?1049h\x1b[?1049l" * cases(10_000),
    "saves": b"\x1b7\x1b8" * 200_000,
    "titles pushed": b"\x1b[22;0t" * 100_000,
    "keyboard pushed": b"\x1b[>1u" * 100_000,
    "styles": b"".join(b"\x1b[38;2;%d;%d;%dmx" % (n & 255, n >> 8 & 255, n >> 4 & 255) for n in range(100_000)),
    "bad utf-8": b"\xff\xfe\xc0\x80\xed\xa0\x80" * 100_000,
    "cleared": b"x\x1b[2J" * cases(10_000),
    "wrapped": b"%" + b" " * 100_000 + b"\r \r",
}


@pytest.mark.slow
@sampled("name", sorted(HUGE), daily=9)
def test_huge_request_is_processed_in_bounds(name: str) -> None:
    """Index, size inference, scanner and transcript finish, and the output after the request is rendered."""
    ends = b"" if name in ("osc", "dcs", "apc", "sos") else b"\x18"
    data = HUGE[name] + ends + b"\x1b[0m\x1b[2J\x1b[1;1Hafter"
    stream = output(*(data[at : at + 100_000] for at in range(0, len(data), 100_000)))
    inferred = infer_sizes(stream)
    assert inferred.first.cols <= 1000
    assert inferred.first.rows <= 500
    index = KeyframeIndex(stream, sized())
    index.build()
    screen = ScreenReader(index).at_offset(len(data))
    assert (screen.cols, screen.rows) == (80, 24)
    assert screen.lines[0] == "after"
    assert index.memory_bytes < 64 << 20
    assert sum(1 for _ in scan_sequences(stream)) <= 100_000
    assert Transcript(stream, sized()).build()


@sampled("name", ["osc", "dcs", "apc", "sos"], daily=1)
def test_endless_string_keeps_the_screen_before_it(name: str) -> None:
    """The string is an event of bounded length, and output after its late end is rendered."""
    stream = output(b"before", HUGE[name])
    index = KeyframeIndex(stream, sized())
    index.build()
    assert index.indexed_bytes == len(stream.output)
    assert ScreenReader(index).at_offset(len(stream.output)).lines[0] == "before"
    assert index.memory_bytes < 64 << 20
    events = list(scan_sequences(stream))
    assert len(events) == 1
    assert len(events[0].text) <= 400
    stream.append(9.0, "o", b"\x1b\\after")
    index.build()
    assert ScreenReader(index).at_offset(len(stream.output)).lines[0] == "beforeafter"


def test_resize_request_is_only_size_evidence() -> None:
    data = b"\x1b[8;30;100t" + b"text"
    assert drawn(data).cols == 80
    found = infer_sizes(output(data)).first
    assert (found.cols, found.rows) == (100, 30)


@pytest.mark.parametrize(("cols", "rows"), [(2, 1), (1000, 500)])
def test_snapshot_at_size_limits_restores_the_screen(cols: int, rows: int) -> None:
    emulator = Emulator(cols, rows)
    emulator.feed("漢x\x1b[999;999Hy".encode())
    snapshot = emulator.snapshot()
    assert snapshot is not None
    assert Emulator.restore(snapshot).screen() == emulator.screen()
