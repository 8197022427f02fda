"""Colours of the recorded screen: text on palette colours is readable in both themes."""

from __future__ import annotations

import pytest

from replay_tui.domain.terminal_theme import BACKGROUND, FOREGROUND
from replay_tui.terminal.screen import Pen
from replay_tui.ui.screen_style import ScreenLook, pen_style
from tests.support.contrast import contrast

# Colour pairs of file managers, monitors and dialogs: (text, background), as palette entries.
USED = [
    (7, 4), (15, 4), (11, 4), (3, 4), (0, 6), (15, 6), (0, 2), (0, 3), (0, 7), (4, 7), (1, 7), (15, 1), (7, 1), (7, 0),
    (None, 4), (None, 1), (None, 2), (None, 7), (0, 11), (0, 15),
]  # fmt: skip


@pytest.mark.parametrize("dark", [True, False])
def test_text_on_palette_colour_is_readable(dark: bool) -> None:
    for fg, bg in USED:
        assert contrast(pen_style(Pen(fg=fg, bg=bg), ScreenLook(dark))) >= 3, (fg, bg)


@pytest.mark.parametrize("dark", [True, False])
def test_text_on_default_background_is_readable(dark: bool) -> None:
    for fg in (None, 1, 2, 3, 4, 5, 6, 8):
        assert contrast(pen_style(Pen(fg=fg), ScreenLook(dark))) >= 3, fg


def test_hidden_text_and_chosen_colours_are_kept() -> None:
    assert contrast(pen_style(Pen(hidden=True), ScreenLook())) == 1
    for same in range(16):
        assert contrast(pen_style(Pen(fg=same, bg=same), ScreenLook())) == 1
    style = pen_style(Pen(fg=(1, 2, 3), bg=(4, 5, 6)), ScreenLook())
    assert style.color is not None
    assert style.bgcolor is not None
    assert (style.color.triplet, style.bgcolor.triplet) == ((1, 2, 3), (4, 5, 6))


def test_default_colours_and_reversed_screen_as_in_xterm() -> None:
    """DECSCNM exchanges only the default colours, which the session may have set."""
    palette = ((FOREGROUND, (1, 2, 3)), (BACKGROUND, (200, 220, 240)))

    def shown(pen: Pen, reverse: bool) -> list[tuple[int, ...] | None]:
        style = pen_style(pen, ScreenLook(reverse=reverse, palette=palette))
        return [colour and colour.triplet for colour in (style.color, style.bgcolor)]

    own, red = Pen(fg=(9, 9, 9)), Pen(bg=(250, 0, 0))
    assert shown(Pen(), False) == shown(Pen(inverse=True), True) == [(1, 2, 3), (200, 220, 240)]
    assert shown(Pen(), True) == shown(Pen(inverse=True), False) == [(200, 220, 240), (1, 2, 3)]
    assert shown(own, True) == [(9, 9, 9), (1, 2, 3)]
    assert shown(red, True) == [(200, 220, 240), (250, 0, 0)]
