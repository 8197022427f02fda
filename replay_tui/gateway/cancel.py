"""Giving up and waiting: a flag that another thread sets, which also wakes a read that hangs in the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from replay_tui.gateway.errors import Cancelled


class Cancel:
    """Set once, from any thread. Waits end at once, and hooks (which close connections) run."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Give up: every wait ends, every hook runs."""
        self._event.set()
        with self._lock:
            hooks = list(self._hooks)
        for hook in hooks:
            hook()

    @property
    def is_set(self) -> bool:
        """Whether somebody gave up."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if somebody gave up."""
        if self.is_set:
            raise Cancelled()

    def wait(self, seconds: float) -> None:
        """Sleep; raises `Cancelled` as soon as somebody gives up."""
        self._event.wait(seconds)
        self.check()

    @contextmanager
    def hook(self, action: Callable[[], None]) -> Iterator[None]:
        """Run `action` when somebody gives up inside the block (at once if it has happened)."""
        with self._lock:
            self._hooks.append(action)
        try:
            if self.is_set:
                action()
            yield
        finally:
            with self._lock:
                self._hooks.remove(action)


class Clock(Protocol):
    """Time as this package sees it, so that tests need not wait."""

    def now(self) -> float:
        """Seconds from some fixed moment; never goes back."""

    def wait(self, seconds: float, cancel: Cancel) -> None:
        """Sleep `seconds`; raises `Cancelled` when `cancel` is set."""


class SystemClock:
    """The real time."""

    def now(self) -> float:
        """Seconds from some fixed moment."""
        return time.monotonic()

    def wait(self, seconds: float, cancel: Cancel) -> None:
        """Sleep."""
        cancel.wait(seconds)
