"""Visible styles of a screen in the form of `fixtures/terminal`."""

from __future__ import annotations

import unicodedata
from typing import Any

from replay_tui.domain.display_text import char_width
from replay_tui.domain.terminal_theme import Colour
from replay_tui.terminal.screen import Pen, Screen

Span = list[int | str]
"""Row, first column, column after the last one, and SGR parameters."""


def visible_spans(screen: Screen) -> list[Span]:
    """Return the spans of cells with a visible style."""
    spans: list[Span] = []
    for y, row in enumerate(screen.grid):
        looks = [_look(run.pen, char == " ") for run in row.runs for char in run.text for _ in range(char_width(char))]
        start = 0
        for x in range(1, len(looks) + 1):
            if x == len(looks) or looks[x] != looks[start]:
                if looks[start]:
                    spans.append([y, start, x, looks[start]])
                start = x
    return spans


def differences(screen: Screen, seen: dict[str, Any]) -> list[str]:
    """Return in what a screen differs from what xterm showed: text, cursor, styles or the cursor's visibility."""
    pairs: dict[str, tuple[Any, Any]] = {
        "text": (composed(screen.lines), composed(seen["lines"])),
        "cursor": (list(screen.cursor), seen["cursor"]),
        "styles": (visible_spans(screen), seen["attrs"]),
    }
    if "name" in seen:
        pairs["cursor visibility"] = (screen.cursor_visible, not seen.get("hidden_cursor", False))
    return [name for name, (ours, theirs) in pairs.items() if theirs is not None and ours != theirs]


def composed(lines: tuple[str, ...] | list[str]) -> list[str]:
    """Return `lines` with composed characters, as xterm stores them."""
    return [unicodedata.normalize("NFC", line) for line in lines]


def _look(pen: Pen, is_blank: bool) -> str:
    shown_on_blanks = {"4": pen.underline == 1, "21": pen.underline == 2, "7": pen.inverse, "9": pen.strike}
    flags = {
        "1": pen.bold, "2": pen.faint, "3": pen.italic, "4": pen.underline == 1, "21": pen.underline == 2,
        "5": pen.blink, "7": pen.inverse, "8": pen.hidden, "9": pen.strike,
    }  # fmt: skip
    codes = [code for code, on in flags.items() if on and (not is_blank or code in shown_on_blanks)]
    foreground, background = _code(pen.fg, 30), _code(pen.bg, 40)
    if foreground and (not is_blank or any(shown_on_blanks.values())):
        codes.append("3" + foreground[1] if pen.bold and foreground.startswith("9") else foreground)
    return ";".join([*codes, *([background] if background else [])])


def _code(colour: Colour, base: int) -> str:
    if colour is None:
        return ""
    if isinstance(colour, tuple):
        return f"{base + 8};2;" + ";".join(map(str, colour))
    return str(base + colour) if colour < 8 else str(base + 52 + colour) if colour < 16 else f"{base + 8};5;{colour}"
