"""Collecting garbage kept out of the way: a pass over a large session's objects stops every thread for 0.3 s."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay_tui.domain.event_stream import EventStream

LARGE_SESSION_BYTES = 8 << 20
"""Bytes of payload from which on a session counts as large."""

YOUNG_THRESHOLD_OBJECTS = 10_000
"""New objects from which on they are looked through: with the default, 700, a first paint holds a pass over all."""

_lock = threading.Lock()
_pauses = 0


def is_large(stream: EventStream) -> bool:
    """Whether what is made of a stream is better left alone."""
    return len(stream.output) + len(stream.other) >= LARGE_SESSION_BYTES


def freeze_loaded_objects() -> None:
    """Leave alone what has been loaded by now, and look through the rest less often than by default."""
    gc.freeze()
    gc.set_threshold(YOUNG_THRESHOLD_OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def gc_paused(stream: EventStream) -> Iterator[None]:
    """While much is made of a large `stream`, nothing is collected; what was made, without cycles, is left alone."""
    global _pauses  # noqa: PLW0603  # collecting is switched for the whole process
    if not is_large(stream):
        yield
        return
    with _lock:
        _pauses += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses:
                gc.freeze()
                gc.enable()


def collect_later() -> None:
    """Collect what a large session that was closed has left, also of what had been left alone."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
