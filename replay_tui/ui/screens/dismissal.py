"""Screens that are answered once."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def can_dismiss(screen: Screen[Any], result: object) -> bool:
    """Whether a screen that is answered may take itself away now.

    A second key that was pressed before it went takes no other screen with it, nor the one that came over it. What is
    answered in the moment in which it opens goes a little later, for it will look for its parts, which are to come.
    """
    if screen.app.screen is not screen:
        return False
    if screen.is_mounted:
        return True

    def later() -> None:  # gives nothing back, for that would be awaited
        screen.dismiss(result)

    screen.call_later(later)
    return False
