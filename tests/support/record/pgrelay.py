"""Relay between PostgreSQL clients and a server that records the clients' messages.

Like the gateway, it stores each read from a client as one input event, and no response. Several connections of one run
share a stream, in the order of reading.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .terminal import Event


class Relay:
    """Listens on a free local port; ``events`` grows while clients send."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.events: list[Event] = []
        self.start = time.monotonic()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more clients."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            upstream = socket.create_connection(self._server)
            for sock in (client, upstream):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(client, upstream, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(upstream, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, keep: bool) -> None:
        try:
            while data := source.recv(32768):
                if keep:
                    self.events.append((time.monotonic() - self.start, "i", data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()


@contextmanager
def relay(server: tuple[str, int]) -> Iterator[Relay]:
    """Run a relay to ``server`` for the duration of the block."""
    running = Relay(server)
    try:
        yield running
    finally:
        running.close()
