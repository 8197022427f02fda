"""Replay recorded sessions of the Hoop access gateway in a terminal.

From Python: `replay_tui.load(source)` gives a `Recording` with `.session`, `.duration`, `.statements`, `.findings`,
`.screen(at)` and `.search(pattern)`. Importing this package loads nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay_tui.load_recording import load
    from replay_tui.recording import Recording

__version__ = "0.1.0"
__all__ = ["Recording", "__version__", "load"]


def __getattr__(name: str) -> Any:
    if name == "load":
        from replay_tui.load_recording import load

        return load
    if name == "Recording":
        from replay_tui.recording import Recording

        return Recording
    raise AttributeError(f"module 'replay_tui' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
