"""Replay recorded sessions of the Hoop access gateway in a terminal.

From Python: `replay_tui.load(source)` gives a `Recording` with `.session`, `.duration`, `.statements`, `.findings`,
`.screen(at)` and `.search(pattern)`. Importing this package loads nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay_tui.recording import Recording, load

__version__ = "0.1.0"
__all__ = ["Recording", "__version__", "load"]


def __getattr__(name: str) -> Any:
    if name in ("load", "Recording"):
        from replay_tui import recording

        return getattr(recording, name)
    raise AttributeError(f"module 'replay_tui' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
