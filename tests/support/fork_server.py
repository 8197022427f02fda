"""Fork server: a process that has loaded the program's modules and forks for each start of the interface.

A start on a pseudo-terminal then costs a fork instead of half a second of imports. The child runs `replay_tui` as its
main program and ends like any interpreter. Tests of the start itself start a new interpreter (`replay(fresh=True)`).
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PRELOADED = (
    "replay_tui.cli.group", "replay_tui.cli.play", "replay_tui.cli.supervisor", "replay_tui.gateway.live_stream",
    "replay_tui.ui.app", "replay_tui.ui.controllers", "replay_tui.ui.inbox.controllers", "replay_tui.ui.run",
    "replay_tui.ui.screens.help", "replay_tui.ui.screens.replay_display", "replay_tui.ui.screens.replay_view",
    "textual.drivers.linux_driver",
)  # fmt: skip
"""Not the modules that the program itself loads after its first paint."""


class ForkedProcess:
    """A child of the server, with the part of the interface of `subprocess.Popen` that tests use."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.pid, self._server = pid, server

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""
        self._server.collect(0)
        return self._server.ended.get(self.pid)

    def wait(self, timeout: float = 120.0) -> int:
        """Wait for the end. Raises `subprocess.TimeoutExpired`."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            self._server.collect(0.1)
        return code

    def kill(self) -> None:
        """Kill the process if it runs."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class ForkServer:
    """The connection to the fork server of this process."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        self._partial = b""
        self._started: list[int] = []
        self.ended: dict[int, int] = {}
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        command = [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), env=environment, cwd=ROOT)
        theirs.close()
        atexit.register(self.close)

    def close(self) -> None:
        """End the server."""
        self._channel.close()
        self._process.wait()

    def start(
        self, words: Sequence[str], env: Mapping[str, str], streams: Sequence[int], status: int,
        limits: Mapping[int, tuple[int, int]],
    ) -> ForkedProcess:  # fmt: skip
        """Run the program with arguments and environment. `streams` are its three standard streams.

        `status` is the descriptor for `REPLAY_TUI_STATUS_FD`, unless `env` names another one.
        """
        request = {"words": list(words), "env": dict(env), "cwd": os.getcwd(), "limits": list(limits.items())}
        socket.send_fds(self._channel, [json.dumps(request).encode() + b"\n"], [*streams, status])
        while not self._started:
            self.collect(1.0)
        return ForkedProcess(self, self._started.pop())

    def collect(self, seconds: float) -> None:
        """Read what the server reports within `seconds`: starts and ends of processes."""
        if select.select([self._channel], [], [], seconds)[0]:
            data = self._channel.recv(1 << 16)
            if not data:
                raise RuntimeError("the fork server has ended")
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                pid, code = json.loads(line)
                if code is None:
                    self._started.append(pid)
                else:
                    self.ended[pid] = code


@cache
def fork_server() -> ForkServer:
    """Return the fork server of this process, started on first use."""
    return ForkServer()


# In the server ---------------------------------------------------------------------------------------------------


def serve(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork for each request and report starts and ends; returns in the child, with its request and descriptors."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)

    def report(pid: int, code: int | None) -> None:
        channel.sendall(json.dumps([pid, code]).encode() + b"\n")

    while True:
        ready = select.select([channel, wake], [], [])[0]
        if wake in ready:
            os.read(wake, 1 << 10)
            for pid, status in _ended():
                report(pid, os.waitstatus_to_exitcode(status))
        if channel in ready:
            data, handles, _, _ = socket.recv_fds(channel, 1 << 20, 8)
            if not data:
                os._exit(0)
            while not data.endswith(b"\n"):
                data += channel.recv(1 << 20)
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for handle in (wake, woken):
                    os.close(handle)
                channel.close()
                return json.loads(data), handles
            for handle in handles:
                os.close(handle)
            report(pid, None)


def _ended() -> list[tuple[int, int]]:
    ended = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended.append((pid, status))


def become(request: dict[str, Any], handles: list[int]) -> None:
    """Give the forked process the request's session, terminal, streams, limits, environment and arguments."""
    import resource

    os.setsid()
    *streams, status = handles
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)
    for what, values in request["limits"]:
        resource.setrlimit(what, tuple(values))
    os.environ.clear()
    os.environ.update({"REPLAY_TUI_STATUS_FD": str(status), **request["env"]})
    os.chdir(request["cwd"])
    random.seed()
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    sys.argv = ["replay-tui", *request["words"]]


if __name__ == "__main__":
    for module in PRELOADED:
        import_module(module)
    gc.freeze()
    become(*serve(socket.socket(fileno=int(sys.argv[1]))))
    runpy.run_module("replay_tui", run_name="__main__", alter_sys=True)
