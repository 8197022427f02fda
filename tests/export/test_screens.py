"""Screens as ANSI text and as SVG pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.terminal_theme import (
    BACKGROUND,
    CURSOR,
    DARK_GROUND,
    DARK_PALETTE,
    DARK_TEXT,
    FOREGROUND,
    MIN_DISTANCE,
    default_colours,
)
from replay_tui.export import colors
from replay_tui.export.ansi import screen_ansi
from replay_tui.export.html_page import screen_html
from replay_tui.export.svg import CELL_HEIGHT, CELL_WIDTH, MARGIN, screen_svg
from replay_tui.load_recording import load
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.screen import Pen, Screen
from replay_tui.terminal.vt_dump import sgr
from replay_tui.ui import screen_style
from tests.support.fixtures import FIXTURES, PROGRAMS, drawn
from tests.support.hostile import PAYLOADS, payload_bytes

SVG = "{http://www.w3.org/2000/svg}"
colours = st.none() | st.integers(0, 255) | st.tuples(*[st.integers(0, 255)] * 3)
pens = st.builds(
    Pen, fg=colours, bg=colours, bold=st.booleans(), faint=st.booleans(), italic=st.booleans(),
    underline=st.integers(0, 5), underline_colour=colours, blink=st.booleans(), inverse=st.booleans(),
    hidden=st.booleans(), strike=st.booleans(), overline=st.booleans(),
)  # fmt: skip


def again(screen: Screen) -> Screen:
    """Return the screen of a terminal after writing the ANSI text."""
    emulator = Emulator(screen.cols, screen.rows)
    emulator.feed(screen_ansi(screen).replace("\n", "\r\n").encode())
    return emulator.screen(screen.time)


def looks(screen: Screen) -> list[list[tuple[str, Pen]]]:
    """Return every cell with its pen, without invisible blanks at the end of a row."""
    rows = []
    for row in screen.grid:
        cells = [(char, run.pen) for run in row.runs for char in run.text]
        while cells and cells[-1] == (" ", Pen()):
            cells.pop()
        rows.append(cells)
    return rows


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "resize"])
@pytest.mark.parametrize("at", ["25%", "50%", "80%"])
def test_screen_ansi_draws_same_screen(name: str, at: str):
    screen = load(FIXTURES / "programs" / f"{name}.json.gz").screen(at)
    if not screen.palette:
        assert looks(again(screen)) == looks(screen)


@given(pens)
def test_sgr_any_pen_round_trips(pen: Pen):
    emulator = Emulator(10, 1)
    emulator.feed(f"{sgr(pen)}x".encode())
    shown = emulator.screen().grid[0].runs[0].pen
    # The underline colour is not visible without an underline; a terminal may drop it.
    assert shown == pen or (not pen.underline and shown.underline_colour in (None, pen.underline_colour))


def test_screen_ansi_writes_changed_colours():
    screen = drawn(b"\x1b]4;1;rgb:12/34/56\x07\x1b[31mred")
    assert "38;2;18;52;86" in screen_ansi(screen)
    assert "#123456" in screen_svg(screen, "t")


def test_default_colours_of_the_program_are_in_every_output():
    screen = drawn(b"\x1b]10;#102030;#f0e0d0\x1b\\\x1b]12;#0000fe\x07ab\x1b[31mred\x1b[42m ", cols=8, rows=2)
    assert screen.palette == {FOREGROUND: (0x10, 0x20, 0x30), BACKGROUND: (0xF0, 0xE0, 0xD0), CURSOR: (0, 0, 0xFE)}
    text, ground = "38;2;16;32;48", "48;2;240;224;208"
    rest = f"\x1b[{text};{ground}m  \x1b[0m"
    assert screen_ansi(screen).splitlines()[0].startswith(f"\x1b[{text};{ground}mab\x1b[0m\x1b[31;{ground}mred\x1b[0m")
    assert screen_ansi(screen).splitlines()[0].endswith(rest)
    for picture in (screen_svg(screen, "t"), screen_html(screen)):
        assert "#102030" in picture
        assert "#f0e0d0" in picture
    assert 'stroke="#0000fe"' in screen_svg(screen, "t")


@pytest.mark.parametrize("reset", ["110", "111", "112"])
def test_default_colours_are_reset(reset: str):
    """By each function alone; a soft or full reset keeps them, as in xterm."""
    screen = drawn(f"\x1b]10;#102030;#f0e0d0;#0000fe\x07\x1b[!p\x1bc\x1b]{reset}\x07a".encode())
    assert len(screen.palette) == 2
    assert {"110": FOREGROUND, "111": BACKGROUND, "112": CURSOR}[reset] not in screen.palette


@given(st.sampled_from("01"), st.tuples(*[st.integers(0, 255)] * 3), st.booleans())
def test_default_colours_never_hide_the_text(number: str, colour: tuple[int, int, int], both: bool):
    """One colour may equal the viewer's other one, and a session may set both to the same."""
    name = "#{:02x}{:02x}{:02x}".format(*colour)
    screen = drawn(
        f"\x1b]1{number};{name}\x07{f'{chr(27)}]1{1 - int(number)};{name}{chr(7)}' if both else ''}a".encode()
    )
    for text, ground in (colors.default_colours(screen), (screen_style.SCREEN_DARK), (screen_style.SCREEN_LIGHT)):
        shown = default_colours(screen.palette, text, ground)
        assert sum(abs(one - other) for one, other in zip(*shown, strict=True)) >= MIN_DISTANCE


def test_reversed_screen_exchanges_only_default_colours():
    """As in xterm: colours that the program chose stay."""
    screen = drawn(b"\x1b[?5hd\x1b[31mr\x1b[0;41mb\x1b[0;31;7mi\x1b[0;33;44mc", cols=8, rows=1)
    text, ground, red, yellow, blue = DARK_TEXT, DARK_GROUND, *(DARK_PALETTE[number] for number in (1, 3, 4))
    expected = [(ground, text), (red, text), (ground, red), (text, red), (yellow, blue)]
    assert [colors.pen_colours(run.pen, screen) for run in screen.grid[0].runs] == expected
    shown = [colors.pen_colours(run.pen, again(screen)) for run in again(screen).grid[0].runs]
    assert shown[:5] == expected


def test_screen_ansi_reverse_screen_is_inverted():
    screen = drawn(b"\x1b[?5hab", cols=4, rows=1)
    assert screen_ansi(screen) == "\x1b[7mab\x1b[0m\x1b[7m  \x1b[0m"


def test_sgr_underline_styles_and_true_colour():
    text = screen_ansi(drawn(b"\x1b[4:3;58:2::1:2:3;38;2;9;8;7mx"))
    assert text == "\x1b[4:3;38;2;9;8;7;58:2::1:2:3mx\x1b[0m"


@pytest.mark.parametrize("name", PAYLOADS)
def test_screen_ansi_has_only_sgr(name: str):
    screen = drawn(payload_bytes(name))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", re.sub(r"\x1b\[[0-9;:]*m", "", screen_ansi(screen)))
    ElementTree.fromstring(screen_svg(screen, PAYLOADS[name]))


def test_svg_characters_are_in_their_cells():
    screen = drawn("a漢b\x1b[41m \x1b[0m<&>".encode(), cols=12, rows=2)
    root = ElementTree.fromstring(screen_svg(screen, "title"))
    texts = {one.text: one for one in root.iter(f"{SVG}text")}
    assert int(texts["漢"].get("x", 0)) == MARGIN + CELL_WIDTH
    assert int(texts["漢"].get("textLength", 0)) == 2 * CELL_WIDTH
    assert int(texts["b"].get("x", 0)) == MARGIN + 3 * CELL_WIDTH
    assert "<&>" in texts
    reds = [one for one in root.iter(f"{SVG}rect") if one.get("x") == str(MARGIN + 4 * CELL_WIDTH)]
    assert reds[0].get("height") == str(CELL_HEIGHT)


def test_svg_hidden_text_is_omitted():
    assert "secret" not in screen_svg(drawn(b"\x1b[8msecret"), "t")


def test_pictures_have_the_colours_of_the_casts_theme(tmp_path: Path) -> None:
    theme = {"fg": "#102030", "bg": "#f0e0d0", "palette": ":".join(f"#{number:02x}aa55" for number in range(8))}
    header = {"version": 2, "width": 20, "height": 2, "theme": theme}
    source = tmp_path / "in.cast"
    source.write_text(json.dumps(header) + '\n[0, "o", "a\\u001b[31mred\\u001b]4;2;rgb:01/02/03\\u0007\\u001b[32mg"]\n')
    made = load(source)
    picture = screen_svg(made.screen(0), "t")
    for colour in ("#102030", "#f0e0d0", "#01aa55", "#010203"):
        assert colour in picture
    page = screen_html(made.screen(0))
    for colour in ("#102030", "#f0e0d0", "#01aa55", "#010203"):
        assert colour in page


@pytest.mark.parametrize(
    "theme",
    [
        {"fg": "#000000", "bg": "#000010", "palette": ":".join(["#ffffff"] * 8)},
        {"fg": "#000000", "bg": "#ffffff", "palette": "#ffffff"},
        {"fg": "red", "bg": "#ffffff", "palette": ":".join(["#ffffff"] * 8)},
        {"palette": ":".join(["#ffffff"] * 16)}, "dark", 5, [], {"fg": 1, "bg": 2, "palette": 3},
    ],
)  # fmt: skip
def test_invalid_theme_is_ignored_with_warning(tmp_path: Path, theme: object) -> None:
    source = tmp_path / "in.cast"
    source.write_text(json.dumps({"version": 2, "width": 20, "height": 2, "theme": theme}) + '\n[0, "o", "a"]\n')
    made = load(source)
    assert made.loaded_session.theme.palette == {}
    assert [one.code for one in made.fidelity] == ["odd-header", "no-input"]
