"""Recordings of programs in xterm, with its screens: `fixtures/terminal/programs` and `fixtures/terminal/resizes`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.fixtures import FIXTURES, recorded

FOLDER = FIXTURES / "terminal"


@dataclass(frozen=True)
class XtermRecording:
    """One recording of a program: with a value of `TERM`, or with a kind of resize.

    `stream` is what a gateway keeps, without the resizes; `screens` are xterm's.
    """

    variant: str
    stream: EventStream
    sizes: SizeTimeline
    screens: list[dict[str, Any]]

    def offset(self, seen: dict[str, Any]) -> int:
        """Return the output offset at which xterm showed a screen."""
        return self.stream.output_length_after(self.stream.event_count_at(seen["at"]))

    def drawn(self, sizes: SizeTimeline) -> Iterator[tuple[dict[str, Any], Screen]]:
        """Yield xterm's screens, each with the one that is drawn with `sizes`."""
        renderer = StreamRenderer(self.stream, sizes)
        for seen in self.screens:
            renderer.render_to(self.offset(seen))
            yield seen, renderer.emulator.screen()


def names(kind: str) -> list[str]:
    """Return the programs of a kind: `programs` or `resizes`."""
    return sorted(path.name.partition(".")[0] for path in (FOLDER / kind).glob("*.json.gz"))


@cache
def xterm_recordings(kind: str, name: str) -> list[XtermRecording]:
    """Return the recordings of a program."""
    found = []
    for one in json.loads(gzip.decompress((FOLDER / kind / f"{name}.json.gz").read_bytes())):
        stream, resizes = EventStream(), []
        for time, code, text in one["events"]:
            if code == "r":
                cols, rows = map(int, text.split("x"))
                resizes.append(Resize(len(stream.output), recorded(cols, rows)))
            else:
                stream.append(time, code, text.encode())
        sizes = SizeTimeline(recorded(one["cols"], one["rows"]), resizes)
        found.append(XtermRecording(one["variant"], stream, sizes, one["screens"]))
    return found
