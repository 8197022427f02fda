"""The group of commands, loaded lazily; a first argument that is not a command is a session to play."""

from __future__ import annotations

import difflib
from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from replay_tui import __version__
from replay_tui.cli.options import EPILOGUE, complete_session, debug_option

NAMES = {
    "play": "Open the replay screen; same as `replay-tui SESSION`.",
    "demo": "Replay the sessions shipped with the program.",
    "show": "Print metadata, review, risk and findings.",
    "screen": "Print the screen at a moment.",
    "statements": "Print the statements, a row per execution.",
    "search": "Find the moments at which a text appears.",
    "transcript": "Print the session's text, line by line.",
    "export": "Save as a cast, text, table, page or picture.",
    "report": "Save a review report as HTML or Markdown.",
    "rules": "List the finding rules, or test them with examples.",
    "scan": "Rank the findings of many sessions.",
    "archive": "Keep a library of many sessions.",
    "find": "Search in all sessions of the library.",
    "stats": "Count the statements in the library.",
    "list": "List the gateway's sessions.",
    "fetch": "Save a session of the gateway to a file.",
    "review": "Approve, reject or revoke a review.",
    "login": "Store a gateway's address and a token.",
    "whoami": "Print the gateway and the logged-in user.",
    "serve": "Serve the interface to a browser.",
    "config": "Print, check and locate the settings.",
    "completion": "Print the completion script of a shell.",
    "help": "Print the keys, or the help of a command.",
}
"""Command names and their lines in the overview, in its order. `NAME` is implemented in `replay_tui.cli.NAME`."""


class Commands(click.Group):
    """A group of commands whose first argument may be a session instead of a command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names, in the order of the overview."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None for an unknown name."""
        if cmd_name not in NAMES:
            return None
        command = import_module(f"replay_tui.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        if all(option.name != "debug" for option in command.params):
            debug_option(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return completions of commands, options, and sessions, which `play` opens."""
        sessions = [] if incomplete.startswith("-") else complete_session(ctx, self.params[0], incomplete)
        return [
            *sessions,
            *(CompletionItem(name, help=text) for name, text in NAMES.items() if name.startswith(incomplete)),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(NAMES.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `play` before a session, or if there are no arguments."""
        before = args[:1] if args[:1] == ["--debug"] else []
        args = args[len(before) :]
        if not args:
            args = [] if ctx.resilient_parsing else ["play"]  # completion offers everything
        elif args[0] not in (*NAMES, "-h", "--help", "--version"):
            _reject_typo(args)
            args = ["play", *args]
        return super().parse_args(ctx, [*before, *args])


def _reject_typo(args: list[str]) -> None:
    """Raise `UsageError` if the first argument looks like a mistyped command and is not a file."""
    near = difflib.get_close_matches(args[0], NAMES, 1, 0.7)
    if near and len(args) > 1 and not Path(args[0]).exists():
        raise click.UsageError(f"No command or file '{args[0]}'; did you mean the command '{near[0]}'?")


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOGUE,
    no_args_is_help=False,
)
@debug_option
@click.version_option(__version__, prog_name="replay-tui", message="%(prog)s %(version)s")
def commands() -> None:
    """Replay recorded Hoop sessions in a terminal: watch, search, assess and review them.

    SESSION is a saved file (a gateway's JSON answer, its json download, an asciicast, another tool's recording, see
    `replay-tui help formats`; .gz too), - for standard input, a session id, or the address of a session's page.
    Without arguments the program opens the list of the configured gateway's sessions, or the demo.
    """
