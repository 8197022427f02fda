"""Adding an opened session to the library in another process, so that the interface never waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.domain.text_encoding import UTF8

if TYPE_CHECKING:
    from replay_tui.ui.session_ref import SessionRef

NICENESS = 10
_started: list[subprocess.Popen[bytes]] = []
"""Kept, because an object that is deleted while its process runs warns."""


def add_in_background(ref: SessionRef, *, archive: Path | None, options: Sequence[str] = ()) -> None:
    """Start a process that adds the session; `archive` is the library's folder, `options` those of the gateway.

    It goes on when this program ends, with a low priority. A session from standard input, and one whose times have
    another unit, are not added. Failures are in the state of the library, or in the log of the other process.
    """
    if ref.path == "-" or ref.times != "s":
        return
    words = ["archive", "add", "--jobs", "1", *options]
    words += ["--archive", str(archive)] if archive else []
    words += ["--encoding", ref.encoding] if ref.encoding != UTF8 else []
    with suppress(OSError):  # not worth a message: `archive add` adds the session later
        process = subprocess.Popen(
            [sys.executable, "-m", "replay_tui", *words, "--", ref.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        _started.append(process)
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
