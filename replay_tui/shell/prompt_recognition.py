"""Recognition of the prompts at which commands are typed, from earlier prompts and from the last command."""

from __future__ import annotations

import re

from replay_tui.domain.event_stream import Event
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.redaction.echo import edges
from replay_tui.shell.incomplete_command import MAX_CHARS
from replay_tui.shell.reader_parts import ReaderParts
from replay_tui.shell.sql_clients import SqlClient, is_client_continuation, sql_client
from replay_tui.shell.typing_place import TypingPlaces
from replay_tui.terminal.input_keys import RECALLS
from replay_tui.terminal.prompts import (
    is_continuation,
    is_same_prompt,
    is_zsh_continuation,
    looks_like_prompt,
    may_be_prompt,
)
from replay_tui.terminal.secret_prompts import is_secret_prompt

MAX_PROMPTS = 64
"""Primary prompts that are remembered."""
MIN_COMMON_CHARS = 4
"""Characters with which the upper rows of two prompts begin alike."""
_DIGITS = lazy_compile(r"\d+")
_ENDED_BLOCK = lazy_compile(r"(?:;|\n)\s*end\s*;?\s*\Z")
"""The end of a block of fish, whose syntax the check for open constructs does not know."""
_CHANGES_FOLDER = lazy_compile(r"\s*(?:cd|pushd|popd|z|git\s+(?:checkout|switch))\b")
_HARD_TO_PARSE = lazy_compile(r"`|\(\(|\[\[|\bcase\b|\bfunction\b(?!.*\n\}\s*\Z)|\\\Z", re.DOTALL)


class PromptRecognition:
    """Decides whether a row is a prompt and whether it asks for another line of the open command.

    Attributes:
        known: the last prompts, each as a whole row.
        primary: prompts at which commands began, as displayed in a multiplexer's pane, the latest last.
        has_input: keys were pressed outside full-screen programs.
        last_command: the last command in any program.
        client: the client for SQL that displayed the last primary prompt.
    """

    def __init__(self, parts: ReaderParts) -> None:
        self._stream, self._reader, self._hidden = parts.stream, parts.reader, parts.hidden
        self._out, self._multiplexer, self._syntax = parts.out, parts.multiplexer, parts.syntax
        self.known: list[str] = []
        self.primary: list[str] = []
        self.has_input = False
        self.last_command = self._last_shell_command = ""
        self.client: SqlClient | None = None
        self._places = TypingPlaces()
        self._above: list[str] = []  # the rows above the last two primary prompts, with each number as 0

    def add_command(self, text: str) -> None:
        """Note a command, which may start a program or end the current one."""
        self.last_command = text
        self._places.add_command(text)
        if self.client is None:
            self._last_shell_command = text

    def repeated(self, prompt: str) -> str | None:
        """Return the known prompt that `prompt` displays once or several times, None if there is none."""
        return next((known for known in self.known if set(prompt.split(known)) == {""}), None)

    def learn(self, prompt: str, pane_prompt: str, *, is_prompt: bool) -> str:
        """Add the prompt of a command that begins, `pane_prompt` in its pane. Return where the command is typed.

        `is_prompt` is False if the shell displays no prompt and the row is output before the first key.
        """
        self.client = sql_client(pane_prompt, self._last_shell_command)
        self._above = [*self._above[-1:], _DIGITS.sub("0", self._reader.row_above().strip())]
        learned = pane_prompt if is_prompt else ""  # an empty prompt may be behind output without a line end
        if learned not in self.primary:
            self.primary = [*self.primary[-MAX_PROMPTS:], learned]
        if is_prompt and prompt.strip() and self.repeated(prompt) is None:
            self.known = self._hidden.shell_prompts = [*self.known[-7:], prompt]
        return self._places.at_prompt(pane_prompt)

    def is_empty_prompt(self, row: str, event: Event, following: int) -> bool:
        """Return True if a shell without a prompt reads the key: none was displayed so far, and the key is echoed.

        Output without a line end may be before the key.
        """
        if self.known or self._reader.alt or (self.has_input and not self.primary):
            return False
        if row.strip() and not (self.primary and may_be_prompt(row)):
            return False
        if event.data in RECALLS:
            return "" in self.primary
        here = self._stream.output_length_after(event.index)
        typed = event.data.decode("utf-8", "replace").split("\r")[0].split("\n")[0]
        return bool(typed.strip()) and edges(self._stream.output, here, following, len(typed))[0].startswith(typed)

    def is_unmanaged_prompt(self, row: str, pane_row: str) -> bool:
        """Return True if a program without bracketed paste displays `row` as its prompt, `pane_row` in its pane.

        A row without a prompt's sign counts if it was a prompt before, or if a shell just started: at the first key of
        the session and after a command that starts a program, unless the row asks a question.
        """
        if self._hidden.has_typed(row) or is_secret_prompt(row):
            return looks_like_prompt(row) and not self._hidden.has_typed(row)
        if looks_like_prompt(row) or any(
            is_same_prompt(pane_row, known) for known in self.primary[-8:] if known.strip()
        ):
            return True
        if self.client is not None and self._out.open_text and is_client_continuation(row, self.client):
            return True
        may_start = not self.has_input or self._places.is_program_started or self._has_changed_folder()
        has_shell = not self._reader.alt or self._multiplexer.is_active
        return may_start and has_shell and may_be_prompt(pane_row) and row.endswith((" ", "]", ")", "|"))

    def _has_changed_folder(self) -> bool:
        """Return True if the last command at a prompt changed the folder, which prompts often display."""
        return bool(self.primary) and _CHANGES_FOLDER.match(self.last_command) is not None

    def _continues_below(self, prompt: str, command: str) -> bool:
        """Return True if `prompt` is displayed right below the open command, and commands do not begin like that.

        Prompt frameworks have continuation prompts of any text, such as `… for ❯`, or the last row of their prompt.
        """
        if not prompt.strip() or _ENDED_BLOCK.search(command):
            return False
        above, last = self._reader.row_above().strip(), command.rpartition("\n")[2].strip()
        if not (above and last and (above.endswith(last) or last.endswith(above))):
            return False
        same = any(_DIGITS.sub("0", prompt) == _DIGITS.sub("0", known) for known in self.primary if known.strip())
        return not same or self._has_two_rows(prompt)

    def _has_two_rows(self, prompt: str) -> bool:
        """Return True if the rows above the last two primary prompts begin alike: they are a part of the prompt."""
        if len(self._above) < 2 or any(_DIGITS.sub("0", prompt.strip()) in row for row in self._above):
            return False
        first, second = self._above
        return len(first) >= MIN_COMMON_CHARS and second.startswith(first[:MIN_COMMON_CHARS])

    def is_continuation(self, prompt: str) -> bool:
        """Return True if `prompt` asks for another line of the open command.

        Some prompts also look like this at the start of a command: then the open command must need another line.
        """
        command = self._out.open_text
        if not command:
            return False
        if self.client is not None:
            return is_client_continuation(prompt, self.client)
        needs_line = self._syntax.needs_line(command)
        if not is_continuation(prompt):
            return needs_line and self._continues_below(prompt, command)
        if needs_line:
            return True
        is_ambiguous = prompt in self.primary or (
            prompt.strip().endswith((">", "#")) and not is_zsh_continuation(prompt)
        )
        return not is_ambiguous or len(command) > MAX_CHARS or _HARD_TO_PARSE.search(command) is not None
