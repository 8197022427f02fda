"""Errors of the terminal emulator, whichever library is behind it."""

from __future__ import annotations

from replay_tui.domain.errors import ReplayError


class EmulatorError(RuntimeError):
    """A call of the emulator failed, e.g. because of an unsupported size or an invalid snapshot."""


class EmulatorUnavailable(ReplayError):
    """No library for the emulator can be imported."""

    exit_code = 3
