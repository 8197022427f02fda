"""An exception in a decoder: messages of the commands, contents of the log, and the effect of `--debug`."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.runs import ROOT, VIM, Runner
from tests.support.effort import sampled

pytestmark = pytest.mark.slow

CONTENT = "Xq7content"
PROGRAM = """
import sys
from replay_tui.cli.main import main
from replay_tui.decoders.registry import Decoder, register
from replay_tui.domain.session_kind import DecoderGroup

def claim(session, stream, head):
    return 9

def decode(session, stream):
    content = bytes(stream.output).decode()
    raise ValueError(f"cannot read {content!r}")

register(Decoder("injected", frozenset(DecoderGroup), claim, decode))
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""
"""Run by its path: the processes of `tokenize` load it too, and so have the same decoder."""


@dataclass(frozen=True)
class Ran:
    """Exit code, stdout and stderr of a run."""

    code: int
    out: str
    err: str


class Program:
    """Runs the program with a decoder that raises, in a separate home folder."""

    def __init__(self, folder: Path) -> None:
        self.path, self.home = folder / "program.py", folder / "home"
        self.path.write_text(PROGRAM)
        self.home.mkdir()
        self.session = folder / "session.json"
        data = base64.b64encode(CONTENT.encode()).decode()
        events = [[0.1, "i", base64.b64encode(b"select 1").decode()], [0.2, "o", data]]
        session = {"id": "x", "type": "database", "connection_subtype": "mysql", "event_stream": events}
        self.session.write_text(json.dumps(session))
        self.log = self.home / ".local" / "state" / "replay-tui" / "log.txt"

    def __call__(self, *words: str, **environment: str) -> Ran:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "REPLAY_", "HOOP_"))}
        done = subprocess.run(
            [sys.executable, self.path, *words],
            env={**kept, "PYTHONPATH": str(ROOT), "HOME": str(self.home), **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def logged(self) -> str:
        """The contents of the log file."""
        return self.log.read_text()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


ON_SCREEN = "the decoder injected failed; the session is shown undecoded"
MESSAGE = f"{ON_SCREEN}, its input hidden because it may hold credentials"
NOTICE = f"Analysed in part: {MESSAGE}. Details: ~/.local/state/replay-tui/log.txt\n"


@sampled("command", ["show", "statements", "search", "transcript"], daily=2)
def test_command_with_failing_decoder_names_operation_and_log(program: Program, command: str) -> None:
    ran = program(command, str(program.session), *(["select"] if command == "search" else []))
    assert ran.code == (1 if command == "search" else 0)
    assert NOTICE in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert (MESSAGE in " ".join(ran.out.split())) == (command == "show")
    assert program.log.stat().st_mode & 0o777 == 0o600
    assert "Decoding with the decoder injected failed\n  Traceback" in program.logged
    assert "program.py" in program.logged
    assert "in decode" in program.logged
    assert "ValueError: cannot read '...'" in program.logged
    assert CONTENT not in program.logged


def test_show_json_with_failing_decoder_has_fidelity_warning(program: Program) -> None:
    shown = json.loads(program("show", str(program.session), "--json").out)["replay"]
    assert {"code": "decoder-failed", "message": MESSAGE, "count": 1} in shown["fidelity"]


@sampled("words", [["export", "--to", "json", "-o"], ["report", "-o"]], daily=1)
def test_file_command_with_failing_decoder_says_so(program: Program, tmp_path: Path, words: list[str]) -> None:
    made = tmp_path / "made.html"
    ran = program(words[0], str(program.session), *words[1:], str(made))
    assert ran.code == 0
    assert NOTICE in ran.err
    assert (MESSAGE in made.read_text()) == (words[0] == "report")


@sampled("jobs", ["1", "2"], daily=lambda jobs: jobs == "2")
def test_scan_with_failing_decoder_says_so_in_row(program: Program, jobs: str) -> None:
    """A session without findings has a row too, and the exit code differs from that of "nothing found"."""
    ran = program("scan", str(program.session), VIM, "--json", "--jobs", jobs)
    rows = {row["source"]: row for row in map(json.loads, ran.out.splitlines())}
    assert set(rows) == {str(program.session), VIM}
    for source, message in ((str(program.session), MESSAGE), (VIM, ON_SCREEN)):
        assert {"code": "decoder-failed", "message": message, "count": 1} in rows[source]["fidelity"]
        assert rows[source]["searched"] == "partly"
    assert rows[VIM]["counts"]["high"] == 1  # commands are still read from the screen
    assert ran.code == 3
    assert "2 sessions read or analysed in part: findings may be missing. Details: ~/.local" in ran.err
    assert program.logged.count("Decoding with the decoder injected failed") == 2
    alone = program("scan", str(program.session), "--jobs", jobs)
    assert alone.code == 3
    assert alone.out == f"0\t0\t0\t-\t\t\t{program.session}\t\tincomplete: {MESSAGE}\n"


@sampled(
    ("before", "after", "environment"),
    [
        (["--debug", "show"], [], {}),
        (["show"], ["--debug"], {}),
        (["show"], [], {"REPLAY_TUI_DEBUG": "1"}),
        (["--debug", "statements"], ["--debug"], {"REPLAY_TUI_DEBUG": "1"}),
        (["--debug", "scan"], ["--jobs", "1"], {}),
        (["scan"], ["--debug", "--jobs", "2", VIM], {}),
    ],
    daily=2,
)
def test_debug_failing_decoder_ends_command_with_traceback(
    program: Program, before: list[str], after: list[str], environment: dict[str, str]
) -> None:
    ran = program(*before, str(program.session), *after, **environment)
    assert ran.code == 3
    assert ran.err.startswith("Debug mode. Log: ~/.local/state/replay-tui/log.txt\n")
    assert ran.err.count("Debug mode") == 1
    assert "Traceback (most recent call last)" in ran.err
    assert "ValueError: cannot read" in ran.err
    assert "\nreplay-tui: The command `" in ran.err
    assert "\x1b" not in ran.err
    assert "in decode" in program.logged
    assert CONTENT not in program.logged


def test_debug_before_session_is_play(program: Program) -> None:
    ran = program("--debug", str(program.session))
    assert ran.code == 2
    assert "terminal" in ran.err


@pytest.mark.exhaustive
def test_debug_without_failure_changes_no_output(program: Program) -> None:
    plain, debug = program("screen", VIM), program("screen", VIM, "--debug")
    assert (debug.code, debug.out) == (plain.code, plain.out) == (0, plain.out)
    assert plain.err == ""
    assert debug.err == "Debug mode. Log: ~/.local/state/replay-tui/log.txt\n"


def test_help_of_every_command_names_debug(run: Runner) -> None:
    for words in (["-h"], ["show", "-h"], ["help", "scan"]):
        assert "--debug" in run(*words).out
