"""Choice of the terminal emulator: the native library, or without it that of the extra `fallback`.

`EMULATOR_LIMITS` names what the chosen one lacks; it is empty for the native library.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from replay_tui.terminal.emulator_errors import EmulatorUnavailable

__all__ = ["CLEAR_HISTORY", "EMULATOR_LIMITS", "Emulator"]

CLEAR_HISTORY = b"\x1b[3J"
EMULATOR_LIMITS = ""
_VARIABLE = "REPLAY_TUI_BACKEND"
"""With the value `fallback` the native library is not used."""

if TYPE_CHECKING:
    from replay_tui.terminal.ghostty_emulator import GhosttyEmulator as Emulator
else:
    try:
        if os.environ.get(_VARIABLE) == "fallback":
            raise ImportError(f"{_VARIABLE}=fallback")
        from replay_tui.terminal.ghostty_emulator import GhosttyEmulator as Emulator
    except (ImportError, OSError) as error:
        try:
            from replay_tui.terminal.avt_emulator import LIMITS as EMULATOR_LIMITS
            from replay_tui.terminal.avt_emulator import AvtEmulator as Emulator
        except ImportError:
            raise EmulatorUnavailable(
                f"The terminal emulator cannot be loaded ({type(error).__name__}: {error}), so no screen can be drawn. "
                "Install pyghostty for this platform, or the slower replacement: pip install 'replay-tui[fallback]'."
            ) from error
