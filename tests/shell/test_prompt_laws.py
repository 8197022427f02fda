"""Laws of reading commands: any prompt, never part of a command, with and without bracketed paste."""

from __future__ import annotations

import cProfile
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.shell.commands import read_shell_commands
from replay_tui.terminal.secret_prompts import is_secret_prompt
from tests.support.effort import sampled

COLS = 80
WORDS = st.sampled_from(
    ["ls", "-la", "rm", "-rf", "./x", "git", "main", "a", "~", "$x", "12:30:01", "INSERT", "w1", "%"]
)
COMMANDS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join).filter(lambda text: text[0] not in "-$%")
SIGNS = st.sampled_from(["$ ", "# ", "% ", "> ", "\u276f ", "\u279c ", "\u2717 ", "\ue0b0 ", " ", "] ", ") "])
PROMPT_TEXT = st.text(alphabet="abw1 /~@:.-()[]\u2713\u03bb\ue0a0", max_size=20).filter(lambda text: text.strip() != "")


class Shell:
    """Stream of a made shell with a line editor that echoes each key."""

    def __init__(self, *, bracketed: bool) -> None:
        self.stream, self.bracketed, self.time = EventStream(), bracketed, 0.0

    def add(self, kind: str, text: str) -> None:
        self.time += 0.1
        self.stream.append(self.time, kind, text.encode())

    def prompt(self, text: str, right: str = "") -> None:
        start = "\x1b[?2004h" if self.bracketed else ""
        back = f"\x1b[{COLS - len(right)}G{right}\r\x1b[{len(text)}C" if right else ""
        self.add("o", f"{start}{text}{back}" if text or right else start)

    def type(self, text: str) -> None:
        for char in text:
            self.add("i", char)
            self.add("o", char)

    def enter(self, output: str) -> None:
        self.add("i", "\r")
        self.add("o", "\r\n" + ("\x1b[?2004l\r" if self.bracketed else "") + output)

    def commands(self) -> list[str]:
        return [row.text for row in read_shell_commands(self.stream).commands if not row.deleted]


@settings(deadline=None, max_examples=60)
@given(
    PROMPT_TEXT,
    SIGNS,
    st.lists(COMMANDS, min_size=1, max_size=5),
    st.sampled_from(["", "one\r\n", "no end"]),
    st.booleans(),
)
def test_bracketed_prompt_any_text_is_no_command(
    text: str, sign: str, commands: list[str], output: str, has_clock: bool
) -> None:
    assume(not is_secret_prompt(text + sign))
    shell = Shell(bracketed=True)
    for number, command in enumerate(commands):
        shell.prompt(text + sign, f"12:00:0{number}" if has_clock and not output.startswith("no") else "")
        shell.type(command)
        shell.enter(output)
    assert shell.commands() == commands


BLOCKS = st.sampled_from(
    ["for n in 1 2\ndo echo $n\ndone", "cat <<EOF\nrm -rf /srv\nEOF", "echo 'open\nclosed'", "ls |\nwc"]
)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.one_of(COMMANDS, BLOCKS), min_size=1, max_size=5),
    st.sampled_from(["\u276f ", "\u279c ", "> ", "$ "]),
    st.sampled_from(["\u2026 for \u276f ", "more... ", "~~ ", ""]),
    st.sampled_from(["", "one\r\n"]),
)
def test_continuation_prompt_any_text_joins_lines(blocks: list[str], sign: str, more: str, output: str) -> None:
    """A framework shows its continuation prompt, or the last row of its prompt, without the row above."""
    shell = Shell(bracketed=True)
    shell.prompt(f"\r\nroot@app-1 ~ 12:00:00\r\n{sign}")
    for number, block in enumerate(["ls", "ls", *blocks]):
        for order, line in enumerate(block.split("\n")):
            if order:
                shell.prompt(more or sign)
            shell.type(line)
            is_last = order == block.count("\n")
            shell.enter(output if is_last else "")
        shell.prompt(f"\r\nroot@app-1 ~ 12:00:0{number}\r\n{sign}")
    assert shell.commands() == ["ls", "ls", *blocks]


def test_open_construct_at_the_same_prompt_joins_nothing() -> None:
    """A here-document of a recording without its other lines must not take the commands after it."""
    shell = Shell(bracketed=True)
    commands = ["ls", "pwd", "cat <<'X' > notes.md", "rm -rf /srv", "ls"]
    for command in commands:
        shell.prompt("ana@app-1:/srv$ ")
        shell.type(command)
        shell.enter("")
    assert shell.commands() == commands


def test_block_of_fish_on_one_line_is_complete() -> None:
    """A loop of fish looks incomplete to a POSIX shell."""
    shell = Shell(bracketed=True)
    commands = ["ls", "cd x", "for f in a b; gzip $f; end", "ls"]
    for number, command in enumerate(commands):
        shell.prompt(f"~/x{'*' * number} \u276f ")
        shell.type(command)
        shell.enter("")
    assert shell.commands() == commands


def test_command_typed_before_the_first_prompt_is_one() -> None:
    shell = Shell(bracketed=True)
    shell.type("ls")
    shell.add("i", "\r")
    shell.add("o", "\r\n")
    shell.prompt("~ \u276f ")
    shell.add("o", "ls\r\n\x1b[?2004l\rone\r\n")
    shell.prompt("~ \u276f ")
    shell.type("pwd")
    shell.enter("/\r\n")
    assert shell.commands() == ["ls", "pwd"]


@settings(deadline=None, max_examples=60)
@given(PROMPT_TEXT, SIGNS, st.lists(COMMANDS, min_size=1, max_size=5), st.sampled_from(["", "one\r\n"]))
def test_plain_prompt_any_text_is_no_command(text: str, sign: str, commands: list[str], output: str) -> None:
    assume(not is_secret_prompt(text + sign) and "/" not in text[-12:] and not text.rstrip().endswith((":", ".", "?")))
    shell = Shell(bracketed=False)
    for command in commands:
        shell.prompt(text + sign)
        shell.type(command)
        shell.enter(output)
    assert shell.commands() == commands


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("io"), st.binary(max_size=40)), max_size=40))
def test_read_commands_any_bytes_returns(events: list[tuple[str, bytes]]) -> None:
    stream = EventStream()
    for at, (kind, data) in enumerate(events):
        stream.append(float(at), kind, data)
    read_shell_commands(stream)


@pytest.mark.slow
@sampled("line", ["cat <<X", "echo '", "if a", "!!", "\\"], daily=1)
def test_read_commands_many_lines_are_linear(line: str) -> None:
    def calls(count: int) -> int:
        stream = EventStream()
        stream.append(0.0, "o", b"\x1b[?2004h$ ")
        for at in range(count):
            stream.append(2.0 + at, "i", (line + "\r").encode())
            stream.append(2.5 + at, "o", f"{line}\r\n\x1b[?2004l\r{line}\r\n\x1b[?2004h> ".encode())
        return calls_of(lambda: read_shell_commands(stream))

    assert calls(1600) < 8 * calls(400)


def calls_of(operation: Callable[[], object]) -> int:
    """Return the number of function calls in an operation."""
    profile = cProfile.Profile()
    profile.runcall(operation)
    return sum(entry.callcount for entry in profile.getstats())
