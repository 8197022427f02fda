"""The entry point: what the first argument means, and how a failure is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from replay_tui import __version__

INTERRUPTED = 130
INTERNAL = 3
"""The exit code of a bug: nothing in the contract fits better than unreadable input."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with `arguments` (those of the process if None) and give its exit code. Never raises."""
    if arguments is None:
        from replay_tui.cli.supervisor import run_supervised

        words = sys.argv[1:]
        return run_supervised(words, lambda: main(words)) if words != ["--version"] else main(words)
    words = list(arguments)
    try:
        code = _logged(words)
        _flush()
    except BrokenPipeError:
        _discard_stdout()
        return 0
    except OSError as error:  # of stdout: others are answered where they happen
        _discard_stdout()
        return _fail(f"The output cannot be written ({(error.strerror or 'unknown error').lower()}).", INTERNAL)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _logged(words: list[str]) -> int:
    if words == ["--version"]:  # answered before anything is loaded
        print(f"replay-tui {__version__}")
        return 0
    from replay_tui.settings.log_file import logging_to_file

    with logging_to_file():
        return _guarded(words)


def _guarded(argv: list[str]) -> int:
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
        return INTERRUPTED
    except click.ClickException as wrong:
        return _fail(_usage(wrong), wrong.exit_code if isinstance(wrong, click.UsageError) else INTERNAL)
    except ReplayError as error:
        return _fail(str(error), error.exit_code)
    except OutputClosed as gone:
        raise gone.reason from None
    except SystemExit:  # how click answers a closed pipe
        raise BrokenPipeError from None
    except Exception as bug:
        return _fail(_report(bug, argv), INTERNAL)
    return result if isinstance(result, int) else 0


def _report(bug: Exception, words: list[str]) -> str:
    """Log an unexpected exception, print its traceback in debug mode, and return the sentence for the user."""
    import logging

    from replay_tui.cli.group import NAMES
    from replay_tui.domain.debug import is_debugging
    from replay_tui.settings.log_file import log_hint
    from replay_tui.settings.log_format import format_traceback

    command = next((word for word in words if word in NAMES), "play")
    logging.getLogger(__name__).error("The command %s failed", command, exc_info=bug)
    if is_debugging() and sys.stderr is not None:
        print(format_traceback(bug, with_values=True), file=sys.stderr)
    reason = bug.strerror.lower() if isinstance(bug, OSError) and bug.strerror else type(bug).__name__
    return f"The command `{command}` failed ({reason}). {log_hint()}"


def _usage(wrong: object) -> str:
    """A usage error as one sentence with the command that explains more."""
    import click

    assert isinstance(wrong, click.ClickException)
    text = " ".join(wrong.format_message().split()).rstrip(".")
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    return f"{text}; see `{context.command_path if context else 'replay-tui'} -h`."


def _fail(sentence: str, code: int) -> int:
    from replay_tui.domain.text import sanitize

    try:
        print(f"replay-tui: {sanitize(sentence)}", file=sys.stderr, flush=True)
    except (OSError, ValueError):  # nobody listens
        pass
    return code


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _discard_stdout() -> None:
    """Nobody reads on: what is still buffered goes nowhere, and the interpreter's last flush stays quiet."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        pass
