"""Drawing what is repeated thousands of times: once the state comes back, the rest of the repeats change nothing.

A reset costs 8 us and REP fills a whole screen from eight bytes: a MiB of either takes 10 s and more on a large screen.
Skipping is exact, for the emulator's whole state is compared, not the bytes' meaning.
"""

from __future__ import annotations

import re
import time

from replay_tui.terminal.emulator import Emulator

SLOW_BYTE_SECONDS = 2.0 / (1 << 20)
"""Seconds a byte from which on drawing counts as slow: 2 s a MiB."""
WATCHED_PIECES = 32
"""Pieces after a slow one in which repeats are looked for."""
_MAX_TRIES = 4096
_RUN = re.compile(rb"(.{1,24}?)\1{15,}", re.DOTALL)


def write_skipping_repeats(emulator: Emulator, data: bytes, *, history: bool = False) -> bool:
    """Draw `data`; the same result as `emulator.draw(data)`. Says whether part of it was skipped.

    With `history` lines that scroll off the screen are wanted, each of them; without it what is left of them goes.
    """
    at, skipped = 0, False
    for run in _RUN.finditer(data):
        emulator.write(data[at : run.start()])
        skipped |= _write_run(emulator, run[1], len(run[0]) // len(run[1]), history)
        at = run.end()
    emulator.write(data[at:])
    return skipped


def _write_run(emulator: Emulator, unit: bytes, count: int, history: bool) -> bool:
    """Draw `unit` `count` times. A state that is met again closes a cycle, of which only the remainder is drawn."""
    if history and emulator.history_rows:
        emulator.write(unit * count)
        return False
    known, age, limit = _state(emulator), 0, 1
    drawing = looking = 0.0
    for done in range(1, min(count, _MAX_TRIES) + 1):
        begin = time.thread_time()
        emulator.write(unit)
        between = time.thread_time()
        age += 1
        if emulator.history_rows and not history:
            emulator.clear_scrollback()
        state = _state(emulator)
        drawing, looking = drawing + between - begin, looking + time.thread_time() - between
        # Looking must not cost more than drawing twice what is left.
        if state is None or emulator.history_rows or looking > 2 * drawing / done * (count - done):
            count -= done
            break
        if state == known:
            emulator.write(unit * ((count - done) % age))
            return True
        if age == limit:
            known, age, limit = state, 0, limit * 2
    else:
        count -= min(count, _MAX_TRIES)
    emulator.write(unit * count)
    return False


def _state(emulator: Emulator) -> tuple[object, ...] | None:
    snapshot = emulator.snapshot()
    # A wrap that waits at a side margin is not in a snapshot.
    return None if snapshot is None else (snapshot, emulator.wrap_pending)
