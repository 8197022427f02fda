"""The program's log file: `log.txt` in the platform's state folder, mode 0600, rotated at `MAX_BYTES`.

Written by the program and its worker processes at the same time, which `logging.handlers.RotatingFileHandler` cannot
do without losing records. A log that cannot be written never fails the program.

Records and tracebacks are written without tokens, session contents or control characters.
A traceback names files, functions and source lines, never local variables. Text quoted in an exception's message
(`invalid literal for int(): '...'`) may come from a session, so it is masked.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import stat
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replay_tui.domain.debug import is_debugging
from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.known_secrets import redact_tokens, register_token
from replay_tui.domain.lazy_regex import lazy_compile

MAX_MESSAGE = 500
"""Characters of a record's message, and of an exception's."""
MAX_SEARCHED = 20_000
"""Characters of it that are searched for tokens: more than are kept, so that none is cut before it is found."""
_OWN_WORDS = (AttributeError, TypeError, NameError, ImportError, ReplayError)
"""Exceptions whose messages quote names of the program, or are written for display."""
_QUOTED = lazy_compile(r"""b?(["'`])(?:\\+[^\\]|(?!\1)[^\\])*(?:\1|$)""", re.DOTALL)


class LogFormatter(logging.Formatter):
    """Formats a record as one line, `time level process logger: message`, with an indented traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        when = self.formatTime(record)
        message = truncate(sanitize(redact_tokens(record.getMessage()[:MAX_SEARCHED])), MAX_MESSAGE)
        line = f"{when} {record.levelname} {record.process} {record.name}: {message}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{line}\n{format_traceback(error)}" if error else line


def format_traceback(error: BaseException, *, with_values: bool = False) -> str:
    """Return the traceback of `error` and of its causes, each line indented by two spaces.

    `with_values` keeps messages whole: for the user's own terminal, not for a file.
    """
    lines = (line for one, link in reversed(_chain(error)) for line in (*link, *_lines(one, with_values)))
    return "\n".join(f"  {sanitize(redact_tokens(line))}" for line in lines)


def _chain(error: BaseException) -> list[tuple[BaseException, list[str]]]:
    """Return `error` and its causes, each with the lines that link it to its own cause."""
    chain: list[tuple[BaseException, list[str]]] = []
    one: BaseException | None = error
    while one is not None and all(one is not other for other, _ in chain):
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        link = "which is the direct cause of:" if one.__cause__ else "while it was handled, this was raised:"
        chain.append((one, [link] if cause else []))
        one = cause
    return chain


def _lines(error: BaseException, with_values: bool) -> Iterator[str]:
    if error.__traceback__:
        yield "Traceback (most recent call last):"
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.rstrip("\n").split("\n")
    yield from f"{type(error).__qualname__}{_message(error, with_values)}".split("\n")


def _message(error: BaseException, with_values: bool) -> str:
    try:
        text = str(error)
    except Exception:  # a log record must not fail for an exception that cannot be displayed
        return ": (no message)"
    text = redact_tokens(text[:MAX_SEARCHED])
    if not with_values:
        if not isinstance(error, _OWN_WORDS):
            text = _QUOTED.sub("'...'", text)
        text = truncate(sanitize(text), MAX_MESSAGE)
    return f": {text}" if text else ""


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
