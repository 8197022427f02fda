"""Measurement of every limit that the README states, on the sessions that it names, in one run.

    python tests/benchmarks/limits.py [--json] [--quick] [--peers]

Generates the sessions (110 MiB, 20 MiB in 1.8 million events, a day of mostly idle time, 200x50 redraws, 300,000
statements of a Postgres client), measures each in separate processes, and prints the limits beside the results.
`--quick` reduces the sessions to a tenth of their size; `--peers` adds other players.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.generate import write, write_wire
from tests.benchmarks.peers import peers
from tests.benchmarks.peers import table as peer_table
from tests.benchmarks.run import MIB, Figure, best, measured, table

RUNS = 3


def interface(name: str, *arguments: object) -> dict[str, Any]:
    """Run one measurement of the whole interface in a separate process."""
    command = [sys.executable, str(Path(__file__).with_name("interface.py")), name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(done.stderr.strip().rpartition("\n")[2] or f"measuring {name} failed")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def terminal(name: str, path: Path, *, large: bool) -> Iterator[Figure]:
    """Yield the figures of a terminal session: loading, seeking, key latency."""
    load, floor = best("load", path, "full", RUNS), best("floor", path, "floor", RUNS)
    raw = load["raw"]
    yield Figure(f"{name}: events", load["events"], "")
    yield Figure(f"{name}: full index", load["full"], "s")
    yield Figure(f"{name}: full index against the floor", load["full"] / floor["floor"], "x", 1.3)
    seeks = measured("seeks", path)
    yield Figure(f"{name}: seek, p50", seeks["seek"]["p50"] * 1000, "ms")
    yield Figure(f"{name}: seek, p99", seeks["seek"]["p99"] * 1000, "ms")
    if large:
        yield Figure(
            f"{name}: first frame, part of the load",
            load["first_frame"] / load["full"] * 100,
            "%",
            10 if raw >= 100 * MIB else None,
        )
        share = seeks["seek"]["p99"] / seeks["refeed"] * 100
        yield Figure(f"{name}: seek p99, part of a re-feed", share, "%", 0.5)
        peak = measured("whole", path)["peak"]
        yield Figure(f"{name}: peak memory, all included", peak / MIB, "MiB", (2.5 * raw + 250 * MIB) / MIB)
    back, on = seeks["back"]["p50"], seeks["on"]["p50"]
    yield Figure(f"{name}: one event back against one on", back / on, "x", 1.0)
    yield from answering(name, path)


def answering(name: str, path: Path) -> Iterator[Figure]:
    """Yield the longest key latency between opening and the end of indexing."""
    waits = interface("waits", path)
    yield Figure(f"{name}: longest wait for the interface", waits["max"] * 1000, "ms", 50)
    yield Figure(f"{name}: all analysed after", waits["analysed"], "s")


def figures(folder: Path, scale: float) -> Iterator[Figure]:
    """Yield all figures, session by session."""
    large, tiny, idle = folder / "large.json", folder / "tiny.json", folder / "idle.json"
    redraws, wire, usual = folder / "redraws.json", folder / "wire.json", folder / "usual.json"
    write(large, int(110 * MIB * scale), 1, "mixed")
    yield from terminal("110 MiB", large, large=True)
    large.unlink()
    write(tiny, int(20 * MIB * scale), 1, "tiny")
    yield from terminal("20 MiB, tiny events", tiny, large=False)
    yield Figure("20 MiB, tiny events: memory an event", measured("columns", tiny)["beside"], "bytes", 24)
    tiny.unlink()
    write(idle, int(2 * MIB * scale), 1, "idle")
    yield from terminal("24 h, mostly idle", idle, large=False)
    write_wire(wire, int(300_000 * scale))
    yield from answering("300,000 statements", wire)
    write(redraws, int(20 * MIB * scale), 1, "screens")
    yield from terminal("200x50 redraws", redraws, large=False)
    yield Figure("200x50 redraws: playing at 1x", _percent(interface("playing", redraws, 1)), "% of a core", 15)
    yield Figure("200x50 redraws: playing at 16x", _percent(interface("playing", redraws, 16)), "% of a core", 60)
    drag = interface("dragging", redraws)
    yield Figure("200x50 redraws: frames while dragging", drag["frames"], "a second")
    write(usual, int(20 * MIB * scale), 1, "mixed")
    drag = interface("dragging", usual)
    yield Figure("20 MiB: frames while dragging", drag["frames"], "a second")
    text, floor = best("text", usual, "built", RUNS), best("floor", usual, "floor", RUNS)
    yield Figure("20 MiB: worker processes of its text index", text["helpers"], "")
    yield Figure("20 MiB: text index against the floor", text["built"] / floor["floor"], "x", 4)
    yield Figure("20 MiB: all hits, part of what is allowed", text["hits"], "x", 1)
    again = measured("again", usual)
    yield Figure("20 MiB: indexing when opened again", again["again"] / again["first"], "x")
    start = interface("starting", "-")
    yield Figure("demo, first paint against importing Textual", start["paint"] / start["textual"], "x", 2.5)
    yield Figure("demo, session shown", start["session"], "s")
    yield Figure("--version", start["version"], "s")
    yield Figure("show", start["show"], "s")
    yield Figure("--version and show load Textual", float(start["loads_textual"]), "", 0)


def _percent(playing: dict[str, Any]) -> float | None:
    return None if playing["share"] is None else playing["share"] * 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure every limit that the README states.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="sessions of a tenth of the size")
    parser.add_argument("--peers", action="store_true", help="measure other installed players too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(figures(Path(folder), 0.1 if options.quick else 1.0))
        print(json.dumps([asdict(one) | {"verdict": one.verdict} for one in found], indent=1) if options.json
              else table(found))  # fmt: skip
        if options.peers:
            print(peer_table(list(peers(Path(folder, "usual.json"), Path(folder)))))


if __name__ == "__main__":
    main()
