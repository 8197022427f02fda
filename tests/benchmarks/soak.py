"""Mutated sessions and control sequences through the whole program, in processes that may crash or hang.

    python tests/benchmarks/soak.py [--cases 100000] [--mib 100] [--seed 0] [--jobs 2] [--minutes M]

Each case goes through loading, indexing, screens, statements, findings, transcript, search and the texts of panels. A
case that crashes, hangs or raises is reported with its seed, and the next one follows. `--one session:SEED` or `--one
stream:SEED` runs a single case.
"""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

MIB = 1 << 20
STREAM = 1 << 15
"""Bytes of a mutated stream."""
BATCH = 1000
"""Cases that one process runs."""
HANG = 60.0
"""Seconds that a single case may take before it counts as a hang."""
SLOW = 40.0
"""Processor seconds per MiB of stream from which on a case is told as slow."""


def child(kind: str, start: int, count: int) -> None:
    """Run `count` cases. Prints each before it starts, so that the seed of a crash is known."""
    from tests.hostile.mutations import run_session, run_stream  # only child processes need it

    with tempfile.TemporaryDirectory() as folder:
        for seed in range(start, start + count):
            print(f"> {seed}", flush=True)
            begin = time.process_time()
            try:
                if kind == "session":
                    run_session(seed, Path(folder))
                else:
                    run_stream(seed, STREAM)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                print(f"! {type(error).__name__} at {Path(where.filename).name}:{where.lineno}", flush=True)
            print(f"= {time.process_time() - begin:.3f}", flush=True)


@dataclass
class Job:
    """A running child process and its current case."""

    kind: str
    start: int
    count: int
    seed: int = -1
    since: float = 0.0
    rest: bytes = b""

    def run(self) -> Job:
        """Start the child process."""
        command = [sys.executable, __file__, "--child", self.kind, str(self.start), str(self.count)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
        )
        self.seed, self.since = self.start, time.monotonic()
        return self


@dataclass
class Tally:
    """Results of all jobs."""

    done: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, tuple[float, int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def line(self, job: Job, text: str) -> None:
        """Add one line of output of a child process."""
        if text.startswith("> "):
            job.seed, job.since = int(text[2:]), time.monotonic()
        elif text.startswith("! "):
            self.faults.append(f"{job.kind}:{job.seed} {text[2:].strip()}")
        elif text.startswith("= "):
            took = float(text[2:])
            self.done[job.kind] += 1
            self.seconds[job.kind] += took  # type: ignore[assignment]
            self.slowest[job.kind] = max(self.slowest.get(job.kind, (0.0, 0)), (took, job.seed))


def soak(waiting: list[Job], jobs: int, until: float, tally: Tally) -> None:
    """Run all jobs, `jobs` at a time, until the time `until`."""
    watch = selectors.DefaultSelector()
    running, said = 0, time.monotonic()
    waiting.reverse()
    while waiting or running:
        while waiting and running < jobs:
            if time.monotonic() > until:
                waiting.clear()
                break
            job = waiting.pop().run()
            watch.register(job.process.stdout, selectors.EVENT_READ, job)
            running += 1
        if time.monotonic() - said > 30:
            said = time.monotonic()
            print(f"{dict(tally.done)} {tally.faults}", file=sys.stderr, flush=True)
        for key, _ in watch.select(timeout=1.0):
            job, stream = key.data, key.fileobj
            if data := os.read(stream.fileno(), 1 << 16):
                *lines, job.rest = (job.rest + data).split(b"\n")
                for line in lines:
                    tally.line(job, line.decode())
                continue
            watch.unregister(stream)
            running -= 1
            if code := job.process.wait():
                what = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
                tally.faults.append(f"{job.kind}:{job.seed} {what}")
                following = job.seed + 1
                if left := job.start + job.count - following:
                    waiting.append(Job(job.kind, following, left))
        for key in list(watch.get_map().values()):
            job = key.data
            if time.monotonic() - job.since > HANG:
                tally.faults.append(f"{job.kind}:{job.seed} hangs ({HANG:.0f} s)")
                os.kill(job.process.pid, signal.SIGKILL)
                job.since = time.monotonic()


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description="Mutated sessions and streams through the whole program.")
    parser.add_argument("--cases", type=int, default=100_000, help="mutated sessions (default 100000)")
    parser.add_argument("--mib", type=float, default=100, help="MiB of mutated control sequences (default 100)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin nothing new after so many minutes")
    parser.add_argument("--child", nargs=3, metavar=("KIND", "START", "COUNT"), help=argparse.SUPPRESS)
    parser.add_argument("--one", metavar="KIND:SEED", help="run a single case here, with its traceback")
    options = parser.parse_args()
    if options.child:
        child(options.child[0], int(options.child[1]), int(options.child[2]))
        return 0
    if options.one:
        from tests.hostile.mutations import run_session, run_stream

        kind, _, seed = options.one.partition(":")
        with tempfile.TemporaryDirectory() as folder:
            run_session(int(seed), Path(folder)) if kind == "session" else run_stream(int(seed), STREAM)
        return 0
    streams = int(options.mib * MIB / STREAM)
    plan = [("session", options.cases), ("stream", streams)]
    jobs = [
        Job(kind, options.seed + at, min(BATCH, total - at)) for kind, total in plan for at in range(0, total, BATCH)
    ]
    jobs.sort(
        key=lambda job: (job.start - options.seed) / dict(plan)[job.kind]
    )  # both kinds run, even if the time ends before the work
    tally, begin = Tally(), time.monotonic()
    soak(jobs, options.jobs, begin + options.minutes * 60, tally)
    print(
        f"{tally.done['session']} sessions, {tally.done['stream'] * STREAM / MIB:.1f} MiB of control sequences", end=""
    )
    print(f" in {time.monotonic() - begin:.0f} s; {len(tally.faults)} faults")
    for kind, (took, seed) in tally.slowest.items():
        mean = tally.seconds[kind] / tally.done[kind]
        print(f"slowest {kind}: {took:.2f} s (seed {seed}), mean {mean:.3f} s")
        if kind == "stream" and took / STREAM * MIB > SLOW:
            print(f"  that is {took / STREAM * MIB:.0f} s per MiB, more than {SLOW:.0f}")
    for fault in tally.faults[:100]:
        print(f"FAULT {fault}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
