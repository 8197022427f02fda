"""A writer that is killed at any moment, and several writers at once, lose and duplicate nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from replay_tui.archive.library.library import Library
from replay_tui.archive.library.maintenance import state_of, verify
from replay_tui.archive.library.sessions import list_sessions
from tests.archive.library.libraries import VIM, add, outcomes

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
SESSIONS = 40
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
    end = time.monotonic() + 120
    while len([*(library / "blocks").glob("*")] if library.exists() else []) < count and writer.poll() is None:
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


def test_two_writers_at_once_add_each_session_once(tmp_path: Path, saved: Path) -> None:
    folder = tmp_path / "library"
    writers = [start(folder, saved) for _ in range(2)]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "done\n"
        writer.kill()
        writer.wait()
    check_complete(folder, saved)
