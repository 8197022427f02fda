"""Makes every picture, and the tour, from real runs of the program: `python -m screenshots.make [NAME ...]`.

Each picture is what `replay-tui` draws on a pseudo-terminal; it is read back by this program's own replay. Needs the
extras `test` and `pictures`, bash and the font DejaVu Sans Mono. The tour is an asciicast, and a GIF of the same.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import replay_tui
from screenshots.draw import Artist, save_moving, save_still
from screenshots.stage import ESCAPE, Scene, play, write_cast
from tests.support.record.terminal import Step

FOLDER = Path(__file__).parent
STILL_CELL, MOVING_CELL = 16, 8
"""Pixels of a cell in width: stills are sharp on dense displays, the tour is as small as can be read."""
_SLOT = 0.1
_SETTLED = 0.02
_LAST = 2.0


def _keys(keys: str, gap: float = 0.3) -> tuple[Step, ...]:
    return Step(0.5, keys, gap=gap), Step(1.0)


PICTURES = {
    "replay": Scene("demo", (120, 36), _keys("G[[")),
    "statements": Scene("demo 2", (120, 36), _keys("G[[")),
    "search": Scene("demo", (120, 36), _keys("/timeout\rn", 0.1)),
    "blocked": Scene("demo 3", (120, 36), ()),
    "light": Scene("demo 4", (120, 36), (), 'theme = "textual-light"\n'),
}

TOUR = Scene(
    "demo",
    (100, 30),
    (
        Step(0.6, " "),  # play,
        Step(0.8, ">>", gap=0.5),  # faster,
        Step(2.0, " "),  # pause
        Step(0.8, "/"),
        Step(0.4, "timeout", gap=0.12),
        Step(0.6, "\r"),
        Step(1.2, "nn", gap=0.9),
        Step(0.8, ESCAPE),
        Step(0.6, "]]]]", gap=1.2),  # from flagged moment to flagged moment
        Step(1.0, "A"),  # a saved recording has no gateway that could be asked
        Step(2.2, "}"),  # the next session
        Step(1.2, "ss", gap=0.9),
        Step(0.5, "]]]", gap=1.2),
        Step(1.2, "?"),
        Step(2.0),
    ),
)


def make_picture(name: str, scene: Scene, home: Path) -> None:
    """Save the last thing that a run showed."""
    cast = home / "picture.cast"
    write_cast(play(scene, home), cast, name)
    recording = replay_tui.load(cast)
    artist = Artist(STILL_CELL)
    image = artist.draw(recording.screen(recording.duration))
    save_still(image, artist.colours, FOLDER / f"{name}.png")


def make_tour(home: Path) -> None:
    """Save the tour as a cast and as a GIF."""
    cast = FOLDER / "tour.cast"
    write_cast(play(TOUR, home), cast, "A tour of replay-tui")
    recording = replay_tui.load(cast)
    artist = Artist(MOVING_CELL)
    moments = [*_settled(recording), recording.duration + _LAST]
    shown = [(artist.draw(recording.screen(moment)), moment) for moment in moments[:-1]]
    frames = [(image, after - moment) for (image, moment), after in zip(shown, moments[1:], strict=True)]
    save_moving(frames, artist.colours, FOLDER / "tour.gif")


def _settled(recording: replay_tui.Recording) -> Iterator[float]:
    """Where nothing is drawn for a moment: all that stands for a while, and of the rest one in a tenth of a second."""
    times = [*recording.stream.times, float("inf")]
    quiet = [time for time, after in pairwise(times) if after - time > _SETTLED]
    last = -_SLOT
    for time, after in pairwise([*quiet, float("inf")]):
        if max(after - time, time - last) >= _SLOT:
            last = time
            yield time


def main() -> None:
    """Make the pictures that are named, or all."""
    wanted = sys.argv[1:] or [*PICTURES, "tour"]
    for name in wanted:
        with tempfile.TemporaryDirectory() as home:
            if name == "tour":
                make_tour(Path(home))
            else:
                make_picture(name, PICTURES[name], Path(home))


if __name__ == "__main__":
    main()
