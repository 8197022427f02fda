"""Command that makes the README's pictures and the tour: `python -m screenshots.make [NAME ...]`.

It runs `replay-tui` on a pseudo-terminal, records the output, and draws the recording. The tour is saved as asciicast
and GIF. Needs the extras `test` and `pictures`, bash and the font DejaVu Sans Mono.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import replay_tui
from screenshots.draw import ScreenPainter, save_animation, save_still
from screenshots.stage import ESCAPE, Scene, play, write_cast
from tests.support.record.terminal import Step

FOLDER = Path(__file__).parent
STILL_CELL_PIXELS, TOUR_CELL_PIXELS = 16, 8
"""Width of a cell: the pictures are sharp on high-density displays, the tour is as small as is readable."""
MIN_FRAME_SECONDS = 0.1
SETTLED_SECONDS = 0.02
"""Pause in the output after which a screen counts as complete."""
LAST_FRAME_SECONDS = 2.0


def _keys(keys: str, gap: float = 0.3) -> tuple[Step, ...]:
    """Return steps that type `keys` with `gap` seconds between them."""
    return Step(0.5, keys, gap=gap), Step(1.0)


PICTURES = {
    "replay": Scene("demo", (160, 40), _keys("G[[")),
    "statements": Scene("demo 2", (120, 36), _keys("G[[")),
    "search": Scene("demo", (120, 36), _keys("/timeout\rn", 0.1)),
    "blocked": Scene("demo 3", (120, 36), ()),
    "find": Scene(
        "archive add replay_tui/demo/*.json fixtures/sessions; clear; replay-tui demo",
        (120, 36),
        (Step(12.0), Step(1.5, "\x06"), *_keys("rm -rf\rj")),
    ),
    "light": Scene("demo 4", (120, 36), (), 'theme = "textual-light"\n'),
}

TOUR = Scene(
    "demo",
    (100, 30),
    (
        Step(0.6, " "),  # play
        Step(0.8, ">>", gap=0.5),  # faster
        Step(2.0, " "),  # pause
        Step(0.8, "/"),
        Step(0.4, "timeout", gap=0.12),
        Step(0.6, "\r"),
        Step(1.2, "nn", gap=0.9),
        Step(0.8, ESCAPE),
        Step(0.6, "]]]]", gap=1.2),  # flagged moments
        Step(1.0, "A"),  # a message: decisions need the gateway
        Step(2.2, "}"),  # next session
        Step(1.2, "ss", gap=0.9),
        Step(0.5, "]]]", gap=1.2),
        Step(1.2, "?"),
        Step(2.0),
    ),
)


def make_picture(name: str, scene: Scene, home: Path) -> None:
    """Run a scene and save its last screen as PNG."""
    cast = home / "picture.cast"
    write_cast(play(scene, home), cast, name)
    recording = replay_tui.load(cast)
    painter = ScreenPainter(STILL_CELL_PIXELS)
    image = painter.draw(recording.screen(recording.duration))
    save_still(image, painter.colours, FOLDER / f"{name}.png")


def make_tour(home: Path) -> None:
    """Run the tour and save it as a cast and as a GIF."""
    cast = FOLDER / "tour.cast"
    write_cast(play(TOUR, home), cast, "A tour of replay-tui")
    recording = replay_tui.load(cast)
    painter = ScreenPainter(TOUR_CELL_PIXELS)
    times = [*_frame_times(recording), recording.duration + LAST_FRAME_SECONDS]
    frames = [(painter.draw(recording.screen(time)), after - time) for time, after in pairwise(times)]
    save_animation(frames, painter.colours, FOLDER / "tour.gif")


def _frame_times(recording: replay_tui.Recording) -> Iterator[float]:
    """Yield the times of the GIF's frames: complete screens, changing ones at most every `MIN_FRAME_SECONDS`."""
    times = [*recording.stream.times, float("inf")]
    settled = [time for time, after in pairwise(times) if after - time > SETTLED_SECONDS]
    last = -MIN_FRAME_SECONDS
    for time, after in pairwise([*settled, float("inf")]):
        if max(after - time, time - last) >= MIN_FRAME_SECONDS:
            last = time
            yield time


def main() -> None:
    """Make the pictures named on the command line, or all."""
    for name in sys.argv[1:] or [*PICTURES, "tour"]:
        with tempfile.TemporaryDirectory() as home:
            if name == "tour":
                make_tour(Path(home))
            else:
                make_picture(name, PICTURES[name], Path(home))


if __name__ == "__main__":
    main()
