"""The program without the guard that keeps from the emulator what is known to end the process (`terminal/guard.py`).

    python tests/support/unguarded.py WORDS...

Run as a program of its own; stands for whatever native crash is not known yet. With `CRASH_ALWAYS` in the environment
any drawing ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay_tui.cli.main import main


def prepare() -> None:
    """In the forked process, which loads the emulator only after this."""
    from replay_tui.terminal import sequence_filter

    sequence_filter.filter_sequences = lambda data, cols, rows: data
    if os.environ.get("CRASH_ALWAYS"):
        from replay_tui.terminal.emulator import Emulator

        Emulator.write = lambda self, data: os.kill(os.getpid(), signal.SIGSEGV)  # type: ignore[method-assign]


if __name__ == "__main__":
    os.register_at_fork(after_in_child=prepare)
    sys.exit(main())
