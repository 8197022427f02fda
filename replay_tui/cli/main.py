"""Entry point of the command line: runs a command and turns exceptions into messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from replay_tui import __version__

INTERRUPTED_EXIT_CODE = 130
BUG_EXIT_CODE = 3
NO_PLUGINS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""Keeps pydantic from searching all installed packages for plugins."""
"""Shared with unreadable input, the closest exit code of the contract."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with `arguments` (None: those of the process) and return the exit code. Never raises."""
    if arguments is None:
        from replay_tui.cli.supervisor import run_supervised

        argv = sys.argv[1:]
        return run_supervised(argv, lambda: main(argv)) if argv != ["--version"] else main(argv)
    try:
        code = _run_with_log(list(arguments))
        _flush()
    except BrokenPipeError:
        _discard_stdout()
        return 0
    except OSError as error:  # from stdout; all others are handled where they occur
        _discard_stdout()
        return _fail(f"Cannot write the output ({(error.strerror or 'unknown error').lower()}).", BUG_EXIT_CODE)
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    return code


def _run_with_log(argv: list[str]) -> int:
    if argv == ["--version"]:  # answered without importing anything
        print(f"replay-tui {__version__}")
        return 0
    from replay_tui.settings.log_file import logging_to_file

    os.environ |= NO_PLUGINS
    with logging_to_file():
        return _run(argv)


def _run(argv: list[str]) -> int:
    import click

    from replay_tui.cli.group import commands
    from replay_tui.cli.output import OutputClosed, configure_streams
    from replay_tui.domain.errors import ReplayError

    configure_streams()
    try:
        result = commands.main(argv, prog_name="replay-tui", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED_EXIT_CODE
    except click.ClickException as wrong:
        return _fail(_usage(wrong), wrong.exit_code if isinstance(wrong, click.UsageError) else BUG_EXIT_CODE)
    except ReplayError as error:
        return _fail(" ".join((str(error), *getattr(error, "__notes__", ()))), error.exit_code)
    except OutputClosed as gone:
        raise gone.reason from None
    except SystemExit:  # raised by click for a closed pipe
        raise BrokenPipeError from None
    except Exception as bug:
        return _fail(_report(bug, argv), BUG_EXIT_CODE)
    return result if isinstance(result, int) else 0


def _report(bug: Exception, argv: list[str]) -> str:
    """Log an unexpected exception, print its traceback in debug mode, and return the message for the user."""
    import logging

    from replay_tui.cli.group import NAMES
    from replay_tui.domain.debug import is_debugging
    from replay_tui.settings.log_file import format_traceback, log_hint

    command = next((word for word in argv if word in NAMES), "play")
    logging.getLogger(__name__).error("The command %s failed", command, exc_info=bug)
    if is_debugging() and sys.stderr is not None:
        print(format_traceback(bug, with_values=True), file=sys.stderr)
    reason = bug.strerror.lower() if isinstance(bug, OSError) and bug.strerror else type(bug).__name__
    return f"The command `{command}` failed ({reason}). {log_hint()}"


def _usage(wrong: object) -> str:
    """Return the message of a usage error, with the command that explains more."""
    import click

    assert isinstance(wrong, click.ClickException)
    text = " ".join(wrong.format_message().split()).rstrip(".")
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    return f"{text}; see `{context.command_path if context else 'replay-tui'} -h`."


def _fail(message: str, code: int) -> int:
    from replay_tui.domain.display_text import sanitize

    try:
        print(f"replay-tui: {sanitize(message)}", file=sys.stderr, flush=True)
    except (OSError, ValueError):  # stderr is closed
        pass
    return code


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _discard_stdout() -> None:
    """Redirect stdout to the null device, so that the interpreter's final flush of buffered output cannot fail."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        pass
