"""Slow network link on this machine: a proxy to a local port with a data rate and a round-trip time."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

PIECE = 8 << 10
QUEUED = 16
"""Pieces that are on their way; the sender waits for the rest, as with TCP's window."""


class SlowLink:
    """Link from `port` to `target`, a port on this machine. `seconds` is the round-trip time, `rate` in bytes a second.

    `delivered` are the bytes of answers that reached the client; `connections` are those that were opened. A connection
    takes one round trip to open, and all of them share the rate.
    """

    def __init__(self, target: int, *, seconds: float, rate: float) -> None:
        self._target, self._seconds, self._rate = target, seconds, rate
        self.delivered = self.connections = 0
        self._lock = threading.Lock()
        self._free = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> SlowLink:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self._target))
                opened = time.monotonic() + self._seconds
                self._carry(client, server, opened, is_answer=False)
                self._carry(server, client, opened, is_answer=True)

    def _carry(self, source: socket.socket, sink: socket.socket, opened: float, *, is_answer: bool) -> None:
        """Carry bytes in one direction; a request is sent once the connection is `opened`."""
        line: queue.Queue[tuple[float, bytes]] = queue.Queue(QUEUED if is_answer else 0)

        def receive() -> None:
            piece = b"-"
            while piece:
                try:
                    piece = source.recv(PIECE)
                except OSError:
                    piece = b""
                sent = time.monotonic()
                if is_answer:
                    with self._lock:
                        sent = self._free = max(sent, self._free) + len(piece) / self._rate
                line.put((max(sent, opened) + self._seconds / 2, piece))

        def deliver() -> None:
            while True:
                due, piece = line.get()
                time.sleep(max(0.0, due - time.monotonic()))
                with suppress(OSError):
                    if not piece:
                        sink.shutdown(socket.SHUT_RDWR)
                        return
                    sink.sendall(piece)
                    self.delivered += len(piece) * is_answer

        for work in (receive, deliver):
            threading.Thread(target=work, daemon=True).start()
