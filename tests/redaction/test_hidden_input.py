"""Hidden input: detection by prompt and echo, and the faster `suspected_hidden_input`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import replay_tui
from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.redactor import Redactor
from replay_tui.shell import shell_reader
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


@pytest.mark.parametrize("path", sorted((FIXTURES / "hidden-input").glob("*.json.gz")), ids=lambda path: path.stem)
def test_hidden_input_of_recorded_session_matches(path: Path) -> None:
    recording = replay_tui.load(str(path))
    truth = json.loads(path.with_name(path.name.replace(".json.gz", ".truth.json")).read_text())
    commands = [row.text for row in recording.statements if row.kind == "shell" and not row.deleted]
    found = recording.analysis.hidden_input
    assert commands == truth["commands"]
    assert [hidden.text for hidden in found if hidden.certain] == truth["hidden"]
    assert [hidden.text for hidden in found if not hidden.certain] == truth["uncertain"]


@pytest.mark.parametrize("prompt", (FIXTURES / "hidden-input" / "secret-prompts.txt").read_text("utf-8").splitlines())
@pytest.mark.parametrize("answer", [b"7", b"ab"])
def test_hidden_input_short_answer_is_hidden(prompt: str, answer: bytes) -> None:
    events = [("o", prompt.encode()), *typed(answer, echo=False), ENTER, ("o", b"\r\nok\r\n$ ")]
    assert hidden_texts(made(*events)) == [answer.decode()]


@pytest.mark.parametrize("prompt", [b"Press any key to continue: ", b"Name: "])
def test_hidden_input_short_answer_elsewhere_is_ignored(prompt: bytes) -> None:
    assert hidden_texts(made(("o", prompt), *typed(b"ab", echo=False), ENTER, ("o", b"\r\n$ "))) == []


def test_hidden_input_at_prompt_that_ends_with_it_is_hidden() -> None:
    """The prompt's own text is no echo."""
    assert hidden_texts(made(("o", b"Enter PIN 1"), ("i", b"1"), ENTER, ("o", b"\r\n$ "))) == ["1"]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\x04\x04", b"\x03"])
def test_hidden_input_ended_by_any_key_is_hidden(end: bytes) -> None:
    events = [("o", b"Password: "), *typed(b"hunter2", echo=False), ("i", end), ("o", b"\r\n$ ")]
    assert hidden_texts(made(*events, *typed(b"ls"), ENTER, ("o", b"\r\n$ "))) == ["hunter2"]


def test_hidden_input_in_latin1_is_found_as_printed() -> None:
    keys = [("i", bytes((byte,))) for byte in b"gr\xfcnkohl"]
    (secret,) = read_shell_commands(made(("o", b"Password: "), *keys, ENTER, ("o", b"\r\n$ "))).hidden_input
    assert (secret.text, secret.data) == ("gr\u00fcnkohl", b"gr\xfcnkohl")
    assert secret.variants == ("gr\u00fcnkohl", "gr\ufffdnkohl")


def test_hidden_input_in_single_bytes_is_joined() -> None:
    keys = [("i", bytes((byte,))) for byte in "p\u00e4\u6f22w".encode()]
    assert hidden_texts(made(("o", b"Password: "), *keys, ENTER, ("o", b"\r\n$ "))) == ["p\u00e4\u6f22w"]


@pytest.mark.parametrize(
    ("press", "release"),
    [("\x1b[{0};1u", "\x1b[{0};1:3u"), ("\x1b[27;1;{0}~", ""), ("\x1b[0;0;{0};1;0;1_", "\x1b[0;0;{0};0;0;1_")],
    ids=["kitty", "modifyOtherKeys", "win32"],
)
def test_hidden_input_in_extended_keys_is_masked(press: str, release: str) -> None:
    """The code of a released key names it too, also if it is released after Enter was pressed."""
    codes = [ord(char) for char in "hunter2"]
    events = [("o", b"Password: ")]
    for code in codes[:-1]:
        events += [("i", press.format(code).encode()), ("i", release.format(code).encode())]
    events += [("i", press.format(codes[-1]).encode()), ("i", b"\r"), ("i", release.format(codes[-1]).encode())]
    stream = made(*events, ("o", b"\r\nok\r\n$ "))
    reading = read_shell_commands(stream)
    redactor = Redactor(reading.hidden_input)
    assert [secret.text for secret in reading.hidden_input] == ["hunter2"]
    shown = b"".join(redactor.payload(event.index, event.data) for event in stream.events(kinds="i"))
    assert shown.replace(b"*", b"") == b"\r"


def test_hidden_input_that_was_erased_is_masked() -> None:
    stream = made(("o", b"Password: "), *typed(b"hunter2", echo=False), ("i", b"\x15"), ENTER, ("o", b"\r\n$ "))
    reading = read_shell_commands(stream)
    assert [secret.text for secret in reading.hidden_input] == ["hunter2"]
    redactor = Redactor(reading.hidden_input)
    assert b"h" not in b"".join(redactor.payload(event.index, event.data) for event in stream.events(kinds="i"))


@pytest.mark.parametrize(
    "noise",
    [
        b"hour unpacked the next entry of release 2\r\n",
        b"h\r\n",
        b"\x1b[33mtail: hunter2\x1b[m\r\n",
        b"hhhh hunter2\r\n",
    ],
)
@pytest.mark.parametrize("after", [0, 3, 6])
def test_hidden_input_with_output_between_keys_is_hidden(noise: bytes, after: int) -> None:
    events = [("o", b"Password: ")]
    for at, byte in enumerate(b"hunter2"):
        events += [("i", bytes((byte,))), *([("o", noise)] if at == after else [])]
    assert hidden_texts(made(*events, ENTER, ("o", b"\r\n$ "))) == ["hunter2"]


def test_hidden_input_half_echoed_is_uncertain() -> None:
    events = [("o", b"Password: "), *typed(b"hun", echo=True), *typed(b"ter", echo=False), ENTER, ("o", b"\r\n$ ")]
    (secret,) = read_shell_commands(made(*events)).hidden_input
    assert (secret.text, secret.certain) == ("hunter", False)


def test_hidden_input_in_dialog_of_unknown_language_is_hidden() -> None:
    """A field on the alternate screen that shows a mask character per key, below a label that names no known word."""
    events = [("o", b"\x1b[?1049h\x1b[2J\x1b[3;5HZauberwort\x1b[5;5H[        ]\x1b[5;6H")]
    for byte in b"hunter2":
        events += [("i", bytes((byte,))), ("o", b"*")]
    assert hidden_texts(made(*events, ENTER, ("o", b"\x1b[?1049l$ "))) == ["hunter2"]


def test_hidden_input_left_by_tab_is_hidden() -> None:
    """In a dialog, Tab moves from the field to the button."""
    events = [
        ("o", b"\x1b[?1049h\x1b[2J\x1b[3;5HPassword:\x1b[5;5H|        |\x1b[5;6H"),
        *typed(b"hunter2", echo=False),
    ]
    events += [("i", b"\t"), ("o", b"\x1b[7;5H\x1b[7m<OK>\x1b[m"), ENTER, ("o", b"\x1b[?1049l$ ")]
    assert hidden_texts(made(*events)) == ["hunter2"]


def test_hidden_input_in_editor_is_ignored() -> None:
    """Commands of an editor whose cursor is on a line with the word password."""
    events = [("o", b"\x1b[?1049h\x1b[2J\x1b[3;1Hpassword: hunter2\x1b[3;11H")]
    for row, byte in enumerate(b"jjjjdd", 4):
        events += [("i", bytes((byte,))), ("o", b"\x1b[%d;11H" % row)]
    assert hidden_texts(made(*events, ENTER, ("o", b"\x1b[?1049l$ "))) == []


@pytest.mark.parametrize("count", [1, 2])
def test_hidden_input_before_typed_ahead_command_is_hidden(count: int) -> None:
    keys = [("i", b"hunter2\r"), *[("i", b"rm -rf /srv/data\r")] * count]
    echo = b"\r\n" + b"$ rm -rf /srv/data\r\n" * count + b"$ "
    reading = read_shell_commands(made(("o", b"$ sudo -v\r\nPassword: "), *keys, ("o", echo)))
    assert [secret.text for secret in reading.hidden_input] == ["hunter2"]
    assert [row.text for row in reading.commands if row.kind == "shell"] == ["rm -rf /srv/data"] * count


def test_hidden_input_pasted_with_its_command_is_hidden() -> None:
    keys = ("i", b"sudo -v\rhunter2\r")
    stream = made(("o", b"\x1b[?2004h$ "), keys, ("o", b"sudo -v\r\n\x1b[?2004l\r"), ("o", b"Password: \r\nok\r\n"))
    reading = read_shell_commands(stream)
    assert [secret.text for secret in reading.hidden_input] == ["hunter2"]
    assert [row.text for row in reading.commands if row.kind == "shell"] == ["sudo -v"]


@pytest.mark.parametrize("prompt", [b"vault# ", b"\x1b[?2004h$ "])
def test_hidden_input_on_line_that_was_left_is_masked(prompt: bytes) -> None:
    assert hidden_texts(made(("o", prompt), *typed(b"hunter2", echo=False))) == ["hunter2"]


def test_hidden_input_after_too_many_lines_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_reader, "MAX_LINES", 2)
    lines = [event for _ in range(4) for event in (*typed(b"ls"), ENTER, ("o", b"\r\n$ "))]
    secret = [("o", b"Password: "), *typed(b"hunter2", echo=False), ENTER, ("o", b"\r\n$ ")]
    reading = read_shell_commands(made(("o", b"$ "), *lines, *secret))
    assert reading.truncated
    assert [secret.text for secret in reading.hidden_input] == ["hunter2"]


@pytest.mark.parametrize("begin", [b"\x1b[?1049h\x1b[2J", b""])
@pytest.mark.parametrize("mask", ["*", "\u2022"])
def test_hidden_input_in_redrawn_field_is_hidden(begin: bytes, mask: str) -> None:
    """A program that hides the cursor and draws the whole field again for each key, in an unknown language."""
    events = [("o", begin + b"\x1b[?25l\x1b[5;3HZauberwort > \x1b[9;1Hhelp\x1b[24;1H")]
    for count, byte in enumerate(b"hunter2", 1):
        field = f"\x1b[5;3HZauberwort > {mask * count}\x1b[9;1Hhelp\x1b[24;1H"
        events += [("i", bytes((byte,))), ("o", field.encode())]
    assert hidden_texts(made(*events, ENTER, ("o", b"\x1b[?1049l\r\n$ "))) == ["hunter2"]


def test_hidden_input_single_key_before_list_is_ignored() -> None:
    """One asterisk is no mask: it can be the mark of a list."""
    assert hidden_texts(made(("o", b"List? "), ("i", b"y"), ("o", b"\r\n* a\r\n"), ENTER, ("o", b"\r\n$ "))) == []
