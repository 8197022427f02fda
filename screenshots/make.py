"""Makes every picture of the README from real runs of the demo: `python screenshots/make.py`."""

from __future__ import annotations

import asyncio
import html
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from replay_tui.demo import demo_sessions
from replay_tui.settings.state import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.loader import SessionRef
from replay_tui.ui.screens.replay import ReplayScreen

FOLDER = Path(__file__).parent
_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
_LED_BY_BLANKS = re.compile(r'x="([\d.]+)"( y="[\d.]+") textLength="([\d.]+)"([^>]*)>((?:&#160;)+)([^<]+)<')


@dataclass(frozen=True)
class Picture:
    """A run of the demo: the `session` by its number, the terminal's size, the keys pressed."""

    name: str
    session: int
    size: tuple[int, int]
    keys: tuple[str, ...]
    theme: str = "textual-dark"


PICTURES = (
    Picture("replay", 0, (140, 40), ("right_square_bracket",) * 4),
    Picture("editing", 0, (120, 36), ("4", "k")),
    Picture("statements", 1, (140, 40), ("right_square_bracket",) * 3),
    Picture("blocked", 2, (120, 36), ()),
    Picture("table", 3, (120, 36), ()),
    Picture("search", 0, (120, 36), ("slash", *"timeout", "enter", "n")),
    Picture("light", 1, (120, 36), ("right_square_bracket",) * 2, "textual-light"),
    Picture("small", 0, (80, 24), ("right_square_bracket",) * 3),
)


def _moved(match: re.Match[str]) -> str:
    """Text that begins where its first visible character stands: some viewers drop blanks at the start."""
    x, y, length, more, blanks, text = match.groups()
    count = blanks.count("&#160;")
    cell = float(length) / (count + len(html.unescape(text)))
    return f'x="{float(x) + count * cell:.1f}"{y} textLength="{float(length) - count * cell:.1f}"{more}>{text}<'


async def take(picture: Picture, folder: Path) -> None:
    """Run the application and save what it shows."""
    refs = [SessionRef(str(path), title) for title, path in demo_sessions()]
    app = ReplayApp(refs, at=picture.session, theme=picture.theme, store=StateStore(folder))
    async with app.run_test(size=picture.size) as pilot:
        screen = app.screen
        while not isinstance(screen := app.screen, ReplayScreen) or screen.findings is None:
            await pilot.pause(0.05)
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause(0.2)
        await pilot.pause(1.5)
        svg = app.export_screenshot(title=f"replay-tui · {refs[picture.session].title}")
    # The picture is to load nothing from elsewhere: it is drawn in the reader's own monospaced font.
    svg = _FONTS.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, DejaVu Sans Mono")
    svg = _LED_BY_BLANKS.sub(_moved, svg)
    (FOLDER / f"{picture.name}.svg").write_text(svg)


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for picture in PICTURES:
            asyncio.run(take(picture, Path(folder)))


if __name__ == "__main__":
    main()
