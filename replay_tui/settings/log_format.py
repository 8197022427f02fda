"""Log records and tracebacks as text without tokens, session contents or control characters.

A traceback names files, functions and source lines, never local variables. Text quoted in an exception's message
(`invalid literal for int(): '...'`) may come from a session, so it is masked.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.text import sanitize, truncate
from replay_tui.domain.tokens import redact_tokens

MAX_MESSAGE = 500
"""Characters of a record's message, and of an exception's."""
MAX_SEARCHED = 20_000
"""Characters of it that are searched for tokens: more than are kept, so that none is cut before it is found."""
_OWN_WORDS = (AttributeError, TypeError, NameError, ImportError, ReplayError)
"""Exceptions whose messages quote names of the program, or are written for display."""
_QUOTED = re.compile(r"""b?(["'`])(?:\\+[^\\]|(?!\1)[^\\])*(?:\1|$)""", re.DOTALL)


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
