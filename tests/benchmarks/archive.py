"""Measurements of the library: `python tests/benchmarks/archive.py FOLDER [--sessions N]` prints ratios of one run.

The library has 1,000 sessions with 1 GiB of text, generated from a seed; `--sessions` and `--mib` change both. The
texts are written as stored documents, because drawing them takes hours. How adding compares with drawing, and how its
cost grows with the library, is measured on generated recordings.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import regex

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from replay_tui.archive.engine import analyse_all  # noqa: E402
from replay_tui.archive.library.adding import add_sessions  # noqa: E402
from replay_tui.archive.library.document import DocumentTimes, SessionDocument  # noqa: E402
from replay_tui.archive.library.facets import Facets  # noqa: E402
from replay_tui.archive.library.find import Find  # noqa: E402
from replay_tui.archive.library.find_query import FindQuery  # noqa: E402
from replay_tui.archive.library.library import Library  # noqa: E402
from replay_tui.archive.library.maintenance import state_of  # noqa: E402
from replay_tui.archive.library.record import TEXT_VERSION, FindingRow, SessionRecord, UsageRow  # noqa: E402
from replay_tui.archive.library.session_loading import find_source  # noqa: E402
from replay_tui.archive.library.sessions import sessions_named  # noqa: E402
from replay_tui.archive.library.stored_session import read_session, write_document, write_session  # noqa: E402
from replay_tui.archive.source import SessionSource  # noqa: E402
from replay_tui.load_recording import load  # noqa: E402
from replay_tui.recording import Recording  # noqa: E402
from replay_tui.search.searchable_text import SearchableText  # noqa: E402
from replay_tui.sources import open_source  # noqa: E402
from replay_tui.terminal.transcript_lines import TranscriptLine  # noqa: E402
from tests.benchmarks.generate import write  # noqa: E402

RARE = "needle-4f1d7c"
RARE_SESSIONS = 5
RUNS = 5
RECORDING_BYTES, SMALL_BYTES = 1 << 20, 1 << 13
"""Output of a recording that is compared with drawing, and of one that is added at each size of the library."""
RECORDINGS, SMALL_RECORDINGS = 20, 100
STAGES = (100, 1000, 10_000)
"""Numbers of sessions in the library when small recordings are added."""
_MEASURE_MEMORY = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small program that runs a command, because a process begins with the peak of the one that starts it."""
COMMANDS = ("kubectl get pods -n", "select * from orders where id =", "systemctl restart", "INFO request served path=/")


def lines(seed: int, size: int) -> Iterator[str]:
    """Yield lines as in logs and shells: words of a vocabulary, numbers, paths and hashes."""
    rng = random.Random(seed)
    words = [f"{rng.choice(('app', 'db', 'user', 'node', 'svc', 'job'))}{rng.randrange(5000)}" for _ in range(2000)]
    done = 0
    while done < size:
        line = (
            f"2026-11-{rng.randrange(1, 29):02d} {rng.choice(COMMANDS)} {rng.choice(words)} "
            f"{rng.getrandbits(40):x} {' '.join(rng.choices(words, k=5))}"
        )
        done += len(line) + 1
        yield line


def make_library(folder: Path, plain: Path, sessions: int, text_bytes: int) -> tuple[list[float], dict[int, float]]:
    """Make a library and the same text in plain files.

    Return the CPU time of entering each session, and by number of sessions that of adding small recordings to them.
    """
    entering, stages = list[float](), dict[int, float]()
    recordings = folder.with_name("small")
    recordings.mkdir()
    with Library.open(folder, writes=True) as library:
        for number in range(sessions):
            file = make_block(library, plain, number, sessions, text_bytes // sessions)
            entering.append(cpu(lambda file=file: library.add(read_session(library.blocks / file), "", {})))
            if number + 1 in STAGES:
                stages[number + 1] = add_small(library, recordings, seed=number)
    return entering, stages


def make_block(library: Library, plain: Path, number: int, sessions: int, size: int) -> str:
    """Write the text of a session as a block and as a plain file. Return the block's name."""
    texts = list(lines(number, size))
    if number % max(1, sessions // RARE_SESSIONS) == 1:
        texts[len(texts) // 2] += f" {RARE}"
    (plain / f"{number}.txt").write_text("\n".join(texts))
    times = [at * 0.1 for at in range(len(texts))]
    found = [TranscriptLine(time, text) for time, text in zip(times, texts, strict=True)]
    document = SessionDocument(SearchableText(lines=found), found, DocumentTimes(array("d", times)))
    record = SessionRecord(
        digest=f"{number}", events=len(times), source=f"/nowhere/{number}", name=f"{number}", id=f"s{number}",
        user=f"user{number % 40}", connection=f"c{number % 25}", verb="exec", start=1.79e9 + 600.0 * number,
        text_version=TEXT_VERSION,
    )  # fmt: skip
    shapes = random.Random(number).choices(range(500), k=10)
    hour = int((record.start or 0) // 3600)
    usage = [UsageRow(f"command{shape} ?", "shell", f"command{shape}", (), hour, 1, 0.0, 0.0) for shape in shapes]
    findings = [FindingRow(1.0, "delete", "high", "deletes files", "rm -rf", None)]
    return write_document(library.blocks, record, document, usage, findings)


def add_small(library: Library, folder: Path, seed: int) -> float:
    """Return the CPU time of adding small recordings to a library, which then are removed from it again."""
    for number in range(SMALL_RECORDINGS):
        write(folder / f"{number}.json", SMALL_BYTES, seed=seed + number)
    sources = [SessionSource(str(path)) for path in sorted(folder.iterdir())]
    taken = cpu(lambda: list(add_sessions(library, sources, lambda some, job: analyse_all(some, job, 1), again=True)))
    added = [one for source in sources for one in sessions_named(library, source.location)]
    assert len(added) == len(sources)
    library.remove(one.n for one in added)
    return taken


def regex_pass(plain: Path) -> float:
    """Return the seconds of one `regex` search for the rare string in all plain text, split over the cores."""
    pattern, paths = regex.compile(regex.escape(RARE.encode())), sorted(plain.iterdir())
    maps = []
    for path in paths:
        with path.open("rb") as file:
            maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def scan(part: int) -> int:
        return sum(sum(1 for _ in pattern.finditer(one, concurrent=True)) for one in maps[part::cores])

    with ThreadPoolExecutor(cores) as pool:
        begin = time.perf_counter()
        assert sum(pool.map(scan, range(cores))) >= 1
        return time.perf_counter() - begin


def finding(library: Library) -> tuple[float, float, int]:
    """Return the seconds until the first and the last hit of the rare string, and the number of hits."""
    begin = time.perf_counter()
    hits = Find(library, FindQuery(RARE)).hits()
    next(hits)
    first = time.perf_counter() - begin
    count = 1 + sum(1 for _ in hits)
    return first, time.perf_counter() - begin, count


def peak_memory(*words: str) -> float:
    """Return the peak resident memory of the largest process of a command, in MiB."""
    command = [sys.executable, "-m", "replay_tui", *words]
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE_MEMORY, *command], cwd=ROOT, check=True, capture_output=True
    )
    return int(measured.stdout) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def facets(library: Library) -> float:
    """Return the seconds that the facets of found hits take."""
    hits = [*Find(library, FindQuery(RARE)).hits()]
    begin = time.perf_counter()
    total = Facets()
    for one in hits:
        total.add(one)
    total.as_json()
    return time.perf_counter() - begin


def adding(folder: Path, count: int) -> dict[str, float]:
    """Return the CPU time of adding recordings, relative to drawing and indexing them."""
    indexing, added, analysis = list[float](), list[float](), list[float]()
    (folder / "blocks").mkdir()
    for number in range(count):
        path = folder / f"{number}.json"
        write(path, RECORDING_BYTES, seed=number)
        indexing.append(cpu(lambda path=path: Recording(load(path).loaded_session).text_index.build()))
        added.append(
            cpu(lambda path=path: write_session(folder / "blocks", load(path), source=str(path), name=str(path)))
        )
        analysis.append(cpu(lambda path=path: load(path).findings))
    return {
        "speed of adding / speed of indexing": sum(indexing) / sum(added),
        "speed of adding / speed of indexing and analysing": (sum(indexing) + sum(analysis)) / sum(added),
    }


def opening(folder: Path) -> dict[str, float]:
    """Return the time of opening a hit by its id, relative to opening the file."""
    path = folder / "opened.json"
    write(path, 8 * RECORDING_BYTES)
    with Library.open(folder / "opening", writes=True) as library:
        list(add_sessions(library, [SessionSource(str(path))], lambda some, job: analyse_all(some, job, 1)))
        (session,) = sessions_named(library, str(path))
    name = session.reference

    def by_file() -> None:
        for _ in open_source(str(path)):
            pass

    def by_id() -> None:
        with Library.open(folder / "opening") as opened:
            (one,) = sessions_named(opened, name)
            found = find_source(opened, one)
        assert found
        for _ in open_source(found[0]):
            pass

    return {"opening a hit / opening the file": median(by_id) / median(by_file)}


def cpu(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def median(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def measure(folder: Path, sessions: int, text_bytes: int) -> dict[str, Any]:
    """Return all figures."""
    plain, library_folder = folder / "plain", folder / "library"
    plain.mkdir(parents=True)
    entering, stages = make_library(library_folder, plain, sessions, text_bytes)
    text = sum(path.stat().st_size for path in plain.iterdir())
    figures: dict[str, Any] = {"sessions": sessions, "text in MiB": round(text / (1 << 20))}
    with Library.open(library_folder) as library:
        figures["library / text"] = state_of(library).size_bytes / text
        passes, firsts, alls, hits = [], [], [], 0
        for _ in range(RUNS):  # interleaved, because the machine's speed changes
            passes.append(regex_pass(plain))
            first, every, hits = finding(library)
            firsts.append(first)
            alls.append(every)
        baseline = statistics.median(passes)
        figures |= {
            "seconds of one regex pass": baseline,
            "hits": hits,
            "all hits / pass": statistics.median(alls) / baseline,
            "first hit / pass": statistics.median(firsts) / baseline,
            "facets / pass": statistics.median([facets(library) for _ in range(RUNS)]) / baseline,
        }
    first = statistics.mean(entering[:100])
    for count in stages:
        last, added = statistics.mean(entering[count - 100 : count]), stages[count] / stages[STAGES[0]]
        figures[f"cost of entering the {count:,}th session / one of the first 100"] = last / first
        figures[f"cost of adding to {count:,} sessions / to {STAGES[0]}"] = added
    (folder / "adding").mkdir()
    figures |= adding(folder / "adding", RECORDINGS)
    words = [str(path) for path in (folder / "adding").glob("*.json")]
    figures["peak memory of find in MiB"] = peak_memory("find", RARE, "--archive", str(library_folder))
    figures["peak memory of archive add in MiB"] = peak_memory(
        "archive", "add", *words, "--archive", str(library_folder)
    )
    return figures | opening(folder)


def main() -> None:
    """Measure in a folder, which must not exist, and delete it afterwards."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--sessions", type=int, default=1000)
    options.add_argument("--mib", type=int, default=1024)
    given = options.parse_args()
    try:
        print(json.dumps(measure(given.folder, given.sessions, given.mib << 20), indent=2))
    finally:
        shutil.rmtree(given.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
