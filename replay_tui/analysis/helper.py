"""A child process that builds parts, one after another; see `replay_tui.terminal.worker_process`."""

from __future__ import annotations

import gc
import sys

from replay_tui.analysis.crew import receive, send
from replay_tui.analysis.packed import pack_built, unpack_part
from replay_tui.analysis.parts import build


def main() -> None:
    """Answer until there are no more parts."""
    gc.disable()  # nothing here makes cycles, and looking for them costs a twentieth of the time
    try:
        while True:
            send(sys.stdout.buffer, pack_built(build(unpack_part(receive(sys.stdin.buffer)))))
    except (EOFError, BrokenPipeError):
        return
