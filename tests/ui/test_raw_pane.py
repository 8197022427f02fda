"""The raw view: every event, at the playhead, also of a session that grows; authentication stays hidden."""

from __future__ import annotations

from pathlib import Path

from replay_tui.ui.widgets.raw_pane import hexdump_lines
from tests.ui.conftest import Run
from tests.ui.sessions import PSQL, shell, write


async def test_raw_pane_shows_every_event(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("r")
        await ui.sees("output  event 0, 2 bytes", "24 20", "input  event 1, 3 bytes")
        await ui.press("down", "down", "enter")
        await ui.at(10)
        await ui.until(lambda: ui.widget("#raw").current >= 0)
        await ui.press("r")
        await ui.until(lambda: ui.state.pane == "main")


async def test_raw_pane_scrolls_to_playhead(run: Run, tmp_path: Path) -> None:
    events = [(float(at), "o", b"x" * 16 * at) for at in range(1, 12)]
    async with run(write(tmp_path, *events)) as ui:
        for at in (11, 5):
            await ui.press("r", "g", *("full_stop",) * at)
            await ui.at(at)
            await ui.sees(f"output  event {at - 1}, {16 * at} bytes", f"{16 * (at - 1):08x}  78 78")
            await ui.press("r")


async def test_raw_pane_of_growing_session_grows(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("r", "G")
        await ui.sees("event 10, 6 bytes")
        ui.state.recording.stream.append(101.0, "o", b"grown")
        ui.replay.view.main_pane.set_redactor(ui.state.redactor)
        await ui.sees("event 11, 5 bytes", "67 72 6f 77 6e")


async def test_raw_pane_always_masks_authentication(run: Run) -> None:
    async with run(PSQL) as ui:
        hidden = ui.state.recording.analysis.decoded.redacted
        assert hidden
        for keys in ("r", "u", "r r"):
            await ui.press(*keys.split())
            for event, start, stop in hidden:
                data = ui.state.redactor.payload(event, ui.state.recording.stream.data(event))
                assert data[start:stop] == b"*" * (stop - start)
        assert ui.state.pane == "raw"


def test_hexdump_lines_are_printable_ascii() -> None:
    lines = list(hexdump_lines(b"Q\0\0\0\x0bbegin;\0" + b"\x1b]0;x\x07", 0x20))
    assert lines[0] == "00000020  51 00 00 00 0b 62 65 67  69 6e 3b 00 1b 5d 30 3b  |Q....begin;..]0;|"
    assert all(line.isascii() and line.isprintable() for line in lines)
