"""Commands read off the screen: real shells, marks, hidden input."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.analysis.session_analysis import analyse_session
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import SessionKind
from replay_tui.redaction.redactor import Redactor
from replay_tui.shell.commands import ShellCommands, read_shell_commands
from replay_tui.shell.prompt_marks import BLOCK_BYTES, prompt_marks
from replay_tui.terminal.prompts import is_continuation, is_password_prompt, looks_like_prompt
from replay_tui.terminal.size_inference import infer_sizes

ENTER = ("i", b"\r")
FIXTURES = Path(__file__).parents[2] / "fixtures"


def load(name: str) -> tuple[Session, EventStream]:
    path = FIXTURES / name
    raw = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    received = json.loads(raw)
    stream = EventStream()
    for time, kind, data in received["event_stream"]:
        stream.append(time, kind, base64.b64decode(data))
    return Session.parse(received), stream


def made(*events: tuple[str, bytes]) -> EventStream:
    stream = EventStream()
    for at, (kind, data) in enumerate(events):
        stream.append(at / 10, kind, data)
    return stream


def typed(text: bytes, echo: bool = True) -> list[tuple[str, bytes]]:
    events: list[tuple[str, bytes]] = []
    for byte in text:
        events.append(("i", bytes((byte,))))
        if echo:
            events.append(("o", bytes((byte,))))
    return events


def rows(reading: ShellCommands) -> list[tuple[str, bool]]:
    return [(row.text, row.deleted) for row in reading.commands if row.kind == "shell"]


def test_shell_vim() -> None:
    stream = load("sessions/shell-vim.json")[1]
    reading = read_shell_commands(stream, infer_sizes(stream))
    assert rows(reading) == [
        ("ls -la --color=always", False),
        ('vim -u NONE -N -c "syntax on" deploy.sh', False),
        ("git diff --color=always | cat", False),
        ("sudp -l", True),
        ("sudo -n true", False),
        ("rm -rf /tmp/cache-*", False),
        ("exit", False),
    ]
    assert not reading.hidden_input
    wiped = reading.commands[3]
    assert wiped.time == pytest.approx(8.019, abs=0.01)
    assert all(stream.times[row.event] == row.time for row in reading.commands)


@pytest.mark.parametrize("name", ["bash-edit", "bash-marks", "zsh", "dash", "python"])
def test_real_shells(name: str) -> None:
    stream = load(f"shells/{name}.json.gz")[1]
    reading = read_shell_commands(stream, infer_sizes(stream))
    truth = json.loads((FIXTURES / f"shells/{name}.commands.json").read_text())
    assert rows(reading) == [(row["text"], row["deleted"]) for row in truth]
    assert "hunter2" not in repr(reading)
    times = [row.time for row in reading.commands]
    assert times == sorted(times)


def test_exit_status_from_echo() -> None:
    for name in ("bash-edit", "zsh", "dash"):
        commands = read_shell_commands(load(f"shells/{name}.json.gz")[1]).commands
        known = {row.text: row.details["exit_code"] for row in commands if "exit_code" in row.details}
        assert known == ({"false": 1} if name == "dash" else {"ls /no/such/folder": 2})


def test_hidden_input_is_masked_everywhere() -> None:
    for name in ("bash-edit", "dash"):
        session, stream = load(f"shells/{name}.json.gz")
        reading = analyse_session(session, stream, SessionKind.TERMINAL)
        assert [secret.text for secret in reading.hidden_input] == ["hunter2-secret"]
        row = next(row for row in reading.statements if row.kind == "input")
        assert (row.text, row.details["masked"]) == ("(14 hidden characters)", True)
        mask = reading.redactor
        shown = b"".join(mask.payload(event.index, event.data) for event in stream.events(kinds="i"))
        assert len(shown) == len(stream.other)
        assert b"*" * 14 in shown
        assert b"".join(event.data for event in stream.events(kinds="i")).count(b"hunter2-secret") == 1
        assert b"hunter2" not in shown
        assert mask.text("login hunter2-secret") == "login " + "\u2022" * 14


def test_sudo_password_and_delayed_echo() -> None:
    events = [
        ("o", b"\x1b[?2004hana@h:~$ "),
        *typed(b"sudo ls"),
        ("i", b"\r"),
        ("o", b"\r\n\x1b[?2004l\r[sudo] password for ana: "),
    ]
    events += [("i", b"abc"), ("i", b"d\r"), ("o", b"\r\nfile\r\n\x1b[?2004hana@h:~$ ")]
    reading = read_shell_commands(made(*events))
    assert [(row.kind, row.text) for row in reading.commands] == [
        ("shell", "sudo ls"),
        ("input", "(4 hidden characters)"),
    ]
    assert reading.hidden_input[0].prompt == "[sudo] password for ana:"
    late = [("o", b"Proceed? [yes/no] "), ("i", b"yes\r"), ("o", b"yes\r\ndone\r\n")]
    assert not read_shell_commands(made(*late)).hidden_input


def test_a_password_typed_when_the_recording_ends_is_hidden_too() -> None:
    reading = read_shell_commands(made(("o", b"Password: "), *typed(b"s3cr", echo=False)))
    assert [secret.text for secret in reading.hidden_input] == ["s3cr"]


def test_short_secrets_do_not_eat_all_texts() -> None:
    reading = read_shell_commands(made(("o", b"PIN: "), *typed(b"1", echo=False), ("i", b"\r"), ("o", b"\r\nok\r\n")))
    mask = Redactor(reading.hidden_input)
    assert mask
    assert mask.text("11 times 1") == "11 times 1"
    assert mask.payload(1, b"1") == b"*"
    assert Redactor.none().payload(1, b"1") == b"1"


def test_prompt_marks_give_command_and_status() -> None:
    events = [
        ("o", b"\x1b]133;A\x07me > \x1b]133;B\x07"),
        *typed(b"make"),
        ("i", b"\r"),
        ("o", b"\r\n\x1b]133;C\x07boom\r\n"),
    ]
    events += [
        ("o", b"\x1b]133;D;2\x07\x1b]133;A\x07me > \x1b]133;B\x07"),
        *typed(b"ls"),
        ("i", b"\r"),
        ("o", b"\r\nx\r\n\x1b]133;D;0\x07"),
    ]
    commands = read_shell_commands(made(*events)).commands
    assert [(row.text, row.details["exit_code"]) for row in commands] == [("make", 2), ("ls", 0)]


def test_output_alone_still_tells_the_commands() -> None:
    stream = load("shells/bash-edit.json.gz")[1]
    silent = EventStream()
    for event in stream.events(kinds="o"):
        silent.append(event.time, "o", event.data)
    texts = [row.text for row in read_shell_commands(silent, infer_sizes(stream)).commands]
    assert "git log --oneline | cat" in texts
    assert "head -n 1 notes.txt" in texts
    assert texts[-1] == "exit"


def test_typed_ahead_lines() -> None:
    events = [("o", b"$ "), ("i", b"ls\rpwd\r"), ("o", b"ls\r\npwd\r\nfile\r\n$ /srv\r\n$ ")]
    assert rows(read_shell_commands(made(*events))) == [("ls", False), ("pwd", False)]


def test_a_session_without_a_terminal_has_its_lines_as_commands() -> None:
    reading = read_shell_commands(made(("i", b"ls -la\ncat not"), ("i", b"es.txt\n\n"), ("o", b"notes.txt\none\n")))
    assert rows(reading) == [("ls -la", False), ("cat notes.txt", False)]
    assert not reading.hidden_input


def test_text_wiped_at_a_continuation_prompt_does_not_end_the_block() -> None:
    events = [("o", b"$ "), *typed(b"if a"), ENTER, ("o", b"\r\n> "), *typed(b"then rm -rf x"), ("i", b"\x15")]
    events += [("o", b"\x08 \x08" * 13), *typed(b"then b; fi"), ENTER, ("o", b"\r\n$ ")]
    assert rows(read_shell_commands(made(*events))) == [("if a\nthen b; fi", False), ("then rm -rf x", True)]


def test_text_typed_into_programs_is_no_command() -> None:
    events = [
        ("o", b"$ "),
        *typed(b"cat"),
        ("i", b"\r"),
        ("o", b"\r\n"),
        *typed(b"rm -rf /"),
        ("i", b"\r"),
        ("o", b"\r\nrm -rf /\r\n$ "),
    ]
    assert rows(read_shell_commands(made(*events))) == [("cat", False)]


def test_sizes_of_pastes_and_terminal_answers() -> None:
    events = [
        ("o", b"\x1b[?2004h$ "),
        ("i", b"\x1b[3;1R"),
        ("i", b"\x1b[200~rm -rf /srv\x1b[201~"),
        ("o", b"rm -rf /srv"),
    ]
    events += [("i", b"\r"), ("o", b"\r\n\x1b[?2004l\r")]
    command = read_shell_commands(made(*events)).commands[0]
    assert (command.text, command.details["pasted"]) == ("rm -rf /srv", 11)


@pytest.mark.parametrize(
    "prompt", ["$ ", "# ", "root@app:/srv# ", ">>> ", "mysql> ", "shop=# ", "% ", "In [3]: ", "\u276f "]
)
def test_prompts(prompt: str) -> None:
    assert looks_like_prompt(prompt)
    assert prompt == "> " or not is_continuation(prompt)


@pytest.mark.parametrize(
    "prompt", ["> ", "... ", "for> ", "if then> ", "    -> ", "shop-# ", "shop(> ", "'> ", "heredoc> "]
)
def test_continuations(prompt: str) -> None:
    assert is_continuation(prompt)


def test_no_prompts() -> None:
    assert not any(map(looks_like_prompt, ["Password: ", "Continue? [y/N] ", "", "reading", "--More--"]))
    assert not any(map(is_continuation, ["mysql> ", "root@a:~# ", "sqlite> ", "$ ", "redis> "]))
    assert is_password_prompt("Enter PIN:")
    assert not is_password_prompt("user name:")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ioe"),
            st.binary(max_size=12)
            | st.sampled_from(
                [
                    b"\x1b[?2004h",
                    b"\x1b[?2004l",
                    b"$ ",
                    b"\r",
                    b"\r\n",
                    b"\x7f" * 4,
                    b"\x15",
                    b"\x03",
                    b"\x1b[?1049h",
                    b"\x1b[200~",
                    b"\x1b]133;B\x07",
                    b"\x1b]133;C\x07",
                    b"\x1b]133;D;1\x07",
                    b"echo $?",
                    b"Password: ",
                ]
            ),
        ),
        max_size=40,
    )
)
def test_any_events_are_read(events: list[tuple[str, bytes]]) -> None:
    reading = read_shell_commands(made(*events))
    for secret in reading.hidden_input:
        assert secret.text


def test_marks_of_a_real_bash_tell_every_exit_status() -> None:
    stream = load("shells/bash-marks.json.gz")[1]
    commands = [row for row in read_shell_commands(stream, infer_sizes(stream)).commands if not row.deleted]
    assert [row.details.get("exit_code") for row in commands] == [0, 1, 2, 1, 0, 0, 0, 0, 7, None]


@pytest.mark.parametrize("before", range(BLOCK_BYTES - 24, BLOCK_BYTES + 1))
def test_marks_are_found_wherever_a_block_of_the_stream_ends(before: int) -> None:
    stream = EventStream()
    stream.append(0.0, "o", b"x" * before + b"\x1b[?1;2004h$ \x1b]133;D;7\x07\x1b[?2004l")
    found = [(mark.start - before, mark.end - before, mark.kind, mark.status) for mark in prompt_marks(stream)]
    assert found == [(0, 10, "h", None), (12, 22, "D", 7), (22, 30, "l", None)]


def test_echo_tells_the_exit_status_of_a_shell_without_marks() -> None:
    stream = load("shells/bash-edit.json.gz")[1]
    known = {
        row.text: row.details["exit_code"] for row in read_shell_commands(stream).commands if "exit_code" in row.details
    }
    assert known == {"ls /no/such/folder": 2}


def test_a_password_that_a_program_repeats_at_once_is_hidden_all_the_same() -> None:
    stream = made(("o", b"Password: "), *typed(b"hunter22", echo=False), ENTER, ("o", b"\r\nwrong: hunter22\r\n$ "))
    assert [secret.text for secret in read_shell_commands(stream).hidden_input] == ["hunter22"]
