"""The program's log file: `log.txt` in the platform's state folder, mode 0600, rotated at `MAX_BYTES`.

Written by the program and its worker processes at the same time, which `logging.handlers.RotatingFileHandler` cannot
do without losing records. A log that cannot be written never fails the program.
"""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replay_tui.domain.debug import is_debugging
from replay_tui.domain.tokens import register_token
from replay_tui.settings.log_format import LogFormatter

MAX_BYTES = 1 << 20
"""Size at which the file is renamed to `log.1.txt`, whose former content is lost."""
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def log_path() -> Path:
    """Return the path of the log file; it may not exist."""
    import platformdirs

    return platformdirs.user_state_path("replay-tui") / "log.txt"


def display_path() -> str:
    """Return the path of the log file for messages, with `~` for the home folder; not sanitised."""
    path = log_path()
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


class LogFileHandler(logging.Handler):
    """Appends each record with one write to a file opened for it: nothing is kept open, created or loaded before.

    `is_working` is False after a record that could not be written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_working = True
        self.setFormatter(LogFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        try:
            data = (self.format(record) + "\n").encode("utf-8", "replace")
            handle = _open()
            try:
                self.is_working = os.write(handle, data) == len(data)
            finally:
                os.close(handle)
        except Exception:  # a log that cannot be written (read-only folder, full disk) must not fail the program
            self.is_working = False


def _open() -> int:
    """Return a descriptor to append to the log file, rotated before if it is full. Raises `OSError`."""
    path = log_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for is_last in (False, True):
        handle = os.open(path, _FLAGS, 0o600)
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid():
                raise PermissionError("the log file belongs to another user, or is no regular file")
            if about.st_mode & 0o077:
                os.fchmod(handle, 0o600)
            if about.st_size < MAX_BYTES or is_last or not _rotate(handle, path):
                break
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    return handle


def _rotate(handle: int, path: Path) -> bool:
    """Rename the file behind `handle`; return False if another process holds it, which then rotates it.

    The lock and the check that `path` is still the same file keep two processes from rotating one file twice.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            os.replace(path, path.with_name("log.1.txt"))
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


_handler = LogFileHandler()
_LOGGER = logging.getLogger("replay_tui")


def start_logging() -> None:
    """Send the records of this program to the log file, and nowhere else. May be called again.

    Exceptions that end a thread are logged too, instead of being printed over the interface.
    """
    register_token(os.environ.get("HOOP_TOKEN", "").strip())
    _LOGGER.addHandler(_handler)
    _LOGGER.propagate = False
    _LOGGER.setLevel(logging.DEBUG if is_debugging() else logging.WARNING)
    threading.excepthook = _log_thread_failure


def _log_thread_failure(failure: threading.ExceptHookArgs) -> None:
    name = failure.thread.name if failure.thread else "unknown"
    _LOGGER.error("Thread '%s' failed", name, exc_info=failure.exc_value)


@contextmanager
def logging_to_file() -> Iterator[None]:
    """Log to the file within a `with` block."""
    excepthook = threading.excepthook
    start_logging()
    try:
        yield
    finally:
        threading.excepthook = excepthook
        _LOGGER.removeHandler(_handler)
        _LOGGER.propagate = True
        _LOGGER.setLevel(logging.NOTSET)


def log_hint() -> str:
    """Return the sentence of a message that names the log file, or that says why there is none."""
    if _handler not in _LOGGER.handlers:
        return "Nothing was logged."
    return f"Details: {display_path()}" if _handler.is_working else f"{display_path()} could not be written."
