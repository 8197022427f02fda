"""Terminal emulation: emulator, screens, size inference, transcript, and the keyframe index for constant-time seeks."""

import os

if mode := os.environ.get("REPLAY_TUI_EMULATOR"):
    from replay_tui.terminal.crash_isolation import configure

    configure(mode)
