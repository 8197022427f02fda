"""Hidden input: detection by prompt and echo, and the faster `suspected_hidden_input`."""

from __future__ import annotations

import pytest

import replay_tui
from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.shell.commands import read_shell_commands
from tests.shell.test_commands import ENTER, made, typed
from tests.support.fixtures import FIXTURES


def hidden_texts(stream: EventStream) -> list[str]:
    return [secret.text for secret in read_shell_commands(stream).hidden_input]


@pytest.mark.parametrize(("text", "found"), [(b"abc", ["abc"]), (b"ab", [])])
def test_hidden_input_without_prompt_needs_three_chars(text: bytes, found: list[str]) -> None:
    stream = made(("o", b"Name: "), *typed(text, echo=False), ENTER, ("o", b"\r\nok\r\n$ "))
    assert hidden_texts(stream) == found


def test_hidden_input_at_prompt_needs_one_char() -> None:
    assert hidden_texts(made(("o", b"PIN: "), *typed(b"1", echo=False), ENTER, ("o", b"\r\nok\r\n$ "))) == ["1"]


def test_hidden_input_in_password_dialog_is_hidden() -> None:
    """A dialog that draws an asterisk for each character, with cursor movements, is a password prompt."""
    events = [("o", b"Password: ")]
    for at, byte in enumerate(b"hunter2"):
        events += [("i", bytes((byte,))), ("o", b"\x1b[1;%dH*" % (11 + at))]
    assert hidden_texts(made(*events, ENTER, ("o", b"\r\n$ "))) == ["hunter2"]


def test_hidden_input_of_full_screen_program_is_ignored() -> None:
    events = [("o", b"Menu: ")]
    for byte in b"jjkk":
        events += [("i", bytes((byte,))), ("o", b"\x1b[3;1Hline")]
    assert hidden_texts(made(*events, ENTER, ("o", b"\r\n$ "))) == []


def test_hidden_input_before_interrupt_is_separate() -> None:
    first = [*typed(b"hunter2", echo=False), ("i", b"\x03"), ("o", b"^C\r\nPassword: ")]
    stream = made(("o", b"Password: "), *first, *typed(b"other", echo=False), ENTER, ("o", b"\r\n$ "))
    assert hidden_texts(stream) == ["hunter2", "other"]


def test_hidden_input_without_enter_is_hidden() -> None:
    events = [("o", b"Password: "), *typed(b"hunter2", echo=False), ("o", b"\r\nTimed out.\r\n$ ")]
    assert hidden_texts(made(*events, *typed(b"ls"), ENTER, ("o", b"\r\n$ "))) == ["hunter2"]


def test_hidden_input_covers_every_byte_of_wide_characters() -> None:
    password = "pä漢w"
    stream = made(("o", b"Password: "), ("i", password.encode()), ENTER, ("o", b"\r\n$ "))
    (secret,) = read_shell_commands(stream).hidden_input
    assert [(span.event, span.start, span.stop) for span in secret.spans] == [(1, 0, len(password.encode()))]


def test_hidden_input_echoed_out_of_order_is_hidden() -> None:
    stream = made(("o", b"Password: "), ("i", b"abcd"), ("o", b"dcba"), ENTER, ("o", b"\r\n$ "))
    assert hidden_texts(stream) == ["abcd"]


def test_suspected_hidden_input_without_enter_is_found() -> None:
    stream = made(("o", b"Password: "), *typed(b"hunter2", echo=False))
    assert [secret.text for secret in suspected_hidden_input(stream)] == ["hunter2"]


def test_suspected_hidden_input_from_mid_line_is_whole() -> None:
    stream = made(("o", b"$ "), *typed(b"ls"), ENTER, ("o", b"\r\nPassword: "), *typed(b"hunter2", echo=False), ENTER)
    assert [secret.text for secret in suspected_hidden_input(stream, first=len(stream) - 4)] == ["hunter2"]


@pytest.mark.parametrize("path", sorted((FIXTURES / "shells").glob("*.json.gz")), ids=lambda path: path.stem)
def test_suspected_hidden_input_includes_hidden_input(path: object) -> None:
    recording = replay_tui.load(str(path))
    guessed = {secret.text for secret in suspected_hidden_input(recording.stream)}
    assert {secret.text for secret in recording.analysis.hidden_input} <= guessed


def test_suspected_hidden_input_excludes_echoed_text() -> None:
    recording = replay_tui.load(str(FIXTURES / "shells" / "bash-edit.json.gz"))
    guessed = {secret.text for secret in suspected_hidden_input(recording.stream)}
    assert not guessed & {row.text for row in recording.statements}
