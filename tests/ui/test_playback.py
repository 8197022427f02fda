"""Playback keys: play, seek, step, speed, idle, go to a time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay_tui.ui.screens.replay import FRAMES_PER_SECOND
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.sessions import VIM, shell, write


async def test_session_opens_paused_at_first_moment(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        assert ui.position == 0
        assert "‖ 1x" in ui.status
        assert "00:00.0 / 01:40.0" in ui.status
        await ui.sees("$")


@pytest.mark.daily
async def test_space_plays_pauses_and_restarts(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("space")
        await ui.until(lambda: "▶ 1x" in ui.status)
        ui.clock.advance(11)
        await ui.sees("00:11.0 / ", "alpha beta")
        await ui.press("space")
        ui.clock.advance(50)
        await ui.until(lambda: "‖" in ui.status)
        assert ui.position == 11
        await ui.press("space")
        ui.clock.advance(1000)
        await ui.until(lambda: "■" in ui.status)
        assert ui.position == 100
        await ui.sees("needle one")
        await ui.press("space")
        await ui.until(lambda: "▶" in ui.status)
        assert ui.position == 0


async def test_seek_keys_move_playhead(run: Run, tmp_path: Path) -> None:
    seeks: list[tuple[str, float]] = [
        ("right", 5), ("right right left", 5), ("left", 0), ("G", 100), ("G right", 100), ("G g", 0),
        ("shift+right", 10), ("shift+right shift+right shift+left", 10), *((f"{n}", n * 10.0) for n in range(10)),
        ("down", 60), ("down up", 0), ("pagedown", 100), ("pagedown pageup", 0), ("end", 100), ("end home", 0),
    ]  # fmt: skip
    async with run(shell(tmp_path)) as ui:
        for keys, position in seeks:
            await ui.press("g", *keys.split())
            assert ui.position == position, keys
            await ui.until(lambda at=position: f" {int(at) // 60:02d}:{int(at) % 60:02d}.0 / " in ui.status)


async def test_timeline_handles_seek_keys(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        ui.widget("#timeline").focus()
        await ui.press("down")
        await ui.at(60)
        await ui.press("home")
        await ui.at(0)


async def test_seek_while_playing_continues_from_there(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("space", "5")
        ui.clock.advance(2)
        await ui.until(lambda: "▶" in ui.status and "00:52.0" in ui.status)


async def test_step_shows_events_at_same_time(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("2", "full_stop", "full_stop")
        await ui.until(lambda: "x" in _rows(ui.pane("#terminal"))[-1])
        assert "y" not in _rows(ui.pane("#terminal"))[-1]
        await ui.press("full_stop")
        await ui.until(lambda: _rows(ui.pane("#terminal"))[-1].endswith("xy"))
        await ui.press("full_stop")
        await ui.until(lambda: _rows(ui.pane("#terminal"))[-1].endswith("xyz"))
        assert ui.position == 30
        await ui.press("comma")
        await ui.until(lambda: _rows(ui.pane("#terminal"))[-1].endswith("xy"))
        assert ui.position == 30


async def test_step_beyond_ends_stays(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("comma", "comma", "comma")
        await ui.at(0)
        await ui.press("G", "full_stop", "full_stop")
        await ui.at(100)


async def test_speed_keys_change_speed(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("greater_than_sign")
        await ui.until(lambda: "1.5x" in ui.status)
        await ui.press(*["greater_than_sign"] * 20)
        await ui.until(lambda: "64x" in ui.status)
        await ui.press("space")
        ui.clock.advance(1)
        await ui.at(64)
        await ui.press("backspace")
        await ui.until(lambda: " 1x" in ui.status)
        await ui.press(*["less_than_sign"] * 20)
        await ui.until(lambda: "0.25x" in ui.status)


async def test_idle_modes_shorten_gaps(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        assert "idle real" in ui.status
        await ui.press("i")
        await ui.until(lambda: "idle cap" in ui.status)
        await ui.press("3", "space")  # at 30 s an idle gap of 60 s begins
        ui.clock.advance(3)
        await ui.until(lambda: "needle one" in ui.pane("#terminal"))
        await ui.at(95)  # the 60 s gap takes 2 s; half of the 2 s for the 10 s gap after it
        await ui.press("i")
        await ui.until(lambda: "idle log" in ui.status)
        await ui.press("i")
        await ui.until(lambda: "idle real" in ui.status)


async def test_goto_moves_to_time(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        while ui.state.clock_mode != "utc":
            await ui.press("c")
        for typed, position in (("95.5", 95.5), ("1:02", 62), ("0:01:02", 62), ("50%", 50), ("@09:30:07", 7)):
            await ui.press("colon")
            await ui.type(typed)
            await ui.press("enter")
            await ui.at(position)


async def test_goto_invalid_time_is_asked_again(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("2", "colon")
        await ui.sees("Go to")
        for typed in ("soon", "1:2:3:4", "nan", "%", "@noon"):
            ui.app.screen.query_one("Input").value = typed
            await ui.press("enter")
            await ui.sees(f"'{typed}' is not a time")
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is ui.replay)
        assert ui.position == 20


async def test_keys_in_input_are_text(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("2", "slash")
        await ui.type("5 g q")
        await ui.press("left", "right", "comma", "backspace")
        assert ui.widget("#search-input").value == "5 g q"
        assert ui.position == 20
        assert "‖" in ui.status


async def test_timeline_click_and_drag_scrub(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        width = ui.widget("#timeline").size.width
        await ui.pilot.click("#timeline", offset=(width - 1, 1))
        await ui.at(100)
        await ui.pilot.mouse_down("#timeline", offset=(0, 1))
        await ui.at(0)
        await ui.pilot.hover("#timeline", offset=((width - 1) // 2, 1))
        await ui.until(lambda: 45 < ui.position < 55)
        await ui.pilot.mouse_up("#timeline", offset=((width - 1) // 2, 1))
        await ui.pilot.hover("#timeline", offset=(0, 1))
        assert 45 < ui.position < 55


async def test_clock_key_cycles_modes(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        modes = []
        for _ in range(3):
            modes.append(ui.state.clock_mode)
            await ui.press("c")
        assert sorted(modes) == ["elapsed", "local", "utc"]
        while ui.state.clock_mode != "utc":
            await ui.press("c")
        await ui.until(lambda: "09:30:00 UTC" in ui.status)
        await ui.press("c")
        await ui.until(lambda: "09:30" not in ui.status)


async def test_launch_options_set_at_play_and_speed(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), at="0:50", play=True, speed=2.0, idle="cap") as ui:
        await ui.until(lambda: "▶ 2x" in ui.status and "idle cap" in ui.status)
        await ui.at(50)


async def test_invalid_at_shows_notice_and_opens(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), at="noon") as ui:
        await ui.noticed("is not a time")
        assert ui.position == 0


async def test_single_moment_session_handles_transport_keys(run: Run, tmp_path: Path) -> None:
    async with run(write(tmp_path, (0.0, "o", "once\r\n"))) as ui:
        await ui.press("space", "left", "right", "5", "g", "G", "comma", "full_stop", "i", "shift+right", "up", "end")
        await ui.sees("once")


async def test_seek_in_recorded_session_shows_screen(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.press("5")
        screen = ui.state.recording.screen(ui.position)
        await ui.until(lambda: screen.lines[0].rstrip() in ui.pane("#terminal"), screen.lines[0])


def _rows(pane: str) -> list[str]:
    return [row for row in (line.rstrip() for line in pane.splitlines()) if row.strip()]


@sampled("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"], daily=1)
async def test_start_at_calendar_limit_shows_no_clock(run: Run, tmp_path: Path, date: str) -> None:
    path = shell(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "start_date": date, "end_date": date}))
    async with run(path) as ui:
        for _ in range(3):
            await ui.press("c")
        await ui.press("colon")
        await ui.type("@14:00")
        await ui.press("enter")
        await ui.sees("no start date")


def cast(folder: Path, *lines: object) -> Path:
    """Write an asciicast."""
    path = folder / "in.cast"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_berlin")
async def test_goto_local_clock_across_change_of_clocks(run: Run, tmp_path: Path) -> None:
    header = {"version": 2, "width": 40, "height": 6, "timestamp": 1774744200}
    path = cast(tmp_path, header, [0, "o", "before "], [3600, "o", "mid "], [90000, "o", "after"])
    async with run(path) as ui:
        for text, position, clock in [
            ("@03:30:00", 3600, " 03:30:00 CEST"), ("@02:30", 3600, " 03:30:00 CEST"),
            ("@2026-03-30 02:30", 86400, "2026-03-30 02:30:00 CEST"), ("@+1d 03:30", 90000, "2026-03-30 03:30:00 CEST"),
        ]:  # fmt: skip
            await ui.press("g", "colon")
            await ui.type(text)
            await ui.press("enter")
            await ui.at(position)
            await ui.sees(clock)
        await ui.press("g", "colon")
        await ui.type("@02:30")
        await ui.press("enter")
        await ui.sees("The clocks skipped 02:30:00")


async def test_idle_limit_of_header_is_in_force_and_stated(run: Run, tmp_path: Path) -> None:
    header = {"version": 2, "width": 40, "height": 6, "idle_time_limit": 1.5}
    path = cast(tmp_path, header, [0, "o", "a"], [100, "o", "b"], [101, "o", "c"])
    async with run(path) as ui:
        await ui.sees("idle limit 1.5 s")
        await ui.press("space")
        ui.clock.advance(1.6)
        await ui.until(lambda: 100 <= ui.position < 101)
        await ui.press("space", "i")
        await ui.sees("idle real")
        await ui.press("i", "i", "i")
        await ui.sees("idle limit 1.5 s")


@pytest.mark.parametrize("idle", ["real", "log"])
async def test_idle_mode_of_command_line_replaces_header(run: Run, tmp_path: Path, idle: str) -> None:
    path = cast(
        tmp_path, {"version": 2, "width": 40, "height": 6, "idle_time_limit": 1.5}, [0, "o", "a"], [9, "o", "b"]
    )
    async with run(path, idle=idle) as ui:
        await ui.sees(f"idle {idle}")


async def test_theme_of_header_colours_the_screen(run: Run, tmp_path: Path) -> None:
    theme = {"fg": "#102030", "bg": "#f0e0d0", "palette": ":".join(f"#{number:02x}aa55" for number in range(8))}
    header = {"version": 2, "width": 40, "height": 6, "theme": theme}
    async with run(cast(tmp_path, header, [0, "o", "plain \u001b[31mred"])) as ui:
        await ui.sees("plain red")
        styles = {segment.text.strip(): segment.style for strip in ui.strips for segment in strip if segment.style}
        plain, red = styles["plain"], styles["red"]
        assert plain.color is not None
        assert plain.bgcolor is not None
        assert red.color is not None
        assert (plain.color.triplet, plain.bgcolor.triplet) == ((0x10, 0x20, 0x30), (0xF0, 0xE0, 0xD0))
        assert red.color.triplet == (1, 0xAA, 0x55)


async def test_exit_event_is_the_end_of_the_recording(run: Run, tmp_path: Path) -> None:
    path = cast(tmp_path, {"version": 3, "term": {"cols": 40, "rows": 6}}, [1, "o", "$ "], [600, "x", "0"])
    async with run(path) as ui:
        await ui.sees("/ 10:01.0")
        await ui.press("G")
        await ui.at(601)
        await ui.press("comma")
        await ui.at(1)


async def test_playback_draws_no_frame_between_ticks(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("space")
        await ui.until(lambda: "▶" in ui.status)
        ui.clock.step = 1e-6
        shown, begin = set[float](), time.monotonic()
        while (passed := time.monotonic() - begin) < 0.5:
            await asyncio.sleep(0.001)
            shown.add(ui.widget("#terminal").shown.time)
        assert 1 < len(shown) <= passed * FRAMES_PER_SECOND + 3
