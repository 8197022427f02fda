"""Hook that checks emulator input before it is written, installed only after native code crashed on a session.

The implementations are in `replay_tui.terminal.crash_isolation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from replay_tui.terminal.emulator import Emulator


class InputVetter(Protocol):
    """Checks input and resizes before an emulator processes them."""

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """Return the part of `data` that may be written to `emulator`."""

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Prepare `emulator` for a resize to `cols` x `rows` cells."""


vetter: InputVetter | None = None
"""The vetter of this process; None means that all input is written unchecked."""


def is_isolated() -> bool:
    """Return True if input is checked before it is written."""
    return vetter is not None
