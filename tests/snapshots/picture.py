"""Text form of a rendered screen, for reading diffs: each row, and below it one letter per cell for its style.

A picture combines captures of the same screen in several colour modes. A letter denotes one style in every mode; the
table at the end lists the styles. Cells with the most frequent style have no letter.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.style import Style
from textual.strip import Strip

LETTERS = string.ascii_letters + string.digits + "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
TABLE = "# styles: "
"""Begins the line above the table of styles, which names the colour modes."""
_ATTRIBUTES = ("bold", "dim", "italic", "underline", "underline2", "blink", "reverse", "conceal", "strike", "overline")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
_ANSI_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


@dataclass(frozen=True)
class Capture:
    """Screen in one colour mode: the text of each row, and the style of each cell as text."""

    rows: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]


def capture(strips: Iterable[Strip], depth: ColorSystem = ColorSystem.TRUECOLOR) -> Capture:
    """Return a capture of composed rows as Textual writes them to a terminal with the colours of `depth`.

    The port of a loopback gateway is replaced by zeros, because it differs between runs.
    """
    rows, styles = [], []
    for strip in strips:
        rows.append(_PORT.sub(lambda port: "0" * len(port[0]), strip.text).rstrip())
        cells: list[str] = []
        for segment in strip:
            cells += [_style_words(segment.style or Style.null(), depth)] * segment.cell_length
        styles.append(tuple(cells))
    return Capture(tuple(rows), tuple(styles))


@lru_cache(maxsize=4096)
def _style_words(style: Style, depth: ColorSystem) -> str:
    words = [name for name in _ATTRIBUTES if getattr(style, name)]
    words.append(_color_words(style.color, depth))
    words.append(f"on {_color_words(style.bgcolor, depth)}")
    return " ".join(words)


def _color_words(color: Color | None, depth: ColorSystem) -> str:
    if color is None:
        return "default"
    color = color.downgrade(depth)
    if color.type is ColorType.STANDARD and color.number is not None:
        bright = "bright_" if color.number >= 8 else ""
        return bright + _ANSI_NAMES[color.number % 8]
    return color.triplet.hex if color.triplet else color.name


def compose(captures: Mapping[str, Capture], accepted: str = "") -> str:
    """Return the picture of captures by colour mode.

    Styles that the `accepted` picture has too keep their letters, so that a diff shows only real changes. Raises
    `AssertionError` if the text differs between modes.
    """
    first, *others = captures.values()
    for mode, other in zip(list(captures)[1:], others, strict=True):
        assert not (changes := _difference(first.rows, other.rows)), f"{mode} changes the text:\n{changes}"
    rows = [
        [" | ".join(cell) for cell in zip(*row, strict=True)]
        for row in zip(*(one.styles for one in captures.values()), strict=True)
    ]
    letters = _letters(rows, _accepted_letters(accepted))
    lines = []
    for number, (text, styles) in enumerate(zip(first.rows, rows, strict=True), start=1):
        lines += [f"{number:2} {text}", f"   {''.join(letters[style] for style in styles)}"]
    table = sorted(f"{letter} {style}" for style, letter in letters.items())
    lines = [line.rstrip() for line in lines if line.strip()]
    return "\n".join([*lines, "", TABLE + " | ".join(captures), *table, ""])


def _letters(rows: Sequence[Sequence[str]], accepted: Mapping[str, str]) -> dict[str, str]:
    """Return a letter per style: a blank for the most frequent one, the accepted letter if any, else a new one."""
    counted = Counter(style for row in rows for style in row)
    commonest = max(counted, key=lambda style: (counted[style], style))
    kept = {style: accepted[style] for style in counted if accepted.get(style, " ") != " "}
    fresh = iter(sorted(LETTERS, key=lambda letter: letter in accepted.values()))
    found = {**kept, commonest: " "}
    for style in counted:
        if style not in found:
            found[style] = next(letter for letter in fresh if letter not in kept.values())
    return found


def _accepted_letters(picture: str) -> dict[str, str]:
    """Return the letters of a picture by style."""
    _, _, table = picture.partition(f"\n{TABLE}")
    return {line[2:]: line[0] for line in table.splitlines()[1:] if line}


def difference(accepted: str, drawn: str) -> str:
    """Return the difference between two pictures as a unified diff, an empty text if they are equal."""
    return _difference(accepted.splitlines(), drawn.splitlines())


def _difference(before: Sequence[str], after: Sequence[str]) -> str:
    return "\n".join(unified_diff(before, after, "accepted", "drawn", lineterm="", n=1))
