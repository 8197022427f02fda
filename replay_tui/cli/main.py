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
        from replay_tui.cli.supervisor import supervised

        words = sys.argv[1:]
        return supervised(words, lambda: main(words)) if words != ["--version"] else main(words)
    words = list(arguments)
    try:
        code = _guarded(words)
        _flush()
    except BrokenPipeError:
        _abandon_stdout()
        return 0
    except OSError as error:  # of stdout: others are answered where they happen
        _abandon_stdout()
        return _fail(f"The output cannot be written ({(error.strerror or 'unknown error').lower()}).", INTERNAL)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _guarded(words: list[str]) -> int:
    if words == ["--version"]:  # answered before anything is loaded
        print(f"replay-tui {__version__}")
        return 0
    import click

    from replay_tui.cli.group import commands
    from replay_tui.cli.output import OutputGone, prepare
    from replay_tui.domain.errors import ReplayError

    prepare()
    try:
        result = commands.main(words, prog_name="replay-tui", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as wrong:
        return _fail(_usage(wrong), wrong.exit_code if isinstance(wrong, click.UsageError) else INTERNAL)
    except ReplayError as error:
        return _fail(str(error), error.exit_code)
    except OutputGone as gone:
        raise gone.reason from None
    except SystemExit:  # how click answers a closed pipe
        raise BrokenPipeError from None
    except Exception as bug:
        if os.environ.get("REPLAY_TUI_DEBUG") == "1":
            raise
        if isinstance(bug, OSError) and bug.strerror:
            return _fail(f"The system refused: {bug.strerror.lower()}.", INTERNAL)
        return _fail(
            f"Internal error ({type(bug).__name__}); REPLAY_TUI_DEBUG=1 shows where. Please report it.", INTERNAL
        )
    return result if isinstance(result, int) else 0


def _usage(wrong: object) -> str:
    """A usage error as one sentence with the command that explains more."""
    import click

    assert isinstance(wrong, click.ClickException)
    text = " ".join(wrong.format_message().split()).rstrip(".")
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    return f"{text}; see `{context.command_path if context else 'replay-tui'} -h`."


def _fail(sentence: str, code: int) -> int:
    from replay_tui.domain.text import clean

    try:
        print(f"replay-tui: {clean(sentence)}", file=sys.stderr, flush=True)
    except (OSError, ValueError):  # nobody listens
        pass
    return code


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _abandon_stdout() -> None:
    """Nobody reads on: what is still buffered goes nowhere, and the interpreter's last flush stays quiet."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        pass
