"""A recorded screen as a picture: every character in its own cell, in DejaVu Sans Mono, with Pillow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from replay_tui.export.colors import GROUND, RGB, TEXT, pen_colours
from replay_tui.terminal.screen import Screen, TextRun

FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
"""The regular and the bold font, found by Pillow in the system's folders."""
_ADVANCE = 1233 / 2048
"""Width of a character of these fonts, as a part of the font's size."""
_FAINT = 0.6
_PALETTE = 256


class Artist:
    """Draws with cells of `cell` pixels in width; their height follows from the font."""

    def __init__(self, cell: int) -> None:
        self.cell = cell
        self._regular, self._bold = (ImageFont.truetype(name, cell / _ADVANCE) for name in FONTS)
        self.height = sum(self._regular.getmetrics())
        self.colours: Counter[RGB] = Counter()
        """How often each colour was drawn with; those of text are rare in the pictures' pixels, and not to be lost."""

    def draw(self, screen: Screen) -> Image.Image:
        """The screen, with a margin of one cell."""
        size = (screen.cols + 2) * self.cell, screen.rows * self.height + 2 * self.cell
        image = Image.new("RGB", size, _ground(screen))
        canvas = ImageDraw.Draw(image)
        for y, row in enumerate(screen.grid):
            x = 0
            for run in row.runs:
                self._run(canvas, run, x, y, screen)
                x += run.width
        if screen.cursor_visible:
            self._fill(canvas, *screen.cursor, 1, TEXT)
        return image

    def _run(self, canvas: ImageDraw.ImageDraw, run: TextRun, x: int, y: int, screen: Screen) -> None:
        fg, bg = pen_colours(run.pen, screen)
        self._fill(canvas, x, y, run.width, bg)
        ink = _mixed(fg, bg) if run.pen.faint else fg
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


def _ground(screen: Screen) -> RGB:
    """The background of the corner, which the margin goes on with."""
    runs = screen.grid[0].runs
    return pen_colours(runs[0].pen, screen)[1] if runs else GROUND


def _mixed(fg: RGB, bg: RGB) -> RGB:
    red, green, blue = (round(_FAINT * one + (1 - _FAINT) * other) for one, other in zip(fg, bg, strict=True))
    return red, green, blue


def save_still(image: Image.Image, colours: Counter[RGB], path: Path) -> None:
    """One picture, as PNG; `colours` are kept as they are."""
    image.quantize(palette=_palette([image], colours), dither=Image.Dither.NONE).save(path, optimize=True)


def save_moving(frames: Sequence[tuple[Image.Image, float]], colours: Counter[RGB], path: Path) -> None:
    """Pictures with the seconds that each stands, as a GIF that goes on for ever; `colours` are kept as they are."""
    palette = _palette([image for image, _ in frames], colours)
    first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image, _ in frames)
    durations = [round(seconds * 100) * 10 for _, seconds in frames]
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, optimize=True, disposal=1)


def _palette(images: Sequence[Image.Image], colours: Counter[RGB]) -> Image.Image:
    """What was drawn with, and the commonest of the shades at the edges of characters."""
    pixels: Counter[RGB] = Counter()
    for image in images:
        for count, colour in image.getcolors(image.width * image.height):
            pixels[colour] += count
    kept = [colour for colour, _ in colours.most_common(_PALETTE // 2)]
    shades = [colour for colour, _ in pixels.most_common() if colour not in kept]
    sheet = Image.new("P", (1, 1))
    sheet.putpalette([part for colour in [*kept, *shades][:_PALETTE] for part in colour])
    return sheet
