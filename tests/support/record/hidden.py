"""Record the sessions of ``fixtures/hidden-input``: answers that are not echoed, and the truth about them.

The truth is written in the scripts below: the commands (`ran`) and the texts that were not echoed (`Hidden`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from . import sandbox
from .session import build, write_session, write_truth
from .terminal import Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "hidden-input"
ASK = r"""
read -rs -p "[sudo] password for ana: " answer
echo
sleep "${1:-0.3}"
echo "ok ${#answer}"
"""
LOG = 'while :; do echo "tail: the quick brown fox jumps over the lazy dog 0123456789"; sleep 0.11; done\n'
DIALOG = r"""
import curses
import sys


def main(screen):
    screen.box()
    screen.addstr(3, 10, "Please enter the password for disk sda")
    screen.addstr(6, 12, "[")
    screen.addstr(6, 40, "]")
    screen.move(6, 13)
    typed = ""
    while (key := screen.getch()) not in (10, 13):
        if len(sys.argv) > 1:
            screen.addstr(6, 13 + len(typed), sys.argv[1])
            typed += chr(key)
        screen.move(6, 13 + len(typed))


curses.wrapper(main)
"""
GETPASS = "import getpass; print(len(getpass.getpass('{}: ')))"
BACK, CTRL_D, PREFIX = "\x7f", "\x04", "\x02"


@dataclass(frozen=True)
class Hidden(Step):
    """A step that types `hidden` while it is not echoed; `certain` is False if a shell may read it as a command."""

    hidden: str = ""
    certain: bool = True


def _ran(text: str, pause: float = 0.5) -> Step:
    return Step(pause, text + "\r", ran=(text,))


def _ahead(text: str) -> Step:
    return Step(0.0, text + "\r", whole=True, ran=(text,))


def _hidden(text: str, pause: float = 0.6, *, whole: bool = False, certain: bool = True, end: str = "\r") -> Step:
    return Hidden(pause, text + end, whole=whole, hidden=text, certain=certain)


def _noise() -> tuple[Step, ...]:
    return (
        _ran("bash log.sh &"),
        _ran("read -rs x"),
        _hidden("Noise-0041!"),
        _ran("bash ask.sh"),
        _hidden("Noise-0042!"),
        _ran("rm -rf ./nothing", 1.0),
        _ran("kill %1"),
        _ran("exit", 1.0),
    )


def _typed_ahead() -> tuple[Step, ...]:
    return (
        _ran("bash ask.sh 1"),
        _hidden("Ahead-0051", whole=True),
        _ahead("rm -rf ./nothing"),
        _ran("sleep 1", 2.5),
        _ahead("rm -rf ./nothing-else"),
        Step(2.5, "sleep 0.5\rls src\r", whole=True, ran=("sleep 0.5", "ls src")),
        _ran("exit", 2.0),
    )


def _dash() -> tuple[Step, ...]:
    return (
        _ran("stty -echo"),
        _hidden("rm -rf ./nothing", certain=False),
        _hidden("stty echo", certain=False),
        _ran("sleep 1"),
        _ahead("rm -rf ./nothing-else"),
        _ran("exit", 2.0),
    )


def _prompts() -> tuple[Step, ...]:
    return (
        _ran(f'python3 -c "{GETPASS.format("PIN")}"'),
        _hidden("42", 1.0),
        _ran(f'python3 -c "{GETPASS.format("Passwort")}"'),
        Hidden(1.0, "Prompt-x" + BACK + "0061\r", hidden="Prompt-0061"),
        _ran(f'python3 -c "{GETPASS.format("Unseal Key (will be hidden)")}"'),
        _hidden("pä漢-0062", 1.0, end=CTRL_D * 2),
        _ran("ls src", 1.0),
        _ran("exit"),
    )


def _dialog() -> tuple[Step, ...]:
    return (
        _ran("python3 dialog.py"),
        _hidden("Dialog-0071", 1.0),
        _ran("python3 dialog.py '*'", 1.0),
        _hidden("Dialog-0072", 1.0),
        _ran("ls src", 1.0),
        _ran("exit"),
    )


def _tmux() -> tuple[Step, ...]:
    return (
        _ran("tmux -f /dev/null new"),
        _ran("tmux set -g status-interval 1; tmux set -g status-right '%H:%M:%S'", 1.5),
        _ran("bash ask.sh", 1.0),
        Hidden(0.8, "Tmux-0081\r", gap=0.2, hidden="Tmux-0081"),
        _ran("read -rs x", 1.0),
        _hidden("Tmux-0082"),
        Step(0.5, PREFIX),
        Step(0.3, "%"),
        _ran("bash ask.sh", 1.0),
        _hidden("Tmux-0083"),
        _ran("rm -rf ./nothing", 1.0),
        _ran("read -rs x"),
        _hidden("Tmux-0084"),
        Step(0.5, PREFIX),
        Step(0.3, "&"),
        Step(0.5, "y"),
        _ran("exit", 1.0),
    )


SCRIPTS = {
    "noise": (sandbox.BASH, _noise),
    "typed-ahead": (sandbox.BASH, _typed_ahead),
    "dash": (("dash", "-i"), _dash),
    "prompts": (sandbox.BASH, _prompts),
    "dialog": (sandbox.BASH, _dialog),
    "tmux": (sandbox.BASH, _tmux),
}


def truth(steps: tuple[Step, ...]) -> dict[str, list[str]]:
    """The commands of a script in order, and the texts that were not echoed."""
    hidden = [step for step in steps if isinstance(step, Hidden)]
    return {
        "commands": [text for step in steps for text in step.ran],
        "hidden": [step.hidden for step in hidden if step.certain],
        "uncertain": [step.hidden for step in hidden if not step.certain],
    }


def make(name: str, day: int) -> None:
    """Record one script."""
    argv, script = SCRIPTS[name]
    steps = script()
    with sandbox.shop() as root:
        for file, text in {"ask.sh": ASK, "log.sh": LOG, "dialog.py": DIALOG}.items():
            (root / file).write_text(text)
        env = sandbox.environment(shell="/bin/bash")
        recording = record(sandbox.on_app_1(root, argv), steps, cols=80, rows=24, env=env)
    session = build(
        f"hidden-{name}", recording.events, start=f"2026-11-{day:02d}T08:15:00Z", duration=recording.duration
    )
    write_session(FOLDER / f"{name}.json.gz", session)
    write_truth(FOLDER / f"{name}.truth.json", truth(steps))


def main() -> None:
    for day, name in enumerate(SCRIPTS, 1):
        if name in (sys.argv[1:] or SCRIPTS):
            make(name, day)


if __name__ == "__main__":
    main()
