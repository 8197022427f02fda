"""Drawing of recorded screens as images with Pillow: one cell per character, in DejaVu Sans Mono."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from replay_tui.domain.terminal_theme import DARK_GROUND, DARK_TEXT, RGB
from replay_tui.export.colors import pen_colours
from replay_tui.terminal.screen import Screen, TextRun

FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
"""Regular and bold font; Pillow finds them in the system's folders."""
_ADVANCE = 1233 / 2048
"""Width of a character, as a part of the font size."""
_FAINT_PART = 0.6
_PALETTE_COLOURS = 256


class ScreenPainter:
    """Draws screens with cells that are `cell` pixels wide; the height follows from the font."""

    def __init__(self, cell: int) -> None:
        self.cell = cell
        self._regular, self._bold = (ImageFont.truetype(name, cell / _ADVANCE) for name in FONTS)
        self.height = sum(self._regular.getmetrics())
        self.colours: Counter[RGB] = Counter()
        """Number of runs drawn in each colour. Text colours cover few pixels, but must be in the palette."""

    def draw(self, screen: Screen) -> Image.Image:
        """Return an image of the screen with a margin of one cell."""
        size = (screen.cols + 2) * self.cell, screen.rows * self.height + 2 * self.cell
        image = Image.new("RGB", size, _background(screen))
        canvas = ImageDraw.Draw(image)
        for y, row in enumerate(screen.grid):
            x = 0
            for run in row.runs:
                self._draw_run(canvas, run, x, y, screen)
                x += run.width
        if screen.cursor_visible:
            self._fill(canvas, *screen.cursor, 1, DARK_TEXT)
        return image

    def _draw_run(self, canvas: ImageDraw.ImageDraw, run: TextRun, x: int, y: int, screen: Screen) -> None:
        fg, bg = pen_colours(run.pen, screen)
        self._fill(canvas, x, y, run.width, bg)
        ink = _blend(fg, bg) if run.pen.faint else fg
        self.colours.update([ink, bg])
        font = self._bold if run.pen.bold else self._regular
        if run.pen.hidden:
            return
        for column, char in enumerate(run.text, x):
            canvas.text(self._corner(column, y), char, ink, font)
        if run.pen.underline:
            left, top = self._corner(x, y + 1)
            canvas.line((left, top - 2, left + run.width * self.cell, top - 2), ink)

    def _fill(self, canvas: ImageDraw.ImageDraw, x: int, y: int, cells: int, colour: RGB) -> None:
        left, top = self._corner(x, y)
        canvas.rectangle((left, top, left + cells * self.cell - 1, top + self.height - 1), colour)

    def _corner(self, x: int, y: int) -> tuple[int, int]:
        return (x + 1) * self.cell, y * self.height + self.cell


def _background(screen: Screen) -> RGB:
    """Return the background of the top left corner, which is the colour of the margin."""
    runs = screen.grid[0].runs
    return pen_colours(runs[0].pen, screen)[1] if runs else DARK_GROUND


def _blend(fg: RGB, bg: RGB) -> RGB:
    """Return the colour of faint text `fg` on `bg`."""
    red, green, blue = (round(_FAINT_PART * ink + (1 - _FAINT_PART) * paper) for ink, paper in zip(fg, bg, strict=True))
    return red, green, blue


def save_still(image: Image.Image, colours: Counter[RGB], path: Path) -> None:
    """Save an image as PNG with a palette that contains `colours` unchanged."""
    image.quantize(palette=_palette([image], colours), dither=Image.Dither.NONE).save(path, optimize=True)


def save_animation(frames: Sequence[tuple[Image.Image, float]], colours: Counter[RGB], path: Path) -> None:
    """Save (image, seconds) frames as an endless GIF with a palette that contains `colours` unchanged."""
    palette = _palette([image for image, _ in frames], colours)
    first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image, _ in frames)
    durations = [round(seconds * 100) * 10 for _, seconds in frames]
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, optimize=True, disposal=1)


def _palette(images: Sequence[Image.Image], colours: Counter[RGB]) -> Image.Image:
    """Return a palette of the drawn colours and the most frequent shades from anti-aliasing."""
    pixels: Counter[RGB] = Counter()
    for image in images:
        for count, colour in image.getcolors(image.width * image.height):
            pixels[colour] += count
    drawn = [colour for colour, _ in colours.most_common(_PALETTE_COLOURS // 2)]
    shades = [colour for colour, _ in pixels.most_common() if colour not in drawn]
    sheet = Image.new("P", (1, 1))
    sheet.putpalette([part for colour in [*drawn, *shades][:_PALETTE_COLOURS] for part in colour])
    return sheet
