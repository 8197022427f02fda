"""Entry point: meaning of the first argument, exit codes, one sentence per failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from replay_tui import __version__
from replay_tui.cli import main as entry
from replay_tui.cli.group import NAMES
from tests.cli.runs import FIXTURES, ROOT, VIM, Runner, process, python

pytestmark = pytest.mark.slow

ID = "5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c"


def test_version_is_printed(run: Runner):
    assert run("--version").out == f"replay-tui {__version__}\n"


@pytest.mark.parametrize("name", ["", *NAMES])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_has_examples(run: Runner, name: str, flag: str):
    ran = run(*filter(None, [name, flag]))
    assert ran.code == 0
    assert "Usage:" in ran.out
    assert "Examples:" in ran.out
    assert "  replay-tui " in ran.out


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["show"], 2, "SESSION"),
        (["show", VIM, "--nope"], 2, "--nope"),
        (["show", VIM, "extra"], 2, "extra"),
        (["shwo", VIM], 2, "show"),
        (["screen", VIM, "--at", "soon"], 2, "soon"),
        (["screen", VIM, "--size", "80"], 2, "120x36"),
        (["screen", VIM, "--size", "0x0"], 2, "range"),
        (["screen", VIM, "--format", "gif"], 2, "gif"),
        (["search", VIM, ""], 2, "empty"),
        (["search", VIM, "(", "--regex"], 2, "regular expression"),
        (["search", VIM, "x", "--in", "dreams"], 2, "dreams"),
        ([VIM, "--at", "soon"], 2, "soon"),
        ([VIM, "--speed", "0"], 2, "speed"),
        ([VIM], 2, "terminal"),
        (["demo"], 2, "terminal"),
        (["demo", "99"], 2, "99"),
        ([], 2, "terminal"),
        (["nope.json"], 3, "nope.json"),
        (["show", "nope.json"], 3, "does not exist"),
        (["show", str(FIXTURES)], 3, "directory"),
        (["play", str(FIXTURES)], 3, "directory"),
        (["show", str(FIXTURES / "gateway" / "list.json")], 3, "list"),
        (["show", ID], 4, "gateway"),
        ([ID], 4, "gateway"),
        (["transcript", f"https://hoop.example/sessions/{ID}"], 4, "gateway"),
    ],
)
def test_failures_are_one_sentence(run: Runner, words: list[str], code: int, named: str):
    ran = run(*words)
    assert ran.code == code, ran.err
    assert ran.out == ""
    assert ran.err.startswith("replay-tui: ")
    assert ran.err.count("\n") == 1
    assert ran.err.rstrip().endswith(".")
    assert named in ran.err


@pytest.mark.parametrize("content", [b"", b"\0\1\2\3" * 100, b"{", b"[1", b"hello", b'{"message": "no \x1b[2J"}'])
@pytest.mark.parametrize("command", ["play", "show", "screen", "transcript", "statements"])
def test_invalid_sessions_exit_with_message(run: Runner, tmp_path, content: bytes, command: str):
    path = tmp_path / "broken\x1b[2J.json"
    path.write_bytes(content)
    ran = run(command, str(path))
    assert ran.code == 3
    assert ran.err.count("\n") == 1
    assert "\x1b" not in ran.err


def test_hostile_argument_is_sanitized(run: Runner):
    assert "\x1b" not in run("show", "\x1b]0;owned\x07").err
    assert "\x1b" not in run("screen", VIM, "--format", "\x1b[2J").err
    assert "\x1b" not in run("search", VIM, "(\x1b[2J", "--regex").err


def test_main_unexpected_exception_names_command_and_log(run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("replay_tui.cli.show.open_recording", broken)
    ran = run("show", VIM)
    assert (ran.code, ran.out) == (entry.BUG_EXIT_CODE, "")
    log = tmp_path / "state" / "replay-tui" / "log.txt"
    details = "Details: ~/state/replay-tui/log.txt"
    assert ran.err == f"replay-tui: The command `show` failed (ZeroDivisionError). {details}\n"
    assert "in broken" in log.read_text()
    monkeypatch.setenv("REPLAY_TUI_DEBUG", "1")
    ran = run("show", VIM)
    assert ran.code == entry.BUG_EXIT_CODE
    assert "Traceback" in ran.err
    assert "ZeroDivisionError: secret detail" in ran.err


def test_interrupt_exits_130(run: Runner, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("replay_tui.cli.show.open_recording", interrupted)
    assert run("show", VIM).code == 130


def test_session_is_read_from_stdin():
    with open(VIM, "rb") as file:
        ran = process("screen", "-", "--at", "100%", stdin=file)
    assert ran.returncode == 0, ran.stderr
    assert b"root@app-1" in ran.stdout


def test_play_stdin_without_terminal_fails():
    ran = process("-", stdin=subprocess.DEVNULL)
    assert ran.returncode == 3
    assert b"empty" in ran.stderr


def test_closed_pipe_prints_no_error():
    big = str(FIXTURES / "programs" / "progress.json.gz")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "replay_tui", "transcript", big],
            stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert ran.returncode == 0
    assert ran.stderr == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_exits_with_message():
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "replay_tui", "transcript", VIM],
            stdout=full, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert ran.returncode == 3
    assert b"Cannot write the output" in ran.stderr
    assert ran.stderr.count(b"\n") == 1


def test_output_in_other_encodings_never_fails():
    ran = process("transcript", str(FIXTURES / "programs" / "python-cjk.json.gz"), env={"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0
    assert ran.stderr == b""


def test_commands_never_import_textual():
    loaded = python(
        "import sys, contextlib, io\n"
        "from replay_tui.cli.main import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    codes = [main(['show', {VIM!r}]), main(['screen', {VIM!r}]), main(['search', {VIM!r}, 'sudo'])]\n"
        "print(codes, [name for name in sys.modules if name.split('.')[0] in ('textual', 'rich')])\n"
    )
    assert loaded == "[0, 0, 0] []\n"


def test_package_import_is_light():
    loaded = python(
        "import sys, replay_tui\n"
        "print([name for name in ('pydantic', 'msgspec', 'click', 'textual', 'pyghostty') if name in sys.modules])"
    )
    assert loaded == "[]\n"


def test_json_output_is_ascii(run: Runner, tmp_path):
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"id": "x", "user_name": "\x7f\x1b\u202eé", "status": "done", "event_stream": None}))
    out = run("show", str(path), "--json").out
    assert out.isascii()
    assert not [char for char in out if (ord(char) < 32 and char != "\n") or ord(char) == 127]
    assert json.loads(out)["user_name"] == "\x7f\x1b\u202eé"


def test_version_with_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "replay_tui", "--version"],
            stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, b"")
