"""`python -m replay_tui` is the same program as `replay-tui`."""

import sys

from replay_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
