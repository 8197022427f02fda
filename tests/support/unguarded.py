"""The program without the sequence filter (`terminal/sequence_filter.py`), so that some sequences crash the emulator.

    python tests/support/unguarded.py ARGUMENTS...

Simulates native crashes that are not known yet. With `CRASH_ALWAYS` in the environment, any output crashes it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay_tui.cli.main import main


def prepare() -> None:
    """Disable the filter in a forked process, before it loads the emulator."""
    from replay_tui.terminal import sequence_filter

    sequence_filter.rewrite_sequences = lambda data, *_: data
    if os.environ.get("CRASH_ALWAYS"):
        from replay_tui.terminal.emulator import Emulator

        Emulator.write = lambda self, data: os.kill(os.getpid(), signal.SIGSEGV)  # type: ignore[method-assign]


if __name__ == "__main__":
    os.register_at_fork(after_in_child=prepare)
    sys.exit(main())
