"""Shell commands of a terminal session, read from the screen at the moment when each line is entered.

A line is open from the first key at a prompt until Enter. The text between the prompt and the end of the line is then
the command, regardless of the keys that produced it: history, completion, editing, pasted blocks. Best effort:
`Statement.note` names the source of each text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from replay_tui.decoders.decode_result import merge_by_time
from replay_tui.decoders.payload_buffer import input_payloads
from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import DEFAULT_SIZE, SizeTimeline
from replay_tui.redaction.hidden_input import HiddenInputDetector
from replay_tui.redaction.redactor import HiddenInput
from replay_tui.shell.command_log import FROM_KEYS, FROM_SCREEN, CommandLog
from replay_tui.shell.edited_line import MIN_REMOVED_CHARS, EditedLine
from replay_tui.shell.prompt_marks import PromptMark, prompt_marks
from replay_tui.shell.screen_line import ScreenLineReader
from replay_tui.terminal.input_keys import ENTER, InputKey, parse_keys
from replay_tui.terminal.line_editor import LineEditor
from replay_tui.terminal.prompts import is_continuation, looks_like_prompt, prompt_prefix

MAX_LINES = 50_000
"""Lines read from the screen; input after them is not searched for commands."""
_NUMBER = re.compile(rb"(?:\x1b\[[0-9;?]{0,20}[A-Za-z]|[\r\n]){0,20}(\d{1,3})\r?\n")


@dataclass(slots=True)
class ShellCommands:
    """`commands` in order, including deleted text and placeholders for `hidden_input`.

    `truncated` is True if the session holds more than `MAX_LINES` lines.
    """

    commands: list[Statement] = field(default_factory=list)
    hidden_input: list[HiddenInput] = field(default_factory=list)
    truncated: bool = False


def read_shell_commands(
    stream: EventStream, sizes: SizeTimeline | None = None, is_cancelled: Callable[[], bool] = never_cancelled
) -> ShellCommands:
    """Return the commands and hidden input of a terminal session drawn at `sizes`. Raises `Cancelled`."""
    if _is_piped(stream):
        return _read_piped(stream)
    return _ShellReader(stream, sizes or SizeTimeline(DEFAULT_SIZE), is_cancelled).run()


class _ShellReader:
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

    def run(self) -> ShellCommands:
        for step, following in self._steps():
            if self.lines > MAX_LINES:
                break
            if isinstance(step, Event):
                self._handle_input(step, following)
            else:
                self._handle_mark(step)
        self.hidden.end()
        self.out.flush()
        placeholders = [
            Statement(
                hidden.end, "input", hidden.placeholder, event=event, details={"masked": True, "prompt": hidden.prompt}
            )
            for hidden, event in self.hidden.found
        ]
        return ShellCommands(
            merge_by_time(self.out.rows.close(), [*self.out.erased_texts, *placeholders]),
            [hidden for hidden, _ in self.hidden.found],
            truncated=self.lines > MAX_LINES,
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
                self.line = None  # the program that showed this prompt has ended
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
                self.line = EditedLine(prompt, "", True, self._place(self.prompt_start)[1])
        if self.line is not None and self.line.managed:
            self.closed_at = mark.end
            self._close(self._place(mark.start))

    def _handle_input(self, event: Event, following: int) -> None:
        self.reader.render_to(self.stream.output_length_after(event.index))
        if self.reader.alt:
            self.line = None
            return
        pressed = parse_keys(event.data)
        if not pressed:
            return
        if self.line is None:
            self._open(event)
        if self.line is None:
            self.hidden.add_keys(event, pressed, following, self.reader)
            return
        self.hidden.end(self.stream.output_length_after(event.index))
        self.line.press(event, pressed, self.reader)
        if not self.line.managed:
            self._close_unmanaged(self.line, event, pressed, following)

    def _open(self, event: Event) -> None:
        before, after = self.reader.before_cursor()
        prompt = self.marked or (prompt_prefix(before, self.known) if self.managed else before)
        if not self.managed and not (self.marked or looks_like_prompt(prompt)):
            return
        self.lines += 1
        self.line = EditedLine(prompt, after.strip() if len(after) > 1 else "", self.managed, event.time)
        if not is_continuation(prompt):
            self.out.flush()
            if prompt.strip() and prompt not in self.known:
                self.known = [*self.known[-7:], prompt]

    def _close_unmanaged(self, line: EditedLine, event: Event, pressed: list[InputKey], following: int) -> None:
        """Close a line of a program without bracketed paste: it ends where the echo of Enter starts a new row."""
        if not line.entered and not line.cancelled:
            return
        offset = self.stream.output_length_after(event.index)
        newline = self.stream.output.find(b"\n", offset, following)
        if newline >= 0:
            self.reader.render_to(newline)
        self.closed_at = newline if newline >= 0 else offset
        self._close((event.index, event.time))
        first = next((order for order, key in enumerate(pressed) if key.data in ENTER), len(pressed))
        self._add_typed_ahead(event, pressed[first + 1 :])

    def _add_typed_ahead(self, event: Event, pressed: list[InputKey]) -> None:
        """Add further lines of one input event from their keys, because their echoes overlap on the screen."""
        editor = LineEditor()
        for key in pressed:
            if key.data in ENTER and not key.pasted:
                if (text := editor.text).strip():
                    self.out.begin(text, (event.index, event.time), {}, FROM_KEYS)
                editor.clear()
            else:
                editor.press(key)

    def _close(self, place: tuple[int, float]) -> None:
        line, self.line, self.marked = self.line, None, ""
        assert line is not None
        if line.before is not None and not line.cancelled:
            line.record_removal(self.reader)
        if line.entered:
            place = (line.entered.index, line.entered.time)
        if line.cancelled and (line.entered is None or line.cancelled[0].index >= line.entered.index):
            self._add_cancelled(line)
            return
        text = self.reader.line(line.prompt, line.right, closed=True)
        note = FROM_SCREEN
        if text is None:
            text, note = line.typed.strip(), FROM_KEYS
        if not text.strip() and len(line.typed.strip()) >= MIN_REMOVED_CHARS and not line.managed:
            self.hidden.add(line.typed_keys, line.typed.strip(), line.prompt, place)
            return
        self.out.add_erased(line.erased, text)
        if is_continuation(line.prompt) and self.out.append_line(text):
            return
        self.out.flush()
        if text.strip():
            details: dict[str, Any] = {"typed_from": line.began}
            if line.pasted:
                details["pasted"] = line.pasted
            if line.revised:
                details["revised"] = tuple(line.revised)
            self._read_exit_status(text)
            self.out.begin(text, place, details, note)

    def _add_cancelled(self, line: EditedLine) -> None:
        """Add a line cancelled by Ctrl-C as deleted text: it was never run."""
        assert line.cancelled is not None
        event, text = line.cancelled
        text = self.out.cancel(text) if is_continuation(line.prompt) else text
        self.out.add_erased(line.erased, text)
        if len(text.strip()) >= MIN_REMOVED_CHARS:
            self.out.add_deleted(text, event, "typed and cancelled", {"pasted": line.pasted} if line.pasted else {})

    def _read_exit_status(self, text: str) -> None:
        """Record the exit status of the previous command if `text` is `echo $?`."""
        if text.strip() == "echo $?":
            found = _NUMBER.match(self.stream.output, self.closed_at)
            if found:
                self.out.set_exit_status(int(found[1]))


def _is_piped(stream: EventStream) -> bool:
    """Return True if the session had no terminal: lines end in LF in both directions and nothing is echoed."""
    return b"\n" in stream.other and not any(
        control in data for data in (stream.other, stream.output) for control in b"\r\x1b"
    )


def _read_piped(stream: EventStream) -> ShellCommands:
    out, payloads, at = CommandLog(), input_payloads(stream), 0
    lines = payloads.data.split(b"\n", MAX_LINES)
    for raw in lines[:MAX_LINES]:
        if raw.strip():
            out.begin(raw.decode("utf-8", "replace"), payloads.locate(at), {}, FROM_KEYS)
        at += len(raw) + 1
    out.flush()
    return ShellCommands(out.rows.close(), truncated=any(line.strip() for line in lines[MAX_LINES:]))
