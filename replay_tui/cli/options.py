"""What several commands share: the session argument, sizes, time units, and help that ends in examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from replay_tui import __version__
from replay_tui.domain.terminal_size import MAX_COLS, MAX_ROWS
from replay_tui.domain.text import sanitize

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
MAX_COMPLETED_IDS = 50
"""Ids that are offered at most, the latest."""
_ID_PART = re.compile(r"[0-9A-Za-z-]{1,64}\Z")
_SIZE = re.compile(r"^(\d{1,6})[xX\u00d7](\d{1,6})$")

EPILOGUE = """\b
Examples:
  replay-tui                              the gateway's sessions; without a gateway the demo
  replay-tui session.json.gz              watch a saved session
  replay-tui session.json --at flagged    start at the first flagged moment
  replay-tui show session.json --json     everything known about it, for scripts
  replay-tui search session.json 'rm -rf' where a text first appears

Exit codes: 0 done, 1 nothing found, 2 wrong use, 3 unreadable input, 4 gateway, 130 interrupted.

\b
Unexpected errors are logged with their traceback, tokens and quoted text masked, in a file that
only you may read; --debug (or REPLAY_TUI_DEBUG=1) prints its path and ends with the traceback."""


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A terminal size written as columns and rows: `120x36`."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Columns and rows in cells."""
        if isinstance(value, tuple):
            return value
        found = _SIZE.match(value)
        if not found:
            self.fail(f"'{value[:40]}' is not a size; write columns and rows as 120x36", param, ctx)
        cols, rows = int(found[1]), int(found[2])
        if not (2 <= cols <= MAX_COLS and 1 <= rows <= MAX_ROWS):
            self.fail(f"'{value}' is out of range; 2x1 to {MAX_COLS}x{MAX_ROWS} can be shown", param, ctx)
        return cols, rows


def examples(*lines: str) -> str:
    """An epilogue that shows commands as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  replay-tui {line}" for line in lines)


def session_argument(command: Decorated) -> Decorated:
    """The SESSION argument."""
    return click.argument("session", metavar="SESSION", shell_complete=complete_session)(command)


def complete_session(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell offers for a session: files, and the ids of sessions that were listed, opened or marked here."""
    from replay_tui.settings.state_store import StateStore

    # Files come first: bash drops what stands before them.
    files = [CompletionItem(incomplete, type="file")]
    if not incomplete or not _ID_PART.match(incomplete):
        return files
    store = StateStore()
    known = dict.fromkeys(store.reviewed(), "opened here before") | store.recent_session_ids()
    found = [one for one in known if one.startswith(incomplete) and _ID_PART.match(one)]
    return [*files, *(CompletionItem(one, help=sanitize(known[one])) for one in found[: -MAX_COMPLETED_IDS - 1 : -1])]


DEBUG = "replay_tui.debug"
"""Where the run's context notes that debug mode has been announced."""
PLAIN_HTTP = "replay_tui.allow_plain_http"
"""Where the run's context notes `--allow-plain-http`."""


def _note_plain_http(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.meta[PLAIN_HTTP] = value


def plain_http_option(command: Decorated) -> Decorated:
    """`--allow-plain-http`; the command need not know of it."""
    return click.option(
        "--allow-plain-http",
        is_flag=True,
        expose_value=False,
        callback=_note_plain_http,
        help="Send the token over http:// to another machine, which shows it to the network.",
    )(command)


def _debug(_ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Turn debug mode on, and print where the log is; once for a run."""
    import logging
    import platform

    from replay_tui.domain.debug import is_debugging, set_debugging
    from replay_tui.settings.log_file import display_path, start_logging

    meta = _ctx.meta
    if (value or is_debugging()) and not _ctx.resilient_parsing and not meta.get(DEBUG):
        meta[DEBUG] = True
        set_debugging(True)
        start_logging()
        logging.getLogger(__name__).debug("replay-tui %s, Python %s", __version__, platform.python_version())
        click.echo(sanitize(f"Debug mode. Log: {display_path()}"), err=True)


def debug_option(command: Decorated) -> Decorated:
    """`--debug`; the command need not know of it."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_debug,
        help="Print the log's path, log more, and end with a traceback where something fails.",
    )(command)


def source_options(command: Decorated) -> Decorated:
    """`--times`, `--api-url` and `--allow-plain-http`, which say how a session is read."""
    command = plain_http_option(command)
    command = click.option(
        "--api-url", metavar="U", help="The gateway to ask for a session id, instead of the configured one."
    )(command)
    return click.option(
        "--times",
        type=click.Choice(["s", "ms"]),
        default="s",
        show_default=True,
        help="The unit of the source's event times.",
    )(command)


def size_option(command: Decorated) -> Decorated:
    """`--size`."""
    return click.option("--size", type=Size(), help="The recorded terminal's size, over what is inferred.")(command)


def json_option(command: Decorated) -> Decorated:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")(command)
