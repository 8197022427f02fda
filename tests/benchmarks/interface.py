"""Measurements of the whole interface: key latency while loading and the cost of playback.

`python interface.py NAME FILE [ARGUMENT]` prints one JSON object; each measurement needs a separate process.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.startup import session_cpu  # noqa: E402
from tests.support.ptyread import Pty, replay  # noqa: E402

BEAT = 0.002
"""Seconds between two beats of the clock that watches the interface's thread."""
LAST = 0.3
"""Seconds in which what became known last is drawn."""
PLAYED = 6.0
"""Seconds for which playing is measured."""
DRAGGED = 3.0
"""Seconds for which the timeline is dragged."""


def waits(path: str) -> dict[str, Any]:
    """Return the longest times without response to a key, from opening until indexing has ended."""
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
    return asyncio.run(_waits(path))


async def _waits(path: str) -> dict[str, Any]:
    from replay_tui.settings.state_store import StateStore
    from replay_tui.ui.app import ReplayApp
    from replay_tui.ui.gc_control import freeze_loaded_objects
    from replay_tui.ui.session_ref import SessionRef

    freeze_loaded_objects()  # as the program does when it starts
    late: list[float] = []
    worked: list[float] = []

    async def beat() -> None:
        last, spent = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(BEAT)
            now, used = time.perf_counter(), time.process_time()
            late.append(now - last - BEAT)
            worked.append(min(late[-1], used - spent))
            last, spent = now, used

    app = ReplayApp([SessionRef(path)], store=StateStore(Path(tempfile.mkdtemp())))
    async with app.run_test(size=(120, 36)):
        begin, watch = time.perf_counter(), asyncio.create_task(beat())
        screen: Any = app.screen
        while getattr(getattr(screen, "state", None), "findings", None) is None:
            screen = app.screen  # the splash screen is replaced by the replay screen
            await asyncio.sleep(0.01)
        analysed = time.perf_counter() - begin
        state = screen.state
        while state.kind.has_screen and (state.progress.label or not state.recording.text_index.complete):
            await asyncio.sleep(0.05)
        await asyncio.sleep(LAST)
        watch.cancel()
    late.sort()
    # `worked` is the longest wait in CPU time of this process; `max` includes the load of other programs.
    p99 = late[round(len(late) * 0.99) - 1]
    return {"p99": p99, "max": late[-1], "second": late[-2], "worked": max(worked), "analysed": analysed}


def playing(path: str, speed: str) -> dict[str, Any]:
    """Return the share of one core that playback takes at 120x36 on a pseudo-terminal; None if unknown."""
    home = Path(tempfile.mkdtemp())
    with replay(path, "--speed", speed, "--idle", "real", home=home, fresh=True, cols=120, rows=36) as screen:
        _wait_indexed(screen)
        screen.press("1", " ")
        begin, spent = time.monotonic(), session_cpu(screen.process.pid)
        while time.monotonic() - begin < PLAYED:
            screen.read(0.2)
        now = session_cpu(screen.process.pid)
        share = None if spent is None or now is None else (now - spent) / (time.monotonic() - begin)
        drawn = len(screen.written)
        screen.send("q")
        screen.end()
    return {"share": share, "written": drawn}


def dragging(path: str) -> dict[str, Any]:
    """Return the frames per second while the timeline is dragged with 60 moves per second, on a pseudo-terminal."""
    home = Path(tempfile.mkdtemp())
    with replay(path, home=home, fresh=True, cols=120, rows=36) as screen:
        _wait_indexed(screen)
        screen.written.clear()
        row, begin, moves = 34, time.monotonic(), 0
        os.write(screen._master, f"\x1b[<0;2;{row}M".encode())
        while (passed := time.monotonic() - begin) < DRAGGED:
            if passed * 60 > moves:
                column = 2 + round(abs((passed * 40) % 200 - 100) * 1.1)
                os.write(screen._master, f"\x1b[<32;{column};{row}M".encode())
                moves += 1
            screen.read(0.002)
        frames = len(re.findall(rb"\d\d:\d\d:\d\d\.\d / ", bytes(screen.written)))
        os.write(screen._master, f"\x1b[<0;{column};{row}m".encode())
    return {"frames": frames / DRAGGED, "moves": moves / DRAGGED}


def _wait_indexed(screen: Pty) -> None:
    screen.wait_ready()
    screen.wait_state(workers=[])


if __name__ == "__main__":
    named = {"waits": waits, "playing": playing, "dragging": dragging}
    print(json.dumps(named[sys.argv[1]](*sys.argv[2:])))
