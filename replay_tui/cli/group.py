"""The commands, each loaded when it is used; whatever is no command is a session to play."""

from __future__ import annotations

import difflib
from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from replay_tui import __version__
from replay_tui.cli.options import EPILOGUE, complete_session, debug_option

NAMES = {
    "play": "The replay screen; `replay-tui SESSION` is the same.",
    "demo": "Replay the sessions shipped with the program.",
    "show": "Who, what, when, review, risk, findings.",
    "screen": "The screen at a moment.",
    "statements": "What was asked for, a row per execution.",
    "search": "Where a text first appears.",
    "transcript": "The session's text, line by line.",
    "export": "Save it as a cast, text, table, page or picture.",
    "report": "A review record as a page or as Markdown.",
    "scan": "The findings of many sessions, ranked.",
    "list": "The gateway's sessions.",
    "fetch": "Save a session of the gateway.",
    "review": "Approve, reject or revoke.",
    "login": "Keep a gateway's address and a token.",
    "whoami": "Which gateway, and who you are there.",
    "serve": "The interface in a browser.",
    "config": "Where the settings are, and what they are.",
    "completion": "Completion for bash, zsh and fish.",
    "help": "The keys, or what a command does.",
}
"""Command names with the line that the overview shows, in its order. `NAME` lives in `replay_tui.cli.NAME`."""


class Commands(click.Group):
    """A group whose first argument may also be a session."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the overview."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command's module; None for an unknown name."""
        if cmd_name not in NAMES:
            return None
        command = import_module(f"replay_tui.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        if all(option.name != "debug" for option in command.params):
            debug_option(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, options, and sessions, for a session alone is played."""
        sessions = [] if incomplete.startswith("-") else complete_session(ctx, self.params[0], incomplete)
        return [
            *sessions,
            *(CompletionItem(name, help=words) for name, words in NAMES.items() if name.startswith(incomplete)),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without loading what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl(list(NAMES.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `play` before a session, and choose what no argument at all means."""
        before = args[:1] if args[:1] == ["--debug"] else []
        args = args[len(before) :]
        if not args:
            args = [] if ctx.resilient_parsing else ["play"]  # a shell that completes asks for all there is
        elif args[0] not in (*NAMES, "-h", "--help", "--version"):
            _suggest(args)
            args = ["play", *args]
        return super().parse_args(ctx, [*before, *args])


def _suggest(args: list[str]) -> None:
    """A mistyped command is answered as such, rather than as a session that does not exist."""
    near = difflib.get_close_matches(args[0], NAMES, 1, 0.7)
    if near and len(args) > 1 and not Path(args[0]).exists():
        raise click.UsageError(f"There is no command or file '{args[0]}', but a command '{near[0]}'")


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOGUE,
    no_args_is_help=False,
)
@debug_option
@click.version_option(__version__, prog_name="replay-tui", message="%(prog)s %(version)s")
def commands() -> None:
    """Replay recorded Hoop sessions in a terminal: watch, scrub, search, judge, decide.

    SESSION is a saved file (a gateway's JSON answer, its json download, an asciicast; .gz too), - for standard
    input, a session id, or the address of a session's page. Alone, the program opens the list of the configured
    gateway's sessions, or the demo.
    """
