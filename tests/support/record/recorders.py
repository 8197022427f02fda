"""Recorder of ``fixtures/recorders``: one shell session, recorded by asciinema, tlog, script, termrec and ttyrec.

Each recorder runs in the one before it, so all of them see the same bytes. termrec and ttyrec record no input, ttyrec
no sizes either. `shell.screens.json` has the screens that tmux, the referee, draws from the output.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Any

from .referee import capture
from .terminal import Event, Resize

FOLDER = Path(__file__).parents[3] / "fixtures" / "recorders"
SECRET = "hunter2-Xy"
RECORD = (
    "tlog-rec -w file -o shell.tlog --log-input=true --log-window=true "
    "script -q -e -B shell.typescript -T shell.timing -c \"termrec -f ttyrec -e 'sh inner.sh' shell.termrec\""
)
INNER = "exec ttyrec -e 'sh start.sh' shell.ttyrec\n"
START = "PS1='$ ' exec bash --norc --noprofile -i\n"
PROMPT = b"$ "
STEPS: tuple[tuple[bytes, str | tuple[int, int]], ...] = (
    (PROMPT, "id -un"),
    (PROMPT, r"printf 'na\303\257ve \346\227\245\346\234\254 \377\n'"),
    (PROMPT, "read -rsp 'Password: ' x; echo"),
    (b"Password: ", SECRET),
    (PROMPT, "sudo -n rm -rf /var/lib/app/cache"),
    (PROMPT, r"printf '\033[2J\033[H\033[31mred\033[0m at the top'; printf '\033[5;10Hmoved\n'"),
    (PROMPT, (30, 100)),
    (PROMPT, "stty size"),
    (PROMPT, "history -c"),
    (PROMPT, "exit 3"),
)


def main(asciinema: str = "asciinema") -> None:
    """Record the session. `asciinema` is a program of version 2, which records input with `--stdin`."""
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", "SHELL": "/bin/bash"}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("start.sh").write_text(START)
        Path("inner.sh").write_text(INNER)
        child, terminal = pty.fork()
        if child == 0:
            argv = [asciinema, "rec", "-q", "--stdin", "-c", RECORD, "shell.cast"]
            os.execvpe(argv[0], argv, {**environment, "HOME": folder})
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        for prompt, step in STEPS:
            _wait_for(terminal, prompt)
            time.sleep(0.4)
            if isinstance(step, str):
                os.write(terminal, step.encode() + b"\r")
            else:
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *step, 0, 0))
        _wait_for(terminal, b"\0never")
        os.waitpid(child, 0)
        for name in ("cast", "tlog", "typescript", "timing", "termrec", "ttyrec"):
            (FOLDER / f"shell.{name}").write_bytes(Path(f"shell.{name}").read_bytes())
    screens = _screens(FOLDER / "shell.cast")
    (FOLDER / "shell.screens.json").write_text(json.dumps(screens, ensure_ascii=False, indent=1) + "\n")


def _screens(cast: Path) -> list[dict[str, Any]]:
    """Return tmux's screen before each input and each resize, and its time in seconds."""
    rows = [json.loads(line) for line in cast.read_text().splitlines()[1:]]
    events: list[Event] = []
    resizes: list[Resize] = []
    found = []
    for time_, kind, text in rows:
        if kind in "ir" and events and events[-1][1] == "o":
            found.append(capture(events, 80, 24, resizes, len(events) - 1))
        if kind == "r":
            resizes.append(Resize(len(events), *map(int, text.split("x"))))
        else:
            events.append((time_, kind, text.encode()))
    return found


def _wait_for(terminal: int, text: bytes) -> None:
    """Read output until it ends with `text`, or the terminal is closed."""
    seen = b""
    while not seen.endswith(text) and select.select([terminal], [], [], 10)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            return
        if not data:
            return
        seen += data


if __name__ == "__main__":
    main(*sys.argv[1:2])
