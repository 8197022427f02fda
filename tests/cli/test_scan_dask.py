"""`--engine dask` of `scan`, `archive add` and `find`: a scheduler and three workers, two of which are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from replay_tui.archive.analyse import ScanJob
from replay_tui.archive.dask_engine import analyse_on_cluster
from replay_tui.archive.library.adding import add_sessions
from replay_tui.archive.library.library import Library, Outcome
from replay_tui.archive.library.sessions import list_sessions
from replay_tui.archive.scan_result import Searched
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import GatewayError
from tests.cli.runs import ROOT, VIM, Runner

pytestmark = pytest.mark.slow

pytest.importorskip("distributed", reason="the extra `dask` is not installed")


@dataclass
class Cluster:
    """Address and process of a scheduler, and the processes of its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


def start(*words: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "10s"}
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    known = tmp_path / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(known))
    processes = [start("dask_scheduler", *local, "--port", "0", folder=tmp_path)]
    try:
        for _ in range(3):
            processes.append(
                start("dask_worker", *local[2:], "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1",
                      folder=tmp_path)
            )  # fmt: skip
        end = time.monotonic() + 120
        while not known.exists() or not known.read_text().strip():
            assert time.monotonic() < end, "the scheduler does not start"
            time.sleep(0.05)
        yield Cluster(json.loads(known.read_text())["address"], processes[0], processes[1:])
    finally:
        for process in processes:
            process.kill()
            process.wait()


def copies(folder: Path, count: int) -> list[str]:
    paths = [str(folder / f"{number}.json") for number in range(count)]
    for path in paths:
        shutil.copy(VIM, path)
    return paths


def sources(paths: list[str]) -> list[SessionSource]:
    return [SessionSource(path) for path in paths]


def test_cluster_output_equals_that_of_one_process(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster's scheduler and worker are threads of this process, behind TCP as on other machines."""
    from distributed import LocalCluster

    local = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None, "worker_dashboard_address": None}
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **local) as cluster:
        check_output_equals_that_of_processes(run, cluster.scheduler_address, tmp_path, monkeypatch)


@pytest.mark.exhaustive
def test_cluster_gives_all_rows_until_the_scheduler_dies(
    run: Runner, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All checks in one test, because a cluster takes seconds of CPU time to start."""
    check_output_equals_that_of_processes(run, cluster.address, tmp_path, monkeypatch)
    check_killed_worker_loses_no_session(cluster, tmp_path)
    check_library_of_two_workers_is_complete(run, cluster, tmp_path)
    check_killed_scheduler_raises(cluster, tmp_path)


def check_output_equals_that_of_processes(
    run: Runner, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "replay-tui"
    settings.mkdir()
    (settings / "config.toml").write_text('[[rules]]\nname = "listing"\npattern = "ls -la"\nseverity = "high"\n')
    copies(tmp_path, 3)
    monkeypatch.chdir(tmp_path)
    words = ("scan", "0.json", "1.json", "nothing.json", (tmp_path / "2.json").as_uri(), "--json")
    here = run(*words, "--jobs", "1")
    there = run(*words, "--engine", "dask", "--scheduler", address)
    err = there.err.replace("The scheduler has no workers yet; waiting for them.\n", "")  # on a busy machine
    assert (there.code, there.out, err) == (here.code, here.out, here.err)
    assert here.out.count("listing") >= 3


def check_killed_worker_loses_no_session(cluster: Cluster, tmp_path: Path) -> None:
    paths = copies(tmp_path, 40)
    broken = tmp_path / "broken.json"
    broken.write_text("no session")
    paths.append(str(broken))
    outcomes = analyse_on_cluster(sources(paths), ScanJob(), cluster.address)
    found = [next(outcomes) for _ in range(10)]
    cluster.workers[0].send_signal(signal.SIGKILL)
    cluster.workers[0].wait()
    found += outcomes
    assert Counter(position for position, _ in found) == Counter(range(len(paths)))
    results = dict(found)
    assert [results[position].source for position in range(len(paths))] == paths
    assert "broken.json" in results.pop(40).failure
    assert {result.searched for result in results.values()} == {Searched.FULLY}


def check_library_of_two_workers_is_complete(run: Runner, cluster: Cluster, tmp_path: Path) -> None:
    """Workers write the block files; one of the two is killed. Then the other one searches."""
    session, paths = json.loads(Path(VIM).read_text()), list[str]()
    for number in range(40):
        paths.append(str(tmp_path / f"added-{number}.json"))
        Path(paths[-1]).write_text(json.dumps(session | {"id": f"session-{number}"}))
    with Library.open(tmp_path / "library", writes=True) as library:
        added = add_sessions(library, sources(paths), lambda some, job: analyse_on_cluster(some, job, cluster.address))
        found = [next(added) for _ in range(5)]
        cluster.workers[1].send_signal(signal.SIGKILL)
        cluster.workers[1].wait()
        found += added
        assert Counter(one.source.location for one in found) == Counter(paths)
        assert {one.outcome for one in found} == {Outcome.ADDED}
        assert sorted(one.id for one in list_sessions(library)) == sorted(f"session-{n}" for n in range(40))
    words = ("find", "rm -rf", "--archive", str(tmp_path / "library"))
    here, there = run(*words), run(*words, "--engine", "dask", "--scheduler", cluster.address)
    assert (there.code, sorted(there.out.splitlines())) == (0, sorted(here.out.splitlines()))
    assert there.err.endswith(here.err)
    with Library.open(tmp_path / "library", writes=True) as library, library.adding():
        assert library.unused_files() == []


def check_killed_scheduler_raises(cluster: Cluster, tmp_path: Path) -> None:
    outcomes = analyse_on_cluster(sources(copies(tmp_path, 60)), ScanJob(), cluster.address)
    found = [next(outcomes) for _ in range(3)]
    cluster.scheduler.kill()
    with pytest.raises(GatewayError, match="was lost; the scan is incomplete"):
        found += outcomes
    assert len({position for position, _ in found}) == len(found)


@pytest.mark.parametrize("address", ["scheduler", "tcp://", "http://host:1", "tcp://host:1/../x", "\x1b[2J:1"])
def test_scan_invalid_scheduler_address_ends_at_once(run: Runner, address: str) -> None:
    ran = run("scan", VIM, "--engine", "dask", "--scheduler", address)
    assert (ran.code, ran.out) == (2, "")
    assert "is not a scheduler address" in ran.err


def test_scan_unreachable_scheduler_exits_with_4(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay_tui.archive.dask_engine.CONNECT_TIMEOUT_SECONDS", 0.5)
    ran = run("scan", VIM, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    assert ran.code == 4
    assert ran.err == "replay-tui: The scheduler at tcp://127.0.0.1:1 cannot be reached; is it running?\n"


def test_archive_add_unreachable_scheduler_makes_nothing(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.archive.dask_engine.CONNECT_TIMEOUT_SECONDS", 0.5)
    words = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--archive", str(tmp_path / "library"))
    ran = run("archive", "add", VIM, *words)
    assert (ran.code, (tmp_path / "library").exists()) == (4, False)
    assert ran.err == "replay-tui: The scheduler at tcp://127.0.0.1:1 cannot be reached; is it running?\n"


@pytest.mark.parametrize(
    "words",
    [["--engine", "dask"], ["--scheduler", "tcp://127.0.0.1:1"],
     ["--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"]],
)  # fmt: skip
def test_scan_conflicting_engine_options_exit_with_2(run: Runner, words: list[str]) -> None:
    assert run("scan", VIM, *words).code == 2


def test_scan_without_distributed_names_the_extra(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = run("scan", VIM, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    assert ran.code == 2
    assert "pip install '.[dask]'" in ran.err
