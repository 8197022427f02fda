"""A writer that is killed at any moment, and several writers at once, lose and duplicate nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replay_tui.archive.library.database import FILE_NAME
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.maintenance import repair, state_of, verify
from replay_tui.archive.library.sessions import list_sessions
from replay_tui.domain.errors import UnreadableSource
from tests.archive.library.libraries import VIM, add, outcomes

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
SESSIONS = 40
REPAIRER = """
import sys
from pathlib import Path
from replay_tui.archive.library.maintenance import repair
repair(Path(sys.argv[1]))
"""
WRITER = """
import sys
from pathlib import Path
from replay_tui.archive.library.library import Library
from tests.archive.library.libraries import add
for _ in sys.stdin:
    with Library.open(Path(sys.argv[1]), writes=True) as library:
        add(library, sorted(Path(sys.argv[2]).iterdir()))
    print("done", flush=True)
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Different sessions: the recorded one, cut after different numbers of events, each with its id."""
    made, session = tmp_path / "saved", json.loads(VIM.read_text())
    made.mkdir()
    for number in range(SESSIONS):
        one = session | {"id": f"session-{number}", "event_stream": session["event_stream"][: 30 + number]}
        (made / f"{number}.json").write_text(json.dumps(one))
    return made


def start(library: Path, saved: Path) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(library), str(saved)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdin
    writer.stdin.write("go\n")
    writer.stdin.flush()
    return writer


def wait_for_blocks(library: Path, count: int, writer: subprocess.Popen[str]) -> None:
    wait_for(lambda: len([*(library / "blocks").glob("*")] if library.exists() else []) >= count, writer)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    end = time.monotonic() + 120
    while not condition() and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.002)


def check_complete(folder: Path, saved: Path) -> None:
    with Library.open(folder, writes=True) as library:
        assert set(outcomes(add(library, sorted(saved.iterdir())))) <= {"added", "unchanged"}
        assert sorted(one.id for one in list_sessions(library)) == sorted(f"session-{n}" for n in range(SESSIONS))
        assert [one.problem for one in verify(library) if one.problem] == []
        assert library.unused_files() == []
        assert state_of(library).waiting == []


def test_killed_writers_lose_and_duplicate_nothing(tmp_path: Path, saved: Path) -> None:
    """Killed after different numbers of files, half written ones included; the next run goes on."""
    folder = tmp_path / "library"
    for count in (1, 9, 20):
        writer = start(folder, saved)
        wait_for_blocks(folder, count, writer)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    with Library.open(folder) as library:
        done = state_of(library)
        assert 0 < done.sessions < SESSIONS
        assert done.sessions + len(done.waiting) == SESSIONS
    check_complete(folder, saved)


def test_killed_repairs_lose_nothing(tmp_path: Path, saved: Path) -> None:
    """Killed at different moments, after which nothing but a repair uses the library; the next repair goes on."""
    folder = tmp_path / "library"
    with Library.open(folder, writes=True) as library:
        add(library, sorted(saved.iterdir()))
    path = folder / FILE_NAME
    path.write_bytes(b"garbage")
    unfinished = folder / f"{FILE_NAME}.unfinished"
    for seconds in (0.0, 0.01, 0.03):
        known = unfinished.stat().st_mtime_ns if unfinished.exists() else 0

        def has_begun(known: int = known) -> bool:
            return unfinished.exists() and unfinished.stat().st_mtime_ns != known

        repairer = subprocess.Popen(
            [sys.executable, "-c", REPAIRER, str(folder)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        wait_for(has_begun, repairer)
        time.sleep(seconds)
        repairer.send_signal(signal.SIGKILL)
        if repairer.wait():
            with pytest.raises(UnreadableSource, match="archive repair"):
                Library.open(folder, writes=True)
    repair(folder)
    assert [one.name for one in folder.glob("*.unfinished*")] == []
    check_complete(folder, saved)


def test_two_writers_at_once_add_each_session_once(tmp_path: Path, saved: Path) -> None:
    folder = tmp_path / "library"
    writers = [start(folder, saved) for _ in range(2)]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "done\n"
        writer.kill()
        writer.wait()
    check_complete(folder, saved)
