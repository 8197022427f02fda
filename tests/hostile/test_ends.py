"""Program end: the terminal is restored, at most one message is written, and no partial file remains."""

from __future__ import annotations

import fcntl
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.generate import write
from tests.support.effort import sampled
from tests.support.ptyread import HANG_SECONDS, ROOT, Pty, environment, python, replay, traffic
from tests.support.walk import closes, leave, step, typed, walk

pytestmark = pytest.mark.slow

VIM = ROOT / "fixtures" / "sessions" / "shell-vim.json"
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
OFF = {"1049", "1000", "1002", "1003", "1006", "1015", "1004", "2004", "2048"}
"""Modes that must be reset at the end; 25 and 7 (cursor, wrapping) must be set."""


def check_restored(screen: Pty) -> None:
    check_modes(screen)
    assert not screen.raw
    assert "Traceback" not in traffic(screen.written).text


def check_modes(screen: Pty) -> None:
    modes = {}
    for numbers, state in _MODE.findall(bytes(screen.written)):
        for number in numbers.decode().split(";"):
            modes[number] = state == b"h"
    assert not {number for number in OFF if modes.get(number)}, modes
    assert modes.get("25", True), modes
    assert modes.get("7", True), modes


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session large enough for worker processes and the index cache (4 MiB): about a second of indexing."""
    path = tmp_path_factory.mktemp("large") / "session.json"
    write(path, 5 << 20, 1, "mixed")
    return path


def test_replay_quit_key_restores_terminal(tmp_path: Path):
    with replay(str(VIM), home=tmp_path, fresh=True) as screen:
        screen.wait_ready()
        screen.send("q")
        assert screen.end() == 0
        check_restored(screen)


def test_replay_ctrl_c_restores_terminal(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_ready()
        screen.send("\x03")
        assert screen.end() == 130
        check_restored(screen)


def job(home: Path) -> Pty:
    """Start the program as the only job of a shell, which continues it once after a line was typed."""
    line = f"{sys.executable} -m replay_tui {VIM}; echo; echo stopped; stty -a; read line; fg >&2; echo ended $?"
    return Pty(["bash", "-m", "-c", line], env=environment(home))


def test_replay_ctrl_z_suspends_and_fg_continues(tmp_path: Path):
    with job(tmp_path) as screen:
        screen.wait_ready()
        screen.press(" ")
        screen.wait_state(playing=True)
        screen.send("\x1a")
        screen.wait_for("\r\nstopped\r\n")
        screen.wait_for(" icanon")  # the shell has its terminal back
        check_modes(screen)
        screen.send("\r")
        screen.wait_state(playing=False)
        screen.wait_until(lambda: screen.raw, "raw mode")
        screen.press("?")
        screen.wait_state(top="HelpScreen")
        screen.press("q")
        screen.send("q")
        assert screen.end() == 0
        assert b"ended 0" in screen.written
        check_restored(screen)


def test_replay_ctrl_z_without_shell_is_refused(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_ready()
        count = screen.state["notices"]
        screen.press("\x1a")
        screen.wait_state(notices=count + 1)
        screen.send("q")
        assert screen.end() == 0


def test_replay_ctrl_c_while_indexing_restores_terminal(large: Path, tmp_path: Path):
    with replay(str(large), home=tmp_path) as screen:
        screen.wait_state(complete=True)
        screen.send("\x03")
        assert screen.end() == 130
        check_restored(screen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_replay_signal_restores_terminal(number: signal.Signals, tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_ready()
        os.kill(screen.process.pid, number)
        assert screen.end() == 128 + number
        check_restored(screen)


def test_replay_closed_terminal_leaves_no_process(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_ready()
        screen.hang_up()
        screen.process.wait(timeout=HANG_SECONDS)


def test_replay_resize_while_indexing_is_handled(large: Path, tmp_path: Path):
    with replay(str(large), home=tmp_path, cols=140, rows=40) as screen:
        screen.wait_state(top="ReplayScreen", ready=True)
        for cols, rows in ((80, 24), (39, 11), (200, 60), (1, 1), (20, 3), (100, 30)):
            screen.resize(cols, rows)
            screen.press("\x1b[C")
        screen.wait_state(size=[100, 30], analysed=True, position=lambda at: at > 0)
        leave(screen)
        check_restored(screen)


@sampled("change", ["shrinks", "grows", "vanishes", "is replaced"], daily=1)
def test_replay_file_changed_while_open_is_handled(change: str, large: Path, tmp_path: Path):
    path = Path(shutil.copy(large, tmp_path / "session.json"))
    with replay(str(path), home=tmp_path) as screen:
        screen.wait_state(top="ReplayScreen", ready=True)
        if change == "vanishes":
            path.unlink()
        elif change == "grows":
            with path.open("ab") as file:
                file.write(b'[[1,"o","' * 1000)
        elif change == "shrinks":
            os.truncate(path, 1 << 20)
        else:
            path.write_bytes(b"\x00" * 1000)
        screen.wait_until(lambda: screen.state["analysed"] or screen.state["failed"], "the end of reading")
        if screen.state["analysed"]:
            walk(
                screen, (step("t", pane="transcript"), closes(pane="main"), step("r", pane="raw"), closes(pane="main"))
            )
        leave(screen)
        check_restored(screen)


NOT_KEPT = (
    step("m", top="AskScreen", focus="QueuedInput"), *typed("note"), step("\r", "notices", top="ReplayScreen",
    bookmarks=0),
)  # fmt: skip


@pytest.mark.exhaustive
def test_replay_full_disk_gives_one_message(tmp_path: Path):
    """Files cannot grow: bookmarks are not saved, everything else works."""
    with replay(str(VIM), home=tmp_path, limits={resource.RLIMIT_FSIZE: (0, 0)}) as screen:
        screen.wait_ready()
        walk(screen, NOT_KEPT)
        leave(screen)
        check_restored(screen)
    assert "Saving in" in traffic(screen.written).text
    assert [path for path in (tmp_path / "state").rglob("*") if path.is_file()] == []


OF_A_SESSION = [
    ["show"], ["show", "--json"], ["screen"], ["screen", "--format", "svg"], ["statements"], ["statements", "--json"],
    ["search", "e"], ["transcript"], ["transcript", "--json"], ["scan"], ["scan", "--json"],
]  # fmt: skip
OF_NONE = [["-h"], ["help"], ["help", "keys"], ["completion", "bash"], ["config", "path"], ["config", "keys"]]
SAVING = [
    ["export", "--to", "asciicast", "-o", "OUT"],
    ["export", "--to", "html", "-o", "OUT"],
    ["report", "-o", "OUT"],
]

ONE_PROCESS = """
import json, sys
from replay_tui.cli.main import main
json.dump([main(words) for words in json.load(open(sys.argv[1]))], open(sys.argv[2], "w"))
"""


def in_one_process(commands: list[list[str]], folder: Path, **options: Any) -> Pty:
    """Run commands one after the other in one process on a terminal; `codes` returns their exit codes."""
    (folder / "commands").write_text(json.dumps(commands))
    words = ["-c", ONE_PROCESS, str(folder / "commands"), str(folder / "codes")]
    return python(*words, **{"home": folder, **options})


def codes(screen: Pty, folder: Path) -> list[int]:
    assert screen.end() == 0, screen.tail
    return list(json.loads((folder / "codes").read_text()))


RUNNER = """
import json, os, sys
from replay_tui.cli.main import main
codes = []
for words in json.load(open(sys.argv[1])):
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(os.open("/dev/full", os.O_WRONLY) if sys.argv[2] == "full" else writer, 1)
    os.close(writer)
    sys.stdout = open(1, "w", closefd=False)
    codes.append(main(words))
    sys.stdout.flush()  # since Python 3.13, collecting an unflushed file writes to stderr
print(json.dumps(codes), file=sys.stderr)
"""


def of(words: list[str], session: object, folder: Path) -> list[str]:
    """Return the arguments of a command on a session."""
    return [words[0], str(session), *(word.replace("OUT", str(folder / "out.html")) for word in words[1:])]


@sampled(
    ("where", "code", "said"), [("pipe", 0, ""), ("full", 3, "no space left")], daily=lambda case: case[0] == "full"
)
def test_commands_unwritable_output_gives_one_message(where: str, code: int, said: str, tmp_path: Path):
    if where == "full" and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    (tmp_path / "words").write_text(json.dumps([*(of(words, VIM, tmp_path) for words in OF_A_SESSION), *OF_NONE]))
    ran = subprocess.run(
        [sys.executable, "-c", RUNNER, str(tmp_path / "words"), where], stderr=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}, timeout=120,
    )  # fmt: skip
    *sentences, codes = [line for line in ran.stderr.splitlines() if "has findings" not in line]
    assert json.loads(codes) == [code] * (len(OF_A_SESSION) + len(OF_NONE))
    assert "Traceback" not in ran.stderr
    assert all(said in sentence for sentence in sentences)
    assert bool(sentences) is bool(said)


@pytest.mark.parametrize("words", [["show"], SAVING[1], ["play"]], ids=lambda words: words[0])
def test_command_ctrl_c_while_reading_ends_cleanly(words: list[str], tmp_path: Path):
    fifo = tmp_path / "session.json"
    os.mkfifo(fifo)
    with replay(*of(words, fifo, tmp_path), home=tmp_path) as screen, interrupting(screen, fifo):
        assert screen.end() == 130
        check_restored(screen)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))]


@contextmanager
def interrupting(screen: Pty, fifo: Path) -> Iterator[None]:
    """Press Ctrl-C while the program waits for the rest of a session that is never written."""
    writers: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # not open for reading yet
            writers.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writers)

    screen.wait_until(is_read, f"a reader of {fifo.name}")
    os.write(writers[0], VIM.read_bytes()[:500])
    screen.wait_until(lambda: not unread(writers[0]), "the end of what was written")
    screen.send("\x03")
    yield
    os.close(writers[0])


def unread(pipe: int) -> int:
    """Return the number of unread bytes in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_all_commands_ctrl_c_while_reading_end_cleanly(tmp_path: Path):
    """All commands run one after the other in one process."""
    every = [*OF_A_SESSION, *SAVING]
    fifos = [tmp_path / f"{number}.json" for number in range(len(every))]
    for fifo in fifos:
        os.mkfifo(fifo)
    commands = [of(*one, tmp_path) for one in zip(every, fifos, strict=True)]
    with in_one_process(commands, tmp_path) as screen, ExitStack() as open_fifos:
        for fifo in fifos:
            open_fifos.enter_context(interrupting(screen, fifo))
        assert codes(screen, tmp_path) == [130] * len(every)
        check_restored(screen)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))]


@sampled("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], daily=1)
def test_export_terminated_leaves_no_partial_file(number: signal.Signals, large: Path, tmp_path: Path):
    words = [sys.executable, "-m", "replay_tui", "export", str(large), "--to", "csv", "-o", str(tmp_path / "out.csv")]
    running = subprocess.Popen(words, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True)
    while not list(tmp_path.glob(".out*")):
        assert running.poll() is None, "was done before it could be ended"
        time.sleep(0.001)
    running.send_signal(number)
    _, said = running.communicate(timeout=120)
    assert running.returncode == (130 if number == signal.SIGINT else -number)
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_export_full_disk_leaves_no_partial_file(tmp_path: Path):
    commands = [of(words, VIM, tmp_path) for words in SAVING]
    with in_one_process(commands, tmp_path, limits={resource.RLIMIT_FSIZE: (2000, 2000)}) as screen:
        assert codes(screen, tmp_path) == [2] * len(commands)
        check_restored(screen)
    assert screen.written.count(b"cannot be written") == len(commands)
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_replay_unwritable_folders_are_tolerated(tmp_path: Path):
    """Settings, state and cache are below a file: bookmarks are not saved, everything else works."""
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    with replay(str(VIM), home=home) as screen:
        screen.wait_ready()
        walk(screen, NOT_KEPT)
        leave(screen)
        check_restored(screen)
    assert "Saving in" in traffic(screen.written).text
    commands = [
        ["export", str(VIM), "--to", "txt", "-o", str(home / "out.txt")],
        ["show", str(VIM)],
        ["config", "show"],
    ]
    with in_one_process(commands, tmp_path, home=home) as screen:
        assert codes(screen, tmp_path) == [2, 0, 0]
        check_restored(screen)
