"""Measurement of every limit that the README states, on the sessions that it names, in one run.

    python tests/benchmarks/limits.py [--only PART ...] [--check] [--json] [--quick] [--peers]

Generates the sessions (110 MiB, 20 MiB in 1.8 million events, a day of mostly idle time, 200x50 redraws, 300,000
statements of a Postgres client), measures each in separate processes, and prints the limits beside the results: the
median of several rounds with the quartiles. `--check` exits with 1 if a median and its quartiles miss a limit.
`--quick` reduces the sessions to a tenth of their size; `--peers` adds other players.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks import latency, slow_gateway, startup
from tests.benchmarks.figures import Figure, Measured, column, in_turn, of_rounds, ratio, table
from tests.benchmarks.generate import write, write_wire
from tests.benchmarks.peers import peers
from tests.benchmarks.peers import table as peer_table
from tests.benchmarks.run import MIB, measured, run_json

ROUNDS = 5
FLAT = 1.15
"""Largest cost of a byte or event relative to that in another size of the session."""
PARTS_OF_SIZE = (0.25, 0.5, 1.0)
STATEMENTS = 300_000


class Bench:
    """Folder in which sessions are generated once, `scale` times their full size."""

    def __init__(self, folder: Path, scale: float) -> None:
        self._folder, self.scale = folder, scale

    def session(self, profile: str, mebibytes: float, part: float = 1.0) -> Path:
        """Return a terminal session."""
        path = self._folder / f"{profile}-{mebibytes}-{part}.json"
        if not path.exists():
            write(path, int(mebibytes * MIB * part * self.scale), 1, profile)
        return path

    def statements(self, part: float = 1.0) -> Path:
        """Return a session of a Postgres client."""
        path = self._folder / f"statements-{part}.json"
        if not path.exists():
            write_wire(path, int(STATEMENTS * part * self.scale))
        return path


def interface(name: str, path: Path, *arguments: object) -> Measured:
    """Run one measurement of the whole interface in a separate process."""
    return run_json("interface.py", name, str(path), *map(str, arguments))


def indexing(name: str, path: Path, limit: float) -> Iterator[Figure]:
    """Yield the keyframe index relative to the floor."""
    found = in_turn({"load": partial(measured, "load", path), "floor": partial(measured, "floor", path)}, ROUNDS)
    yield Figure(f"{name}: events", found["load"][0]["events"], "")
    yield of_rounds(f"{name}: full index", column(found["load"], "full"), "s")
    works, floors = column(found["load"], "worked"), column(found["floor"], "floor")
    yield ratio(f"{name}: full index against the floor", works, floors, limit)
    if found["load"][0]["raw"] >= 100 * MIB:
        shares = [one["first_frame"] / one["full"] * 100 for one in found["load"]]
        yield of_rounds(f"{name}: first frame, part of the load", shares, "%", 10)


def seeking(name: str, path: Path, *, large: bool = False) -> Iterator[Figure]:
    """Yield seeks relative to a feed from the start, and one event back relative to one forward."""
    found = [measured("seeks", path) for _ in range(3)]
    yield of_rounds(f"{name}: seek, p50", [one["seek"]["p50"] * 1000 for one in found], "ms")
    shares = [one["seek"]["p99"] / one["refeed"] * 100 for one in found]
    yield of_rounds(f"{name}: seek p99, part of a re-feed", shares, "%", 0.5 if large else None)
    backs, steps = [one["back"]["p50"] for one in found], [one["on"]["p50"] for one in found]
    yield ratio(f"{name}: one event back against one on", backs, steps, 1.0)


def answering(name: str, path: Path) -> Iterator[Figure]:
    """Yield the longest key latency between opening and the end of indexing."""
    found = [interface("waits", path) for _ in range(3)]
    yield of_rounds(f"{name}: longest wait for the interface", [one["max"] * 1000 for one in found], "ms", 50)
    yield of_rounds(f"{name}: all analysed after", column(found, "analysed"), "s")


def large(bench: Bench) -> Iterator[Figure]:
    """110 MiB: index, seeks, waits."""
    path = bench.session("mixed", 110)
    yield from indexing("110 MiB", path, 1.0)
    yield from seeking("110 MiB", path, large=True)
    yield from answering("110 MiB", path)


def memory(bench: Bench) -> Iterator[Figure]:
    """Memory of 110 MiB with all results, and of an event."""
    peaks = [measured("whole", bench.session("mixed", 110)) for _ in range(3)]
    yield of_rounds("110 MiB: peak memory, all included", [one["peak"] / MIB for one in peaks], "MiB")
    shares = [one["peak"] / (1.5 * one["raw"] + 100 * MIB) for one in peaks]
    yield of_rounds("110 MiB: that against 1.5 x raw + 100 MiB", shares, "x", 1.0)
    yield Figure("20 MiB, tiny events: memory an event", measured("columns", bench.session("tiny", 20))["beside"],
                 "bytes", 24)  # fmt: skip


def index(bench: Bench) -> Iterator[Figure]:
    """Keyframe index of the other kinds of sessions."""
    sessions = (
        ("20 MiB", "mixed", 20, 1.0), ("20 MiB, tiny events", "tiny", 20, 1.0),
        ("24 h, mostly idle", "idle", 2, 1.3), ("200x50 redraws", "screens", 20, 1.3),
    )  # fmt: skip
    for name, profile, size, limit in sessions:
        path = bench.session(profile, size)
        yield from indexing(name, path, limit)
        yield from seeking(name, path)


def text(bench: Bench) -> Iterator[Figure]:
    """Text index, search, and the index that is kept on disk."""
    path = bench.session("mixed", 20)
    names = ("floor", "text_alone", "text")
    found = in_turn({name: partial(measured, name, path) for name in names}, ROUNDS)
    floors = column(found["floor"], "floor")
    yield ratio("20 MiB: text index on one core against the floor", column(found["text_alone"], "worked"), floors, 4)
    helpers = found["text"][0]["helpers"]
    name = f"20 MiB: text index, {helpers} worker(s), against the floor"
    yield ratio(name, column(found["text"], "built"), floors, 2.5 if helpers == 1 else None)
    yield of_rounds("20 MiB: all hits, part of 1.5 regex passes + 0.3 s", column(found["text"], "hits"), "x", 1)
    again = [measured("again", path) for _ in range(3)]
    yield ratio("20 MiB: indexing when opened again", column(again, "again"), column(again, "first"))


def statements(bench: Bench) -> Iterator[Figure]:
    """Analysis of 300,000 statements relative to decoding the file."""
    path = bench.statements()
    found = in_turn({"analysed": partial(measured, "analysed", path), "floor": partial(measured, "floor", path)}, 3)
    works, decodes = column(found["analysed"], "worked"), column(found["floor"], "decode")
    yield ratio("300,000 statements: analysed against decoded", works, decodes, 40)
    yield from answering("300,000 statements", path)


def playback(bench: Bench) -> Iterator[Figure]:
    """Playing and dragging."""
    redraws = bench.session("screens", 20)
    yield Figure("200x50 redraws: playing at 1x", _percent(interface("playing", redraws, 1)), "% of a core", 15)
    yield Figure("200x50 redraws: playing at 16x", _percent(interface("playing", redraws, 16)), "% of a core", 60)
    for name, path in (("200x50 redraws", redraws), ("20 MiB", bench.session("mixed", 20))):
        yield Figure(f"{name}: frames while dragging", interface("dragging", path)["frames"], "a second")


def _percent(playing: Measured) -> float | None:
    return None if playing["share"] is None else playing["share"] * 100


def keys(bench: Bench) -> Iterator[Figure]:
    """Latency of keys, playing and dragging against a minimal application."""
    yield from latency.figures(bench.scale)


def start(_: Bench) -> Iterator[Figure]:
    """Start of commands and of the demo."""
    yield from startup.figures()


def gateway(_: Bench) -> Iterator[Figure]:
    """Session of a gateway behind a slow link."""
    yield from slow_gateway.figures()


def scaling(bench: Bench) -> Iterator[Figure]:
    """Cost of a byte in sessions of a quarter, half and the full size."""
    for profile, size in (("mixed", 110), ("tiny", 20), ("screens", 40)):
        paths = [bench.session(profile, size, part) for part in PARTS_OF_SIZE]
        yield from costs(f"index, {profile}", paths, "load")
    yield from costs("text index, mixed", [bench.session("mixed", 40, part) for part in PARTS_OF_SIZE], "text_alone")
    yield from costs("statements, analysed", [bench.statements(part) for part in PARTS_OF_SIZE], "analysed")


def costs(name: str, paths: list[Path], measure: str) -> Iterator[Figure]:
    """Yield the CPU time for each MiB of the files, and the largest of these relative to the smallest."""
    found = in_turn({str(path): partial(measured, measure, path) for path in paths}, 3)
    figures = []
    for part, path in zip(PARTS_OF_SIZE, paths, strict=True):
        size = path.stat().st_size / MIB
        each = [worked / size * 1000 for worked in column(found[str(path)], "worked")]
        figures.append(of_rounds(f"{name}: at {part:g} of the size", each, "ms/MiB"))
    yield from figures
    middles = [figure.value or 0.0 for figure in figures]
    yield Figure(f"{name}: largest against smallest", max(middles) / min(middles), "x", FLAT)


PARTS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "large": large, "index": index, "text": text, "memory": memory, "statements": statements, "playback": playback,
    "keys": keys, "start": start, "gateway": gateway, "scaling": scaling,
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure every limit that the README states.")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=f"one of {', '.join(PARTS)}")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a limit is missed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="sessions of a tenth of the size")
    parser.add_argument("--peers", action="store_true", help="measure other installed players too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), 0.1 if options.quick else 1.0)
        found = [figure for name in options.only or PARTS for figure in PARTS[name](bench)]
        print(json.dumps([one.as_json() for one in found], indent=1) if options.json
              else f"{platform.platform()}, Python {platform.python_version()}\n{table(found)}")  # fmt: skip
        if options.peers:
            print(peer_table(list(peers(bench.session("mixed", 20), Path(folder)))))
    missed = [one.name for one in found if one.verdict == "missed"]
    if options.check and missed:
        sys.exit(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
