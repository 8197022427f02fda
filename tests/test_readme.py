"""Consistency of the README with the program: commands, options, files, keys, pictures and the tour."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import replay_tui
from replay_tui.cli.group import NAMES
from replay_tui.cli.group import commands as program
from tests.support.readme import README, with_keys

ROOT = README.parent
TEXT = README.read_text()
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINKS = re.compile(r"\]\(([^)#:]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


def _lines() -> list[str]:
    """Return the commands in the README, without comments and redirections."""
    fenced = [line for word, block in _FENCED.findall(TEXT) if word in ("", "sh") for line in block.splitlines()]
    inline = _CODE.findall(_FENCED.sub("", TEXT))
    found = [match[1] for line in [*fenced, *inline] if (match := re.search(r"(?:^|\| |<\()(replay-tui .+)", line))]
    return list(dict.fromkeys(re.split(r"  +| > |\)$", line)[0] for line in found))


LINES = _lines()


def _context(command: click.Command) -> click.Context:
    """Return a context with the help options of the program, as `main` creates it."""
    return click.Context(command, help_option_names=program.context_settings["help_option_names"])


def _options(command: click.Command) -> set[str]:
    """Return the options of a command and its subcommands."""
    with _context(command) as context:
        own = {name for parameter in command.get_params(context) for name in parameter.opts + parameter.secondary_opts}
        names = command.list_commands(context) if isinstance(command, click.Group) else ()
        return own.union(*(_options(found) for name in names if (found := command.get_command(context, name))))


def test_readme_names_every_command() -> None:
    """`play` is exempt, because `replay-tui SESSION` means the same."""
    used = {word for line in LINES for word in shlex.split(line)[1:2]}
    assert set(NAMES) - used <= {"play"}


@pytest.mark.parametrize("line", LINES)
def test_readme_command_is_accepted(line: str) -> None:
    """The command line parses each example; nothing is run."""
    words = shlex.split(line)[1:]
    if words == ["help", "COMMAND"]:
        words = ["help", "show"]
    with _context(program) as context:
        name = words.pop(0) if words and words[0] in NAMES else "play"
        command = program.get_command(context, name)
        assert command is not None
        with command.make_context(name, [*words], parent=context) as made:
            if isinstance(command, click.Group):
                assert command.get_command(made, words[0]) is not None
            if name == "serve":  # passes unknown options to the program that it serves
                assert {word for word in words if word.startswith("--")} <= _options(program)


def test_readme_options_exist() -> None:
    named = {code.split()[0] for code in _CODE.findall(TEXT) if re.match(r"--[a-z]", code)}
    assert len(named) > 5
    assert named <= _options(program)


def test_readme_links_exist() -> None:
    paths = set(_LINKS.findall(TEXT))
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_screenshots_are_all_used_in_the_readme() -> None:
    kept = {path.name for path in (ROOT / "screenshots").iterdir() if path.suffix not in (".py", "") and path.is_file()}
    assert kept == {Path(path).name for path in _LINKS.findall(TEXT) if path.startswith("screenshots/")}


def test_readme_keys_match_the_command_table() -> None:
    assert with_keys(TEXT) == TEXT, "run: python -m tests.support.readme"


def test_readme_first_block_is_the_two_commands() -> None:
    """`.ci/run` executes the second line."""
    lines = _FENCED.findall(TEXT)[0][1].splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("replay-tui demo")
    assert lines[1].endswith("-m pytest")
    assert not any(line.startswith(("$", "#", ">")) for line in lines)


def test_tour_opens_and_shows_the_program() -> None:
    tour = replay_tui.load(ROOT / "screenshots" / "tour.cast")
    assert (tour.screen(0).cols, tour.screen(0).rows) == (100, 30)
    assert tour.loaded_session.session.metadata
    assert "ana@example.com" in tour.screen("50%").text
    assert "raj@example.com" in tour.screen("85%").text
