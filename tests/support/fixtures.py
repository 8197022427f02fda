"""Recordings in `fixtures/`, and helpers that build streams."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.sources import LoadedSession, read_all
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.sequence_filter import filter_sequences

FIXTURES = Path(__file__).parents[2] / "fixtures"
SESSIONS = FIXTURES / "sessions"
PROGRAMS = sorted(path.name.partition(".")[0] for path in (FIXTURES / "programs").glob("*.screens.json"))
"""Names of the recorded programs with screens of a referee (tmux)."""


@lru_cache(maxsize=32)
def program(name: str) -> LoadedSession:
    """Return the recording of a program."""
    return read_all(str(FIXTURES / "programs" / f"{name}.json.gz"))


@dataclass(frozen=True)
class Referee:
    """Screens of tmux: the true `sizes`, (event, columns, rows) of each resize, and the checkpoints."""

    sizes: SizeTimeline
    resizes: list[tuple[int, int, int]]
    checkpoints: list[dict[str, Any]]


@lru_cache(maxsize=32)
def referee(name: str) -> Referee:
    """Return the screens of tmux for a program."""
    found = json.loads((FIXTURES / "programs" / f"{name}.screens.json").read_text())
    resizes = [(one["event"], one["cols"], one["rows"]) for one in found.get("resizes", [])]
    stream = program(name).stream
    later = [Resize(stream.output_length_after(event), recorded(cols, rows)) for event, cols, rows in resizes]
    return Referee(SizeTimeline(recorded(found["cols"], found["rows"]), later), resizes, found["checkpoints"])


def recorded(cols: int, rows: int) -> TerminalSize:
    """Return a size with the source `RECORDED`, as in an asciicast header."""
    return TerminalSize(cols, rows, SizeSource.RECORDED)


def sized(cols: int = 80, rows: int = 24) -> SizeTimeline:
    """Return a timeline with one size."""
    return SizeTimeline(recorded(cols, rows))


def stream_of(*events: tuple[float | None, str, bytes]) -> EventStream:
    """Return a stream of (time, kind, payload) events."""
    made = EventStream()
    for event in events:
        made.append(*event)
    return made


def output(*pieces: bytes) -> EventStream:
    """Return a stream of output events, one per second."""
    return stream_of(*((float(at), "o", piece) for at, piece in enumerate(pieces)))


def cut_at(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Split `data` at positions taken modulo its length."""
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def drawn(data: bytes, cols: int = 80, rows: int = 24) -> Screen:
    """Return the screen after `data`."""
    emulator = Emulator(cols, rows)
    emulator.feed(filter_sequences(data, cols, rows))
    return emulator.screen()
