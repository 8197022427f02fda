"""Contrast of all text in the accepted pictures of the dark and the light theme, as WCAG computes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from replay_tui.ui.screen_style import SCREEN_DARK, SCREEN_LIGHT
from replay_tui.ui.themes import DARK as DARK_THEME
from replay_tui.ui.themes import LIGHT as LIGHT_THEME
from replay_tui.ui.themes import MIN_CONTRAST, RGB, contrast, readable
from tests.snapshots.picture import TABLE
from tests.snapshots.stage import DARK, FOLDER, LIGHT

VARIABLES = {DARK: DARK_THEME.to_color_system().generate(), LIGHT: LIGHT_THEME.to_color_system().generate()}
RECORDED = {DARK: SCREEN_DARK[1], LIGHT: SCREEN_LIGHT[1]}
"""Ground of the recorded screen, whose colours are those of the recording."""
RAISED = ("surface", "panel", "primary-muted", "warning-muted", "error-muted")
"""Grounds that a dialog shows unchanged, while those behind it are darkened."""
STYLE = re.compile(r"(?P<words>.*?)(?P<text>#\w{6}) on (?P<ground>#\w{6})")


def rgb(text: str) -> RGB:
    red, green, blue = bytes.fromhex(text.lstrip("#")[:6])
    return red, green, blue


def cells(picture: str, mode: str) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Yield row, character and style of each cell with a letter or digit in a colour mode of a picture."""
    text, _, table = picture.partition(f"\n{TABLE}")
    head, *lines = table.splitlines()
    if mode not in (modes := head.split(" | ")):
        return
    styles = {line[0]: STYLE.fullmatch(line[2:].split(" | ")[modes.index(mode)]) for line in lines if line}
    for row, below in pairwise([*text.splitlines(), ""]):
        if row[:2].strip().isdigit():
            letters = below[3:] if below.startswith("   ") else ""
            for char, letter in zip(row[3:], letters.ljust(len(row)), strict=False):
                if char.isalnum() and (style := styles[letter]):
                    yield int(row[:2]), char, style


def unreadable(picture: str, mode: str) -> Mapping[str, int]:
    """Return the styles of text below the required contrast, each with a row in which it is."""
    found = list(cells(picture, mode))
    variables = VARIABLES[mode]
    last = max((row for row, _, _ in found), default=0)
    is_dialog = any(row == last and rgb(style["ground"]) != rgb(variables["surface"]) for row, _, style in found)
    raised = {rgb(variables[name]) for name in RAISED}
    bad = {}
    for row, _, style in found:
        text, ground = rgb(style["text"]), rgb(style["ground"])
        if "reverse" in style["words"]:
            text, ground = ground, text
        if ground == RECORDED[mode] or (is_dialog and ground not in raised):
            continue
        if contrast(text, ground) < MIN_CONTRAST:
            bad[style[0]] = row
    return bad


@pytest.mark.parametrize("mode", [DARK, LIGHT])
def test_pictures_text_is_readable(mode: str) -> None:
    checked = 0
    failures = {}
    for path in sorted(FOLDER.glob("*.txt")):
        picture = Path(path).read_text(encoding="utf-8")
        checked += sum(1 for _ in cells(picture, mode))
        if bad := unreadable(picture, mode):
            failures[path.name] = bad
    assert checked > 10_000
    assert not failures


def test_readable_keeps_readable_colours_and_changes_others() -> None:
    assert readable((0xE0, 0xE0, 0xE0), dark=True) == (0xE0, 0xE0, 0xE0)
    assert readable((0, 0, 0), dark=False) == (0, 0, 0)
    for dark, mode in ((True, DARK), (False, LIGHT)):
        for colour in ((0x60, 0xA0, 0xB0), (0x80, 0, 0), (0x40, 0x70, 0xA0), (128, 128, 128)):
            for name in ("surface", "panel", "primary-muted"):
                assert contrast(readable(colour, dark), rgb(VARIABLES[mode][name])) >= MIN_CONTRAST


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
