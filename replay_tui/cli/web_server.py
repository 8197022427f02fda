"""Web server of `serve`: `textual-serve` with checks of host and origin and a content security policy."""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from replay_tui.domain.errors import UsageError

TEMPLATES = Path(__file__).parent / "templates"
"""Holds the page. The one of `textual-serve` requests a font from another host and does not take the focus."""
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
    """Runs `command` for each page. `fixed_url` is the address in the browser if a proxy is used, `title` the page's.

    Without the checks, another site open in the user's browser could use the socket with the user's rights: directly,
    detected by its `Origin`, or by DNS rebinding, detected by the `Host`. Raises `UsageError` for an invalid
    `fixed_url`.
    """

    def __init__(self, command: str, fixed_url: str | None = None, *, title: str, remote: bool = False) -> None:
        self.fixed_url = _parse_public_url(fixed_url) if fixed_url else None
        super().__init__(
            command, title=title, public_url=self.fixed_url or "http://localhost", templates_path=TEMPLATES
        )
        self._remote = remote

    def run(self, listener: socket.socket) -> None:
        """Serve on a listening socket until Ctrl-C or a signal ends it."""
        for name in ("textual-serve", "asyncio"):  # they log addresses, tracebacks and local variables
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        # Processes of open pages outlive the event loop; their finalizers would print that it is closed.
        sys.unraisablehook = lambda _: None
        web.run_app(self._make_app(), sock=listener, print=None, access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing: the command has printed the address."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    async def handle_index(self, request: web.Request) -> Any:
        """Return the page, with addresses based on the request's host."""
        if self.fixed_url is None:
            self.public_url = f"{request.scheme}://{request.host}"  # safe, because it is used before the next await
        return await super().handle_index(request)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        own = self.fixed_url or f"{request.scheme}://{request.host}"
        if not self._is_allowed_host(request.host):
            raise web.HTTPForbidden(text="Unknown host name.")
        origin = request.headers.get("Origin")
        if origin != own and (origin is not None or request.path == "/ws"):
            raise web.HTTPForbidden(text="Requests from other sites are refused.")
        if request.path == "/":
            answer = await handler(request)
            answer.headers.update(HEADERS)
            return answer
        return await handler(request)

    def _is_allowed_host(self, host: str) -> bool:
        """Return True if `host` is a name that DNS rebinding cannot use."""
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


def _parse_public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise UsageError("Invalid --public-url. Write it as https://replay.example.com, without a path.")
    if parts.username or parts.password:
        raise UsageError("--public-url contains a user or a password. Remove them.")
    return f"{parts.scheme}://{parts.netloc}"
