"""Failures on demand: the next answers to a path go wrong in the way that a test asks for."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """How an answer goes wrong. With a `status` it replaces the answer, else it spoils the right one."""

    status: int | None = None
    message: str | None = None
    retry_after: str | None = None
    body: bytes | None = None
    content_type: str | None = None
    location: str | None = None
    cut_at: int | None = None
    """Bytes of the body after which the connection is cut."""
    delay: float = 0.0
    """Seconds before the answer; ends early when the gateway is closed."""
    pace: float = 0.0
    """Seconds before each 2 KiB of the body."""
    headers: dict[str, str] = field(default_factory=dict)


class Faults:
    """A queue of faults for each path (without `/api` and without parameters)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Fault | None]] = defaultdict(deque)

    def add(self, path: str, *faults: Fault | None) -> None:
        """The next answers to `path` go wrong, one for each fault; None lets one pass."""
        with self._lock:
            self._queues[path].extend(faults)

    def take(self, path: str) -> Fault:
        """The fault for this answer; one that does nothing where none was asked for."""
        with self._lock:
            queue = self._queues.get(path)
            return (queue.popleft() if queue else None) or Fault()
