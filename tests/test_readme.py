"""What the README says is there: commands with their options, files, keys, pictures, the tour."""

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
    """The commands of the README, without what is said beside them and where their output goes."""
    fenced = [line for word, block in _FENCED.findall(TEXT) if word in ("", "sh") for line in block.splitlines()]
    inline = _CODE.findall(_FENCED.sub("", TEXT))
    found = [match[1] for line in [*fenced, *inline] if (match := re.search(r"(?:^|\| |<\()(replay-tui .+)", line))]
    return list(dict.fromkeys(re.split(r"  +| > |\)$", line)[0] for line in found))


LINES = _lines()


def _context(command: click.Command) -> click.Context:
    """As the program makes one: a command keeps the names of its help that it is asked with first."""
    return click.Context(command, help_option_names=program.context_settings["help_option_names"])


def _options(command: click.Command) -> set[str]:
    with _context(command) as context:
        own = {name for parameter in command.get_params(context) for name in parameter.opts + parameter.secondary_opts}
        names = command.list_commands(context) if isinstance(command, click.Group) else ()
        return own.union(*(_options(found) for name in names if (found := command.get_command(context, name))))


def test_every_command_is_found_in_it():
    used = {word for line in LINES for word in shlex.split(line)[1:2]}
    assert set(NAMES) - used <= {"play"}


@pytest.mark.parametrize("line", LINES)
def test_a_command_can_be_given_like_this(line: str):
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
            if name == "serve":  # what it is given beside its own options is for the program that it serves
                assert {word for word in words if word.startswith("--")} <= _options(program)


def test_every_option_that_is_named_exists():
    named = {code.split()[0] for code in _CODE.findall(TEXT) if re.match(r"--[a-z]", code)}
    assert len(named) > 5
    assert named <= _options(program)


def test_files_that_it_points_to_are_there():
    paths = set(_LINKS.findall(TEXT))
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_no_picture_is_left_over():
    kept = {path.name for path in (ROOT / "screenshots").iterdir() if path.suffix not in (".py", "") and path.is_file()}
    assert kept == {Path(path).name for path in _LINKS.findall(TEXT) if path.startswith("screenshots/")}


def test_its_keys_are_those_of_the_table():
    assert with_keys(TEXT) == TEXT, "run: python -m tests.support.readme"


def test_the_two_commands_are_the_first_block():
    lines = _FENCED.findall(TEXT)[0][1].splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("replay-tui demo")
    assert lines[1].endswith("-m pytest")
    assert not any(line.startswith(("$", "#", ">")) for line in lines)


def test_the_tour_opens_and_shows_the_program():
    tour = replay_tui.load(ROOT / "screenshots" / "tour.cast")
    assert (tour.screen(0).cols, tour.screen(0).rows) == (100, 30)
    assert tour.loaded_session.session.metadata
    assert "ana@example.com" in tour.screen("50%").text
    assert "raj@example.com" in tour.screen("85%").text
