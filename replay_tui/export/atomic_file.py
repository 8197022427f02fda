"""Atomic file writing: a temporary file (mode 0600) in the target's folder replaces the target when complete."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError


def validate_target(output: str | os.PathLike[str]) -> Path:
    """Return the path to write. Raises `UsageError` for a folder, a device, a missing parent folder, and `-`."""
    target = Path(output)
    try:
        if str(output) == "-":
            raise UsageError("Standard output is not supported here; name a file with -o FILE.")
        if "\0" in str(target):
            raise ValueError
        if target.exists() and not target.is_file():
            raise UsageError(f"{sanitize(target)} is not a regular file; name one with -o FILE.")
        if not target.parent.is_dir():
            raise UsageError(f"{sanitize(target.parent)} is not a folder; create it, or name another file.")
    except (OSError, ValueError):
        raise UsageError(f"{sanitize(output)} is not a valid file name; name another one with -o FILE.") from None
    return target


@contextlib.contextmanager
def atomic_writer(target: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file that replaces `target` if the block succeeds and is deleted otherwise.

    An existing target is not changed before. Raises `UsageError` if the file cannot be written.
    """
    # The name is chosen before the file is created, so that an interrupt at any time can still delete the file.
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
