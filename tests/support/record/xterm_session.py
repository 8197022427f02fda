"""Recorder of a program inside a real xterm, which is asked for its cells whenever the program is silent.

This module stands between xterm and the program: it passes on what the program writes and what xterm answers, types the
script's keys, and resizes xterm. While it reads the cells, the program's output waits and the clock stands.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .terminal import ARROW, CURSOR_KEYS, KEY_GAP_SECONDS, set_size, split_keys
from .xterm_cells import cells, cursor_and_modes, run_in_xterm, screen, write

Step = str | tuple[int, int]
"""Keys to type, or columns and rows to which xterm is resized. A checkpoint follows each."""

SETTLE_TIMEOUT_SECONDS = 6.0
"""A checkpoint is skipped if the program is not silent before."""


@dataclass(frozen=True)
class Script:
    """A program and what is done with it; `quiet` is the silence in seconds that ends a step."""

    argv: list[str]
    env: dict[str, str]
    cols: int
    rows: int
    steps: list[Step]
    quiet: float = 0.4
    checkpoints: bool = True


@dataclass
class XtermSession:
    """Events (seconds, type, text) as in an asciicast, and the screens at the checkpoints."""

    cols: int
    rows: int
    events: list[tuple[float, str, str]] = field(default_factory=list)
    screens: list[dict[str, Any]] = field(default_factory=list)


def record_in_xterm(script: Script, display: str) -> XtermSession:
    """Run `script` in an xterm of its own. Raises `CalledProcessError`."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "given.json"), Path(folder, "found.json")
        given.write_text(json.dumps(asdict(script)))
        command = [sys.executable, "-m", "tests.support.record.xterm_session", str(given), str(found)]
        run_in_xterm(command, script.cols, script.rows, display)
        session = XtermSession(**json.loads(found.read_text()))
    session.screens = [screen(one) for one in session.screens]
    return session


class _Inside:
    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cols: int, rows: int) -> None:
        self.session = XtermSession(cols, rows)
        self.decoders = {kind: codecs.getincrementaldecoder("utf-8")("replace") for kind in "io"}
        self.master, slave = os.openpty()
        set_size(slave, cols, rows)
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=dict(env))
        os.close(slave)
        self.start, self.last_output, self.open = time.monotonic(), time.monotonic(), True
        self.application_keys = False

    def now(self) -> float:
        return round(time.monotonic() - self.start, 6)

    def add(self, kind: str, data: bytes) -> None:
        if text := self.decoders[kind].decode(data):
            self.session.events.append((self.now(), kind, text))

    def send(self, data: bytes) -> None:
        self.add("i", data)
        os.write(self.master, data)

    def pass_on(self, seconds: float) -> None:
        """Pass on output and replies for a time."""
        end = time.monotonic() + seconds
        while self.open and (left := end - time.monotonic()) > 0:
            self.follow_resize()
            for source in select.select([self.master, 0], [], [], min(left, 0.1))[0]:
                try:
                    data = os.read(source, 1 << 16)
                except OSError:
                    data = b""
                if source == 0:
                    self.send(data)
                elif data:
                    self.last_output = time.monotonic()
                    self.add("o", data)
                    write(data)
                    if modes := CURSOR_KEYS.findall(data):
                        self.application_keys = modes[-1] == b"h"
                else:
                    self.open = False

    def follow_resize(self) -> None:
        rows, cols = struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))[:2]
        if (cols, rows) != (self.session.cols, self.session.rows):
            self.session.cols, self.session.rows = cols, rows
            self.session.events.append((self.now(), "r", f"{cols}x{rows}"))
            set_size(self.master, cols, rows)

    def resize(self, cols: int, rows: int) -> None:
        write(b"\x1b[8;%d;%dt" % (rows, cols))
        while (self.session.cols, self.session.rows) != (cols, rows):
            self.pass_on(0.05)

    def settle(self, quiet: float) -> bool:
        """Return True once the program is silent, False if it is not within `SETTLE_TIMEOUT_SECONDS`."""
        self.last_output = time.monotonic()
        deadline = self.last_output + SETTLE_TIMEOUT_SECONDS
        while self.open and time.monotonic() < deadline:
            self.pass_on(min(quiet, 0.1))
            if time.monotonic() - self.last_output >= quiet:
                return True
        return False

    def checkpoint(self) -> None:
        at, seen_at = time.monotonic(), self.now()
        asked = cursor_and_modes()
        if asked["cursor"] is not None:
            size = {"cols": self.session.cols, "rows": self.session.rows}
            self.session.screens.append({"at": seen_at, **size, **asked, **cells(**size)})
        self.start += time.monotonic() - at - 0.001

    def play(self, step: Step, quiet: float) -> None:
        if isinstance(step, str):
            for key in split_keys(step):
                if self.open:
                    is_arrow = self.application_keys and ARROW.fullmatch(key)
                    self.send(("\x1bO" + key[-1] if is_arrow else key).encode())
                    self.pass_on(KEY_GAP_SECONDS)
        else:
            self.resize(*step)


def inside(given: Path, found: Path) -> None:
    """Play a script in the terminal of this process."""
    script = Script(**json.loads(given.read_text()))
    before = termios.tcgetattr(0)
    tty.setraw(0)
    run = _Inside(script.argv, script.env, script.cols, script.rows)
    try:
        for step in ("", *script.steps):
            run.play(step, script.quiet)
            if run.settle(script.quiet) and run.open and script.checkpoints:
                run.checkpoint()
    finally:
        run.process.kill()
        run.process.wait()
        write(b"\x18\x1b\\")
        termios.tcsetattr(0, termios.TCSADRAIN, before)
    first = script.cols, script.rows
    run.session.cols, run.session.rows = first
    found.write_text(json.dumps(asdict(run.session)))


if __name__ == "__main__":
    inside(Path(sys.argv[1]), Path(sys.argv[2]))
