"""Control of the garbage collector: a full collection of a large session's objects blocks all threads for 0.3 s."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay_tui.domain.event_stream import EventStream

LARGE_SESSION_BYTES = 8 << 20
"""Payload size from which a session counts as large."""

_lock = threading.Lock()
_pauses = 0


def is_large(stream: EventStream) -> bool:
    """Return True if the stream is large enough to pause collection while it is processed."""
    return len(stream.output) + len(stream.other) >= LARGE_SESSION_BYTES


def freeze_loaded_objects() -> None:
    """Exclude the objects loaded so far from collection. The supervisor has set how often young ones are collected."""
    gc.freeze()


@contextmanager
def gc_paused(stream: EventStream) -> Iterator[None]:
    """Pause collection while a large `stream` is processed; at the end freeze the new objects, which have no cycles."""
    global _pauses  # noqa: PLW0603  # the collector is global to the process
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
    """Run a full collection, including frozen objects, after a large session was closed."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
