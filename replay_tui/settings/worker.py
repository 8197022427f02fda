"""Entry point of worker processes: `python -m replay_tui.settings.worker MODULE` runs `MODULE.main()`.

Workers respond through a pipe and their standard error is discarded, so an exception is written to the log file. The
logging modules are imported only then.
"""

from __future__ import annotations

import sys
from importlib import import_module


def main(module: str) -> int:
    """Run the worker in `module` and return the exit code: 1 after an exception, which is logged."""
    try:
        import_module(module).main()
    except Exception:
        import logging

        from replay_tui.settings.log_file import logging_to_file

        with logging_to_file():
            logging.getLogger(module).exception("The worker process failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
