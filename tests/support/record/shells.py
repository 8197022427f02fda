"""Recorder of shell sessions: ``fixtures/shells``, with the commands that each shell received.

The expected commands are written beside the keys in the scripts, and compared with the shell's own history.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import sandbox
from .session import build, write_session, write_truth
from .terminal import Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "shells"
SECRET = "hunter2-secret"

UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
BACK = "\x7f"
CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_R, CTRL_U, CTRL_W = "\x01\x03\x04\x05\x12\x15\x17"


def _got(keys: str, text: str, pause: float = 0.5) -> Step:
    """Return keys that end in Enter, and the command line that the shell receives."""
    return Step(pause, keys + "\r", ran=(text,))


def _plain(text: str, pause: float = 0.5) -> Step:
    return _got(text, text, pause)


def _paste(text: str, ran: Sequence[str], dropped: Sequence[str] = ()) -> Step:
    """Return a bracketed paste: one event, line ends as terminals send them."""
    keys = "\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~"
    return Step(0.6, keys, whole=True, ran=tuple(ran), dropped=tuple(dropped))


def _zsh() -> tuple[Step, ...]:
    return (
        _plain("ls"),
        _plain("cat notes.txt | wc -l"),
        Step(0.5, UP),
        Step(0.4, UP),
        _got("", "ls"),
        Step(0.4, UP),
        Step(0.4, UP),
        _got(" -c", "cat notes.txt | wc -l -c"),
        _got("cat no\t", "cat notes.txt"),
        _got("grep def sr\tca\t", "grep def src/cart.py"),
        Step(0.4, "rm -rf /srv/other", dropped=("rm -rf /srv/other",)),
        Step(0.6, CTRL_U),
        _got("echo one two three" + CTRL_W + "four", "echo one two four"),
        _got("hostname" + CTRL_A + "echo $(" + CTRL_E + ")", "echo $(hostname)"),
        _got("git stauts" + BACK * 4 + "atus --short", "git status --short"),
        _got("echo ac" + LEFT + "b", "echo abc"),
        Step(0.6, CTRL_R),
        Step(0.3, "wc -l -"),
        _got("", "cat notes.txt | wc -l -c"),
        Step(0.4, "cat ", ran=()),
        Step(0.4, "/etc/shadow", dropped=("cat /etc/shadow",)),
        Step(0.4, CTRL_C),
        _paste("echo pasted one\necho pasted two", ()),
        _got("", "echo pasted one\necho pasted two"),
        Step(0.5, "for n in 1 2\rdo echo n=$n\r"),
        _got("done", "for n in 1 2\ndo echo n=$n\ndone"),
        _plain("ls /no/such/folder"),
        _plain("echo $?"),
        _plain("fc -W"),
        _plain("exit"),
    )


def _dash() -> tuple[Step, ...]:
    return (
        _plain("ls"),
        _got("echo hellp" + BACK + "o", "echo hello"),
        _got("cat nots" + BACK + "es.txt", "cat notes.txt"),
        Step(0.4, "rm -rf /srv/other", dropped=("rm -rf /srv/other",)),
        Step(0.6, CTRL_U),
        _plain("uname -s"),
        _got("echo one two" + CTRL_W + "three", "echo one three"),
        Step(0.4, "shutdown -h now", dropped=("shutdown -h now",)),
        Step(0.5, CTRL_C),
        _plain("X=5; echo $((X * 3))"),
        Step(0.5, "if true\rthen echo yes\r"),
        _got("fi", "if true\nthen echo yes\nfi"),
        _got("echo naïve café", "echo naïve café"),
        Step(0.5, "stty -echo; read -r token; stty echo\r", ran=("stty -echo; read -r token; stty echo",)),
        Step(0.5, SECRET + "\r"),
        _plain("false"),
        _plain("echo $?"),
        _plain("exit"),
    )


def _python() -> tuple[Step, ...]:
    return (
        Step(0.5, "python3 -q\r", ran=("python3 -q",)),
        _plain("import os, sys"),
        _plain("1 + 1"),
        Step(0.5, "def total(rows):\r    return sum(\r        price * n\r        for price, n in rows\r    )\r"),
        _got(
            "",
            "def total(rows):\n    return sum(\n        price * n\n        for price, n in rows\n    )",
            0.2,
        ),
        _plain("total([(3, 2), (10, 1)])"),
        Step(0.5, UP),
        _got(LEFT * 2 + ", (1, 1)", "total([(3, 2), (10, 1), (1, 1)])"),
        _got("prnit" + BACK * 4 + "rint('naïve', '漢字')", "print('naïve', '漢字')"),
        Step(0.5, "os.system('rm -rf cache')", dropped=("os.system('rm -rf cache')",)),
        Step(0.6, CTRL_U),
        _got("sys.maxu\t", "sys.maxunicode"),
        Step(0.5, "while True:\r", dropped=("while True:",)),
        Step(0.4, CTRL_C),
        _plain("1 / 0"),
        Step(0.5, CTRL_D),
        _plain("exit"),
    )


def _bash() -> tuple[Step, ...]:
    here = "cat > build/app.conf <<EOF\nport=8080\nname=$USER\nEOF"
    return (
        _plain("ls -la --color=auto"),
        _plain("git log --oneline | cat"),
        Step(0.5, UP),
        Step(0.4, UP),
        _got(" src", "ls -la --color=auto src"),
        Step(0.5, UP + UP),
        Step(0.4, DOWN),
        _got("", "ls -la --color=auto src"),
        _got("cat no\t", "cat notes.txt"),
        _got("wc -l src/c\tlogs/a\t", "wc -l src/cart.py logs/app.log"),
        Step(0.5, "ls t\t"),
        Step(0.4, "\t"),
        _got("e\t", "ls tests/"),
        Step(0.6, CTRL_R),
        Step(0.3, "oneline"),
        _got("", "git log --oneline | cat"),
        Step(0.4, "sudp -l", dropped=("sudp -l",)),
        Step(0.7, CTRL_U),
        _plain("id -un"),
        _got("echo one two three" + CTRL_W * 2 + "four", "echo one four"),
        _got("notes.txt" + CTRL_A + "head -n 1 " + CTRL_E, "head -n 1 notes.txt"),
        _got("echo ac" + LEFT + "b", "echo abc"),
        _got("echo this is a long line that has to be wrapped by the editor of the shell because it is wider "
             "than the terminal", "echo this is a long line that has to be wrapped by the editor of the shell "
             "because it is wider than the terminal"),
        _paste("cd /srv/shop\nfor f in src/*.py; do\n    wc -c $f\ndone", ()),
        _got("", "cd /srv/shop\nfor f in src/*.py; do\n    wc -c $f\ndone"),
        _paste("rm -rf /srv/other", (), ("rm -rf /srv/other",)),
        Step(0.6, CTRL_C),
        Step(0.5, "cat > build/app.conf <<EOF\rport=8080\rname=$USER\r"),
        _got("EOF", here, 0.2),
        _plain("cat build/app.conf"),
        _plain("read -s -p 'Password: ' x"),
        Step(0.8, SECRET + "\r"),
        _plain("echo ${#x}"),
        _plain("ls /no/such/folder"),
        _plain("echo $?"),
        _got("ls \\\r-d src", "ls \\\n-d src"),
        _plain("history > build/history.txt"),
        _plain("history -c"),
        _plain("exit"),
    )  # fmt: skip


MARKS = r"""
PS1='\[\e]133;D;$?\a\e]133;A\a\]'$PS1'\[\e]133;B\a\]'
PS0='\e]133;C\a'
"""
"""What shell integrations put into a prompt: end with status, prompt, command line, output (FinalTerm's OSC 133)."""


def _marked() -> tuple[Step, ...]:
    return (
        _plain("ls"),
        _plain("false"),
        _plain("ls /no/such/folder"),
        Step(0.5, CTRL_R),
        Step(0.3, "fal"),
        _got("", "false"),
        _got("cat no\t", "cat notes.txt"),
        _got("cat <<EOF\rone\rEOF", "cat <<EOF\none\nEOF"),
        Step(0.4, "rm -rf /srv/other", dropped=("rm -rf /srv/other",)),
        Step(0.6, CTRL_U),
        _plain("bind 'set enable-bracketed-paste off'"),
        _got("echo ac" + LEFT + "b", "echo abc"),
        _plain("(exit 7)"),
        _plain("exit"),
    )


@dataclass(frozen=True)
class Shell:
    """Script of one recording: the shell's command line and the input."""

    argv: tuple[str, ...]
    steps: Callable[[], tuple[Step, ...]]
    binary: str
    history: str | None
    rc: str = ""


SHELLS = {
    "bash-edit": Shell(sandbox.BASH, _bash, "/bin/bash", ".bash_history"),
    "zsh": Shell(("zsh", "-f"), _zsh, "/bin/zsh", ".zsh_history"),
    "dash": Shell(("dash", "-i"), _dash, "/bin/dash", None),
    "python": Shell(sandbox.BASH, _python, "/bin/bash", None),
    "bash-marks": Shell(("bash", "--noprofile", "--rcfile", ".marks"), _marked, "/bin/bash", ".bash_history", MARKS),
}


def commands(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Return the expected commands of a script, in order."""
    rows: list[dict[str, object]] = []
    for step in steps:
        rows += [{"text": text, "deleted": False} for text in step.ran]
        rows += [{"text": text, "deleted": True} for text in step.dropped]
    return rows


def make(name: str, day: int) -> None:
    """Record one shell and print the shell's history for comparison."""
    shell = SHELLS[name]
    steps = shell.steps()
    with sandbox.shop() as root:
        if shell.rc:
            (root / ".marks").write_text(shell.rc)
        env = sandbox.environment(shell=shell.binary) | {"HISTSIZE": "500", "SAVEHIST": "500"}
        argv = sandbox.on_app_1(root, shell.argv)
        recording = record(argv, steps, cols=80, rows=24, env=env)
        for file in (shell.history, ".python_history", "build/history.txt"):
            if file and (root / file).exists():
                print(f"-- {name}: {file}\n{(root / file).read_text()}")
    start = f"2026-11-{day:02d}T13:05:00.5Z"
    session = build(f"shell-{name}", recording.events, start=start, duration=recording.duration)
    write_session(FOLDER / f"{name}.json.gz", session)
    write_truth(FOLDER / f"{name}.commands.json", commands(steps))


def main() -> None:
    for day, name in enumerate(SHELLS, 1):
        if name in (sys.argv[1:] or SHELLS):
            make(name, day)


if __name__ == "__main__":
    main()
