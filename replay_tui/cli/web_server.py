"""What `textual-serve` lacks: it answers pages of its own address only, and its page asks nothing of anybody else."""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from replay_tui.domain.errors import UsageError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class OriginCheckedServer(Server):
    """Runs `command` for each page. `fixed_url` is the address in the browser where a proxy stands before this.

    A page of another site that the reader has open could otherwise speak to the socket with the reader's rights, either
    directly (its `Origin` tells) or by letting its own name point here (the `Host` tells). Raises `UsageError` for an
    address that is none.
    """

    def __init__(self, command: str, fixed_url: str | None = None, *, remote: bool = False) -> None:
        self.fixed_url = _address(fixed_url) if fixed_url else None
        super().__init__(command, title="replay-tui", public_url=self.fixed_url or "http://localhost")
        self._remote = remote

    def run(self, listener: socket.socket) -> None:
        """Serve on a listening socket until Ctrl-C or a signal ends it."""
        for name in ("textual-serve", "asyncio"):  # they would write addresses, tracebacks and local variables
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        # Processes of open pages end together with the loop, whose leftovers then complain that it is closed.
        sys.unraisablehook = lambda _: None
        web.run_app(self._make_app(), sock=listener, print=None, access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    async def handle_index(self, request: web.Request) -> Any:
        """The page, whose addresses are those by which it was asked for."""
        if self.fixed_url is None:
            self.public_url = f"{request.scheme}://{request.host}"  # nothing is awaited until it is used
        return await super().handle_index(request)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        own = self.fixed_url or f"{request.scheme}://{request.host}"
        if not self._is_allowed_host(request.host):
            raise web.HTTPForbidden(text="This address is not one of this server's.")
        origin = request.headers.get("Origin")
        if origin != own and (origin is not None or request.path == "/ws"):
            raise web.HTTPForbidden(text="Pages of other addresses are not answered.")
        if request.path == "/":
            answer = await handler(request)
            answer.headers.update(HEADERS)
            return answer
        return await handler(request)

    def _is_allowed_host(self, host: str) -> bool:
        """Whether a `Host` is a name that nobody else can let point here."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if self.fixed_url and name == urlsplit(self.fixed_url).hostname:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback or self._remote
        except ValueError:
            return name == "localhost" or (self._remote and name == socket.gethostname().lower())


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise UsageError("--public-url is such as https://replay.example.com, without a path.")
    if parts.username or parts.password:
        raise UsageError("--public-url holds a user or a password; leave them out.")
    return f"{parts.scheme}://{parts.netloc}"
