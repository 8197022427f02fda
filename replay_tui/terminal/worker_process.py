"""Child processes that do part of the work: this program's own modules, asked through a pipe."""

from __future__ import annotations

import os
import subprocess
import sys


def start_worker(module: str, **environment: str | None) -> subprocess.Popen[bytes]:
    """Run `main()` of a module of this program, with variables set or (None) taken away.

    An exception there is logged by `replay_tui.settings.worker`; standard error is dropped.

    It is in a session of its own: what is typed at the terminal (Ctrl-C) is not for it. It finds modules where this
    process does, the current folder is not searched. Raises `OSError` where no process can be started.
    """
    names = os.environ | environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", "replay_tui.settings.worker", module]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={name: value for name, value in names.items() if value is not None}, start_new_session=True,
    )  # fmt: skip
