"""`serve`: the interface in a browser, on this machine only unless told otherwise."""

from __future__ import annotations

import ipaddress
import shlex
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from replay_tui.cli.options import complete_session, examples
from replay_tui.cli.output import print_status, write
from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize

if TYPE_CHECKING:
    from replay_tui.cli.web_server import OriginCheckedServer

INTERRUPTED = 130
NOT_INSTALLED = "The browser interface needs the extra `serve`: in the clone, pip install '.[serve]'."
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
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="P", help="0: a free one."
)
@click.option("--allow-remote", is_flag=True, help="Let other machines in; nothing can be decided from there.")
@click.option("--public-url", metavar="U", help="The address in the browser, where a proxy stands before this.")
@click.argument(
    "words", metavar="[SESSION] [OPTIONS]", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_session
)
def command(host: str, port: int, allow_remote: bool, public_url: str | None, words: tuple[str, ...]) -> int:
    """The interface in a browser; each page is a run of its own, of `replay-tui [SESSION] [OPTIONS]`.

    There is no password: whoever can open the address sees what you may see, and acts as you. So it listens on this
    machine only, and only pages of its own address are answered. With --allow-remote other machines may open it, and
    it is read-only. No token is ever part of an address. Ctrl-C ends it.
    """
    remote = not _is_loopback(host)
    if remote and not allow_remote:
        raise UsageError(
            f"{sanitize(host)} lets other machines in, without a password; add --allow-remote if you want that."
        )
    words = _checked(words, read_only=allow_remote)
    try:
        from replay_tui.cli.web_server import OriginCheckedServer
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED) from None
    listener = _listening(host, port)
    server = OriginCheckedServer(
        shlex.join(["exec", sys.executable, "-m", "replay_tui", *words]), public_url, remote=allow_remote
    )
    _announce(server, listener, host, remote=remote)
    server.run(listener)
    return INTERRUPTED


def _checked(argv: Sequence[str], *, read_only: bool) -> tuple[str, ...]:
    """The words of a run of the program that shows something; wrong ones are refused before anybody opens a page."""
    from replay_tui.cli.group import NAMES, commands
    from replay_tui.cli.open_session import is_remote, iter_loaded

    name, rest = (argv[0], list(argv[1:])) if argv and argv[0] in NAMES else ("play", list(argv))
    if name not in _INTERACTIVE_COMMANDS:
        raise UsageError(f"`{name}` shows nothing in a browser; name a session, or `demo`, or nothing for the list.")
    if read_only and name == "play":
        rest.append("--read-only")
    found = commands.get_command(click.get_current_context(), name)
    assert found is not None
    context = found.make_context(name, list(rest), parent=click.get_current_context().parent)
    for session in context.params.get("sessions") or ():
        if session == "-":
            raise UsageError("Standard input can be read once only; save it in a file to serve it.")
        if not is_remote(session):
            next(iter_loaded(session))  # whatever is no session fails here
    return (name, *rest)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:  # the latter for what can be no name of a machine
        reason = (getattr(error, "strerror", None) or "it is no name of a machine").lower()
        where = f"port {port} of {sanitize(host)}"
        raise UsageError(
            f"There is no listening on {where} ({reason}); name another one with --port or --host."
        ) from None


def _announce(server: OriginCheckedServer, listener: socket.socket, host: str, *, remote: bool) -> None:
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    write(sanitize(server.fixed_url or f"http://{shown}:{port}"))
    if sys.stdout is not None:
        sys.stdout.flush()
    if remote:
        print_status(
            "WARNING: other machines can open this, without a password and unencrypted; whoever does sees every session"
        )
        print_status(
            "that you may see. It is read-only. Put a proxy before it that asks for a password and speaks https."
        )
    print_status("Open this address in a browser; Ctrl-C ends it.")
