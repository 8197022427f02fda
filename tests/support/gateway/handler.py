"""HTTP request handler: reads requests, writes responses in chunks, applies faults, sends live events."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.gateway.answers import Answer, Refusal
from tests.support.gateway.faults import Fault
from tests.support.gateway.live import DROP, END

if TYPE_CHECKING:
    from tests.support.gateway.server import LoopbackGateway

PIECE, SLOW_PIECE = 32 << 10, 2 << 10
KEEPALIVE = 30.0
MALFORMED = object()
"""Body of a request that is not JSON."""


class Handler(BaseHTTPRequestHandler):
    """Handler of one connection. The server object holds the gateway."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "hoopgateway/unknown", ""
    disable_nagle_algorithm = True

    @property
    def gateway(self) -> LoopbackGateway:
        return self.server.gateway  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, because tests read standard error."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.gateway.clock_ahead)

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the client disconnected
            super().handle()

    def _handle(self) -> None:
        from tests.support.gateway.server import Seen

        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/api")
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        seen = Seen(
            self.command,
            path,
            dict(reversed(parse_qsl(parts.query, keep_blank_values=True))),  # the first of repeated keys counts
            {name.lower(): value for name, value in self.headers.items()},
            _parsed(raw),
        )
        if path == "/trouble":  # manual fault injection
            self.gateway.trouble(seen.body or {})
            self._write(Answer(None, 204), Fault())
            return
        self.gateway.seen.append(seen)
        fault = self.gateway.take_fault(path)
        if fault.delay and self.gateway.closing.wait(fault.delay):
            self.close_connection = True
            return
        try:
            if seen.body is MALFORMED:
                raise Refusal(400, "unexpected EOF")
            if fault.status is not None or fault.body is not None:
                self._write(_spoiled(fault), fault)
            elif (
                seen.method == "GET"
                and path.startswith("/sessions/")
                and path.count("/") == 3
                and path.endswith("/stream")
            ):
                self._follow(path.split("/")[2], seen.headers, fault)
            else:
                self._write(self.gateway.answer(seen), fault)
        except Refusal as refusal:
            self._write(Answer(refusal.body, refusal.status), fault)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _handle

    def _write(self, answer: Answer, fault: Fault) -> None:
        content = answer.content
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        self.send_response(answer.status)
        for name, value in fault.headers.items():
            self.send_header(name, value)
        if fault.retry_after is not None:
            self.send_header("Retry-After", fault.retry_after)
        if fault.location is not None:
            self.send_header("Location", fault.location)
        if answer.status != 204:
            self.send_header("Content-Type", fault.content_type or answer.content_type)
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if answer.status == 204:
            return
        end = len(body) if fault.cut_at is None else fault.cut_at
        piece = SLOW_PIECE if fault.pace else PIECE
        for start in range(0, min(end, len(body)), piece):
            if fault.pace and self.gateway.closing.wait(fault.pace):
                break
            self._chunk(body[start : min(start + piece, end)])
        if fault.cut_at is not None:
            self._cut()
            return
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _follow(self, session_id: str, headers: dict[str, str], fault: Fault) -> None:
        session = self.gateway.follow(session_id, headers)
        self.send_response(200)
        self.send_header("Content-Type", fault.content_type or "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if session["status"] == "done":
            self._chunk(b"event: session_end\ndata: {}\n\n")
            self.wfile.write(b"0\r\n\r\n")
            return
        subscriber = self.gateway.live.subscribe(session_id)
        try:
            self._chunk(b": connected\n\n")
            while True:
                try:
                    item = subscriber.get(timeout=KEEPALIVE)
                except queue.Empty:
                    item = b": keepalive\n\n"
                if item is DROP:
                    self._cut()
                    return
                if item is END:
                    self._chunk(b"event: session_end\ndata: {}\n\n")
                    self.wfile.write(b"0\r\n\r\n")
                    return
                self._chunk(item)
        finally:
            self.gateway.live.unsubscribe(session_id, subscriber)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return MALFORMED


def _spoiled(fault: Fault) -> Answer:
    status = fault.status or 200
    if fault.body is not None:
        return Answer(fault.body, status)
    return replace(Answer({"message": fault.message} if fault.message else {}), status=status)
