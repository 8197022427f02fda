"""Recorder of a program on a pseudo-terminal: types keys and stores every read and write as an event."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Event = tuple[float, str, bytes]
"""Seconds since the start, ``"i"`` or ``"o"``, the bytes."""

KEY_GAP_SECONDS = 0.035
"""Time between two keys of one step, unless the step says otherwise."""

QUIET_SECONDS = 0.15
"""A step begins only once the program has been silent this long (seconds)..."""

SETTLE_TIMEOUT_SECONDS = 2.0
"""... or this long has passed after the step's own pause (``top`` is never silent for long)."""

_KEY = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|.", re.DOTALL)

# After DECCKM is set, a terminal sends its cursor keys as ESC O A instead of ESC [ A.
CURSOR_KEYS = re.compile(rb"\x1b\[\?1([hl])")
ARROW = re.compile(r"\x1b\[[ABCDHF]")

# Replies of a terminal: primary and secondary device attributes of xterm.
_ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[>c": b"\x1b[>41;354;0c"}


@dataclass(frozen=True)
class Step:
    """One step of a script.

    ``keys`` are typed one at a time, ``gap`` seconds apart, each as one event; ``whole`` sends them as one event, like
    a paste. ``resize`` is (columns, rows). For shells ``ran`` are the commands that the step completes, and ``dropped``
    is a line that is typed and deleted.
    """

    pause: float
    keys: str = ""
    gap: float = KEY_GAP_SECONDS
    whole: bool = False
    resize: tuple[int, int] | None = None
    ran: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resize:
    """Size of the terminal from event number ``event`` on."""

    event: int
    cols: int
    rows: int


@dataclass
class Recording:
    """Events of a recording, and the size of the terminal in cells."""

    cols: int
    rows: int
    events: list[Event] = field(default_factory=list)
    resizes: list[Resize] = field(default_factory=list)
    duration: float = 0.0


def split_keys(text: str) -> Iterator[str]:
    """Split typed text into keys: characters and whole cursor-key sequences."""
    yield from _KEY.findall(text)


def set_size(fd: int, cols: int, rows: int) -> None:
    """Set the size of the terminal; the kernel sends SIGWINCH to the foreground program."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


class _Recorder:
    def __init__(self, master: int, recording: Recording, answers: bool) -> None:
        self.master = master
        self.recording = recording
        self.answers = answers
        self.start = time.monotonic()
        self.last_output = self.start
        self.open = True
        self.application_keys = False

    def add(self, kind: str, data: bytes) -> None:
        self.recording.events.append((time.monotonic() - self.start, kind, data))

    def send(self, data: bytes) -> None:
        self.add("i", data)
        os.write(self.master, data)

    def read_until(self, deadline: float) -> None:
        """Take output as it comes, in the pieces it comes in."""
        while self.open and (left := deadline - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                data = b""
            if not data:
                self.open = False
                return
            self.last_output = time.monotonic()
            self.add("o", data)
            modes = CURSOR_KEYS.findall(data)
            if modes:
                self.application_keys = modes[-1] == b"h"
            if self.answers:
                for query, answer in _ANSWERS.items():
                    if query in data:
                        self.send(answer)

    def settle(self) -> None:
        deadline = time.monotonic() + SETTLE_TIMEOUT_SECONDS
        while self.open and (now := time.monotonic()) < min(deadline, self.last_output + QUIET_SECONDS):
            self.read_until(min(deadline, self.last_output + QUIET_SECONDS, now + QUIET_SECONDS))

    def play(self, step: Step, rng: random.Random | None) -> None:
        self.read_until(time.monotonic() + step.pause)
        self.settle()
        if step.resize is not None:
            cols, rows = step.resize
            self.recording.resizes.append(Resize(len(self.recording.events), cols, rows))
            set_size(self.master, cols, rows)
        for key in [step.keys] if step.whole and step.keys else split_keys(step.keys):
            if not self.open:
                return
            arrow = self.application_keys and ARROW.fullmatch(key)
            self.send(("\x1bO" + key[-1] if arrow else key).encode())
            gap = step.gap if rng is None else step.gap * rng.uniform(0.45, 1.9)
            self.read_until(time.monotonic() + gap)


def record(
    argv: Sequence[str],
    steps: Sequence[Step],
    *,
    cols: int,
    rows: int,
    env: Mapping[str, str],
    answers: bool = False,
    rhythm: int | None = None,
    timeout: float = 120.0,
) -> Recording:
    """Run ``argv`` with ``steps`` until the program has ended.

    ``argv`` must make the terminal its controlling terminal (``setsid -c``). With ``answers`` the recorder replies to
    device-attribute queries. ``rhythm`` seeds irregular gaps between keys. Raises ``TimeoutError`` if the program has
    not ended ``timeout`` seconds after the start.
    """
    master, slave = os.openpty()
    set_size(slave, cols, rows)
    recording = Recording(cols, rows)
    process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=dict(env), start_new_session=True)
    os.close(slave)
    recorder = _Recorder(master, recording, answers)
    try:
        rng = None if rhythm is None else random.Random(rhythm)
        for step in steps:
            recorder.play(step, rng)
        while recorder.open:
            if time.monotonic() - recorder.start > timeout:
                raise TimeoutError(f"{argv[-1]} did not end")
            recorder.read_until(time.monotonic() + 1)
    finally:
        os.close(master)
        if recorder.open:
            process.kill()
        process.wait()
    recording.duration = time.monotonic() - recorder.start
    return recording
