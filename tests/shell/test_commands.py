"""Shell commands read from the screen: real shells, prompt marks, hidden input."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import kinds
from replay_tui.analysis.session_analysis import analyse_session
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.redaction.redactor import Redactor
from replay_tui.shell.commands import ShellCommands, read_shell_commands
from replay_tui.shell.prompt_marks import BLOCK_BYTES, prompt_marks
from replay_tui.terminal.prompts import is_continuation, looks_like_prompt
from replay_tui.terminal.secret_prompts import is_secret_prompt
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


def test_read_commands_of_recorded_session_match() -> None:
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
def test_read_commands_of_real_shell_match(name: str) -> None:
    stream = load(f"shells/{name}.json.gz")[1]
    reading = read_shell_commands(stream, infer_sizes(stream))
    truth = json.loads((FIXTURES / f"shells/{name}.commands.json").read_text())
    assert rows(reading) == [(row["text"], row["deleted"]) for row in truth]
    assert "hunter2" not in repr(reading)
    times = [row.time for row in reading.commands]
    assert times == sorted(times)


def test_read_commands_echo_gives_exit_status() -> None:
    for name in ("bash-edit", "zsh", "dash"):
        commands = read_shell_commands(load(f"shells/{name}.json.gz")[1]).commands
        known = {row.text: row.details["exit_code"] for row in commands if "exit_code" in row.details}
        assert known == ({"false": 1} if name == "dash" else {"ls /no/such/folder": 2})


def test_hidden_input_is_redacted_in_every_output() -> None:
    for name in ("bash-edit", "dash"):
        session, stream = load(f"shells/{name}.json.gz")
        reading = analyse_session(session, stream, kinds.TERMINAL)
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


def test_hidden_input_delayed_echo_is_not_hidden() -> None:
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


def test_hidden_input_without_enter_at_end_is_hidden() -> None:
    reading = read_shell_commands(made(("o", b"Password: "), *typed(b"s3cr", echo=False)))
    assert [secret.text for secret in reading.hidden_input] == ["s3cr"]


def test_redactor_short_input_is_redacted_only_in_place() -> None:
    reading = read_shell_commands(made(("o", b"PIN: "), *typed(b"1", echo=False), ("i", b"\r"), ("o", b"\r\nok\r\n")))
    mask = Redactor(reading.hidden_input)
    assert mask
    assert mask.text("11 times 1") == "11 times 1"
    assert mask.payload(1, b"1") == b"*"
    assert Redactor.none().payload(1, b"1") == b"1"


def test_prompt_marks_give_command_and_exit_status() -> None:
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


def test_read_commands_without_input_events_uses_screen() -> None:
    stream = load("shells/bash-edit.json.gz")[1]
    silent = EventStream()
    for event in stream.events(kinds="o"):
        silent.append(event.time, "o", event.data)
    texts = [row.text for row in read_shell_commands(silent, infer_sizes(stream)).commands]
    assert "git log --oneline | cat" in texts
    assert "head -n 1 notes.txt" in texts
    assert texts[-1] == "exit"


def test_read_commands_typed_ahead_lines_are_found() -> None:
    events = [("o", b"$ "), ("i", b"ls\rpwd\r"), ("o", b"ls\r\npwd\r\nfile\r\n$ /srv\r\n$ ")]
    assert rows(read_shell_commands(made(*events))) == [("ls", False), ("pwd", False)]


def test_read_commands_without_terminal_takes_lines() -> None:
    reading = read_shell_commands(made(("i", b"ls -la\ncat not"), ("i", b"es.txt\n\n"), ("o", b"notes.txt\none\n")))
    assert rows(reading) == [("ls -la", False), ("cat notes.txt", False)]
    assert not reading.hidden_input


def test_read_commands_erased_continuation_keeps_block() -> None:
    events = [("o", b"$ "), *typed(b"if a"), ENTER, ("o", b"\r\n> "), *typed(b"then rm -rf x"), ("i", b"\x15")]
    events += [("o", b"\x08 \x08" * 13), *typed(b"then b; fi"), ENTER, ("o", b"\r\n$ ")]
    assert rows(read_shell_commands(made(*events))) == [("if a\nthen b; fi", False), ("then rm -rf x", True)]


def test_read_commands_program_input_is_no_command() -> None:
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


def test_read_commands_paste_length_excludes_replies() -> None:
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
def test_looks_like_prompt_known_prompts_match(prompt: str) -> None:
    assert looks_like_prompt(prompt)
    assert prompt == "> " or not is_continuation(prompt)


@pytest.mark.parametrize(
    "prompt", ["> ", "... ", "for> ", "if then> ", "    -> ", "shop-# ", "shop(> ", "'> ", "heredoc> "]
)
def test_is_continuation_known_prompts_match(prompt: str) -> None:
    assert is_continuation(prompt)


def test_prompt_checks_other_text_does_not_match() -> None:
    assert not any(map(looks_like_prompt, ["Password: ", "Continue? [y/N] ", "", "reading", "--More--"]))
    assert not any(map(is_continuation, ["mysql> ", "root@a:~# ", "sqlite> ", "$ ", "redis> "]))
    assert is_secret_prompt("Enter PIN:")
    assert not is_secret_prompt("user name:")


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
                    b"tmux\r",
                    b"\x02%",
                    b"ls\rpwd\r",
                    b"\x1b[97;1u\x1b[97;1:3u",
                    b"\x1b[5;5H**",
                    b"\xc3",
                    b"\xa4",
                ]
            ),
        ),
        max_size=40,
    )
)
def test_read_commands_random_events_do_not_fail(events: list[tuple[str, bytes]]) -> None:
    stream = made(*events)
    for secret in read_shell_commands(stream).hidden_input:
        assert secret.text
        assert secret.data
        for event, start, stop in secret.spans:
            assert stream.kind(event) == "i"
            assert 0 <= start < stop <= stream.size(event)


def test_prompt_marks_of_real_bash_give_exit_statuses() -> None:
    stream = load("shells/bash-marks.json.gz")[1]
    commands = [row for row in read_shell_commands(stream, infer_sizes(stream)).commands if not row.deleted]
    assert [row.details.get("exit_code") for row in commands] == [0, 1, 2, 1, 0, 0, 0, 0, 7, None]


@pytest.mark.parametrize("before", range(BLOCK_BYTES - 24, BLOCK_BYTES + 1))
def test_prompt_marks_at_block_edge_are_found(before: int) -> None:
    stream = EventStream()
    stream.append(0.0, "o", b"x" * before + b"\x1b[?1;2004h$ \x1b]133;D;7\x07\x1b[?2004l")
    found = [(mark.start - before, mark.end - before, mark.kind, mark.status) for mark in prompt_marks(stream)]
    assert found == [(0, 10, "h", None), (12, 22, "D", 7), (22, 30, "l", None)]


def test_read_commands_without_marks_uses_echo_status() -> None:
    stream = load("shells/bash-edit.json.gz")[1]
    known = {
        row.text: row.details["exit_code"] for row in read_shell_commands(stream).commands if "exit_code" in row.details
    }
    assert known == {"ls /no/such/folder": 2}


def test_hidden_input_repeated_by_program_is_hidden() -> None:
    stream = made(("o", b"Password: "), *typed(b"hunter22", echo=False), ENTER, ("o", b"\r\nwrong: hunter22\r\n$ "))
    assert [secret.text for secret in read_shell_commands(stream).hidden_input] == ["hunter22"]
