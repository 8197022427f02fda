"""Guard against dismissing a screen twice."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def can_dismiss(screen: Screen[Any], result: object) -> bool:
    """Return True if `screen` may be dismissed now.

    Guards against a second key press dismissing the screen below, or one that opened above. A screen that is answered
    before it is mounted is dismissed with `result` later, because Textual still has to mount its widgets.
    """
    if screen.app.screen is not screen:
        return False
    if screen.is_mounted:
        return True

    def later() -> None:  # without a return value, which Textual would await
        screen.dismiss(result)

    screen.call_later(later)
    return False
