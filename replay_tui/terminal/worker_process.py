"""Worker processes: modules of this program that serve requests through pipes."""

from __future__ import annotations

import os
import subprocess
import sys


def start_worker(module: str, **environment: str | None) -> subprocess.Popen[bytes]:
    """Run `main()` of `module` in a child process, with environment variables set or (None) removed.

    `replay_tui.settings.worker` logs its exceptions; standard error is discarded. The child has its own process
    session, so that Ctrl-C does not reach it, and the same module search path without the current folder. Raises
    `OSError` if no process can be started.
    """
    names = os.environ | environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", "replay_tui.settings.worker", module]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={name: value for name, value in names.items() if value is not None}, start_new_session=True,
    )  # fmt: skip
