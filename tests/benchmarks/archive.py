"""Measurements of the library: `python tests/benchmarks/archive.py FOLDER [--scale 0.1]` prints ratios of one run.

With scale 1 the library has 1,000 sessions with 1 GiB of text, generated from a seed. The texts are written as stored
documents, because drawing them takes hours; how adding compares with drawing is measured on generated recordings.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import resource
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

from replay_tui.archive.library.document import DocumentTimes, SessionDocument  # noqa: E402
from replay_tui.archive.library.facets import Facets  # noqa: E402
from replay_tui.archive.library.find import Find  # noqa: E402
from replay_tui.archive.library.find_query import FindQuery  # noqa: E402
from replay_tui.archive.library.library import Library  # noqa: E402
from replay_tui.archive.library.maintenance import state_of  # noqa: E402
from replay_tui.archive.library.opening import find_source  # noqa: E402
from replay_tui.archive.library.record import SessionRecord  # noqa: E402
from replay_tui.archive.library.sessions import sessions_named  # noqa: E402
from replay_tui.archive.library.stored_session import read_session, write_document, write_session  # noqa: E402
from replay_tui.load_recording import load  # noqa: E402
from replay_tui.recording import Recording  # noqa: E402
from replay_tui.search.searchable_text import SearchableText  # noqa: E402
from replay_tui.sources import open_source  # noqa: E402
from replay_tui.terminal.transcript_lines import TranscriptLine  # noqa: E402
from tests.benchmarks.generate import write  # noqa: E402

RARE = "needle-4f1d7c"
RARE_SESSIONS = 5
RUNS = 5
SESSION_BYTES = 1 << 20
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


def make_library(folder: Path, plain: Path, sessions: int) -> list[float]:
    """Make a library and the same text in plain files. Return the seconds of CPU time that entering each took."""
    taken = []
    with Library.open(folder, writes=True) as library, library.adding():
        for number in range(sessions):
            texts = list(lines(number, SESSION_BYTES))
            if number % max(1, sessions // RARE_SESSIONS) == 1:
                texts[len(texts) // 2] += f" {RARE}"
            (plain / f"{number}.txt").write_text("\n".join(texts))
            times = [at * 0.1 for at in range(len(texts))]
            found = [TranscriptLine(time, text) for time, text in zip(times, texts, strict=True)]
            document = SessionDocument(SearchableText(lines=found), found, DocumentTimes(array("d", times)))
            record = SessionRecord(
                digest=f"{number}", events=len(times), source=f"/nowhere/{number}", name=f"{number}", id=f"s{number}",
                user=f"user{number % 40}", connection=f"c{number % 25}", verb="exec", start=1.79e9 + 600.0 * number,
            )  # fmt: skip
            file = write_document(library.blocks, record, document, [], [])
            begin = time.process_time()
            library.add(read_session(library.blocks / file), "", {})
            taken.append(time.process_time() - begin)
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


def find_memory(folder: Path) -> float:
    """Return the peak resident memory of `find` in a process of its own, in MiB."""
    words = ["find", RARE, "--archive", str(folder)]
    subprocess.run([sys.executable, "-m", "replay_tui", *words], cwd=ROOT, check=True, capture_output=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


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
        write(path, SESSION_BYTES, seed=number)
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
    write(path, 8 * SESSION_BYTES)
    from replay_tui.archive.engine import analyse_all
    from replay_tui.archive.library.adding import add_sessions
    from replay_tui.archive.source import SessionSource

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


def measure(folder: Path, scale: float) -> dict[str, Any]:
    """Return all figures."""
    sessions, plain = max(10, round(1000 * scale)), folder / "plain"
    plain.mkdir(parents=True)
    entering = make_library(folder / "library", plain, sessions)
    text = sum(path.stat().st_size for path in plain.iterdir())
    figures: dict[str, Any] = {"sessions": sessions, "text in MiB": round(text / (1 << 20))}
    with Library.open(folder / "library") as library:
        figures["library / text"] = state_of(library).size_bytes / text
        figures["peak memory of find in MiB"] = find_memory(folder / "library")
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
    quarter = max(1, len(entering) // 4)
    figures["cost of entering the last quarter / the first"] = sum(entering[-quarter:]) / sum(entering[:quarter])
    (folder / "adding").mkdir()
    figures |= adding(folder / "adding", max(2, round(20 * scale)))
    return figures | opening(folder)


def main() -> None:
    """Measure in a folder, which must not exist, and delete it afterwards."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--scale", type=float, default=1.0)
    given = options.parse_args()
    try:
        print(json.dumps(measure(given.folder, given.scale), indent=2))
    finally:
        shutil.rmtree(given.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
