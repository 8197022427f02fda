"""Record the file transfers of ``fixtures/transfers``: bash in a terminal, and lrzsz on both of its sides.

Usage: ``python -m tests.support.record.transfers`` (needs the package lrzsz). The program on the user's side starts
when the host has sent the first frame, as a terminal program with ZMODEM support does.
"""

from __future__ import annotations

import os
import pty
import random
import select
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

from .session import write_session

FOLDER = Path(__file__).parents[3] / "fixtures" / "transfers"
TRANSFERS = {
    "zmodem-download": ("sz customers.csv core.bin", ["rz", "-q"]),
    "zmodem-upload": ("rz", ["sz", "-q", "tool.sh"]),
}
"""What is typed on the host, and the program on the user's side."""
FIRST_FRAME, LAST_FRAME = b"**\x18B", b"**\x18B08"
SESSION = {
    "id": "2f1b7c30-5d64-4b1e-9a53-0d8e2f6a7b10", "type": "application", "connection_subtype": "ssh",
    "verb": "connect", "status": "done", "connection": "files-1", "user": "ana@example.com",
    "start_date": "2026-11-20T09:30:00Z", "end_date": "2026-11-20T09:31:00Z",
}  # fmt: skip


class _Recorder:
    def __init__(self, folder: Path) -> None:
        self.events: list[list[object]] = []
        self._begin = time.monotonic()
        child, self.terminal = pty.fork()
        if child == 0:
            os.chdir(folder)
            os.environ.update(PS1="$ ", TERM="xterm", HISTFILE="")
            os.execvp("bash", ["bash", "--norc", "--noprofile"])

    def _add(self, kind: str, data: bytes) -> None:
        seconds = round(time.monotonic() - self._begin, 6)
        self.events.append([seconds, kind, b64encode(data).decode()])

    def send(self, data: bytes) -> None:
        self._add("i", data)
        os.write(self.terminal, data)

    def receive(self) -> bytes:
        data = os.read(self.terminal, 1024)
        self._add("o", data)
        return data

    def type(self, text: str) -> None:
        for char in text:
            self.send(char.encode())
            self.wait(0.05)

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with suppress(OSError):  # the shell has ended
            while (rest := end - time.monotonic()) > 0:
                if select.select([self.terminal], [], [], rest)[0]:
                    self.receive()

    def transfer(self, command: list[str], folder: Path) -> None:
        """Relay the protocol between the host and `command` until that ends."""
        seen = b""
        while FIRST_FRAME not in seen:
            seen += self.receive()
        program = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(seen[seen.index(FIRST_FRAME) :])
        program.stdin.flush()
        while True:
            ready = select.select([self.terminal, program.stdout], [], [], 5)[0]
            if self.terminal in ready:
                data = self.receive()
                with suppress(BrokenPipeError):  # the program has ended
                    program.stdin.write(data)
                    program.stdin.flush()
            if program.stdout in ready:
                data = os.read(program.stdout.fileno(), 1024)
                if not data:
                    return
                self.send(data)
                if LAST_FRAME in data and command[0] == "rz":  # it would repeat this frame to the shell
                    program.terminate()
                    return


def _record(name: str, typed: str, command: list[str], host: Path, user: Path) -> None:
    recorder = _Recorder(host)
    recorder.wait(0.5)
    recorder.type(typed)
    recorder.send(b"\r")
    recorder.transfer(command, user)
    recorder.wait(0.5)
    recorder.type("ls\r")
    recorder.wait(0.5)
    recorder.send(b"exit\r")
    recorder.wait(0.3)
    write_session(FOLDER / f"{name}.json.gz", {**SESSION, "event_stream": recorder.events})


def main() -> None:
    """Record the transfers named on the command line, without names all."""
    source = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        host, user = Path(folder) / "host", Path(folder) / "user"
        host.mkdir()
        user.mkdir()
        rows = "".join(f"{row};Name {row};DE{source.randint(10**9, 10**10)}\r\n" for row in range(60))
        (host / "customers.csv").write_text("id;name;iban\r\n" + rows, newline="")
        (host / "core.bin").write_bytes(source.randbytes(1500))
        (user / "tool.sh").write_text("#!/bin/sh\nrm -rf /srv/data\n" * 20)
        for name, (typed, command) in TRANSFERS.items():
            if name in (sys.argv[1:] or TRANSFERS):
                _record(name, typed, command, host, user)


if __name__ == "__main__":
    main()
