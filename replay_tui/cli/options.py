"""Arguments and options that several commands share, their types, shell completion, and help epilogues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from replay_tui import __version__
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.text_encoding import UTF8, parse_encoding
from replay_tui.domain.times import parse_date

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
MAX_COMPLETED_IDS = 50
"""Maximum number of offered session ids; the latest ones are kept."""
_ID_PART = lazy_compile(r"[0-9A-Za-z-]{1,64}\Z")
_SIZE = lazy_compile(r"^(\d{1,6})[xX\u00d7](\d{1,6})$")

EPILOGUE = """\b
Examples:
  replay-tui                              the gateway's sessions; without a gateway the demo
  replay-tui session.json.gz              watch a saved session
  replay-tui session.json --at flagged    start at the worst moment
  replay-tui show session.json --json     all metadata and findings, for scripts
  replay-tui search session.json 'rm -rf' moments at which a text appears

Exit codes: 0 success, 1 nothing found, 2 usage error, 3 unreadable input or internal error, 4 refused by the gateway or
gateway failure, 130 interrupted.

\b
Unexpected errors are logged with their traceback, with tokens and quoted text masked, in a file
that only you can read; --debug (or REPLAY_TUI_DEBUG=1) prints its path and the traceback."""


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """Parameter type of a terminal size in columns and rows, such as `120x36`."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return columns and rows."""
        if isinstance(value, tuple):
            return value
        from replay_tui.domain.terminal_size import MAX_COLS, MAX_ROWS  # loads msgspec

        found = _SIZE.match(value)
        if not found:
            self.fail(f"'{value[:40]}' is not a size; write columns x rows, as in 120x36", param, ctx)
        cols, rows = int(found[1]), int(found[2])
        if not (2 <= cols <= MAX_COLS and 1 <= rows <= MAX_ROWS):
            self.fail(f"'{value}' is out of range; the limits are 2x1 and {MAX_COLS}x{MAX_ROWS}", param, ctx)
        return cols, rows


def examples(*lines: str) -> str:
    """Return a help epilogue with example command lines."""
    return "\b\nExamples:\n" + "\n".join(f"  replay-tui {line}" for line in lines)


def session_argument(command: Decorated) -> Decorated:
    """Add the SESSION argument to a command."""
    return click.argument("session", metavar="SESSION", shell_complete=complete_session)(command)


def complete_session(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return shell completions of a session: files, and ids of sessions in the library, listed, opened or marked."""
    from replay_tui.settings.state_store import StateStore

    # Files come first, because bash drops the completions before them.
    files = [CompletionItem(incomplete, type="file")]
    if not incomplete or not _ID_PART.match(incomplete):
        return files
    store = StateStore()
    known = library_ids(incomplete) | dict.fromkeys(store.reviewed(), "opened here before") | store.recent_session_ids()
    found = [one for one in known if one.startswith(incomplete) and _ID_PART.match(one)]
    return [*files, *(CompletionItem(one, help=sanitize(known[one])) for one in found[: -MAX_COMPLETED_IDS - 1 : -1])]


def library_ids(beginning: str) -> dict[str, str]:
    """Return ids of sessions in the user's library that begin with a text, each with its user and connection."""
    from replay_tui.archive.library.library import Library
    from replay_tui.archive.library.sessions import ids_beginning_with
    from replay_tui.domain.errors import ReplayError

    try:
        with Library.open(given_archive()) as library:
            return ids_beginning_with(library, beginning, MAX_COMPLETED_IDS)
    except ReplayError:  # there is none
        return {}


DEBUG = "replay_tui.debug"
"""Key in the click context: True once debug mode has been announced."""
ENCODING = "replay_tui.encoding"
"""Key in the click context: the value of `--encoding`."""
PLAIN_HTTP = "replay_tui.allow_plain_http"
"""Key in the click context: the value of `--allow-plain-http`."""


def _note_plain_http(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.meta[PLAIN_HTTP] = value


def plain_http_option(command: Decorated) -> Decorated:
    """Add `--allow-plain-http` to a command; the value is stored in the click context."""
    return click.option(
        "--allow-plain-http",
        is_flag=True,
        expose_value=False,
        callback=_note_plain_http,
        help="Allow http:// to other machines; the network can read the token.",
    )(command)


def _debug(_ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Turn debug mode on and print the path of the log, once per run."""
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
    """Add `--debug` to a command; the value is stored in the click context."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_debug,
        help="Print the log's path, log more, and end with a traceback on failure.",
    )(command)


class Encoding(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """Parameter type of a text encoding, such as `gbk`."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the canonical name."""
        try:
            return parse_encoding(str(value))
        except UsageError as error:
            self.fail(str(error).rstrip("."), param, ctx)


def _note_encoding(ctx: click.Context, _param: click.Parameter, value: str) -> None:
    ctx.meta[ENCODING] = value


def encoding_option(command: Decorated) -> Decorated:
    """Add `--encoding` to a command that opens sessions; `given_encoding` returns the value."""
    return click.option(
        "--encoding",
        type=Encoding(),
        default=UTF8,
        show_default=True,
        expose_value=False,
        callback=_note_encoding,
        help="Encoding of the recorded terminal's text: gbk, shift_jis, latin-1, ...",
    )(command)


def given_encoding() -> str:
    """Return the value of `--encoding` of the running command."""
    ctx = click.get_current_context(silent=True)
    return str(ctx.meta.get(ENCODING, UTF8)) if ctx else UTF8


TIMING = "replay_tui.timing"
"""Key in the click context: the value of `--timing`."""


def _note_timing(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.meta[TIMING] = value


def timing_option(command: Decorated) -> Decorated:
    """Add `--timing` to a command that opens a file; `given_timing` returns the value."""
    return click.option(
        "--timing",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        expose_value=False,
        callback=_note_timing,
        help="Timing file of a typescript, if it has none of the usual names.",
    )(command)


def given_timing() -> str | None:
    """Return the value of `--timing` of the running command."""
    ctx = click.get_current_context(silent=True)
    found: str | None = ctx.meta.get(TIMING) if ctx else None
    return found


ARCHIVE = "replay_tui.archive"
"""Key in the click context: the value of `--archive`."""


def _note_archive(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    from replay_tui.archive.object_store import is_address  # loaded at use

    if is_address(value):
        raise click.BadParameter(
            "the library must be in a folder, because its database cannot be in an object store; name a folder that "
            "all machines share. Sessions are still read from addresses."
        )
    ctx.meta[ARCHIVE] = Path(value)


def archive_option(command: Decorated) -> Decorated:
    """Add `--archive` to a command that uses the library; `given_archive` returns the value."""
    return click.option(
        "--archive",
        type=click.Path(file_okay=False),
        metavar="DIR",
        expose_value=False,
        callback=_note_archive,
        help="Folder of the library of sessions, instead of your own.",
    )(command)


def given_archive() -> Path | None:
    """Return the value of `--archive` of the running command."""
    ctx = click.get_current_context(silent=True)
    found: Path | None = ctx.meta.get(ARCHIVE) if ctx else None
    return found


def source_options(command: Decorated) -> Decorated:
    """Add `--times`, `--encoding`, `--timing`, `--api-url` and `--allow-plain-http` to a command."""
    command = timing_option(encoding_option(plain_http_option(command)))
    command = click.option("--api-url", metavar="U", help="Gateway of a session id, instead of the configured one.")(
        command
    )
    return click.option(
        "--times",
        type=click.Choice(["s", "ms"]),
        default="s",
        show_default=True,
        help="Unit of the source's event times.",
    )(command)


def size_option(command: Decorated) -> Decorated:
    """Add `--size` to a command."""
    return click.option("--size", type=Size(), help="Size of the recorded terminal, instead of the inferred one.")(
        command
    )


def json_option(command: Decorated) -> Decorated:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


class DateParam(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A date, an RFC 3339 time (UTC if it has no zone), `today`, or a duration before now such as `7d`."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the date with its time zone."""
        if isinstance(value, datetime):
            return value
        moment = parse_date(value, datetime.now(UTC))
        if moment is None:
            self.fail(f"'{value[:40]}' is not a date; write 2026-11-20, 2026-11-20T09:30, today, or 8h, 7d", param, ctx)
        return moment
