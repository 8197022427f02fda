"""Fast processing of input that is repeated thousands of times: when the emulator's state recurs, repeats are skipped.

A reset takes 8 us and REP fills a whole screen from eight bytes, so 1 MiB of either takes 10 s or more on a large
screen. Skipping is exact because it compares the emulator's whole state, not the bytes.
"""

from __future__ import annotations

import re
import time
from enum import Enum

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_rewrites import MARK

SLOW_BYTE_SECONDS = 2.0 / (1 << 20)
"""Rendering slower than this counts as slow: 2 s per MiB."""
WATCHED_PIECES = 32
"""Number of pieces after a slow one that are searched for repeats."""
_MAX_TRIES = 4096
_RUN = lazy_compile(rb"(.{1,24}?)\1{15,}", re.DOTALL)


class Scrollback(Enum):
    """What must be in the scrollback after skipping: nothing, what its limit allows, or every line."""

    UNUSED = 0
    LIMITED = 1
    COMPLETE = 2


def write_skipping_repeats(emulator: Emulator, data: bytes, scrollback: Scrollback = Scrollback.UNUSED) -> bool:
    """Write `data` with the same result as `emulator.write(data)`. Returns True if part of it was skipped.

    A scrollback that is unused is emptied.
    """
    at, skipped = 0, False
    for run in _RUN.finditer(data):
        unit = run[1]
        # No sequence is cut: a unit begins with the first sequence that starts in it, or with its mark.
        start = run.start() + min((unit.find(lead) for lead in (MARK, b"\x1b") if lead in unit), default=0)
        if data[start - 1 : start] == MARK:
            start += len(unit)
        count = (run.end() - start) // len(unit)
        emulator.write(data[at:start])
        skipped |= _write_run(emulator, data[start : start + len(unit)], count, scrollback)
        at = start + count * len(unit)
    emulator.write(data[at:])
    return skipped


def _write_run(emulator: Emulator, unit: bytes, count: int, scrollback: Scrollback) -> bool:
    """Write `unit` `count` times. When a state recurs, only the remainder of the cycle is written."""
    if scrollback is Scrollback.COMPLETE and emulator.history_rows:
        emulator.write(unit * count)
        return False
    known, age, limit = _state(emulator), 0, 1
    writing = comparing = 0.0
    for done in range(1, min(count, _MAX_TRIES) + 1):
        begin = time.thread_time()
        emulator.write(unit)
        between = time.thread_time()
        age += 1
        if scrollback is Scrollback.UNUSED and emulator.history_rows:
            emulator.clear_scrollback()
        state = _state(emulator)
        writing, comparing = writing + between - begin, comparing + time.thread_time() - between
        # Comparing must not take longer than writing the remaining repeats twice.
        is_lost = scrollback is Scrollback.COMPLETE and bool(emulator.history_rows)
        if state is None or is_lost or comparing > 2 * writing / done * (count - done):
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
    # A pending wrap at a side margin (DECSLRM) is not part of a snapshot.
    return None if snapshot is None else (snapshot, emulator.wrap_pending)
