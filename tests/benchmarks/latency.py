"""Measurement of the interface on a pseudo-terminal against a minimal Textual application with the same frames.

    python tests/benchmarks/latency.py

The session has full-screen redraws, 30 a second. Latency: from writing a key to the last byte of its frame. Cost: CPU
seconds of a frame while both play, or while the timeline is dragged. The two run in turn.
"""

from __future__ import annotations

import re
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.figures import Figure, Measured, column, in_turn, of_rounds, ratio, table  # noqa: E402
from tests.benchmarks.generate import write_redraws  # noqa: E402
from tests.benchmarks.startup import session_cpu  # noqa: E402
from tests.support.ptyread import Pty, python, replay  # noqa: E402

REDRAWS = 10 << 20
MORE = 100 << 20
"""Bytes of the recorded redraws, and of the other output that follows in a session that is still being loaded."""
Compared = tuple[list[Measured], list[Measured]]
SIZES = ((120, 36, 2.0), (300, 100, 2.5))
"""Columns and rows of the terminal, and the limit for the latency relative to the minimal application's."""
ROUNDS = 3
KEYS = 120
PLAYED = 5.0
DRAGGED = 3.0
MOVES_PER_SECOND = 60
QUIET = 0.07
"""Seconds without output after which a frame counts as complete."""
SETTLED = 1.5
"""Seconds without output after which loading has ended."""
IDLE_SHARE = 0.3
"""Share of a core below which nothing is loaded any more."""
MINIMAL = str(Path(__file__).with_name("minimal.py"))
_NUMBER = re.compile(rb"frame (\d{6})")
_SYNC_END = b"\x1b[?2026l"


class Watched:
    """A program on a pseudo-terminal that answers for synchronized output, so that the end of each frame is marked."""

    def __init__(self, program: Pty) -> None:
        self.pty = program
        self.read(until=b"\x1b[?2026$p")
        program.send("\x1b[?2026;2$y")

    def read(self, *, quiet: float = 60.0, until: bytes = b"", most: float = 120.0) -> tuple[bytes, float]:
        """Read until there was no output for `quiet` seconds, or until a text. Return the output and its last time."""
        begin = last = time.perf_counter()
        taken = bytearray()
        while not (until and until in taken):
            now = time.perf_counter()
            left = min(last + quiet, begin + most) - now
            if left <= 0 or not self._ready(left):
                break
            data = self.pty.read(0.0)
            assert data is not None, f"ended: {self.pty.tail}"
            if data:
                last = time.perf_counter()
                taken += data
        return bytes(taken), last

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self.pty._master], [], [], seconds)[0])

    def key(self, key: str) -> float:
        """Type a key when nothing else is drawn. Return the seconds until the last byte of the output."""
        begin = time.perf_counter()
        self.pty.send(key)
        _, first = self.read(until=_SYNC_END)
        more, last = self.read(quiet=QUIET)
        return (last if more else first) - begin

    def step(self, key: str) -> float:
        """Type a key that shows another recorded frame. Return the seconds until the last byte of that frame."""
        begin = time.perf_counter()
        self.pty.send(key)
        taken = b""
        while not (found := _NUMBER.search(taken)) or _SYNC_END not in taken[found.end() :]:
            more, last = self.read(until=_SYNC_END)
            taken += more
        self.read(quiet=QUIET, most=QUIET)
        return last - begin

    @property
    def cpu(self) -> float:
        """CPU seconds of the program and its children."""
        return session_cpu(self.pty.process.pid) or 0.0


def started(which: str, path: Path, cols: int, rows: int, *, load: bool = False) -> Pty:
    """Start the program or the minimal application with a recording, which the latter loads as the former if `load`."""
    home = Path(tempfile.mkdtemp())
    if which == "minimal":
        more = ["--load", str(path)] if load else []
        return python(MINIMAL, str(path), *more, home=home, cols=cols, rows=rows, status="0")
    return replay(str(path), "--idle", "real", home=home, fresh=True, cols=cols, rows=rows, status="0")


def keys(which: str, path: Path, cols: int, rows: int) -> Measured:
    """Return the latency and the CPU time of steps, in seconds, when nothing else happens."""
    with started(which, path, cols, rows) as program:
        watched = Watched(program)
        watched.read(until=b"frame 0")
        watched.read(quiet=SETTLED)
        spent = watched.cpu
        steps = [watched.key("," if number % 10 == 5 else ".") for number in range(KEYS)]
        return {**_percentiles(steps), "each": (watched.cpu - spent) / KEYS}


def loading(which: str, path: Path, cols: int, rows: int) -> Measured:
    """Return the latency of steps in seconds while a large session is read, indexed and analysed."""
    with started(which, path, cols, rows, load=True) as program:
        watched = Watched(program)
        watched.read(until=b"frame 0")
        steps: list[float] = []
        begin, spent = time.monotonic(), watched.cpu
        while len(steps) < KEYS:
            steps.append(watched.step("."))
            if (passed := time.monotonic() - begin) > 1.0:
                now = watched.cpu
                if now - spent < IDLE_SHARE * passed:
                    break
                begin, spent = time.monotonic(), now
    return {**_percentiles(steps), "keys": len(steps)}


def playing(which: str, path: Path, cols: int, rows: int) -> Measured:
    """Return CPU seconds, shown frames per second and bytes per frame while playing at 1x."""
    with started(which, path, cols, rows) as program:
        watched = Watched(program)
        watched.read(until=b"frame 0")
        watched.read(quiet=SETTLED)
        program.send(" ")
        watched.read(quiet=0.3, most=0.3)
        return _cost(watched, lambda: watched.read(most=PLAYED))


def dragging(which: str, path: Path, cols: int, rows: int) -> Measured:
    """Return CPU seconds, shown frames per second and bytes per frame while the timeline is dragged."""
    with started(which, path, cols, rows) as program:
        watched = Watched(program)
        watched.read(until=b"frame 0")
        watched.read(quiet=SETTLED)
        row = rows - 2
        program.send(f"\x1b[<0;2;{row}M")

        def drag() -> None:
            begin, moves = time.monotonic(), 0
            while (passed := time.monotonic() - begin) < DRAGGED:
                if passed * MOVES_PER_SECOND > moves:
                    column = 2 + round(abs((passed * cols / 2) % (2 * cols - 8) - (cols - 4)))
                    program.send(f"\x1b[<32;{column};{row}M")
                    moves += 1
                watched.read(most=0.002)

        return _cost(watched, drag)


def idle(path: Path, cols: int, rows: int) -> Measured:
    """Return the share of a core in percent while nothing is typed or played."""
    with started("program", path, cols, rows) as program:
        watched = Watched(program)
        watched.read(until=b"frame 0")
        watched.read(quiet=SETTLED)
        watched.read(most=SETTLED)  # what the end of loading leaves to do
        return {"share": _cost(watched, lambda: watched.read(most=PLAYED))["cpu"] / PLAYED * 100}


def _cost(watched: Watched, work: Callable[[], object]) -> Measured:
    written = watched.pty.written
    written.clear()
    begin, spent = time.monotonic(), watched.cpu
    work()
    passed, worked = time.monotonic() - begin, watched.cpu - spent
    frames = _frames(bytes(written))
    each = max(1, frames)
    return {"cpu": worked, "rate": frames / passed, "bytes": len(written) / each, "each": worked / each}


def _frames(written: bytes) -> int:
    """Return how many numbered frames are shown in the output."""
    shown = [match[1] for match in _NUMBER.finditer(written)]
    return sum(not at or shown[at - 1] != one for at, one in enumerate(shown))


def _percentiles(seconds: list[float]) -> Measured:
    ordered = sorted(seconds)
    return {"p50": statistics.median(ordered), "p99": ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]}


def compared(measure: Callable[[str, Path, int, int], Measured], path: Path, cols: int, rows: int) -> Compared:
    """Return the results of the program and of the minimal application, measured in turn."""
    found = in_turn({which: partial(measure, which, path, cols, rows) for which in ("program", "minimal")}, ROUNDS)
    return found["program"], found["minimal"]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield all figures; the large session has `scale` times its full size."""
    with tempfile.TemporaryDirectory() as folder:
        for cols, rows, limit in SIZES:
            size, path, large = f"{cols}x{rows}", Path(folder, f"{cols}.json"), Path(folder, f"{cols}-large.json")
            write_redraws(path, REDRAWS, cols, rows)
            write_redraws(large, REDRAWS, cols, rows, int(MORE * scale))
            for name, measure, shown in (("a key", keys, path), ("a key while loading", loading, large)):
                ours, minimal = compared(measure, shown, cols, rows)
                yield of_rounds(f"{size}: {name}, p50", [one["p50"] * 1000 for one in ours], "ms")
                yield ratio(f"{size}: {name}, p50 against minimal", column(ours, "p50"), column(minimal, "p50"))
                yield ratio(f"{size}: {name}, p99 against minimal", column(ours, "p99"), column(minimal, "p99"), limit)
                if measure is keys:
                    yield ratio(f"{size}: {name}, CPU against minimal", column(ours, "each"), column(minimal, "each"))
        for name, measure in (("playing at 1x", playing), ("dragging", dragging)):
            ours, minimal = compared(measure, path, cols, rows)
            yield of_rounds(f"{size}: {name}, frames", column(ours, "rate"), "a second")
            yield of_rounds(f"{size}: {name}, minimal's frames", column(minimal, "rate"), "a second")
            yield ratio(f"{size}: {name}, CPU of a frame", column(ours, "each"), column(minimal, "each"), 1.5)
            yield of_rounds(f"{size}: {name}, output of a frame", [one / 1024 for one in column(ours, "bytes")], "KiB")
        shares = [idle(path, cols, rows)["share"] for _ in range(ROUNDS)]
        yield of_rounds(f"{size}: paused and idle", shares, "% of a core", 0.1)


if __name__ == "__main__":
    print(table(list(figures())))
