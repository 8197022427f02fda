"""Reader of the commands of a shell on a terminal: each line is read from the screen at the moment when it is entered.

A line is open from the first key at a prompt until Enter. The text between the prompt and the end of the line is then
the command, regardless of the keys that produced it: history, completion, editing, pasted blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import starmap
from typing import Any

from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.domain.text import first_word
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import ECHOED, MIN_UNPROMPTED_CHARS, HiddenInputDetector, suspected_hidden_input
from replay_tui.redaction.hidden_text import EchoedLine, HiddenInput
from replay_tui.redaction.typed_text import TypedText
from replay_tui.shell.command_log import FROM_KEYS, FROM_SCREEN, CommandLog
from replay_tui.shell.edited_line import MIN_REMOVED_CHARS, EditedLine, keys_after_enter
from replay_tui.shell.history_expansion import expanded_command, has_expansion, is_rejected
from replay_tui.shell.incomplete_command import MAX_CHARS, SyntaxCheck
from replay_tui.shell.multiplexer import Multiplexer
from replay_tui.shell.prompt_marks import PromptMark, prompt_marks
from replay_tui.shell.screen_line import ScreenLineReader
from replay_tui.shell.sql_clients import SqlClient, is_client_continuation, sql_client
from replay_tui.shell.typed_ahead import TYPED_AHEAD as TYPED_AHEAD_SOURCE
from replay_tui.shell.typed_ahead import TypedAheadMerger, count_prompts, typed_ahead_commands
from replay_tui.shell.typing_place import TypingPlaces
from replay_tui.terminal.input_keys import ENTER, RECALLS, InputKey, parse_key_events
from replay_tui.terminal.line_editor import LineEditor
from replay_tui.terminal.prompts import (
    PANE_BORDER,
    is_continuation,
    is_same_prompt,
    is_zsh_continuation,
    looks_like_prompt,
    may_be_prompt,
    prompt_prefix,
)
from replay_tui.terminal.secret_prompts import is_secret_prompt

MAX_LINES = 50_000
"""Lines read from the screen; input after them is not searched for commands."""
MAX_PROMPTS = 64
"""Primary prompts that are remembered."""
TYPED_AND_ECHOED = "typed: keys and screen agree"
UNSEEN = "typed: the screen does not show the line"
UNCLEAR_SCREEN = "typed: other output is written into the line on the screen"
CHANGED_BY_EDITOR = "read from the screen: the line editor changed the typed text"
PRINTED_BY_SHELL = "echoed: the shell printed the expanded command"
"""Values of the detail `source`: how reliable the text of a command is, and why."""
_CHANGES_FOLDER = re.compile(r"\s*(?:cd|pushd|popd|z|git\s+(?:checkout|switch))\b")
_HARD_TO_PARSE = re.compile(r"`|\(\(|\[\[|\bcase\b|\bfunction\b|\\\Z")
_NUMBER = re.compile(rb"(?:\x1b\[[0-9;?]{0,20}[A-Za-z]|[\r\n]){0,20}(\d{1,3})\r?\n")


@dataclass(slots=True)
class ShellCommands:
    """`commands` in order, including deleted text and placeholders for `hidden_input`, which are no secrets.

    `truncated`: the session holds more than `MAX_LINES` lines; `echoed`: the lines that were typed visibly.
    """

    commands: list[Statement] = field(default_factory=list)
    hidden_input: list[HiddenInput] = field(default_factory=list)
    truncated: bool = False
    echoed: list[EchoedLine] = field(default_factory=list)


class ShellReader:
    """Reads the commands and the hidden input of a stream drawn at `sizes`. Best effort."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, is_cancelled: Callable[[], bool]) -> None:
        self.stream = stream
        self.reader = ScreenLineReader(stream, sizes, is_cancelled)
        self.hidden = HiddenInputDetector(stream)
        self.out = CommandLog()
        self.line: EditedLine | None = None
        self.known: list[str] = []
        self.managed = False  # bracketed paste is switched on: a line editor is active
        self.marked = ""  # the prompt as delimited by OSC 133
        self.prompt_start = 0  # output offset in bytes
        self.lines = 0
        self.closed_at = 0  # output offset in bytes
        self.echoed: list[EchoedLine] = []
        self.multiplexer = Multiplexer()
        self.last_command = self.last_shell_command = ""
        self.program_commands: list[tuple[Statement, TypedText]] = []  # lines that seemed to be a program's input
        self.places = TypingPlaces()
        self.primary: list[str] = []  # prompts at which commands began, the latest last
        self.unread = LineEditor()  # keys since the last Enter that belong to no line
        self.has_input = False
        self.ahead_count, self.ahead_joined = 0, set[int]()  # lines typed ahead: before the open command, and in one
        self.syntax = SyntaxCheck(len(stream.other))
        self.client: SqlClient | None = None

    def run(self) -> ShellCommands:
        """Return the commands and hidden input. Raises `Cancelled`."""
        unread: list[HiddenInput] = []
        for step, following in self._steps():
            if self.lines > MAX_LINES:
                unread = suspected_hidden_input(self.stream, self.stream.event_at_output(self.closed_at))
                break
            if isinstance(step, Event):
                self._handle_input(step, following)
            else:
                self._handle_mark(step)
        self._abandon_line()
        self.hidden.end(len(self.stream.output))
        self._take_program_lines(len(self.stream.output), self.known[-1] if self.known else "")
        self.out.flush()
        ahead = list(typed_ahead_commands(self.stream, self.hidden.typed_ahead, self.echoed))
        placeholders = starmap(_placeholder, self.hidden.found)
        ahead_rows = [
            (row, typed.text)
            for number, ((row, _), typed) in enumerate(zip(ahead, self.hidden.typed_ahead, strict=True))
            if row and number not in self.ahead_joined
        ]
        more = [*self.out.erased_texts, *placeholders]
        return ShellCommands(
            TypedAheadMerger(self.stream, self.syntax).merge(
                self.out.rows.close(), more, [*self.program_commands, *ahead_rows]
            ),
            [*(hidden for hidden, _ in self.hidden.found), *unread],
            truncated=self.lines > MAX_LINES,
            echoed=[*self.echoed, *(line for _, line in ahead)],
        )

    def _steps(self) -> Iterator[tuple[Event | PromptMark, int]]:
        """Yield input events and prompt marks in stream order, inputs with the output offset of the next input."""
        marks, at = prompt_marks(self.stream), 0
        inputs = list(self.stream.events(kinds="i"))
        offsets = [self.stream.output_length_after(event.index) for event in inputs]
        for order, event in enumerate(inputs):
            while at < len(marks) and marks[at].end <= offsets[order]:
                yield marks[at], 0
                at += 1
            yield event, offsets[order + 1] if order + 1 < len(inputs) else len(self.stream.output)
        for mark in marks[at:]:
            yield mark, 0

    def _handle_mark(self, mark: PromptMark) -> None:
        self.reader.render_to(mark.end if mark.kind in "hB" else mark.start)
        if self.reader.alt:
            return
        if mark.kind == "h":
            self.managed, self.prompt_start = True, mark.end
            if self.line is not None and not self.line.managed:
                self._abandon_line()  # the program that showed this prompt has ended
        elif mark.kind == "l":
            self._line_editor_ended(mark)
            self.managed = False
        elif mark.kind == "B":
            self.lines += 1
            self.marked = self.reader.before_cursor()[0]
        elif mark.kind == "C":
            if self.line is not None and self.line.entered:
                self._close(self._place(mark.start))
        elif mark.kind == "D" and mark.status is not None:
            self.out.set_exit_status(mark.status)

    def _place(self, offset: int) -> tuple[int, float]:
        event = self.stream.event_at_output(offset)
        return event, self.stream.times[event]

    def _line_editor_ended(self, mark: PromptMark) -> None:
        """Close the line: the shell accepted it, or the program that edited it ended."""
        if self.line is None and self.managed and self.stream.output[self.prompt_start : mark.start].strip():
            # Typed before the prompt appeared, or input was not recorded: the screen is the only source.
            self.lines += 1
            row = self.reader.last_row()
            prompt = prompt_prefix(row, self.known)
            if len(row) > len(prompt):
                event, time = self._place(self.prompt_start)
                self.line = EditedLine(prompt, "", True, time, event)
        if self.line is not None and self.line.managed:
            self.closed_at = mark.end
            self._close(self._place(mark.start))

    def _handle_input(self, event: Event, following: int) -> None:
        self.reader.render_to(self.stream.output_length_after(event.index))
        pressed = parse_key_events(event.data)
        self.multiplexer.update(self.reader.alt, self.last_command)
        if self.reader.alt:
            pressed = self.multiplexer.without_own_keys(pressed)
        if self.reader.alt and not self.multiplexer.is_active:
            self._abandon_line()
            self.hidden.add_keys(event, pressed, following, self.reader)
            self._detect_multiplexer()
            return
        if self.line is None and any(key.data for key in pressed):
            self._open(event, following)
        self.has_input = True
        if self.line is None:
            self._note_unread(pressed)
            self.hidden.add_keys(event, pressed, following, self.reader)
            return
        line, after = self.line, keys_after_enter(pressed)
        here = self.stream.output_length_after(event.index)
        if self.hidden.is_pending:
            self.hidden.end(here, self.reader.before_cursor()[0])
        if line.managed and line.entered:
            after = pressed
        self._note_unread(after)
        line.press(event, [key for key in pressed if key.data], self.reader)
        output = edges(self.stream.output, here, following, line.echo.waiting_bytes)
        line.add_output(output)
        if line.managed:
            line.add_ahead(event, after, output)
        else:
            self._close_unmanaged(line, event, after, following)

    def _detect_multiplexer(self) -> None:
        """Take the first command that was typed in a terminal multiplexer which was started by other means."""
        typed, self.hidden.multiplexer_line = self.hidden.multiplexer_line, None
        if typed is not None:
            self.multiplexer.is_active = True
            event, time = typed.place
            self.echoed.append(EchoedLine(typed.keys[0][0].index, event, typed.prompt, (typed.text,)))
            self.out.begin(typed.text, (event, time), {}, FROM_KEYS)

    def _abandon_line(self) -> None:
        """Drop the open line, which was not entered; its text is hidden input if it was not echoed."""
        line, self.line = self.line, None
        if line is not None and line.typed_keys:
            last = line.typed_keys[-1][0]
            self._add_if_hidden(
                line, self.reader.line(line.prompt, line.right, above=line.above), (last.index, last.time)
            )

    def _take_program_lines(self, offset: int, prompt: str) -> None:
        """Add the lines among the input of programs that a shell read, because it displayed its prompt for each."""
        lines, self.hidden.program_lines = self.hidden.program_lines, []
        if lines and not self.managed:
            texts = [typed.text for typed, _ in lines]
            count = count_prompts(self.stream, lines[0][0].end, offset, prompt, texts) - 1
            for typed, number in lines[-count:] if count > 0 else ():
                if number >= 0:
                    hidden, event = self.hidden.found[number]
                    self.hidden.found[number] = replace(hidden, certain=False), event
                elif number == ECHOED and (text := typed.text.strip()):
                    event, time = typed.place
                    details = {"source": TYPED_AHEAD_SOURCE}
                    raw = typed.text.rstrip()
                    row = Statement(
                        time, "shell", raw, event=event, verb=first_word(text), details=details, note=FROM_KEYS
                    )
                    self.program_commands.append((row, typed))
                    self.echoed.append(EchoedLine(typed.keys[0][0].index, event, prompt, (text,)))

    def _note_unread(self, keys: list[InputKey]) -> None:
        """Note keys that were typed ahead: a line editor displays them behind its prompt."""
        for key in keys:
            if key.data in ENTER and not key.pasted:
                self.unread.clear()
            elif key.data:
                self.unread.press(key)

    def _open(self, event: Event, following: int) -> None:
        before, after = self.reader.before_cursor()
        ahead = self.unread.text.rstrip() if self.managed else ""
        is_ahead = bool(ahead) and before.rstrip().endswith(ahead)
        prompt = self.marked or (before[: before.rstrip().rindex(ahead)] if is_ahead else before)
        pane_prompt = PANE_BORDER.split(prompt)[-1] if self.multiplexer.is_active else prompt
        is_prompt = bool(self.managed or self.marked) or self._is_unmanaged_prompt(prompt, pane_prompt)
        if not is_prompt and not self._is_empty_prompt(prompt, event, following):
            return
        self.lines += 1
        self.unread.clear()
        right = after.strip() if len(after) > 1 else ""
        self.line = line = EditedLine(prompt, right, self.managed, event.time, event.index, moved=is_ahead)
        line.above = "" if prompt.strip() else self.reader.row_above()
        line.continues = self._is_continuation(pane_prompt)
        if not line.continues:
            repeated = next((known for known in self.known if set(prompt.split(known)) == {""}), None)
            self._take_program_lines(self.stream.output_length_after(event.index), repeated or prompt)
            self.out.flush()
            self.client = sql_client(pane_prompt, self.last_shell_command)
            line.place = self.places.at_prompt(pane_prompt)
            learned = pane_prompt if is_prompt else ""  # an empty prompt may be behind output without a line end
            if learned not in self.primary:
                self.primary = [*self.primary[-MAX_PROMPTS:], learned]
            if is_prompt and prompt.strip() and repeated is None:
                self.known = self.hidden.shell_prompts = [*self.known[-7:], prompt]

    def _is_empty_prompt(self, row: str, event: Event, following: int) -> bool:
        """Return True if a shell without a prompt reads the key: none was displayed so far, and the key is echoed.

        Output without a line end may be before the key.
        """
        if self.known or self.reader.alt or (self.has_input and not self.primary):
            return False
        if row.strip() and not (self.primary and may_be_prompt(row)):
            return False
        if event.data in RECALLS:
            return "" in self.primary
        here = self.stream.output_length_after(event.index)
        typed = event.data.decode("utf-8", "replace").split("\r")[0].split("\n")[0]
        return bool(typed.strip()) and edges(self.stream.output, here, following, len(typed))[0].startswith(typed)

    def _is_unmanaged_prompt(self, row: str, pane_row: str) -> bool:
        """Return True if a program without bracketed paste displays `row` as its prompt, `pane_row` in its pane.

        A row without a prompt's sign counts if it was a prompt before, or if a shell just started: at the first key of
        the session and after a command that starts a program, unless the row asks a question.
        """
        if self.hidden.has_typed(row) or is_secret_prompt(row):
            return looks_like_prompt(row) and not self.hidden.has_typed(row)
        if looks_like_prompt(row) or any(
            is_same_prompt(pane_row, known) for known in self.primary[-8:] if known.strip()
        ):
            return True
        if self.client is not None and self.out.open_text and is_client_continuation(row, self.client):
            return True
        may_start = not self.has_input or self.places.is_program_started or self._has_changed_folder()
        has_shell = not self.reader.alt or self.multiplexer.is_active
        return may_start and has_shell and may_be_prompt(pane_row) and row.endswith((" ", "]", ")", "|"))

    def _has_changed_folder(self) -> bool:
        """Return True if the last command at a prompt changed the folder, which prompts often display."""
        return bool(self.primary) and _CHANGES_FOLDER.match(self.last_command) is not None

    def _is_continuation(self, prompt: str) -> bool:
        """Return True if `prompt` asks for another line of the open command.

        Some prompts also look like this at the start of a command: then the open command must need another line.
        """
        command = self.out.open_text
        if not command:
            return False
        if self.client is not None:
            return is_client_continuation(prompt, self.client)
        if not is_continuation(prompt):
            return False
        if self.syntax.needs_line(command):
            return True
        is_ambiguous = prompt in self.primary or (
            prompt.strip().endswith((">", "#")) and not is_zsh_continuation(prompt)
        )
        return not is_ambiguous or len(command) > MAX_CHARS or _HARD_TO_PARSE.search(command) is not None

    def _close_unmanaged(self, line: EditedLine, event: Event, after: list[InputKey], following: int) -> None:
        """Close a line of a program without bracketed paste: it ends where the echo of Enter starts a new row.

        `after` are the keys after Enter in the same event.
        """
        if not line.entered and not line.cancelled:
            return
        offset = self.stream.output_length_after(event.index)
        newline = -1 if self.multiplexer.is_active else self.stream.output.find(b"\n", offset, following)
        if newline >= 0:
            self.reader.render_to(newline)
        self.closed_at = newline if newline >= 0 else offset
        self._close((event.index, event.time))
        after = self._take_continued_lines(after, offset, following)
        if after:
            start = self.closed_at + (newline >= 0)
            self.hidden.add_keys_ahead([(event, key) for key in after], start, following, self.reader)

    def _take_continued_lines(self, keys: list[InputKey], offset: int, following: int) -> list[InputKey]:
        """Add the lines that the open command needs, from keys in the same event as its Enter. Return the other keys.

        The lines must be echoed in the output from `offset` to `following`.
        """
        taken = searched = 0
        output = ""
        while taken < len(keys) and self.client is None and self.syntax.needs_line(self.out.open_text):
            end = next((at for at in range(taken, len(keys)) if not keys[at].is_text), len(keys))
            if end == len(keys) or keys[end].data not in ENTER:
                break
            text = b"".join(key.data for key in keys[taken:end]).decode("utf-8", "replace")
            output = output or edges(self.stream.output, offset, following, sum(key.size for key in keys))[0]
            found = output.find(text, searched)
            if found < 0:
                break
            searched, taken = found + len(text), end + 1
            self.out.append_line(text)
        return keys[taken:]

    def _close(self, place: tuple[int, float]) -> None:
        line, self.line, self.marked = self.line, None, ""
        assert line is not None
        self.hidden.after_command(self.closed_at, in_multiplexer=self.multiplexer.is_active)
        if line.before is not None and not line.cancelled:
            line.record_removal(self.reader)
        if line.entered:
            place = (line.entered.index, line.entered.time)
        if line.managed and not line.prompt.strip() and self.known:  # the first key was pressed before the prompt
            row = self.reader.last_row()
            line.prompt = next((known for known in self.known if row.startswith(known)), line.prompt)
        text = self.reader.line(line.prompt, line.right, closed=True, typed=line.typed, above=line.above)
        if text is None and line.moved and line.entered:
            text = self._line_at_changed_prompt()
        if line.entered and not line.holds_ahead(text or ""):
            self.hidden.add_keys_ahead(line.ahead, self.closed_at, self.closed_at, self.reader)
        if line.cancelled and (line.entered is None or line.cancelled[0].index >= line.entered.index):
            if not self._add_if_hidden(line, line.cancelled[1], place):
                self._add_cancelled(line)
            return
        if self._add_if_hidden(line, text, place):
            return
        if self.multiplexer.is_active and text is not None:
            text = PANE_BORDER.split(text)[0].rstrip()
        text, note, source = self._most_reliable_text(line, text)
        self._add_echoed(line, text)
        self.out.add_erased(line.erased, text)
        if line.continues:
            self._append_typed_ahead()
            if self.out.append_line(text):
                return
        self.out.flush()
        if text.strip():
            self._begin_command(line, text, place, note, source)

    def _line_at_changed_prompt(self) -> str | None:
        """Return the text of the row just entered if the shell replaced its prompt on Enter, None if it is unclear."""
        row = self.reader.last_row()
        prompt = prompt_prefix(row, self.known)
        return row[len(prompt) :].strip() or None if len(prompt) < len(row) else None

    def _append_typed_ahead(self) -> None:
        """Append the lines typed before the continuation prompt appeared to the open command, if it needs them."""
        first = self.ahead_count
        self.ahead_count = len(self.hidden.typed_ahead)
        for number in range(first, self.ahead_count):
            if self._continue_with(self.hidden.typed_ahead[number].text):
                self.ahead_joined.add(number)
        program_lines = self.hidden.program_lines
        self.hidden.program_lines = [
            (typed, number) for typed, number in program_lines if number != ECHOED or not self._continue_with(typed)
        ]

    def _continue_with(self, typed: TypedText) -> bool:
        """Append an echoed line to the open command. Return False if that needs no line."""
        if self.client is not None or not self.syntax.needs_line(self.out.open_text):
            return False
        self.out.append_line(typed.text.rstrip())
        self.echoed.append(EchoedLine(typed.keys[0][0].index, typed.place[0], typed.prompt, (typed.text.strip(),)))
        return True

    def _most_reliable_text(self, line: EditedLine, text: str | None) -> tuple[str, str, str]:
        """Return the text of an entered line, its note, and its source, from the screen's `text` and the keys."""
        typed = line.typed.strip()
        if text is None:
            return typed, FROM_KEYS, UNSEEN
        shown = text.strip()
        if line.is_typed_only and shown != typed:
            if len(shown) > len(typed) and "".join(shown.split()) == "".join(typed.split()):
                return typed, FROM_KEYS, TYPED_AND_ECHOED  # blanks at the margin are not part of the text
            is_unclear = line.interrupted or self.multiplexer.is_active
            is_overwritten = len(shown) < len(typed)
            is_longer = not line.managed or shown.count("\n") > typed.count("\n")
            has_more = shown.startswith(typed + "  ") or (is_longer and shown.endswith(typed))
            if is_unclear or has_more or is_overwritten:
                return typed, FROM_KEYS, UNCLEAR_SCREEN
        return text, FROM_SCREEN, TYPED_AND_ECHOED if line.is_typed_only and shown == typed else CHANGED_BY_EDITOR

    def _begin_command(self, line: EditedLine, text: str, place: tuple[int, float], note: str, source: str) -> None:
        """Start the command of an entered line in the log."""
        details: dict[str, Any] = {"typed_from": line.began, "typed_in": line.place, "source": source}
        if line.pasted:
            details["pasted"] = line.pasted
        if line.revised:
            details["revised"] = tuple(line.revised)
        if self.client is None and has_expansion(text):
            head, _ = edges(self.stream.output, self.closed_at, len(self.stream.output), 0)
            output = head.lstrip("\n")
            if line.entered and is_rejected(output):
                self.out.add_deleted(text, line.entered, "not run: the shell found no such event", {})
                return
            if expanded := expanded_command(text, output, self.last_command):
                details |= {"typed": text.strip(), "source": PRINTED_BY_SHELL}
                text = expanded
        self._read_exit_status(text)
        self.last_command = text
        self.places.add_command(text)
        if self.client is None:
            self.last_shell_command = text
        else:
            details |= {"client": self.client.name, "dialect": self.client.dialect}
        self.ahead_count = len(self.hidden.typed_ahead)
        self.out.begin(text, place, details, note, self.client)

    def _add_if_hidden(self, line: EditedLine, text: str | None, place: tuple[int, float]) -> bool:
        """Add a line that was not echoed, such as a command typed after `stty -echo`. Return True if it was added."""
        typed, is_secret = line.typed.strip(), is_secret_prompt(line.prompt)
        is_echoed = line.echo.is_plainly_echoed if is_secret else line.echo.is_echoed
        if is_echoed or len(typed) < (1 if is_secret else MIN_UNPROMPTED_CHARS):
            return False
        shown = (text or "").strip()
        if (shown and (line.managed or typed in shown)) or (line.moved and (shown or line.managed)):
            return False
        hidden = TypedText(line.prompt, is_secret, keys=line.typed_keys, text=typed, place=place)
        self.hidden.add(hidden, certain=is_secret)
        return True

    def _add_echoed(self, line: EditedLine, text: str) -> None:
        texts = [text, line.typed, *line.revised, *(erased for erased, _ in line.erased)]
        if line.cancelled:
            texts.append(line.cancelled[1])
        last = max(line.first, self.stream.event_at_output(self.closed_at))
        prompt = PANE_BORDER.split(line.prompt)[-1] if self.multiplexer.is_active else line.prompt
        self.echoed.append(EchoedLine(line.first, last, prompt, tuple(dict.fromkeys(texts))))

    def _add_cancelled(self, line: EditedLine) -> None:
        """Add a line cancelled by Ctrl-C as deleted text: it was never run."""
        assert line.cancelled is not None
        event, text = line.cancelled
        self._add_echoed(line, text)
        text = self.out.cancel(text) if line.continues else text
        self.out.add_erased(line.erased, text)
        if len(text.strip()) >= MIN_REMOVED_CHARS:
            self.out.add_deleted(text, event, "typed and cancelled", {"pasted": line.pasted} if line.pasted else {})

    def _read_exit_status(self, text: str) -> None:
        """Record the exit status of the previous command if `text` is `echo $?`."""
        if text.strip() == "echo $?":
            found = _NUMBER.match(self.stream.output, self.closed_at)
            if found:
                self.out.set_exit_status(int(found[1]))


def _placeholder(hidden: HiddenInput, event: int) -> Statement:
    """Return the statement that stands for hidden input."""
    details = {"masked": True, "certain": hidden.certain, "prompt": hidden.prompt}
    return Statement(hidden.end, "input", hidden.placeholder, event=event, details=details)
