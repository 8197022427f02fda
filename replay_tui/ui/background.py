"""Background tasks: threads that belong to a screen or widget and deliver their results to its event loop.

The only module of the interface that starts threads, cancels them, and logs their exceptions.

`TaskProgress` is the progress of such a task for the status line.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from math import inf
from typing import Any, TypeVar

from msgspec import Struct
from textual.app import App
from textual.message import Message
from textual.widget import Widget

from replay_tui.domain.cancellation import cancellable
from replay_tui.domain.debug import is_debugging
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import Cancelled, ReplayError
from replay_tui.domain.times import format_rough
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.settings.log_file import log_hint

Result = TypeVar("Result")
Owner = Widget | App[Any]

logger = logging.getLogger(__name__)


class TaskFailed(Message):
    """An exception ended or interrupted an `operation` in the background (a noun phrase, capitalised).

    It bubbles to the application, which logs it and notifies the user.
    """

    def __init__(self, operation: str, error: Exception) -> None:
        self.operation, self.error = operation, error
        super().__init__()


class Task:
    """One running task. `cancel` is its cancellation token, which also interrupts network requests."""

    def __init__(self, name: str, owner: Owner) -> None:
        self.name, self.cancel = name, CancelToken()
        self._owner = owner

    def is_cancelled(self) -> bool:
        """Return True once the task is cancelled; long operations poll it and raise `Cancelled`."""
        return self.cancel.is_set

    def deliver(self, callback: Callable[..., object], *values: object) -> bool:
        """Call `callback` in the owner's event loop, unless the task is cancelled by then. Call from any thread.

        Returns False if it will not be called, because the task is cancelled or its owner has ended.
        """

        def call() -> None:
            if not self.is_cancelled():
                callback(*values)

        return not self.is_cancelled() and self.post(call)

    def post(self, callback: Callable[[], object]) -> bool:
        """Call `callback` in the owner's event loop even if cancelled. Returns False if the owner has ended."""
        try:
            return self._owner.call_later(callback)
        except RuntimeError:
            if self._owner.is_running:
                raise
            return False  # the event loop ended with the program


class BackgroundTasks:
    """The tasks of one `owner`, which calls `cancel_all` when it is removed. Call the methods in the event loop."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._running: set[Task] = set()

    def start(
        self,
        name: str,
        work: Callable[[Task], Result],
        *,
        done: Callable[[Result], object] | None = None,
        failed: Callable[[str], object] | None = None,
        crashed: Callable[[Exception], object] | None = None,
        newest_wins: bool = False,
        detached: bool = False,
    ) -> Task:
        """Run `work` in a thread and pass its result to `done`, or its error message to `failed`.

        `name` says what the task does, as in "loading the list": error messages begin with it. Without `failed` the
        message becomes a notice. An exception other than `ReplayError` is a bug: it is logged with its traceback, and
        in debug mode ends the program; `crashed`, if given, receives it instead. `newest_wins` cancels older tasks of
        the same name. The program waits for the task before it ends, unless the task is `detached`, which is for work
        that cannot be interrupted.
        """
        if newest_wins:
            self.cancel(name)
        task = Task(name, self._owner)
        self._running.add(task)

        def run() -> None:
            try:
                with cancellable(task.is_cancelled):
                    result = work(task)
            except Cancelled:
                pass
            except ReplayError as error:
                task.deliver(failed or self._notify, str(error))
            except Exception as error:
                operation = f"{name[:1].upper()}{name[1:]}"
                if crashed:
                    task.deliver(crashed, error)
                elif failed is None or is_debugging():
                    task.deliver(self._owner.post_message, TaskFailed(operation, error))
                else:
                    logger.exception("%s failed", operation)
                    task.deliver(failed, f"{operation} failed ({type(error).__name__}). {log_hint()}")
            else:
                if done:
                    task.deliver(done, result)
            finally:  # posted, because the task can be cancelled until its last result is delivered
                task.post(lambda: self._running.discard(task))

        if detached:
            threading.Thread(target=run, name=name, daemon=True).start()
        else:
            asyncio.get_running_loop().run_in_executor(None, run)
        return task

    @property
    def names(self) -> list[str]:
        """The names of the tasks that are running."""
        return sorted(task.name for task in tuple(self._running))

    def cancel(self, name: str) -> None:
        """Cancel the tasks of a name."""
        for task in tuple(self._running):
            if task.name == name:
                task.cancel.cancel()

    def cancel_all(self) -> None:
        """Cancel every task."""
        for task in tuple(self._running):
            task.cancel.cancel()

    def _notify(self, message: str) -> None:
        self._owner.notify(sanitize(message, keep_newlines=True), severity="error", timeout=8, markup=False)


REPORT_SECONDS = 0.1
"""Minimum time between two reports."""


MIN_PACE_SECONDS = 1.0
"""Time for which an operation's pace is observed before the rest is estimated."""


class TaskProgress(Struct, frozen=True):
    """Progress of an operation: a `label`, the finished `part` (0 to 1, None if unknown), a `hint` how to stop it.

    `seconds_left` is the estimated rest; None while there is no estimate. An empty `label` means that the operation has
    ended.
    """

    label: str
    part: float | None = None
    hint: str = ""
    seconds_left: float | None = None

    @property
    def text(self) -> str:
        """The label with percentage and estimate: `reading 42 %, about 5 s left`; empty if the operation has ended."""
        percent = "" if self.part is None else f" {min(99, int(self.part * 100))} %"
        left = "" if self.seconds_left is None else f", about {format_rough(self.seconds_left)} left"
        return f"{self.label}{percent}{left}" if self.label else ""


DONE = TaskProgress("")


class ProgressReport:
    """Passes the progress of one operation to `show`, at most once in `REPORT_SECONDS`."""

    def __init__(self, show: Callable[[TaskProgress], object], label: str, hint: str = "") -> None:
        self._show, self._label, self._hint = show, label, hint
        self._reported = -inf
        self._begin: tuple[float, float] | None = None  # time and part of the first report

    @property
    def was_shown(self) -> bool:
        """Return True if a report was made, so that the status line has to be cleared at the end."""
        return self._reported > -inf

    def __call__(self, done: float, total: float | None = None) -> None:
        """Report that `done` of `total` is finished; without `total` the part is unknown."""
        if time.monotonic() - self._reported > REPORT_SECONDS:
            self._reported = time.monotonic()
            part = done / total if total else None
            self._show(TaskProgress(self._label, part, self._hint, self._estimate(part)))

    def _estimate(self, part: float | None) -> float | None:
        """Return the seconds that are left at the pace so far, None until that has been observed long enough."""
        if part is None:
            return None
        if self._begin is None:
            self._begin = self._reported, part
        elapsed, gained = self._reported - self._begin[0], part - self._begin[1]
        return elapsed / gained * max(0.0, 1 - part) if elapsed >= MIN_PACE_SECONDS and gained > 0 else None
