"""Lines that a shell read without an open line: typed ahead, or first taken for the input of a program."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from replay_tui.decoders.decode_result import merge_by_time
from replay_tui.domain.display_text import first_word
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.statement import Statement
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import ECHOED, TypedAhead
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.redaction.typed_text import TypedText
from replay_tui.shell.command_log import FROM_KEYS
from replay_tui.shell.incomplete_command import SyntaxCheck
from replay_tui.shell.prompt_recognition import PromptRecognition
from replay_tui.shell.reader_parts import ReaderParts
from replay_tui.terminal.input_keys import ENTER, InputKey

TYPED_AHEAD = "typed before the prompt appeared, echoed later"
"""Value of the detail `source` of a command."""
_SHORT_LINE = lazy_compile(rb"(?:\r\n|[\r\n])([^\r\n\x00-\x1f\x7f]{0,2})(?=[\r\n])")
_SEARCHED_BYTES = 1 << 20


def typed_ahead_commands(
    stream: EventStream, typed_ahead: Iterable[TypedAhead], read: Iterable[EchoedLine]
) -> Iterator[tuple[Statement | None, EchoedLine]]:
    """Yield the commands of `typed_ahead`, each with its echo; None for those that were `read` from the screen."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for line in read:
        for text in line.texts:
            ranges.setdefault(text.strip(), []).append((line.first, line.last))
    for typed, echo in typed_ahead:
        text = typed.text.strip()
        same = ranges.get(text, [])
        at = bisect_right(same, (echo.event, len(stream)))
        is_read = at > 0 and same[at - 1][1] >= echo.event
        event, time = typed.place
        row = Statement(
            time, "shell", typed.text.rstrip(), event=event, verb=first_word(text), note=FROM_KEYS,
            details={"source": TYPED_AHEAD},
        )  # fmt: skip
        yield None if is_read else row, EchoedLine(typed.keys[0][0].index, echo.event, echo.prompt, (text,))


def count_prompts(stream: EventStream, start: int, end: int, prompt: str, typed: Sequence[str]) -> int:
    """Return how often a shell displayed `prompt` in output `start` to `end`, apart from the echoes of `typed` lines.

    A shell that displays its prompt twice without a key in between has read a line that was typed ahead.
    """
    sign = prompt.strip()
    if not sign:
        return 0
    head, tail = edges(stream.output, start, end, _SEARCHED_BYTES // 8)
    text = head if head is tail else head + tail
    runs = re.finditer(rf"(?:\A|\n)(?:{re.escape(sign)}[ ]?)+", text)
    return sum(run[0].count(sign) for run in runs) - sum(line.lstrip().startswith(sign) for line in typed)


class TypedAheadMerger:
    """Joins commands that were typed ahead with the command before them, if that needs another line.

    Lines too short for the detection of hidden input are taken from the input event, if they follow in the same event.
    """

    def __init__(self, stream: EventStream, syntax: SyntaxCheck) -> None:
        self._stream, self._syntax = stream, syntax
        self._joined: list[Statement] = []
        self._last = -1

    def merge(
        self, rows: list[Statement], more: list[Statement], ahead: Sequence[tuple[Statement, TypedText]]
    ) -> list[Statement]:
        """Return all rows sorted by time, those of `ahead` joined and after others of the same event."""
        typed_of = {(row.time, row.event, row.text): typed for row, typed in ahead}
        for row in merge_by_time([row for row, _ in ahead], merge_by_time(rows, more)):
            typed = typed_of.get((row.time, row.event, row.text)) if row.kind == "shell" else None
            if typed is not None and self._last >= 0 and self._needs_line():
                self._append(row.text, row.duration)
            else:
                if row.kind == "shell" and not row.deleted:
                    self._last = len(self._joined)
                self._joined.append(row if typed is None else row.changed(text=row.text.strip()))
            if typed is not None:
                self._append_short_lines(typed)
        return self._joined

    def _needs_line(self) -> bool:
        return self._syntax.needs_line(self._joined[self._last].text)

    def _append(self, line: str, duration: float | None) -> None:
        row = self._joined[self._last]
        total = None if duration is None else (row.duration or 0.0) + duration
        self._joined[self._last] = row.changed(text=f"{row.text}\n{line}", duration=total)

    def _append_short_lines(self, typed: TypedText) -> None:
        """Append the short lines that follow `typed` in its input event, as long as the command needs them."""
        event, key = typed.keys[-1]
        at = key.offset + key.size
        while (line := _SHORT_LINE.match(event.data, at)) and self._needs_line():
            self._append(line[1].decode("utf-8", "replace").rstrip(), self._joined[self._last].duration and 0.0)
            at = line.end(1)


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
