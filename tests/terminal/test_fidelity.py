"""Screen contents: styles, widths, character sets, cursor, colours, backgrounds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.terminal_theme import Colour
from replay_tui.terminal.screen import PLAIN, Pen, Screen, ScreenRow
from tests.support.fixtures import drawn
from tests.terminal.strategies import streams


def pens(row: ScreenRow) -> list[tuple[str, Pen]]:
    return [(run.text, run.pen) for run in row.runs]


def pen_of(sgr: str) -> Pen:
    return drawn(f"\x1b[{sgr}mX\x1b[0m".encode()).grid[0].runs[0].pen


@pytest.mark.parametrize(
    ("sgr", "pen"),
    [
        ("1", Pen(bold=True)),
        ("2", Pen(faint=True)),
        ("3", Pen(italic=True)),
        ("4", Pen(underline=1)),
        ("4:1", Pen(underline=1)),
        ("4:2", Pen(underline=2)),
        ("4:3", Pen(underline=3)),
        ("4:4", Pen(underline=4)),
        ("4:5", Pen(underline=5)),
        ("21", Pen(underline=2)),
        ("5", Pen(blink=True)),
        ("7", Pen(inverse=True)),
        ("8", Pen(hidden=True)),
        ("9", Pen(strike=True)),
        ("53", Pen(overline=True)),
        ("1;22", PLAIN),
        ("4:3;4:0", PLAIN),
        ("1;3;4;7;9;0", PLAIN),
        ("1;3;7", Pen(bold=True, italic=True, inverse=True)),
        ("4:3;58:5:9", Pen(underline=3, underline_colour=9)),
        ("4:3;58;5;200", Pen(underline=3, underline_colour=200)),
        ("4:4;58:2::1:2:3", Pen(underline=4, underline_colour=(1, 2, 3))),
        ("4;58;2;1;2;3", Pen(underline=1, underline_colour=(1, 2, 3))),
        ("4;58:5:9;59", Pen(underline=1)),
    ],
)
def test_screen_sgr_style_sets_the_pen(sgr: str, pen: Pen) -> None:
    assert pen_of(sgr) == pen


@pytest.mark.parametrize(
    ("sgr", "colour"),
    [
        *((f"{30 + n}", n) for n in range(8)),
        *((f"{90 + n}", 8 + n) for n in range(8)),
        *((f"38;5;{n}", n) for n in (0, 15, 16, 231, 232, 255)),
        ("38:5:77", 77),
        ("38;2;1;2;3", (1, 2, 3)),
        ("38:2:1:2:3", (1, 2, 3)),
        ("38:2::1:2:3", (1, 2, 3)),
        ("31;39", None),
    ],
)
def test_screen_sgr_text_colour_sets_the_pen(sgr: str, colour: Colour) -> None:
    assert pen_of(sgr).fg == colour


@pytest.mark.parametrize(
    ("sgr", "colour"),
    [
        *((f"{40 + n}", n) for n in range(8)),
        *((f"{100 + n}", 8 + n) for n in range(8)),
        ("48;5;123", 123),
        ("48;2;250;251;252", (250, 251, 252)),
        ("41;49", None),
    ],
)
def test_screen_sgr_background_sets_the_pen(sgr: str, colour: Colour) -> None:
    assert pen_of(sgr).bg == colour


def test_row_with_several_pens_has_one_run_for_each() -> None:
    row = drawn(b"ab\x1b[31mcd\x1b[1mef\x1b[0mgh").grid[0]
    assert pens(row) == [("ab", PLAIN), ("cd", Pen(fg=1)), ("ef", Pen(fg=1, bold=True)), ("gh", PLAIN)]
    assert row.text == "abcdefgh"


def test_row_hidden_text_is_kept_and_marked() -> None:
    row = drawn(b"user \x1b[8msecret\x1b[0m!").grid[0]
    assert row.text == "user secret!"
    assert row.runs[1].pen.hidden


def test_screen_alternate_and_back() -> None:
    away = drawn(b"shell\x1b[?1049h\x1b[2;3Hvim")
    assert (away.alt, away.lines[:2], away.cursor) == (True, ("", "  vim"), (5, 1))
    back = drawn(b"shell\x1b[?1049h\x1b[2;3Hvim\x1b[?1049l$")
    assert (back.alt, back.lines[:2]) == (False, ("shell$", ""))


def test_screen_cursor_hidden_and_visible() -> None:
    assert drawn(b"").cursor_visible
    assert not drawn(b"\x1b[?25l").cursor_visible
    assert drawn(b"\x1b[?25l\x1b[?25h").cursor_visible


def test_screen_decscnm_is_reverse() -> None:
    assert drawn(b"\x1b[?5h").reverse
    assert not drawn(b"\x1b[?5h\x1b[?5l").reverse


def test_screen_palette_has_changed_colours() -> None:
    assert drawn(b"").palette == {}
    assert drawn(b"\x1b]4;1;#102030\x07\x1b]4;200;rgb:ff/00/80\x07").palette == {1: (16, 32, 48), 200: (255, 0, 128)}
    assert drawn(b"\x1b]4;1;#102030\x07\x1b]104;1\x07").palette == {}


@pytest.mark.parametrize("select", [b"\x1b(0", b"\x1b)0\x0e"])
def test_screen_dec_graphics_are_line_characters(select: bytes) -> None:
    back = b"\x0f" if b"\x0e" in select else b"\x1b(B"
    assert drawn(select + b"lqqkx~`a" + back + b"lqk").lines[0] == "┌──┐│·◆▒lqk"


def test_row_without_text_has_its_backgrounds() -> None:
    screen = drawn(b"\x1b[44m\x1b[K\r\n\x1b[0mtext\r\n\x1b[48;2;1;2;3m\x1b[5C\x1b[3X\x1b[0m")
    assert pens(screen.grid[0]) == [(" " * 80, Pen(bg=4))]
    assert [(run.width, run.pen) for run in screen.grid[2].runs][:2] == [(5, PLAIN), (3, Pen(bg=(1, 2, 3)))]
    assert screen.lines[:3] == ("", "text", "")


def test_screen_cleared_in_a_colour_has_its_background() -> None:
    screen = drawn(b"\x1b[41m\x1b[2J", 20, 5)
    assert [pens(row) for row in screen.grid] == [[(" " * 20, Pen(bg=1))]] * 5


def test_row_text_before_a_coloured_rest_has_both() -> None:
    row = drawn(b"\x1b[7mhead\x1b[0m\x1b[42m\x1b[K", 20, 2).grid[0]
    assert sum(run.width for run in row.runs) == 20
    assert (row.runs[0].pen, row.runs[-1].pen) == (Pen(inverse=True), Pen(bg=2))


WIDE_ROWS = {
    "CJK": ("漢字", 4),
    "CJK between ASCII": ("a漢b字c", 7),
    "Hangul": ("한국어", 6),
    "combining": ("e\u0301a\u0308", 2),
    "emoji": ("👍", 2),
    "skin tone": ("👍🏽", None),
    "flag": ("🇩🇪", None),
    "family": ("👩\u200d👩\u200d👧", None),
    "variation selector": ("❤\ufe0f", None),
    "text heart": ("❤", 1),
    "half-width katakana": ("ｱｲｳ", 3),
    "fullwidth letters": ("ＡＢ", 4),
    "zero-width space": ("a\u200bb", 2),
    "bidi override": ("a\u202eb", 2),
    "box drawing": ("┌─┐", 3),
    "arabic": ("مرحبا", 5),
    "devanagari": ("नमस्ते", None),
    "thai": ("สวัสดี", 4),
}


@pytest.mark.parametrize("name", sorted(WIDE_ROWS))
def test_row_of_any_width_keeps_its_columns(name: str) -> None:
    text, width = WIDE_ROWS[name]
    screen = drawn(text.encode() + b"|\x1b[31mend\x1b[0m")
    row, used = screen.grid[0], screen.cursor[0]
    assert sum(run.width for run in row.runs) == used
    assert row.runs[-1].text == "end"
    assert sum(run.width for run in row.runs[:-1]) == used - 3
    if width is not None:
        assert used == width + 4
    assert row.runs[0].text.endswith("|")
    assert drawn_width(row.runs[0].text) == row.runs[0].width


def drawn_width(text: str) -> int:
    """Return the cells that `text` takes; fails on characters whose width differs between terminals."""
    width = 0
    for char in text:
        assert char not in "\u200b\u200d\ufe0f\u202e", f"the width of U+{ord(char):04X} differs between terminals"
        if unicodedata.category(char) not in ("Mn", "Me"):
            width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


def test_wide_character_at_the_margin_wraps() -> None:
    assert drawn(b"x" * 9 + "漢y".encode(), 10, 3).lines == ("x" * 9, "漢y", "")


def test_wide_character_half_overwritten_is_removed() -> None:
    row = drawn("漢字\x1b[1;2Hx".encode(), 10, 2).grid[0]
    assert row.text == " x字"
    assert sum(run.width for run in row.runs) == 4


def well_formed(screen: Screen) -> None:
    assert len(screen.grid) == screen.rows
    assert 0 <= screen.cursor[0] < screen.cols
    assert 0 <= screen.cursor[1] < screen.rows
    for row in screen.grid:
        assert sum(run.width for run in row.runs) <= screen.cols
        assert row.text == row.text.rstrip(" ")
        for run in row.runs:
            assert run.width > 0
            assert drawn_width(run.text) == run.width
        for char in row.text + "".join(run.text for run in row.runs):
            assert unicodedata.category(char) not in ("Cc", "Cs"), f"U+{ord(char):04X}"


@settings(deadline=None, max_examples=60)
@given(streams(), st.sampled_from([(80, 24), (21, 5), (2, 1)]))
def test_screen_of_any_bytes_is_well_formed(data: bytes, size: tuple[int, int]) -> None:
    well_formed(drawn(data, *size))


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=40))
def test_screen_of_any_text_is_well_formed(text: str) -> None:
    well_formed(drawn(text.encode("utf-8", "replace") + b"\x1b[3;1H\x1b[7m|"))
