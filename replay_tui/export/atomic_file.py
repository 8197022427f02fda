"""Files written whole or not at all: beside their target, readable by their owner only, renamed at the end."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize


def validate_target(output: str | os.PathLike[str]) -> Path:
    """The file to write. Raises `UsageError` for a folder, a device, a folder that is not there, and `-`."""
    target = Path(output)
    try:
        if str(output) == "-":
            raise UsageError("This is saved in a file; name one with -o FILE.")
        if "\0" in str(target):
            raise ValueError
        if target.exists() and not target.is_file():
            raise UsageError(f"{sanitize(target)} is no ordinary file; name one with -o FILE.")
        if not target.parent.is_dir():
            raise UsageError(f"{sanitize(target.parent)} is no folder; make it, or name another one with -o FILE.")
    except (OSError, ValueError):
        raise UsageError(f"{sanitize(output)} cannot be a file's name; name another one with -o FILE.") from None
    return target


@contextlib.contextmanager
def atomic_writer(target: Path) -> Iterator[TextIO]:
    """A text file in UTF-8 that takes `target`'s place once the block ends well; else nothing is left behind.

    A target that is there already stays as it was until then. Raises `UsageError` where it cannot be written.
    """
    # The name is known before the file is there: whatever comes in between, it is taken away.
    name, problem = target.parent / f".{target.name[:40]}.{secrets.token_hex(8)}.part", None
    try:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            yield file
        os.replace(name, target)
    except OSError as error:
        problem = UsageError(f"{sanitize(target)} cannot be written ({(error.strerror or 'unknown error').lower()}).")
    finally:
        with contextlib.suppress(OSError):
            name.unlink(missing_ok=True)
    if problem:
        raise problem
