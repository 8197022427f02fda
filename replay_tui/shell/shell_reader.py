"""Reader of the commands of a shell on a terminal: each line is read from the screen at the moment when it is entered.

A line is open from the first key at a prompt until Enter. The text between the prompt and the end of the line is then
the command, regardless of the keys that produced it: history, completion, editing, pasted blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import starmap

from msgspec import Struct, field

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.hidden_text import EchoedLine, HiddenInput
from replay_tui.shell.ahead_lines import AheadLines, TypedAheadMerger
from replay_tui.shell.command_log import FROM_KEYS
from replay_tui.shell.edited_line import EditedLine, keys_after_enter
from replay_tui.shell.entered_line import EnteredLines
from replay_tui.shell.prompt_marks import PrintedPrompt, PromptMark, printed_prompts, prompt_marks
from replay_tui.shell.prompt_recognition import PromptRecognition
from replay_tui.shell.reader_parts import ReaderParts
from replay_tui.terminal.input_keys import ENTER, InputKey, parse_key_events
from replay_tui.terminal.line_editor import LineEditor
from replay_tui.terminal.prompts import PANE_BORDER, looks_like_prompt, prompt_prefix

MAX_LINES = 50_000
"""Lines read from the screen; input after them is not searched for commands."""


class ShellCommands(Struct):
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
        parts = ReaderParts.of(stream, sizes, is_cancelled)
        self.stream, self.reader, self.hidden = parts.stream, parts.reader, parts.hidden
        self.out, self.multiplexer, self.syntax, self.echoed = parts.out, parts.multiplexer, parts.syntax, parts.echoed
        self.prompts = PromptRecognition(parts)
        self.ahead = AheadLines(parts, self.prompts)
        self.entered = EnteredLines(parts, self.prompts, self.ahead)
        self.line: EditedLine | None = None
        self.managed = False  # bracketed paste is switched on: a line editor is active
        self.marked = ""  # the prompt as delimited by OSC 133
        self.prompt_start = 0  # output offset in bytes
        self.lines = 0
        self.closed_at = 0  # output offset in bytes
        self.unprompted: list[str] = []  # commands typed before any prompt was displayed
        self.unread = LineEditor()  # keys since the last Enter that belong to no line

    def run(self) -> ShellCommands:
        """Return the commands and hidden input. Raises `Cancelled`."""
        unread: list[HiddenInput] = []
        for step, following in self._steps():
            check_cancelled()
            if self.lines > MAX_LINES:
                unread = suspected_hidden_input(self.stream, self.stream.event_at_output(self.closed_at))
                break
            if isinstance(step, Event):
                self._handle_input(step, following)
            elif isinstance(step, PrintedPrompt):
                self._read_printed_line(step)
            else:
                self._handle_mark(step)
        self._abandon_line()
        self.hidden.end(len(self.stream.output))
        prompt = self.prompts.known[-1] if self.prompts.known else ""
        self.ahead.take_program_lines(len(self.stream.output), prompt, is_managed=self.managed)
        self.out.flush()
        ahead, ahead_echoes = self.ahead.commands()
        more = [*self.out.erased_texts, *starmap(_placeholder, self.hidden.found)]
        return ShellCommands(
            TypedAheadMerger(self.stream, self.syntax).merge(self.out.rows.close(), more, ahead),
            [*(hidden for hidden, _ in self.hidden.found), *unread],
            truncated=self.lines > MAX_LINES,
            echoed=[*self.echoed, *ahead_echoes],
        )

    def _steps(self) -> Iterator[tuple[Event | PromptMark | PrintedPrompt, int]]:
        """Yield input events and prompt marks in stream order, inputs with the output offset of the next input.

        Without input, prompts that are not marked take its place.
        """
        marks, at = prompt_marks(self.stream), 0
        inputs = self.stream.events(kinds="i")
        following = next(inputs, None)
        if following is None:
            steps: list[PromptMark | PrintedPrompt] = [*marks, *printed_prompts(self.stream)]
            yield from ((step, 0) for step in sorted(steps, key=lambda step: step.end))
            return
        length_after = self.stream.output_length_after
        while following is not None:
            event, following = following, next(inputs, None)
            offset = length_after(event.index)
            while at < len(marks) and marks[at].end <= offset:
                yield marks[at], 0
                at += 1
            yield event, length_after(following.index) if following else len(self.stream.output)
        for mark in marks[at:]:
            yield mark, 0

    def _handle_mark(self, mark: PromptMark) -> None:
        self.reader.render_to(mark.end if mark.kind in "hB" else mark.start)
        if self.reader.alt:
            return
        if mark.kind == "h":
            self.managed, self.prompt_start = True, mark.end
            if self.line is not None and not self.line.managed:
                ahead = [key for _, key in self.line.typed_keys]
                self._abandon_line()  # the program that showed this prompt has ended
                self._note_unread(ahead)
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

    def _read_printed_line(self, printed: PrintedPrompt) -> None:
        """Read the command behind a prompt that is not marked from the screen alone."""
        self.reader.render_to(printed.end)
        prompt = self.reader.before_cursor()[0]
        if self.managed or self.marked or self.reader.alt or not looks_like_prompt(prompt):
            return
        self.lines += 1
        time = self.stream.times[printed.event]
        line = EditedLine(
            prompt, "", False, time, printed.event, place=self.prompts.learn(prompt, prompt, is_prompt=True)
        )
        self.reader.render_to(printed.line_end)
        self.closed_at = printed.line_end
        self.entered.close(line, self._place(printed.line_end), printed.line_end)

    def _place(self, offset: int) -> tuple[int, float]:
        event = self.stream.event_at_output(offset)
        return event, self.stream.times[event]

    def _line_editor_ended(self, mark: PromptMark) -> None:
        """Close the line: the shell accepted it, or the program that edited it ended."""
        if self.line is None and self.managed and self.stream.output[self.prompt_start : mark.start].strip():
            # Typed before the prompt appeared, or input was not recorded: the screen is the only source.
            self.lines += 1
            row = self.reader.last_row()
            prompt = prompt_prefix(row, self.prompts.known)
            if echoed := next((text for text in self.unprompted if row.rstrip().endswith(text)), None):
                self.unprompted.remove(echoed)  # typed before the first prompt, which displays it again
            elif len(row) > len(prompt):
                event, time = self._place(self.prompt_start)
                self.line = EditedLine(prompt, "", True, time, event)
        if self.line is not None and self.line.managed:
            self.closed_at = mark.end
            self._close(self._place(mark.start))

    def _handle_input(self, event: Event, following: int) -> None:
        self.reader.render_to(self.stream.output_length_after(event.index))
        pressed = parse_key_events(event.data)
        self.multiplexer.update(self.reader.alt, self.prompts.last_command)
        if self.reader.alt:
            pressed = self.multiplexer.without_own_keys(pressed)
        if self.reader.alt and not self.multiplexer.is_active:
            self._abandon_line()
            self.hidden.add_keys(event, pressed, following, self.reader)
            self._detect_multiplexer()
            return
        if self.line is None and any(key.data for key in pressed):
            self._open(event, following)
        self.prompts.has_input = True
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
        """Drop the open line, if any: it was not entered."""
        line, self.line = self.line, None
        if line is not None:
            self.entered.abandon(line)

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
        is_prompt = bool(self.managed or self.marked) or self.prompts.is_unmanaged_prompt(prompt, pane_prompt)
        if not is_prompt and not self.prompts.is_empty_prompt(prompt, event, following):
            return
        self.lines += 1
        self.unread.clear()
        right = after.strip() if len(after) > 1 else ""
        self.line = line = EditedLine(prompt, right, self.managed, event.time, event.index, moved=is_ahead)
        line.above = "" if prompt.strip() else self.reader.row_above()
        line.continues = self.prompts.is_continuation(pane_prompt)
        if not line.continues:
            here = self.stream.output_length_after(event.index)
            self.ahead.take_program_lines(here, self.prompts.repeated(prompt) or prompt, is_managed=self.managed)
            self.out.flush()
            line.place = self.prompts.learn(prompt, pane_prompt, is_prompt=is_prompt)

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
        after = self.ahead.take_continued_lines(after, offset, following)
        if after:
            start = self.closed_at + (newline >= 0)
            self.hidden.add_keys_ahead([(event, key) for key in after], start, following, self.reader)

    def _close(self, place: tuple[int, float]) -> None:
        """Close the open line: it ends at output `closed_at`."""
        line, self.line, self.marked = self.line, None, ""
        assert line is not None
        if not (line.managed or line.prompt.strip() or self.prompts.known) and line.typed.strip():
            self.unprompted.append(line.typed.strip())
        self.entered.close(line, place, self.closed_at)


def _placeholder(hidden: HiddenInput, event: int) -> Statement:
    """Return the statement that stands for hidden input."""
    details = {"masked": True, "certain": hidden.certain, "prompt": hidden.prompt}
    return Statement(hidden.end, "input", hidden.placeholder, event=event, details=details)
