"""However it ends, the program leaves the terminal as it found it, says at most a sentence, and leaves no half file."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.generate import write
from tests.support.ptyread import ESCAPE, ROOT, Pty, replay, traffic

VIM = ROOT / "fixtures" / "sessions" / "shell-vim.json"
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
OFF = {"1049", "1000", "1002", "1003", "1006", "1015", "1004", "2004", "2048"}
"""Modes that must not be left set; 25 and 7 (cursor, wrapping) must be."""


def check_restored(screen: Pty) -> None:
    modes = {}
    for numbers, state in _MODE.findall(bytes(screen.written)):
        for number in numbers.decode().split(";"):
            modes[number] = state == b"h"
    assert not {number for number in OFF if modes.get(number)}, modes
    assert modes.get("25", True), modes
    assert modes.get("7", True), modes
    assert not screen.raw
    assert "Traceback" not in traffic(screen.written).text


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that takes some seconds to index."""
    path = tmp_path_factory.mktemp("large") / "session.json"
    write(path, 12 << 20, 1, "mixed")
    return path


def test_q(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_for("space")
        screen.press("q")
        assert screen.end() == 0
        check_restored(screen)


def test_ctrl_c(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_for("space")
        screen.press("\x03")
        assert screen.end() == 130
        check_restored(screen)


def test_ctrl_c_while_indexing(large: Path, tmp_path: Path):
    with replay(str(large), home=tmp_path) as screen:
        screen.wait_for("space")
        screen.press("\x03")
        assert screen.end() == 130
        check_restored(screen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal(number: signal.Signals, tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_for("space")
        os.kill(screen.process.pid, number)
        assert screen.end() == 128 + number
        check_restored(screen)


def test_a_closed_terminal_leaves_no_process_behind(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_for("space")
        screen.hang_up()
        screen.process.wait(timeout=10)


def test_resizing_while_it_is_indexed(large: Path, tmp_path: Path):
    with replay(str(large), home=tmp_path, cols=140, rows=40) as screen:
        screen.wait_for("space")
        for cols, rows in ((80, 24), (39, 11), (200, 60), (1, 1), (20, 3), (100, 30)) * 3:
            screen.resize(cols, rows)
            screen.press("\x1b[C", quiet=0.02)
        screen.settle()
        screen.press("q", quiet=0.2)
        assert screen.end(30) == 0
        check_restored(screen)


@pytest.mark.parametrize("change", ["vanishes", "grows", "shrinks", "is replaced"])
def test_a_file_that_changes_while_it_is_open(change: str, large: Path, tmp_path: Path):
    path = Path(shutil.copy(large, tmp_path / "session.json"))
    with replay(str(path), home=tmp_path) as screen:
        screen.settle(0.3)
        if change == "vanishes":
            path.unlink()
        elif change == "grows":
            with path.open("ab") as file:
                file.write(b'[[1,"o","' * 1000)
        elif change == "shrinks":
            os.truncate(path, 1 << 20)
        else:
            path.write_bytes(b"\x00" * 1000)
        screen.settle(0.5)
        screen.press("G", "t", ESCAPE, "r", ESCAPE, quiet=0.1)
        for number in range(12):
            screen.press(ESCAPE, "q", quiet=0.15 + number * 0.25)
            if screen.process.poll() is not None:
                break
        assert screen.end(30) in (0, 3), screen.tail
        check_restored(screen)


def test_a_full_disk_costs_a_sentence(tmp_path: Path):
    """No file may grow: bookmarks cannot be kept, nothing else is lost."""
    with replay(str(VIM), home=tmp_path, limits={resource.RLIMIT_FSIZE: (0, 0)}) as screen:
        screen.wait_for("space")
        screen.press("m", *"note", "\r", quiet=0.1)
        screen.wait_for("cannot be kept")
        screen.press(ESCAPE, "q", quiet=0.2)
        assert screen.end() == 0
        check_restored(screen)
    assert [path for path in (tmp_path / "state").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "words", [["transcript"], ["show"], ["search", "x"], ["screen", "--at", "99%"], ["statements"]]
)
def test_ctrl_c_in_a_command(words: list[str], large: Path):
    running = subprocess.Popen(
        [sys.executable, "-m", "replay_tui", words[0], str(large), *words[1:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
    )  # fmt: skip
    time.sleep(2.0)  # well after the start; one that is done by then is fine too
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode in (130, 0)
    assert "Traceback" not in said
