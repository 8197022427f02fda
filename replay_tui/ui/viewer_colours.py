"""Colours for the viewer's terminal, which may have only 16 or 256 of them.

Rich and Textual compute with (red, green, blue) and choose the nearest colour that the terminal has. With 16 colours
the nearest one of a light green is white.
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter

_MIN_CHROMA, _MIN_CHROMA_PART = 50, 0.25
"""Difference of the greatest and the least of red, green and blue that makes a hue, and its part of the greatest."""
_HUES = (30, 1), (75, 3), (165, 2), (200, 6), (265, 4), (330, 5), (360, 1)
"""Hues in degrees up to which a colour counts as red, yellow, green, cyan, blue, magenta and red."""
_GREYS = (40, 0), (140, 8), (200, 7), (256, 15)
"""Luminance up to which a grey is black, dark grey, light grey and white."""
_MIN_BRIGHT, _MIN_TINT = 200, 100
"""The greatest of red, green and blue from which a colour is a bright one, and a background more than a tinted grey."""
_WITH_UNDERLINE_STYLES = "xterm-kitty", "xterm-ghostty", "foot", "wezterm", "alacritty", "contour", "tmux"
_WITHOUT_UNDERLINE_STYLES = "screen", "linux", "vt"


def supports_underline_styles(environ: Mapping[str, str]) -> bool:
    """Return True if the terminal draws curly, double and coloured underlines (SGR 4:3, 58:2).

    There is no query that old terminals ignore silently, so the environment decides. Terminals with 24-bit colours know
    the parameters with colons, except Apple's and GNU screen, which inherits the variable `COLORTERM`.
    """
    term = environ.get("TERM", "")
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return False
    if term.startswith(_WITHOUT_UNDERLINE_STYLES) and "TMUX" not in environ:
        return False
    return environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.startswith(_WITH_UNDERLINE_STYLES)


class RecordedColour(Color):
    """A colour of the recorded screen, which keeps its number on terminals with at most 256 colours.

    Also carries what Rich's styles cannot express, as SGR parameters that precede those of the colour. `name` has those
    for such terminals and those for any terminal, separated by a blank.
    """

    __slots__ = ()

    @staticmethod
    def of(rgb: tuple[int, int, int], number: int | None, *, reduced: str = "", always: str = "") -> RecordedColour:
        """Return the colour `rgb`, which is `number` in the palette unless the session changed that entry.

        `reduced` and `always` are SGR parameters for terminals with at most 256 colours and for any.
        """
        return RecordedColour(f"{reduced} {always}", ColorType.TRUECOLOR, number, ColorTriplet(*rgb))

    @lru_cache(maxsize=1024)  # noqa: B019  # as in Rich; colours are small and few
    def downgrade(self, system: ColorSystem) -> Color:
        """See `rich.color.Color.downgrade`."""
        assert self.triplet is not None
        if system is ColorSystem.TRUECOLOR:
            return RecordedColour(self.name.partition(" ")[2], self.type, self.number, self.triplet)
        params = self.name.replace(" ", ";").strip(";")
        number = self.number
        if number is not None and number < 16:
            return RecordedColour(params, ColorType.STANDARD, number)
        if system is ColorSystem.EIGHT_BIT:
            reduced = Color.from_triplet(self.triplet).downgrade(system).number if number is None else number
            return RecordedColour(params, ColorType.EIGHT_BIT, reduced)
        return RecordedColour(params, ColorType.STANDARD, nearest_number(self.triplet))

    def get_ansi_codes(self, foreground: bool = True) -> tuple[str, ...]:  # type: ignore[override]  # cached in Rich
        """See `rich.color.Color.get_ansi_codes`; called for downgraded colours."""
        return (*filter(None, (self.name.strip(),)), *super().get_ansi_codes(foreground))


@lru_cache(maxsize=4096)
def nearest_number(rgb: tuple[int, int, int], *, is_background: bool = False) -> int:
    """Return the one of the 16 colours with the same hue, or else the nearest grey."""
    high, low = max(rgb), min(rgb)
    has_hue = high - low >= max(_MIN_CHROMA, _MIN_CHROMA_PART * high)
    if has_hue and not (is_background and high < _MIN_TINT):
        hue = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))[0] * 360
        return next(number for limit, number in _HUES if hue <= limit) + 8 * (high >= _MIN_BRIGHT)
    red, green, blue = rgb
    luminance = 0.3 * red + 0.59 * green + 0.11 * blue
    # A dark tint marks a selected line, which must differ from black.
    return 8 if has_hue else next(number for limit, number in _GREYS if luminance < limit)


class SixteenColours(LineFilter):
    """Replaces colours by those of a terminal with 16 colours, by hue. Colours of the recorded screen are kept."""

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Replace the colours of each style."""
        return [
            segment if segment.style is None else Segment(segment.text, _reduced(segment.style), segment.control)
            for segment in segments
        ]


@lru_cache(maxsize=4096)
def _reduced(style: Style) -> Style:
    text, ground = (
        nearest_number(colour.triplet, is_background=is_background)
        if colour is not None and colour.triplet is not None and not isinstance(colour, RecordedColour)
        else None
        for colour, is_background in ((style.color, False), (style.bgcolor, True))
    )
    if text is not None and style.color == style.bgcolor:
        text = ground
    elif text is not None and text == ground:
        text = 7 if ground in (0, 8) else 0
    return style + Style(color=_numbered(text), bgcolor=_numbered(ground))


def _numbered(number: int | None) -> Color | None:
    return None if number is None else Color(f"color({number})", ColorType.STANDARD, number)
