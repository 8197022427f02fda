"""Cancellation token for network requests, and the clock that waits with it.

A polled `is_cancelled` callback cannot interrupt a blocked socket read; a token runs callbacks that close the socket.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from replay_tui.domain.errors import Cancelled


class CancelToken:
    """Flag that is set once, from any thread. Setting it ends waits and runs callbacks, which close connections."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Set the flag, end every wait and run every callback."""
        self._event.set()
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    @property
    def is_set(self) -> bool:
        """True once `cancel` was called."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if the token is set."""
        if self.is_set:
            raise Cancelled("Cancelled.")

    def wait(self, seconds: float) -> None:
        """Sleep `seconds`. Raises `Cancelled` as soon as the token is set."""
        self._event.wait(seconds)
        self.raise_if_cancelled()

    @contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """Run `callback` if the token is set inside the block, immediately if it is set already."""
        with self._lock:
            self._callbacks.append(callback)
        try:
            if self.is_set:
                callback()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


class Clock(Protocol):
    """Injected time source of this package, so that tests do not wait."""

    def now(self) -> float:
        """Monotonic time in seconds."""

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        """Sleep `seconds`. Raises `Cancelled` when `cancel` is set."""


class SystemClock:
    """System clock."""

    def now(self) -> float:
        """Monotonic time in seconds."""
        return time.monotonic()

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        """Sleep `seconds`. Raises `Cancelled` when `cancel` is set."""
        cancel.wait(seconds)
