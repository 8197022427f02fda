"""A crash of native code loses neither the session nor the terminal."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runs import ROOT, VIM, process
from tests.support.effort import sampled
from tests.support.ptyread import Pty, traffic
from tests.support.walk import leave

pytestmark = pytest.mark.slow

UNGUARDED = str(ROOT / "tests" / "support" / "unguarded.py")
CRASH = b"\x1b[?1049hdeep\x1b]8;;e\x07\x1b[65535b\x1b[999d\n"
"""Ends the emulator's process on a screen of 400 x 150 cells."""


@pytest.fixture
def crashing(tmp_path: Path) -> str:
    outputs = b"\x1b[1mbefore\x1b[0m\r\n", CRASH, b"\x1b[?1049l\r\nafter it\r\n", CRASH, b"\x1b[?1049lthe end\r\n"
    events = [[at, "o", base64.b64encode(data).decode()] for at, data in enumerate(outputs)]
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"type": "custom", "verb": "connect", "event_stream": events}))
    return str(path)


def unguarded(*words: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, UNGUARDED, *words], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "HOME": "/nonexistent", **(env or {})}, **options,
    )  # fmt: skip


def test_command_continues_after_crashes(crashing: str):
    ran = unguarded("transcript", crashing, "--json", "--size", "400x150")
    assert ran.returncode == 0, ran.stderr
    assert all(text in ran.stdout for text in ("before", "deep", "after it", "the end"))
    assert "Restarting with crash isolation" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_interface_restarts_on_same_session(crashing: str, tmp_path: Path):
    env = {
        "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(tmp_path),
    }  # fmt: skip
    words = [sys.executable, UNGUARDED, crashing, "--size", "400x150", "--at", "4"]
    with Pty(words, env=env) as screen:
        screen.wait_state(analysed=True, frame_drawn=True, position=4.0)
        leave(screen)
        assert not screen.raw
    text = traffic(screen.written).text
    assert "the end" in text
    assert "crash the terminal emulator" in text
    assert screen.written.rfind(b"\x1b[?1049h") < screen.written.rfind(b"\x1b[?1049l")


@pytest.mark.exhaustive
def test_stdin_file_is_read_again(crashing: str):
    with open(crashing, "rb") as file:
        ran = unguarded("transcript", "-", "--size", "400x150", stdin=file)
    assert ran.returncode == 0
    assert "the end" in ran.stdout


def test_stdin_pipe_ends_with_message(crashing: str):
    ran = unguarded("transcript", "-", "--size", "400x150", input=Path(crashing).read_text())
    assert ran.returncode == 3
    assert "cannot be read again" in ran.stderr


def test_repeated_crashes_end_with_message(crashing: str):
    ran = unguarded("screen", crashing, env={"CRASH_ALWAYS": "1"})
    assert ran.returncode == 3
    assert ran.stderr.splitlines()[-1].startswith("replay-tui: The terminal emulator crashes on this session")
    assert not ran.stdout


def test_text_only_level_draws_text():
    shown = process("screen", VIM, "--at", "100%", "--format", "ansi", env={"REPLAY_TUI_EMULATOR": "text-only"})
    assert shown.returncode == 0
    assert b"\x1b[3" not in shown.stdout
    assert b"deploy" in shown.stdout


@sampled("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], daily=2)
def test_signals_are_forwarded_to_child(number: signal.Signals, tmp_path: Path):
    fifo = tmp_path / "never"
    os.mkfifo(fifo)
    running = subprocess.Popen([sys.executable, "-m", "replay_tui", "show", str(fifo)], stderr=subprocess.PIPE)
    writer = os.open(fifo, os.O_WRONLY)  # waits until the program has opened it
    said = None
    while said is None:  # a signal just before the read is handled only after it
        running.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            _, said = running.communicate(timeout=2)
    os.close(writer)
    assert running.returncode == (130 if number == signal.SIGINT else -number)
    assert not said.strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_child_stuck_in_native_code_is_killed(number: signal.Signals):
    code = (
        "import ctypes, sys, threading\n"
        "from replay_tui.cli import supervisor\n"
        "supervisor.CHILD_EXIT_SECONDS = 0.3\n"
        "sys.setswitchinterval(60)\n"
        "def stick():\n"
        "    library = ctypes.PyDLL(None)\n"  # calls keep the interpreter lock
        # one call, because the signal could be handled between two
        "    library.system(b'echo begun; exec sleep 10 >/dev/null 2>&1')\n"
        "def run():\n"
        "    stuck = threading.Thread(target=stick)\n"
        "    stuck.start()\n"
        "    return stuck.join()\n"
        "sys.exit(supervisor.run_supervised([], run))\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout
    assert running.stdout.readline() == b"begun\n"
    running.send_signal(number)
    said, complained = running.communicate(timeout=120)  # ends after the child process
    assert (running.returncode, said, complained) == (-number, b"", b"")


def test_child_ends_with_its_parent(tmp_path: Path):
    fifo = tmp_path / "never"
    os.mkfifo(fifo)
    running = subprocess.Popen([sys.executable, "-m", "replay_tui", "show", str(fifo)], stderr=subprocess.PIPE)
    writer = os.open(fifo, os.O_WRONLY)
    running.kill()
    assert running.stderr
    assert running.stderr.read().strip() == b""  # ends when the last process that holds it has ended
    running.wait()
    running.stderr.close()
    os.close(writer)
