"""Engines in threads and processes: one result per source, also if workers are killed."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from replay_tui.archive.analyse import ScanJob
from replay_tui.archive.engine import analyse_all, analyse_in_sequence, analyse_in_threads
from replay_tui.archive.process_engine import WORKER_DIED, analyse_in_processes
from replay_tui.archive.source import SessionSource
from replay_tui.domain.completeness import Searched
from replay_tui.domain.errors import Cancelled
from replay_tui.domain.safe_regex import TimeLimitedPattern
from replay_tui.findings.rules import custom_rules
from replay_tui.gateway.cancel_token import CancelToken
from tests.cli.runs import VIM
from tests.support.effort import sampled
from tests.ui.sessions import write

pytestmark = pytest.mark.slow

RULES = custom_rules([{"name": "listing", "pattern": "ls -la"}])
WAIT_SECONDS = 120


def copies(folder: Path, count: int) -> list[SessionSource]:
    sources = [SessionSource(str(folder / f"{number}.json")) for number in range(count)]
    for source in sources:
        shutil.copy(VIM, source.location)
    return sources


def open_for_writing(fifo: Path) -> int:
    """Open a FIFO as soon as a process reads it."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        time.sleep(0.02)
    raise TimeoutError(f"nothing reads {fifo.name}")


def test_engines_give_equal_results(tmp_path: Path) -> None:
    sources = [*copies(tmp_path, 3), SessionSource(str(tmp_path / "missing.json"))]
    expected = dict(analyse_in_sequence(sources, ScanJob(RULES)))
    assert list(expected) == [0, 1, 2, 3]
    assert "listing" in {one.rule for one in expected[0].findings}
    assert [one.searched for one in expected.values()] == [Searched.FULLY] * 3 + [Searched.NOT]
    assert dict(analyse_in_threads(sources, ScanJob(RULES), 2)) == expected
    assert dict(analyse_in_processes(sources, ScanJob(RULES), 2)) == expected
    assert dict(analyse_all(sources, ScanJob(RULES), 1)) == expected


def test_threads_give_each_session_its_own_rule_budget(tmp_path: Path) -> None:
    """A pattern that ran out of time in one session must not count for, or be reset by, another thread."""
    rules = custom_rules([{"name": "slow", "pattern": "x(a|a)*y"}])
    path = write(tmp_path, (0.0, "o", "\r\n"), (1.0, "i", f"select 'x{'a' * 60}!y';"), type="database",
                 connection_subtype="mysql")  # fmt: skip
    results = dict(analyse_in_threads([SessionSource(str(path)), SessionSource(VIM)], ScanJob(rules), 2))
    assert [one.code for one in results[0].skipped] == ["rules-timed-out"]
    assert results[1].skipped == ()
    assert isinstance(rules[0].pattern, TimeLimitedPattern)
    assert not rules[0].pattern.timed_out


def test_sequence_cancelled_between_sources_raises() -> None:
    cancel = CancelToken()
    results = analyse_in_sequence([SessionSource(VIM)] * 2, ScanJob(), cancel)
    assert next(results)[0] == 0
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(results)


def test_killed_process_loses_no_session(tmp_path: Path) -> None:
    outcomes = analyse_in_processes(copies(tmp_path, 12), ScanJob(), 2)
    found = [next(outcomes)]
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    found += outcomes
    assert sorted(position for position, _ in found) == list(range(12))
    assert {result.searched for _, result in found} == {Searched.FULLY}
    assert not multiprocessing.active_children()


@sampled("kills", [5, 6], daily=lambda kills: kills == 6)
def test_session_fails_only_after_its_sixth_kill(tmp_path: Path, kills: int) -> None:
    """The worker that reads a FIFO is killed again and again; the other sessions always get their result."""
    fifo = tmp_path / "fifo.json"
    os.mkfifo(fifo)
    sources = [SessionSource(str(fifo)), *copies(tmp_path, 3)]
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: dict(analyse_in_processes(sources, ScanJob(), 2)))
        for _ in range(kills):
            writer = open_for_writing(fifo)
            for process in multiprocessing.active_children():
                process.kill()
                process.join(WAIT_SECONDS)
            os.close(writer)
        if kills < 6:
            writer = open_for_writing(fifo)
            os.set_blocking(writer, True)
            with open(writer, "wb") as file:
                file.write(Path(VIM).read_bytes())
        results = future.result(WAIT_SECONDS)
    assert sorted(results) == [0, 1, 2, 3]
    assert {results[position].searched for position in (1, 2, 3)} == {Searched.FULLY}
    assert results[0].failure == ("" if kills < 6 else WORKER_DIED)
    assert bool(results[0].findings) is (kills < 6)


@sampled("engine", [analyse_in_processes, analyse_in_threads], daily=1, ids=["processes", "threads"])
def test_closed_engine_ends_its_workers(tmp_path: Path, engine: Callable[..., object]) -> None:
    outcomes = engine(copies(tmp_path, 8), ScanJob(), 2)
    next(outcomes)  # type: ignore[call-overload]
    outcomes.close()  # type: ignore[attr-defined]
    end = time.monotonic() + WAIT_SECONDS
    while multiprocessing.active_children():
        assert time.monotonic() < end
        time.sleep(0.02)
