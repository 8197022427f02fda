"""`serve`: serves the interface to a browser, on this machine only by default."""

from __future__ import annotations

import ipaddress
import shlex
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay_tui.cli.options import complete_session, examples
from replay_tui.cli.output import print_status, write
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError

if TYPE_CHECKING:
    from replay_tui.cli.web_server import OriginCheckedServer

INTERRUPTED_EXIT_CODE = 130
NOT_INSTALLED_MESSAGE = "The browser interface needs the extra `serve`. In the clone, run pip install '.[serve]'."
_INTERACTIVE_COMMANDS = ("play", "demo")


@click.command(
    "serve",
    context_settings={"ignore_unknown_options": True},
    epilog=examples(
        "serve",
        "serve session.json --at flagged",
        "serve demo --port 9000",
        "serve --host 0.0.0.0 --allow-remote session.json",
    ),
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="P", help="Port; 0: a free one."
)
@click.option("--allow-remote", is_flag=True, help="Allow other machines, read-only.")
@click.option("--public-url", metavar="U", help="Address in the browser if a proxy is used.")
@click.argument(
    "words", metavar="[SESSION] [OPTIONS]", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_session
)
def command(host: str, port: int, allow_remote: bool, public_url: str | None, words: tuple[str, ...]) -> int:
    """Serve the interface to a browser; each page runs `replay-tui [SESSION] [OPTIONS]` separately.

    There is no password: everyone who can open the address has your access rights. So the server listens on this
    machine only and refuses requests from other sites. With --allow-remote other machines can open it, read-only.
    Addresses never contain a token. Ctrl-C ends the server.
    """
    remote = not _is_loopback(host)
    if remote and not allow_remote:
        raise UsageError(
            f"{sanitize(host)} is reachable from other machines, without a password. Add --allow-remote to allow that."
        )
    argv, title = _check_arguments(words, read_only=allow_remote)
    try:
        from replay_tui.cli.web_server import OriginCheckedServer
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED_MESSAGE) from None
    listener = _listen(host, port)
    server = OriginCheckedServer(
        shlex.join(["exec", sys.executable, "-m", "replay_tui", *argv]),
        public_url,
        title=title,
        remote=allow_remote,
    )
    _announce(server, listener, host, remote=remote)
    server.run(listener)
    return INTERRUPTED_EXIT_CODE


def _check_arguments(argv: Sequence[str], *, read_only: bool) -> tuple[tuple[str, ...], str]:
    """Return the arguments of the command for each page, and its title. Raises `UsageError` for invalid arguments."""
    from replay_tui.cli.group import NAMES, commands
    from replay_tui.cli.open_session import is_remote, iter_loaded

    name, rest = (argv[0], list(argv[1:])) if argv and argv[0] in NAMES else ("play", list(argv))
    if name not in _INTERACTIVE_COMMANDS:
        raise UsageError(f"`{name}` has no interface for a browser. Name a session, `demo`, or nothing for the list.")
    if read_only and name == "play":
        rest.append("--read-only")
    found = commands.get_command(click.get_current_context(), name)
    assert found is not None
    context = found.make_context(name, list(rest), parent=click.get_current_context().parent)
    sessions = context.params.get("sessions") or ()
    for session in sessions:
        if session == "-":
            raise UsageError("Standard input can be read only once. Save it in a file to serve it.")
        if not is_remote(session):
            next(iter_loaded(session))  # an invalid session fails here
    return (name, *rest), _title(name, sessions)


def _title(name: str, sessions: Sequence[str]) -> str:
    """Return the title of the page: the command or the first session, a file without its folder."""
    subject = name if name != "play" else Path(sessions[0]).name if sessions else "sessions"
    return f"{sanitize(subject)} · replay-tui"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:  # UnicodeError for an invalid host name
        reason = (getattr(error, "strerror", None) or "invalid host name").lower()
        where = f"port {port} of {sanitize(host)}"
        raise UsageError(f"Cannot listen on {where} ({reason}). Choose another one with --port or --host.") from None


def _announce(server: OriginCheckedServer, listener: socket.socket, host: str, *, remote: bool) -> None:
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    write(sanitize(server.fixed_url or f"http://{shown}:{port}"))
    if sys.stdout is not None:
        sys.stdout.flush()
    if remote:
        print_status(
            "WARNING: other machines can open this read-only with your access rights, without password and encryption."
        )
        print_status("Put a proxy with a password and https in front of it.")
    print_status("Open this address in a browser. Ctrl-C ends the server.")
