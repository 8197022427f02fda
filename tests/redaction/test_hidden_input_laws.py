"""Laws of hidden input over simulated terminal sessions, in which it is known what was typed visibly and what was not.

A session is a sequence of actions: visible commands and answers that are not echoed, with typing ahead, late echoes,
output of background jobs between the keys, and an arbitrary division of the output into events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from replay_tui import kinds
from replay_tui.analysis.session_analysis import SessionAnalysis, analyse_session
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.redaction.hidden_input import suspected_hidden_input
from tests.support.effort import cases

COMMANDS = [
    "rm -rf /srv/data",
    "ls -la",
    "cat /etc/hosts",
    "curl http://example.com/x.sh | sh",
    "id",
    "echo hunter2secret",
]
PROMPTS = [
    "[sudo] password for ana: ",
    "PIN: ",
    "Passwort: ",
    "Mot de passe : ",
    "Contrase\u00f1a: ",
    "Unseal Key (will be hidden): ",
]
SHELL_PROMPTS = ["$ ", "ana@app-1:~# ", "app% "]
WORDS = st.text("abcdefghijkmnpqrstuvwxyz23456789#!-.\u00e4\u00fc\u6f22", min_size=3, max_size=14)


@dataclass(frozen=True)
class Command:
    """A command that the terminal echoes, `late` by so many characters; `noise`: keys before a line of a log."""

    text: str
    late: int = 0
    noise: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Text typed at `prompt` while echo is off; `noise`: keys before a line of a log; `ahead`: the next command."""

    text: str
    prompt: str
    noise: tuple[int, ...] = ()
    ahead: str = ""
    whole: bool = False


@dataclass
class Terminal:
    """A simulated terminal: its events, the commands and the answers in order.

    `managed`: the line editor marks its lines; `kitty`: keys are sent in the kitty protocol, with releases;
    `multiplexed`: the shell runs in a multiplexer, whose status line changes now and then.
    """

    prompt: str
    managed: bool
    kitty: bool = False
    multiplexed: bool = False
    events: list[tuple[str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def run(self, actions: Sequence[Command | Answer]) -> None:
        self._show_prompt()
        if self.multiplexed:
            self._type_command(Command("tmux"))
            self._write("\x1b[?1049h\x1b[H\x1b[2J")
            self._show_prompt()
        for action in actions:
            if isinstance(action, Command):
                self._type_command(action)
                self._write("output\r\n")
                self._show_prompt()
            else:
                self._answer(action)

    def _write(self, text: str) -> None:
        self.events.append(("o", text.encode()))

    def _key(self, text: str) -> None:
        keys = (f"\x1b[{ord(char)};1u\x1b[{ord(char)};1:3u" for char in text)
        self.events.append(("i", ("".join(keys) if self.kitty else text).encode()))

    def _noise(self, text: str, char: str) -> None:
        if self.multiplexed:
            self._write(f"\x1b7\x1b[24;1H\x1b[42m[0] 0:bash* {char}\x1b[m\x1b8")
        else:
            self._write(f"{char if char.isalpha() else 'log'} of {' '.join(text)} and {'x'.join(text)}\r\n")

    def _show_prompt(self) -> None:
        self._write(("\x1b[?2004h" if self.managed else "") + self.prompt)

    def _enter(self) -> None:
        self._key("\r")
        self._write("\r\n" + ("\x1b[?2004l\r" if self.managed else ""))

    def _type_command(self, command: Command) -> None:
        self.commands.append(command.text)
        waiting = ""
        for at, char in enumerate(command.text):
            self._key(char)
            waiting += char
            if len(waiting) > command.late:
                self._write(waiting)
                waiting = ""
                if at in command.noise:
                    self._noise(command.text, char)
        if waiting:
            self._write(waiting)
        self._enter()

    def _answer(self, answer: Answer) -> None:
        self._type_command(Command("run-it"))
        self._write(answer.prompt)
        self.answers.append(answer.text)
        if answer.whole:
            self._key(answer.text + "\r")
        else:
            for at, char in enumerate(answer.text):
                self._key(char)
                if at in answer.noise:
                    self._noise(answer.text, char)
            self._key("\r")
        if answer.ahead:
            self._key(answer.ahead + "\r")
            self.commands.append(answer.ahead)
        self._write("\r\nok\r\n")
        self._show_prompt()
        if answer.ahead:
            self._write(answer.ahead + "\r\n" + ("\x1b[?2004l\r" if self.managed else "") + "done\r\n")
            self._show_prompt()

    def stream(self) -> EventStream:
        """Return the events."""
        stream = EventStream()
        for at, (kind, data) in enumerate(self.events):
            stream.append(at / 20, kind, data)
        return stream


SECRETS = WORDS | st.sampled_from([text for text in COMMANDS if len(text) > 2])
PLACES = st.lists(st.integers(0, 12), max_size=5).map(tuple)
ACTIONS = st.lists(
    st.builds(Command, st.sampled_from(COMMANDS), st.integers(0, 5))
    | st.builds(Command, st.sampled_from(COMMANDS), st.just(0), PLACES)
    | st.builds(
        Answer,
        SECRETS,
        st.sampled_from(["", *PROMPTS]),
        PLACES,
        st.sampled_from(["", "", *COMMANDS[:2]]),
        st.booleans(),
    )
    | st.builds(Answer, st.text("0123456789abc", min_size=1, max_size=4), st.sampled_from(PROMPTS)),
    max_size=6,
)


def analysed(terminal: Terminal, actions: Sequence[Command | Answer]) -> tuple[Terminal, EventStream, SessionAnalysis]:
    terminal = replace(terminal, events=[], commands=[], answers=[])
    terminal.run(actions)
    stream = terminal.stream()
    return terminal, stream, analyse_session(Session.parse({}), stream, kinds.TERMINAL)


TERMINALS = st.builds(Terminal, st.sampled_from(SHELL_PROMPTS), st.booleans(), st.booleans(), st.booleans())
EVASION = [Answer("rm -rf /srv/data", ""), Command("rm -rf /srv/data")]
AHEAD = [Answer("hunter2", PROMPTS[0], whole=True, ahead="rm -rf /srv/data")]
NOISE = [Answer("hunter2secret", PROMPTS[0], noise=(0, 1, 2, 4, 12))]


@settings(max_examples=cases(60), deadline=None)
@given(ACTIONS, TERMINALS)
@example(EVASION, Terminal("$ ", False))
@example(AHEAD, Terminal("$ ", False))
@example(NOISE, Terminal("$ ", True))
def test_hidden_input_is_exactly_what_was_not_echoed(actions: list[Command | Answer], terminal: Terminal) -> None:
    terminal, stream, analysis = analysed(terminal, actions)
    assert [hidden.text for hidden in analysis.hidden_input] == terminal.answers
    guessed = {hidden.text for hidden in suspected_hidden_input(stream)}
    assert guessed >= set(terminal.answers)


@settings(max_examples=cases(60), deadline=None)
@given(ACTIONS, TERMINALS)
@example(EVASION, Terminal("$ ", False))
@example(AHEAD, Terminal("$ ", True))
def test_hidden_input_removes_no_visible_command(actions: list[Command | Answer], terminal: Terminal) -> None:
    terminal, _, analysis = analysed(terminal, actions)
    shown = [analysis.redactor.statement(row).text for row in analysis.statements if row.kind == "shell"]
    assert shown == terminal.commands


@settings(max_examples=cases(60), deadline=None)
@given(ACTIONS, TERMINALS)
@example(EVASION, Terminal("ana@app-1:~# ", True))
def test_hidden_input_masks_its_own_keys_only(actions: list[Command | Answer], terminal: Terminal) -> None:
    terminal, stream, analysis = analysed(terminal, actions)
    typed = b"".join(analysis.redactor.payload(event.index, event.data) for event in stream.events(kinds="i"))
    expected = b"".join(event.data for event in stream.events(kinds="i"))
    for hidden in analysis.hidden_input:
        for span in hidden.spans:
            start = stream.other_length_after(span.event)
            expected = expected[: start + span.start] + b"*" * (span.stop - span.start) + expected[start + span.stop :]
    assert typed == expected
    assert typed.count(b"*") >= sum(len(text.encode()) for text in terminal.answers)
