"""Measurement of speed and memory: each quantity beside its limit.

    python tests/benchmarks/run.py [FILE] [--json] [--size MIB] [--seed N] [--profile NAME]

Without FILE a session is generated. Figures are ratios if possible, measured in one run on one machine. On a busy
machine use `--repeat`, which keeps the best of several runs. No result fails a build.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.figures import Figure, table
from tests.benchmarks.generate import PROFILES, write

MIB = 2**20
SMALL = 2
"""MiB of the session that a first frame is compared with."""


def measured(name: str, path: Path) -> dict[str, Any]:
    """Run one measurement in a separate process."""
    return run_json("measure.py", name, str(path))


def run_json(script: str, *arguments: str) -> dict[str, Any]:
    """Run a script of this folder. Return the JSON object that it prints."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # bytecode is cached, as after an installation
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment
    )
    if done.returncode:
        raise SystemExit(done.stderr.strip().rpartition("\n")[2] or f"measuring {arguments[0]} failed")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def best(name: str, path: Path, key: str, repeat: int) -> dict[str, Any]:
    """Return the best of several measurements by the number under `key`."""
    return min((measured(name, path) for _ in range(repeat)), key=lambda one: one[key] or 0.0)


def figures(path: Path, small: Path | None, repeat: int) -> Iterator[Figure]:
    """Yield all figures in the order of the table."""
    load = best("load", path, "worked", repeat)
    floor = best("floor", path, "floor", repeat)
    seeks, frames, late = measured("seeks", path), measured("frames", path), measured("waits", path)["late"]
    text = best("text", path, "built", repeat)
    raw, full, least = load["raw"], load["full"], floor["floor"]
    yield Figure("events", load["events"], "")
    yield Figure("raw payload", raw / MIB, "MiB")
    yield Figure("first frame", load["first_frame"], "s")
    yield Figure("first frame, part of the full load", load["first_frame"] / full * 100, "%", None, 10)
    if small:
        other = best("load", small, "first_frame", repeat)
        yield Figure(f"first frame against a {SMALL} MiB session", load["first_frame"] / other["first_frame"], "x", 1.5)
    yield Figure("full index", full, "s")
    yield Figure("  of that: reading and size inference", load["read"], "s")
    yield Figure("  of that: rendering and keyframes", load["after"], "s")
    yield Figure("floor: one decode and one bulk feed", least, "s")
    yield Figure("full index against the floor", load["worked"] / least if least else None, "x", 1.5, 1.3)
    yield Figure("text index", text["built"], "s")
    yield Figure("  worker processes", text["helpers"], "")
    yield Figure("text index against the floor", text["built"] / least if least else None, "x", 4)
    yield Figure("all hits against one re pass", text["hits"], "x", 1)  # of 1.5 passes and 0.3 s
    yield Figure("wait of another thread meanwhile, p99", late["p99"] * 1000, "ms")
    yield Figure("wait of another thread meanwhile, max", late["max"] * 1000, "ms", None, 50)
    yield Figure("full re-feed", seeks["refeed"], "s")
    for part in ("p50", "p99", "max"):
        yield Figure(f"random seek, {part}", seeks["seek"][part] * 1000, "ms")
    large = raw >= 100 * MIB
    share = seeks["seek"]["p99"] / seeks["refeed"] * 100
    yield Figure("random seek p99, part of a re-feed", share, "%", 1.0 if large else None, 0.5 if large else None)
    for way in ("on", "back"):
        yield Figure(f"one event {way}, p50", seeks[way]["p50"] * 1000, "ms")
        yield Figure(f"one event {way}, mean", seeks[way]["mean"] * 1000, "ms")
    yield Figure("one event back against one on, p50", seeks["back"]["p50"] / seeks["on"]["p50"], "x", 1.0)
    yield Figure("keyframes", load["keyframes"], "")
    yield Figure("rejected keyframes", load["left_out"], "")
    yield Figure("keyframes, memory", load["keyframe_bytes"] / MIB, "MiB")
    yield Figure("peak memory", load["peak"] / MIB, "MiB", None, (2.5 * raw + 250 * MIB) / MIB if large else None)
    yield Figure("peak memory against raw payload", load["peak"] / raw, "x", 5.0 if large else None)
    yield Figure("frame at 120x36, p50", frames["frame"]["p50"] * 1000, "ms", 1000 / 60)
    yield Figure("frame at 120x36, p99", frames["frame"]["p99"] * 1000, "ms", 1000 / 30)
    yield Figure("  of p50: reading the screen", frames["extract"]["p50"] * 1000, "ms")
    yield Figure("  of p50: rendering its rows", frames["paint"]["p50"] * 1000, "ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure opening, indexing, seeking and drawing of a session.")
    parser.add_argument("file", nargs="?", type=Path, help="a saved session; without it one is generated")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--size", type=float, default=20, metavar="MIB", help="MiB to generate (default 20)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the generated session (default 1)")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="mixed", help="what is generated")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="keep the best of N loads and floors")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, small = options.file, None
        if path is None:
            path, small = Path(folder, "session.json"), Path(folder, "small.json")
            write(path, int(options.size * MIB), options.seed, options.profile)
            write(small, SMALL * MIB, options.seed, options.profile)
        found = list(figures(path, small, max(1, options.repeat)))
    if options.json:
        print(json.dumps([one.as_json() for one in found], indent=1))
    else:
        print(table(found))


if __name__ == "__main__":
    main()
