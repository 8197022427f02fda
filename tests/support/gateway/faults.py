"""Fault injection for the next responses to a path."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """Fault of a response. With a `status` it replaces the response, otherwise it damages the correct one."""

    status: int | None = None
    message: str | None = None
    retry_after: str | None = None
    body: bytes | None = None
    content_type: str | None = None
    location: str | None = None
    cut_at: int | None = None
    """Bytes of the body before the connection is closed."""
    delay: float = 0.0
    """Seconds before the response; ends early when the gateway is closed."""
    pace: float = 0.0
    """Seconds before each 2 KiB of the body."""
    headers: dict[str, str] = field(default_factory=dict)


class Faults:
    """Queue of faults for each path (without `/api` and without parameters)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Fault | None]] = defaultdict(deque)

    def add(self, path: str, *faults: Fault | None) -> None:
        """Apply one fault to each of the next responses to `path`; None lets one pass."""
        with self._lock:
            self._queues[path].extend(faults)

    def clear(self, path: str) -> None:
        """Answer the next requests to `path` without faults."""
        with self._lock:
            self._queues.pop(path, None)

    def take(self, path: str) -> Fault:
        """Return the fault for the next response, an empty fault by default."""
        with self._lock:
            queue = self._queues.get(path)
            return (queue.popleft() if queue else None) or Fault()
