"""Boundary cases of command lines: Enter and Ctrl-C in one event, recalled history, hidden text, paste sizes."""

from __future__ import annotations

import pytest

from replay_tui.domain.terminal_size import SizeTimeline, TerminalSize
from replay_tui.shell.commands import read_shell_commands
from tests.shell.test_commands import ENTER, made, rows, typed

MARKED, PLAIN = (b"\x1b[?2004h", b"\x1b[?2004l\r"), (b"", b"")


@pytest.mark.parametrize(("begin", "end"), [MARKED, PLAIN], ids=["marked", "plain"])
@pytest.mark.parametrize("in_one_piece", [True, False])
def test_command_with_interrupt_after_enter_was_run(begin: bytes, end: bytes, in_one_piece: bool) -> None:
    """Enter and Ctrl-C can be sent in one event on purpose; the command was run."""
    text = b"rm -rf /srv"
    keys = [("i", text + b"\r\x03"), ("o", text)] if in_one_piece else [*typed(text), ("i", b"\r\x03")]
    after = [("o", b"\r\n" + end + b"^C\r\n" + begin + b"$ "), *typed(b"ls"), ENTER, ("o", b"\r\n" + end)]
    assert rows(read_shell_commands(made(("o", begin + b"$ "), *keys, *after))) == [
        ("rm -rf /srv", False),
        ("ls", False),
    ]


@pytest.mark.parametrize(("begin", "end"), [MARKED, PLAIN], ids=["marked", "plain"])
def test_command_with_interrupt_before_enter_was_not_run(begin: bytes, end: bytes) -> None:
    events = [("o", begin + b"$ "), *typed(b"rm -rf /srv"), ("i", b"\x03\r"), ("o", b"^C\r\n" + end + begin + b"$ ")]
    assert rows(read_shell_commands(made(*events))) == [("rm -rf /srv", True)]


def test_command_recalled_and_removed_was_not_typed() -> None:
    recalled = b"rm -rf /old"
    events = [("o", b"\x1b[?2004h$ "), *typed(b"abc"), ("i", b"\x1b[A"), ("o", b"\x08 \x08" * 3 + recalled)]
    events += [("i", b"\x15"), ("o", b"\x08 \x08" * len(recalled)), *typed(b"ls"), ENTER, ("o", b"\r\n\x1b[?2004l\r")]
    assert rows(read_shell_commands(made(*events))) == [("ls", False)]


def test_command_that_was_not_echoed_is_hidden_input() -> None:
    events = [("o", b"vault# "), *typed(b"hunter2", echo=False), ENTER, ("o", b"\r\nok\r\nvault# ")]
    reading = read_shell_commands(made(*events))
    assert [secret.text for secret in reading.hidden_input] == ["hunter2"]
    assert "hunter2" not in repr(reading.commands)


@pytest.mark.parametrize(("text", "pasted"), [(b"x" * 12, 12), (b"x" * 11, None)])
def test_command_of_twelve_characters_in_one_event_is_pasted(text: bytes, pasted: int | None) -> None:
    events = [("o", b"$ "), ("i", text), ("o", text), ENTER, ("o", b"\r\n$ ")]
    (command,) = read_shell_commands(made(*events)).commands
    assert command.details.get("pasted") == pasted


def test_command_that_wraps_at_a_blank_is_one_line() -> None:
    """The blank in the last column is not part of the row's text."""
    text = b"echo aaaaaaaaaaaa bbb"
    events = [("o", b"$ "), *typed(text), ENTER, ("o", b"\r\n$ ")]
    sizes = SizeTimeline(TerminalSize(20, 5))
    assert [row.text for row in read_shell_commands(made(*events), sizes).commands] == [text.decode()]


def test_command_keeps_its_first_exit_status() -> None:
    """A shell sends the status again before each prompt, also after an empty line."""
    events = [("o", b"\x1b]133;A\x07$ \x1b]133;B\x07"), *typed(b"make"), ENTER, ("o", b"\r\n\x1b]133;C\x07")]
    events += [("o", b"\x1b]133;D;2\x07\x1b]133;A\x07$ \x1b]133;B\x07"), ENTER, ("o", b"\r\n\x1b]133;D;0\x07$ ")]
    (command,) = read_shell_commands(made(*events)).commands
    assert command.details["exit_code"] == 2
