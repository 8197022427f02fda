"""Lines that a shell read without an open line: typed ahead, or first taken for the input of a program."""

from __future__ import annotations

from dataclasses import replace

from replay_tui.domain.display_text import first_word
from replay_tui.domain.statement import Statement
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import ECHOED
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.redaction.typed_text import TypedText
from replay_tui.shell.command_log import FROM_KEYS
from replay_tui.shell.prompt_recognition import PromptRecognition
from replay_tui.shell.reader_parts import ReaderParts
from replay_tui.shell.typed_ahead import TYPED_AHEAD, count_prompts, typed_ahead_commands
from replay_tui.terminal.input_keys import ENTER, InputKey


class AheadLines:
    """Assigns lines that were typed before their prompt: to the open command, or as commands of their own."""

    def __init__(self, parts: ReaderParts, prompts: PromptRecognition) -> None:
        self._stream, self._hidden, self._syntax = parts.stream, parts.hidden, parts.syntax
        self._out, self._echoed = parts.out, parts.echoed
        self._prompts = prompts
        self._program_commands: list[tuple[Statement, TypedText]] = []  # lines that seemed to be a program's input
        self._before_open = 0  # lines typed ahead before the open command
        self._joined = set[int]()  # numbers of the lines typed ahead that are part of a command

    def begin_command(self) -> None:
        """Note that a command begins: only lines typed ahead from now on can continue it."""
        self._before_open = len(self._hidden.typed_ahead)

    def commands(self) -> tuple[list[tuple[Statement, TypedText]], list[EchoedLine]]:
        """Return the commands that were read from these lines, each with its text, and the echoes of lines typed ahead.

        The session must have been read to its end.
        """
        typed_ahead = self._hidden.typed_ahead
        ahead = list(typed_ahead_commands(self._stream, typed_ahead, self._echoed))
        rows = [
            (row, typed.text)
            for number, ((row, _), typed) in enumerate(zip(ahead, typed_ahead, strict=True))
            if row and number not in self._joined
        ]
        return [*self._program_commands, *rows], [line for _, line in ahead]

    def take_program_lines(self, offset: int, prompt: str, *, is_managed: bool) -> None:
        """Add the lines among the input of programs that a shell read, because it displayed its prompt for each.

        `prompt` is displayed at output `offset`; `is_managed`: by a line editor, so that no line is added.
        """
        lines, self._hidden.program_lines = self._hidden.program_lines, []
        if lines and not is_managed:
            texts = [typed.text for typed, _ in lines]
            count = count_prompts(self._stream, lines[0][0].end, offset, prompt, texts) - 1
            for typed, number in lines[-count:] if count > 0 else ():
                if number >= 0:
                    hidden, event = self._hidden.found[number]
                    self._hidden.found[number] = replace(hidden, certain=False), event
                elif number == ECHOED and (text := typed.text.strip()):
                    event, time = typed.place
                    details = {"source": TYPED_AHEAD}
                    raw = typed.text.rstrip()
                    row = Statement(
                        time, "shell", raw, event=event, verb=first_word(text), details=details, note=FROM_KEYS
                    )
                    self._program_commands.append((row, typed))
                    self._echoed.append(EchoedLine(typed.keys[0][0].index, event, prompt, (text,)))

    def take_continued_lines(self, keys: list[InputKey], offset: int, following: int) -> list[InputKey]:
        """Add the lines that the open command needs, from keys in the same event as its Enter. Return the other keys.

        The lines must be echoed in the output from `offset` to `following`.
        """
        taken = searched = 0
        output = ""
        while taken < len(keys) and self._prompts.client is None and self._syntax.needs_line(self._out.open_text):
            end = next((at for at in range(taken, len(keys)) if not keys[at].is_text), len(keys))
            if end == len(keys) or keys[end].data not in ENTER:
                break
            text = b"".join(key.data for key in keys[taken:end]).decode("utf-8", "replace")
            output = output or edges(self._stream.output, offset, following, sum(key.size for key in keys))[0]
            found = output.find(text, searched)
            if found < 0:
                break
            searched, taken = found + len(text), end + 1
            self._out.append_line(text)
        return keys[taken:]

    def append_to_open(self) -> None:
        """Append the lines typed before the continuation prompt appeared to the open command, if it needs them."""
        first = self._before_open
        self._before_open = len(self._hidden.typed_ahead)
        for number in range(first, self._before_open):
            if self._continue_with(self._hidden.typed_ahead[number].text):
                self._joined.add(number)
        program_lines = self._hidden.program_lines
        self._hidden.program_lines = [
            (typed, number) for typed, number in program_lines if number != ECHOED or not self._continue_with(typed)
        ]

    def _continue_with(self, typed: TypedText) -> bool:
        """Append an echoed line to the open command. Return False if that needs no line."""
        if self._prompts.client is not None or not self._syntax.needs_line(self._out.open_text):
            return False
        self._out.append_line(typed.text.rstrip())
        self._echoed.append(EchoedLine(typed.keys[0][0].index, typed.place[0], typed.prompt, (typed.text.strip(),)))
        return True
