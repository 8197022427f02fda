"""Parser for the emulator's VT dump, in which every run is a reset, its SGR and its text; and the SGR of a pen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from replay_tui.domain.display_text import char_width
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_theme import BACKGROUND, FOREGROUND, Colour
from replay_tui.terminal.screen import BLANK_ROW, PLAIN, Pen, ScreenRow, TextRun

_RESET = "\x1b[0m"
_SGR = lazy_compile(r"((?:\x1b\[[0-9;:]*m)+)")
_PARAMS = lazy_compile(r"\x1b\[([0-9;:]*)m")
_UNSAFE = lazy_compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS = lazy_compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all except line feed
_PRINTABLE_ASCII = bytes((0x0A, *range(0x20, 0x7F)))
_INVISIBLE = lazy_compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_JOINERS = lazy_compile("[\u200c\u200d\ufe00-\ufe0f]")
SIMPLE_TEXT = lazy_compile(
    "[ -~\xa1-\xac\xae-\u02ff\u0370-\u0377\u037a-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25fc\u2800-\u28ff]*"
)
"""Characters that take one cell in every terminal; the widths of such a row need not be read from its cells."""

_WIDE = (
    "\u3001-\u3029\u3030-\u303e\u3041-\u3096\u30a0-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uff01-\uff60"
)
_WIDE_TEXT = lazy_compile(f"{SIMPLE_TEXT.pattern[:-2]}{_WIDE}]*")
_WIDE_CHARACTER = lazy_compile(f"[{_WIDE}]")
"""Characters that take two cells in every terminal."""

_STYLED_BLANK = lazy_compile(r"\x1b\[(?:48[;:][^m]*|4(?::\d)?|7|9|53)m(?:\x1b\[[^m]*m)*[^\x1b ]* ")
"""A blank in a style that is visible on blanks. The dump has the same text for cells that were never written."""

Cell = tuple[str, int, bool]
"""A grapheme, the cells it takes (1 or 2), and whether it was written."""


@lru_cache(maxsize=4096)
def pen_of(sgr: str) -> Pen:
    """Return the pen set by consecutive SGR sequences. Source: ECMA-48 8.3.117, with the colon forms of ISO 8613-6."""
    state: dict[str, object] = {}
    for params in _PARAMS.findall(sgr):
        items = params.split(";")
        index = 0
        while index < len(items):
            index += _apply_parameter(items, index, state)
    return Pen(**state) if state else PLAIN  # type: ignore[arg-type]


_FLAGS = {
    1: "bold",
    2: "faint",
    3: "italic",
    5: "blink",
    6: "blink",
    7: "inverse",
    8: "hidden",
    9: "strike",
    53: "overline",
}


def _apply_parameter(items: list[str], index: int, state: dict[str, object]) -> int:
    """Apply the parameter at `index` to `state` and return the number of parameters consumed."""
    head, _, rest = items[index].partition(":")
    code = int(head or 0)
    if code == 0:
        state.clear()
    elif code in _FLAGS:
        state[_FLAGS[code]] = True
    elif code == 4:
        state["underline"] = int(rest or 1)
    elif code == 21:
        state["underline"] = 2
    elif 30 <= code <= 37 or 90 <= code <= 97:
        state["fg"] = code - 30 if code < 40 else code - 82
    elif 40 <= code <= 47 or 100 <= code <= 107:
        state["bg"] = code - 40 if code < 50 else code - 92
    elif code in (38, 48, 58):
        name = {38: "fg", 48: "bg", 58: "underline_colour"}[code]
        values, used = ([int(v or 0) for v in rest.split(":")], 1) if rest else _colour_parameters(items, index + 1)
        state[name] = _colour(values)
        return used
    return 1


def _colour_parameters(items: list[str], start: int) -> tuple[list[int], int]:
    """Return the colour parameters at `start` and the number of parameters consumed with the one before."""
    count = {"5": 2, "2": 4}.get(items[start] if start < len(items) else "", 1)
    return [int(value or 0) for value in items[start : start + count]], count + 1


def _colour(values: list[int]) -> Colour:
    if len(values) >= 2 and values[0] == 5:
        return values[1] & 0xFF
    if len(values) >= 4 and values[0] == 2:
        red, green, blue = values[-3:]
        return (red & 0xFF, green & 0xFF, blue & 0xFF)
    return None


MAX_SGR_PARAMETERS = 16
_SGR_FLAGS = (
    ("bold", "1"), ("faint", "2"), ("italic", "3"), ("blink", "5"), ("inverse", "7"), ("hidden", "8"),
    ("strike", "9"), ("overline", "53"),
)  # fmt: skip


def sgr(pen: Pen, palette: Mapping[int, tuple[int, int, int]] | None = None) -> str:
    """Return the SGR sequences that set `pen` after a reset. `palette` holds colours that the session changed."""
    codes = [code for name, code in _SGR_FLAGS if getattr(pen, name)]
    if pen.underline:
        codes.append("4" if pen.underline == 1 else f"4:{pen.underline}")
    palette = palette or {}
    fg, bg = (
        palette.get(FOREGROUND) if pen.fg is None else pen.fg,
        palette.get(BACKGROUND) if pen.bg is None else pen.bg,
    )
    for base, colour in ((38, fg), (48, bg), (58, pen.underline_colour)):
        if colour is not None:
            codes.append(_colour_code(base, colour, palette))
    joint = ";".join(codes)
    # Terminals ignore parameters beyond a limit.
    sequences = [joint] if len(re.findall("[0-9]+", joint)) <= MAX_SGR_PARAMETERS else codes
    return "".join(f"\x1b[{some}m" for some in sequences if some)


def _colour_code(base: int, colour: Colour, palette: Mapping[int, tuple[int, int, int]]) -> str:
    if isinstance(colour, int):
        if colour in palette:
            colour = palette[colour]
        elif colour < 16 and base != 58:
            return str(base - 8 + colour if colour < 8 else base + 52 + colour - 8)
        else:
            return f"58:5:{colour}" if base == 58 else f"{base};5;{colour}"
    assert colour is not None
    red, green, blue = colour
    return f"58:2::{red}:{green}:{blue}" if base == 58 else f"{base};2;{red};{green};{blue}"


@lru_cache(maxsize=8192)
def simple_row(dump: str) -> ScreenRow | None:
    """Return the row of one dumped line, None if the line alone does not tell (see `written_row` and `complex_row`).

    Its characters may have uncertain widths, or its blanks may have a style only in the dump.
    """
    return None if _STYLED_BLANK.search(dump) else written_row(dump)


@lru_cache(maxsize=8192)
def written_row(dump: str) -> ScreenRow | None:
    """Return the row of one dumped line without unwritten cells, None if its characters have uncertain widths."""
    if not dump:
        return BLANK_ROW
    runs = []
    for text, pen in _runs(dump):
        if SIMPLE_TEXT.fullmatch(text):
            runs.append(TextRun(text, pen, len(text)))
        elif _WIDE_TEXT.fullmatch(text):
            runs.append(TextRun(text, pen, len(text) + len(_WIDE_CHARACTER.findall(text))))
        else:
            return None
    return ScreenRow("".join(run.text for run in runs).rstrip(" "), tuple(runs))


@lru_cache(maxsize=4096)
def complex_row(dump: str, cells: tuple[Cell, ...]) -> ScreenRow:
    """Return the row of one dumped line with text that takes exactly the widths of its `cells`.

    Unwritten cells have no style.
    """
    runs: list[TextRun] = []
    following = iter(cells)
    for text, pen in _runs(dump):
        used = 0
        while used < len(text):
            grapheme, width, is_written = next(following, (text[used], 1, True))
            used += max(1, len(grapheme))
            _append(runs, _fit_to_width(grapheme, width), pen if is_written else PLAIN, width)
    return ScreenRow(plain_text(dump), tuple(runs))


def _append(runs: list[TextRun], text: str, pen: Pen, width: int) -> None:
    if runs and runs[-1].pen == pen:
        runs[-1] = TextRun(runs[-1].text + text, pen, runs[-1].width + width)
    else:
        runs.append(TextRun(text, pen, width))


def plain_text(dump: str) -> str:
    """Return the text of one dumped line without SGR, invisible characters and trailing blanks."""
    return _INVISIBLE.sub("", _UNSAFE.sub("\ufffd", _SGR.sub("", dump))).rstrip(" ")


def plain_lines(dump: bytes) -> list[str]:
    """Return the lines of a dump in plain format, each cleaned like `plain_text`."""
    if not dump.translate(None, _PRINTABLE_ASCII):
        return dump.decode("ascii").split("\n")
    text = _INVISIBLE.sub("", _CONTROLS.sub("\ufffd", dump.decode("utf-8", "replace")))
    return [line.rstrip(" ") for line in text.split("\n")]


def last_run(dump: str) -> tuple[str, Pen]:
    """Return the text and pen of a dumped line's last run; reads only from the last reset, since each run has one."""
    dump = dump.removesuffix(_RESET)
    return runs[-1] if (runs := _runs(dump[max(0, dump.rfind(_RESET)) :])) else ("", PLAIN)


def _runs(dump: str) -> list[tuple[str, Pen]]:
    parts = _SGR.split(dump)
    runs = [(parts[0], PLAIN)] if parts[0] else []
    runs += [(text, pen_of(sgr)) for sgr, text in zip(parts[1::2], parts[2::2], strict=True) if text]
    return runs


@lru_cache(maxsize=8192)
def _fit_to_width(grapheme: str, width: int) -> str:
    """Return a grapheme as text of exactly `width` cells on every terminal.

    Joiners are removed and characters of uncertain width replaced.
    """
    kept = _JOINERS.sub("", _INVISIBLE.sub("", _UNSAFE.sub("\ufffd", grapheme)))
    if not kept:
        return " " * width
    base = kept[0]
    if "\U0001f3fb" <= base <= "\U0001f3ff":  # a skin tone would combine with the emoji before it
        return " " * width
    if "\U0001f1e6" <= base <= "\U0001f1ff":  # two regional indicators would combine into a flag
        return chr(ord(base) - 0x1F1E6 + ord("A")) + " " * (width - 1)
    marks = "".join(char for char in kept[1:] if unicodedata.category(char) in ("Mn", "Me"))
    if unicodedata.category(base) in ("Mn", "Me", "Cf", "Zs"):
        base, marks = " ", ""
    natural = char_width(base)
    if natural > width:
        return "\ufffd"
    return base + marks + " " * (width - natural)
