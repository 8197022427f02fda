"""No output of the program shows a secret: every command, format and pane, for every kind of secret.

The outputs are enumerated from the registries of the program. A new one fails the test until it is covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from replay_tui.cli.group import NAMES, commands
from replay_tui.export.exporter import FORMATS
from replay_tui.export.report.formats import REPORT_FORMATS
from tests.cli.runs import Ran, Runner
from tests.support.effort import sampled
from tests.support.secret_cases import leaks, secrets_of, sessions

NO_CONTENT = {
    "rules": "rules, and a file of examples that the user wrote",
    "archive": "the library's state; what it stores: see `archive/library/test_library.py`",
    "find": "texts of the library, which holds no secret: see `archive/library/test_library.py`",
    "stats": "counts of the library's sessions: the same",
    "list": "rows of the gateway, without content of a session",
    "fetch": "the gateway's answer, unchanged",
    "review": "decides a review",
    "login": "stores a token",
    "whoami": "the gateway's user",
    "config": "the settings",
    "completion": "a script of the shell",
    "help": "texts of this program",
    "play": "the interface: see `test_panes.py`",
    "demo": "the interface",
    "serve": "the interface",
}
"""Commands that print nothing out of a session, with the reason."""
ARGUMENTS = {"search": (".", "--regex")}
"""What a command needs apart from its session."""
SAME_TEXT = {"help", "debug", "allow_plain_http", "mask", "idle", "times", "engine", "flagged", "regex"}
"""Options that do not change which texts of a session are written."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Return a function that runs the program."""
    return Runner(capsys)


def session_commands() -> dict[str, click.Command]:
    """Return the commands that open a session, or several."""
    context = click.Context(commands)
    found = {name: commands.get_command(context, name) for name in NAMES}
    return {name: one for name, one in found.items() if one is not None and name not in NO_CONTENT}


def variants(command: click.Command) -> Iterator[list[str]]:
    """Yield options for each output that a command has: one for each flag and each choice."""
    yield []
    for option in command.params:
        if not isinstance(option, click.Option) or SAME_TEXT & {
            option.name,
            option.opts[0].lstrip("-").replace("-", "_"),
        }:
            continue
        if isinstance(option.type, click.Choice):
            yield from ([option.opts[0], str(choice)] for choice in option.type.choices)
        elif option.name == "start":
            yield from (["--to", form, "--start", "1"] for form in ("asciicast", "json"))
        elif option.is_flag:
            yield [option.opts[0]]
        elif option.name == "where":
            yield from ([option.opts[0], area] for area in ("screen", "output", "input", "statements"))


def invocations() -> Iterator[tuple[str, ...]]:
    """Yield the words of every output: a command and its options."""
    for name, command in session_commands().items():
        if any(option.name == "output" for option in command.params):
            endings = [one.extension for one in REPORT_FORMATS.values()] if name == "report" else [""]
            choices = [words for words in variants(command) if words] or [[]]
            yield from ((name, *words, "-o", f"FILE{ending}") for words in choices for ending in endings)
        else:
            yield from ((name, *words) for words in variants(command))


def outputs(run: Runner, session: Path, folder: Path) -> Iterator[tuple[str, Ran, bytes]]:
    """Yield each output of a session: its words, the run, and what it wrote."""
    for words in invocations():
        file = folder / "out"
        name, *rest = (word.replace("FILE", str(file)) for word in words)
        ran = run(name, str(session), *ARGUMENTS.get(name, ()), *rest)
        written = [path for path in folder.iterdir() if path.is_file()]
        yield " ".join(words), ran, b"".join(path.read_bytes() for path in written)
        for path in written:
            path.unlink()


def test_outputs_every_command_is_covered() -> None:
    assert not NO_CONTENT.keys() - NAMES.keys()
    for name, command in session_commands().items():
        names = {option.name for option in command.params}
        assert names & {"session", "paths"}, f"{name}: no session; add it to NO_CONTENT if it prints none"
    written = {words[2] for words in invocations() if words[0] == "export"}
    assert written == FORMATS.keys()


@sampled("session", sessions(), daily=9, ids=lambda path: path.stem)
def test_outputs_show_no_secret(run: Runner, tmp_path: Path, session: Path) -> None:
    shown = []
    for words, ran, written in outputs(run, session, tmp_path):
        # `scan` exits with 3 if a part, such as a damaged message, was not analysed.
        assert ran.code in ((0, 1, 3) if words.startswith("scan") else (0, 1)), (words, ran.err)
        data = (ran.out + ran.err).encode("utf-8", "surrogateescape") + written
        shown += [(words, secret) for secret in leaks(data, secrets_of(session))]
    assert not shown
