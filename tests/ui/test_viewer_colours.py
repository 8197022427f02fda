"""Colours and underlines of the recorded screen in the bytes that reach terminals with 16, 256 and 2^24 colours."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.strip import Strip

from replay_tui.domain.terminal_theme import DARK_PALETTE
from replay_tui.terminal.screen import Pen
from replay_tui.ui.screen_style import ScreenLook, pen_style
from replay_tui.ui.viewer_colours import RecordedColour, SixteenColours, nearest_number, supports_underline_styles
from tests.support.ptyread import replay

STANDARD, EIGHT_BIT, TRUECOLOR = ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR
FEW = (STANDARD, EIGHT_BIT)


def params(style: Style, system: ColorSystem) -> str:
    """Return the SGR parameters that a terminal with the colours of `system` gets."""
    return Strip.render_ansi(style, system)


@pytest.mark.parametrize("number", range(16))
def test_palette_colour_keeps_its_number_with_few_colours(number: int) -> None:
    text, ground = (str(base + number % 8 + (60 if number > 7 else 0)) for base in (30, 40))
    for system in FEW:
        assert params(pen_style(Pen(fg=number, bg=number), ScreenLook()), system) == f"{text};{ground}"
        assert params(pen_style(Pen(fg=number, bg=number, inverse=True), ScreenLook()), system) == f"{text};{ground}"
    rgb = ";".join(map(str, DARK_PALETTE[number]))
    assert params(pen_style(Pen(fg=number), ScreenLook()), TRUECOLOR).startswith(f"38;2;{rgb};48;2;")


@pytest.mark.parametrize("number", [16, 100, 145, 231, 232, 255])
def test_numbered_colour_keeps_its_number_with_256_colours(number: int) -> None:
    assert params(pen_style(Pen(fg=number), ScreenLook()), EIGHT_BIT).startswith(f"38;5;{number};")


def test_colour_that_the_session_changed_is_not_passed_through() -> None:
    look = ScreenLook(palette=((1, (0, 0, 250)),))
    assert params(pen_style(Pen(fg=1), look), STANDARD).startswith("94;")
    assert params(pen_style(Pen(fg=1), look), TRUECOLOR).startswith("38;2;0;0;250;")


def test_faint_palette_colour_keeps_its_number() -> None:
    for system in FEW:
        assert params(pen_style(Pen(fg=2, faint=True), ScreenLook()), system).startswith("2;32;")
    assert params(pen_style(Pen(fg=2, faint=True), ScreenLook()), TRUECOLOR).startswith("38;2;89;137;89;")


def test_hidden_text_has_the_colour_of_its_background() -> None:
    pen = Pen(fg=2, bg=4, hidden=True, faint=True, underline=3, underline_colour=1)
    for system, code in ((STANDARD, "34;44"), (EIGHT_BIT, "34;44"), (TRUECOLOR, "38;2;36;89;190;48;2;36;89;190")):
        assert params(pen_style(pen, ScreenLook(has_underline_styles=True)), system).endswith(code)


@pytest.mark.parametrize("system", [*FEW, TRUECOLOR])
def test_underline_style_and_colour_if_supported(system: ColorSystem) -> None:
    pens = [
        Pen(underline=3),
        Pen(underline=4, underline_colour=(1, 2, 3)),
        Pen(underline=1, underline_colour=(4, 5, 6)),
    ]
    expected = "4;4:3", "4;4:4;58:2::1:2:3", "4;58:2::4:5:6"
    for pen, start in zip(pens, expected, strict=True):
        assert params(pen_style(pen, ScreenLook(has_underline_styles=True)), system).startswith(start)
        assert ":" not in params(pen_style(pen, ScreenLook()), system)
    assert params(pen_style(Pen(underline=2), ScreenLook()), system).startswith("21;")


def test_underline_style_survives_selection_and_offsets() -> None:
    style = pen_style(Pen(fg=1, underline=3), ScreenLook(has_underline_styles=True))
    chosen = Strip([Segment("x", style)]).apply_style(Style(reverse=True)).apply_offsets(3, 4)
    assert params(next(iter(chosen)).style or Style(), STANDARD).startswith("4;7;4:3;31;")


def test_blinking_text_blinks_unless_motion_is_reduced() -> None:
    assert params(pen_style(Pen(blink=True), ScreenLook()), STANDARD).startswith("5;")
    assert not params(pen_style(Pen(blink=True), ScreenLook(blinks=False)), STANDARD).startswith("5;")


@pytest.mark.parametrize(
    ("environ", "supported"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm"}, False),
        ({}, False),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, False),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor"}, False),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor", "TMUX": "/tmp/socket"}, True),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "TERM_PROGRAM": "Apple_Terminal"}, False),
    ],
)
def test_underline_styles_depend_on_the_environment(environ: dict[str, str], supported: bool) -> None:
    assert supports_underline_styles(environ) is supported


def test_sixteen_colours_keep_the_hue_of_every_theme_colour() -> None:
    """The colours of the recorded screen's own palette are a sample: each is nearest to itself."""
    for number in range(1, 7):
        assert nearest_number(DARK_PALETTE[number]) % 8 == number
        assert nearest_number(DARK_PALETTE[number + 8]) == number + 8
    assert [nearest_number((grey, grey, grey)) for grey in (0, 30, 100, 180, 250)] == [0, 0, 8, 7, 15]


rgb = st.tuples(*[st.integers(0, 255)] * 3)


@given(rgb, rgb)
def test_sixteen_colours_never_make_text_invisible(text: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    style = Style(color=Color.from_rgb(*text), bgcolor=Color.from_rgb(*ground))
    (segment,) = SixteenColours().apply([Segment("x", style)], TextualColor(0, 0, 0))
    shown = params(segment.style or Style(), STANDARD).split(";")
    assert (int(shown[0]) + 10 == int(shown[1])) == (text == ground)


def test_sixteen_colours_leave_recorded_colours_unchanged() -> None:
    style = Style(color=RecordedColour.of((1, 2, 3), 5), bgcolor=RecordedColour.of((1, 2, 3), 9))
    (segment,) = SixteenColours().apply([Segment("x", style)], TextualColor(0, 0, 0))
    assert params(segment.style or Style(), STANDARD) == "35;101"


def test_terminal_with_sixteen_colours_gets_recorded_and_own_colours(tmp_path: Path) -> None:
    source = tmp_path / "a.cast"
    output = "\x1b[32mgreen\x1b[m \x1b[4:3;5munder\x1b[m\r\nroot@app:~# "
    events = [[0.5, "o", output], [1, "i", "rm -rf /srv\r"], [1, "o", "rm -rf /srv\r\nroot@app:~# done"]]
    lines = [{"version": 2, "width": 40, "height": 5}, *events]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with replay(str(source), "--at", "100%", home=tmp_path, env={"TERM": "xterm", "COLORTERM": ""}) as terminal:
        terminal.wait_for("done")
        terminal.wait_for("Removes")
        written = bytes(terminal.written)
    assert b"\x1b[32;40mgreen" in written
    assert b"\x1b[4;5;97;40munder" in written
    assert re.search(rb"\x1b\[[0-9;]*91;[0-9;]*m! ", written), "the mark of a finding with severity high is red"
    assert b"38;" not in written
