"""Hidden input: which typed text counts as unseen, judged by prompts and echo."""

from __future__ import annotations

import pytest

from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.shell.commands import read_shell_commands
from tests.shell.test_commands import ENTER, made, typed


def secrets(stream: EventStream) -> list[str]:
    return [secret.text for secret in read_shell_commands(stream).hidden_input]


@pytest.mark.parametrize(("text", "found"), [(b"abc", ["abc"]), (b"ab", [])])
def test_hidden_input_without_a_prompt_needs_three_characters(text: bytes, found: list[str]) -> None:
    stream = made(("o", b"Name: "), *typed(text, echo=False), ENTER, ("o", b"\r\nok\r\n$ "))
    assert secrets(stream) == found


def test_hidden_input_of_one_character_counts_at_a_prompt() -> None:
    assert secrets(made(("o", b"PIN: "), *typed(b"1", echo=False), ENTER, ("o", b"\r\nok\r\n$ "))) == ["1"]


def test_hidden_input_at_a_password_prompt_that_moves_the_cursor() -> None:
    """A dialog that draws a star for each character, with cursor movements, is a password prompt all the same."""
    events = [("o", b"Password: ")]
    for at, byte in enumerate(b"hunter2"):
        events += [("i", bytes((byte,))), ("o", b"\x1b[1;%dH*" % (11 + at))]
    assert secrets(made(*events, ENTER, ("o", b"\r\n$ "))) == ["hunter2"]


def test_hidden_input_of_a_program_that_draws_its_screen_is_none() -> None:
    events = [("o", b"Menu: ")]
    for byte in b"jjkk":
        events += [("i", bytes((byte,))), ("o", b"\x1b[3;1Hline")]
    assert secrets(made(*events, ENTER, ("o", b"\r\n$ "))) == []


def test_hidden_input_ended_by_interrupt_is_one_secret() -> None:
    first = [*typed(b"hunter2", echo=False), ("i", b"\x03"), ("o", b"^C\r\nPassword: ")]
    stream = made(("o", b"Password: "), *first, *typed(b"other", echo=False), ENTER, ("o", b"\r\n$ "))
    assert secrets(stream) == ["hunter2", "other"]


def test_hidden_input_left_without_enter_is_hidden() -> None:
    events = [("o", b"Password: "), *typed(b"hunter2", echo=False), ("o", b"\r\nTimed out.\r\n$ ")]
    assert secrets(made(*events, *typed(b"ls"), ENTER, ("o", b"\r\n$ "))) == ["hunter2"]


def test_hidden_input_covers_every_byte_of_wide_characters() -> None:
    password = "pä漢w"
    stream = made(("o", b"Password: "), ("i", password.encode()), ENTER, ("o", b"\r\n$ "))
    (secret,) = read_shell_commands(stream).hidden_input
    assert [(span.event, span.start, span.stop) for span in secret.spans] == [(1, 0, len(password.encode()))]


def test_hidden_input_echoed_out_of_order_is_hidden() -> None:
    stream = made(("o", b"Password: "), ("i", b"abcd"), ("o", b"dcba"), ENTER, ("o", b"\r\n$ "))
    assert secrets(stream) == ["abcd"]


def test_unseen_without_enter_at_the_end_is_found() -> None:
    stream = made(("o", b"Password: "), *typed(b"hunter2", echo=False))
    assert [secret.text for secret in suspected_hidden_input(stream)] == ["hunter2"]


def test_unseen_from_the_middle_of_a_line_finds_the_whole_line() -> None:
    stream = made(("o", b"$ "), *typed(b"ls"), ENTER, ("o", b"\r\nPassword: "), *typed(b"hunter2", echo=False), ENTER)
    assert [secret.text for secret in suspected_hidden_input(stream, first=len(stream) - 4)] == ["hunter2"]
