"""The recorded terminal: emulator, screens, size, and the index that reaches any moment at once. No Textual here."""

import os

if how := os.environ.get("REPLAY_TUI_EMULATOR"):
    from replay_tui.terminal.crash_isolation import configure

    configure(how)
