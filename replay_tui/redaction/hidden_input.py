"""Detector of input typed while echo was off: keys that the program did not repeat at the cursor.

`HiddenInputDetector` needs the recorded screen. `suspected_hidden_input` works without it: it is fast and reports more
than was hidden, so that sessions that are not analysed yet can be displayed safely.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_text import HiddenInput
from replay_tui.redaction.late_echo import LateEcho, LateEchoSearch
from replay_tui.redaction.typed_text import TypedText
from replay_tui.terminal.input_keys import ENTER, ESCAPE, INTERRUPT, InputKey, parse_key_events
from replay_tui.terminal.prompts import PANE_BORDER, looks_like_prompt
from replay_tui.terminal.secret_prompts import is_secret_prompt

MIN_UNPROMPTED_CHARS = 3
"""Without a prompt for a secret, shorter input that was not echoed is taken for commands of a program."""
ECHOED, TYPED_AHEAD = -1, -2
_MAX_LOOKBACK_EVENTS = 2000
"""Events searched backwards for the start of a line."""
_PROMPT_BYTES = 4096
"""Bytes of output before a key in which a shell's prompt is searched."""
_END_OF_FILE = b"\x04"
_KEEPS_FIELD = frozenset((b"\x7f", b"\x08", b"\x15", b"\x17", b"\x1b[C", b"\x1b[D", b"\x1bOC", b"\x1bOD"))
"""Keys that edit a field of a full-screen program; other control keys leave it."""
_FIELD_CHARS = " _|\u2502\u2503\u2551*.\u2022"
"""Characters in an empty field of a dialog, and its borders."""
_LEAVES_ALTERNATE = b"\x1b[?1049l"


class PromptReader(Protocol):
    """The recorded screen at the output offset of the key that is being added."""

    @property
    def alt(self) -> bool:
        """True while the alternate screen is active."""

    def before_cursor(self) -> tuple[str, str]:
        """Return the text of the cursor's row before and after the cursor."""

    def prompt(self) -> str:
        """Return the prompt of the field at the cursor."""


class TypedAhead(NamedTuple):
    """A command that was typed before the shell read it: its text, and the place of the shell's echo."""

    text: TypedText
    echo: LateEcho


class HiddenInputDetector:
    """Collects the keys typed outside a shell prompt up to Enter and decides whether they were echoed.

    Attributes:
        found: each hidden input with the index of the event that ended it.
        typed_ahead: the lines that a shell echoed later.
        program_lines: the lines since the last command, each with its number in `found`, `ECHOED` or `TYPED_AHEAD`.
        shell_prompts: prompts at which commands were typed; input after one of them can be a command.
        multiplexer_line: a command line that was echoed on the alternate screen, where a terminal multiplexer runs.
    """

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self.found: list[tuple[HiddenInput, int]] = []
        self.typed_ahead: list[TypedAhead] = []
        self.program_lines: list[tuple[TypedText, int]] = []
        self.shell_prompts: list[str] = []
        self.multiplexer_line: TypedText | None = None
        self._late_echoes = LateEchoSearch(stream)
        self._typed: TypedText | None = None
        self._ended: list[TypedText] = []
        self._offset = 0  # output offset in bytes up to which the output was compared
        self._line_end = 0  # output offset in bytes at the last Enter
        self._is_after_command = False  # nothing was entered in the multiplexer since a command

    def add_keys(self, event: Event, pressed: list[InputKey], following: int, reader: PromptReader) -> None:
        """Add the keys of an event, including releases; `following` is the output offset at the next input event."""
        here = self._stream.output_length_after(event.index)
        self._compare(here)
        self._press([(event, key) for key in pressed], here, reader)
        if self._typed:
            self._typed.events += 1
        self._offset = here
        self._compare(following)

    def add_keys_ahead(
        self, keys: list[tuple[Event, InputKey]], offset: int, following: int, reader: PromptReader
    ) -> None:
        """Add keys that were pressed before the command entered before them was closed at output `offset`."""
        self._press(keys, offset, reader, ahead=True)
        self._offset = offset
        self._compare(following)

    def _press(
        self, keys: list[tuple[Event, InputKey]], here: int, reader: PromptReader, *, ahead: bool = False
    ) -> None:
        alternate = reader.alt
        for event, key in keys:
            if not key.data:
                self._add_release(event, key)
            elif self._ends(key, alternate):
                self._finish((event.index, event.time), here, reader, key)
            elif key.is_text or self._typed:
                if self._typed is None:
                    self._typed = TypedText("", False, alternate, True) if ahead else self._begin(reader, here)
                self._typed.press(event, key)

    def _begin(self, reader: PromptReader, here: int) -> TypedText:
        prompt, (before, after) = reader.prompt(), reader.before_cursor()
        is_secret = is_secret_prompt(prompt)
        if is_secret and reader.alt and after[:1].strip(_FIELD_CHARS):
            is_secret = False  # the cursor is on text that a full-screen program displays, not in a field
        typed = TypedText(prompt, is_secret, reader.alt, row=before)
        typed.is_command = not is_secret and (looks_like_prompt(prompt) or self._has_shell_prompt(here))
        return typed

    def _has_shell_prompt(self, here: int) -> bool:
        """Return True if a shell's prompt was displayed after the previous line and is no longer before the cursor."""
        output = self._stream.output
        recent = bytes(output[max(self._line_end, here - _PROMPT_BYTES) : here])
        return any(prompt.encode("utf-8", "replace") in recent for prompt in self.shell_prompts)

    @staticmethod
    def _ends(key: InputKey, alternate: bool) -> bool:
        if key.pasted or key.is_text:
            return False
        return (
            key.data in ENTER or key.data in (INTERRUPT, _END_OF_FILE) or (alternate and key.data not in _KEEPS_FIELD)
        )

    def _add_release(self, event: Event, key: InputKey) -> None:
        """Redact the release of a key together with the text that is being typed or was just entered."""
        if self._typed:
            self._typed.keys.append((event, key))
        elif self._ended:
            self._ended[-1].keys.append((event, key))

    def _finish(self, place: tuple[int, float], here: int, reader: PromptReader, key: InputKey) -> None:
        typed, self._typed, self._line_end = self._typed, None, here
        is_after_command, self._is_after_command = self._is_after_command, False
        if typed is None or not typed.keys:
            return
        is_field = (typed.is_secret or typed.is_masked) and not (key.data == ESCAPE and typed.is_answered)
        if typed.alternate and key.data not in ENTER and not is_field:
            return  # keys of a full-screen program
        typed.place, typed.end, typed.is_after_command = place, here, is_after_command
        if typed.text and not typed.echo.is_plainly_echoed:
            typed.is_on_screen = _is_displayed(typed.text.rstrip(), typed.row, reader.before_cursor()[0].rstrip())
        self._ended.append(typed)

    def after_command(self, offset: int, *, in_multiplexer: bool) -> None:
        """Note that a command was entered at output `offset`."""
        self._is_after_command, self._line_end = in_multiplexer, offset

    def _compare(self, following: int) -> None:
        """Compare the output up to `following` with the keys, and decide about the input that has ended."""
        output, start, self._offset = self._stream.output, self._offset, following
        if start >= following or not (self._typed or self._ended):
            return
        expected = sum(typed.echo.waiting_bytes for typed in (*self._ended, *filter(None, (self._typed,))))
        head, tail = edges(output, start, following, expected)
        if not self._ended:
            assert self._typed
            self._typed.add_output(head, tail, bytes(output[start : min(following, start + 4096)]))
            return
        ended, self._ended = self._ended, []
        rest = head
        for typed in ended:
            waiting = typed.echo.waiting
            if waiting and rest.startswith(waiting) and rest[len(waiting) : len(waiting) + 1] in ("", "\n"):
                typed.echo.accept_rest()
                rest = rest[len(waiting) :]
            rest = rest.removeprefix("\n")
        self._decide_all(ended, following, head)
        if self._typed:
            self._typed.echo.add_output(rest, rest if head is tail else tail)

    def has_typed(self, row: str) -> bool:
        """Return True if `row` ends with the text that is being typed, or its end, which may look like a prompt."""
        text, row = (self._typed.text.rstrip() if self._typed else ""), row.strip()
        return bool(text and row) and (row.endswith(text) or text.endswith(row))

    @property
    def is_pending(self) -> bool:
        """True if keys were added about which nothing is decided yet."""
        return self._typed is not None or bool(self._ended)

    def end(self, offset: int, row: str | None = None) -> None:
        """End the input without Enter at output `offset`: the session ends, or a shell reads a line in `row`."""
        self._compare(offset)
        typed, self._typed = self._typed, None
        is_ahead = typed is not None and bool(row) and (row or "").endswith(typed.text)
        if typed is not None and (row is None or typed.is_secret) and not is_ahead:
            last = typed.keys[-1][0]
            typed.place, typed.end = (last.index, last.time), offset
            self._ended.append(typed)
        ended, self._ended = self._ended, []
        self._decide_all(ended, offset, "")

    def add(self, typed: TypedText, *, certain: bool = True) -> None:
        """Record `typed` as hidden input."""
        data = typed.text.encode("utf-8", "surrogateescape")
        if typed.keys and data:
            spans = typed.spans(self._stream)
            prompt = PANE_BORDER.split(typed.prompt)[-1].strip()
            hidden = HiddenInput.of(data, spans, typed.keys[0][0].time, typed.place[1], prompt, certain)
            self.found.append((hidden, typed.place[0]))

    def _decide_all(self, ended: list[TypedText], following: int, head: str) -> None:
        for typed in ended:
            if typed.is_ahead:
                typed.is_secret = is_secret_prompt(head[:200])
        late: list[LateEcho | None] = []
        for typed in reversed(ended):  # of two equal lines the shell echoes the one that was typed later
            is_echoed = typed.echo.is_plainly_echoed or typed.is_on_screen
            late.append(None if is_echoed else self._late_echoes.find(typed.text, typed.end, typed.place[0]))
        for typed, echo in zip(ended, reversed(late), strict=True):
            self._decide(typed, following, echo)

    def _decide(self, typed: TypedText, following: int, late: LateEcho | None) -> None:
        typed.text = typed.text or typed.erased
        typed.is_secret = typed.is_secret or typed.is_masked
        if not typed.text or (len(typed.text) < MIN_UNPROMPTED_CHARS and not typed.is_secret):
            return
        if typed.echo.is_plainly_echoed or typed.is_on_screen:
            self._add_echoed(typed)
            return
        is_certain = typed.echo.is_hidden and not typed.is_command and (typed.is_secret or not typed.is_answered)
        is_certain = is_certain and bool(self._stream.output)  # without output nobody can say what was echoed
        if (typed.alternate or typed.draws) and not typed.is_secret and self._is_program_command(typed, following):
            if not typed.is_after_command:
                return
            is_certain = False
        if late is not None:
            self.typed_ahead.append(TypedAhead(typed, late))
            self.program_lines.append((typed, TYPED_AHEAD))
            return
        self.program_lines.append((typed, len(self.found)))
        self.add(typed, certain=is_certain)

    def _is_program_command(self, typed: TypedText, following: int) -> bool:
        """Return True if a program that draws its own screen took the keys as commands: it responded to them."""
        if typed.events:
            return typed.is_answered
        after = bytes(self._stream.output[typed.end : following][:4096])
        return _LEAVES_ALTERNATE in after

    def _add_echoed(self, typed: TypedText) -> None:
        if typed.is_ahead or (typed.is_command and not typed.alternate):
            event = self._stream.event_at_output(typed.end)
            self.typed_ahead.append(TypedAhead(typed, LateEcho(event, self._stream.times[event], typed.prompt)))
        elif typed.alternate and looks_like_prompt(typed.prompt):
            self.multiplexer_line = typed
            self.after_command(typed.end, in_multiplexer=True)
        else:
            self.program_lines.append((typed, ECHOED))


def _is_displayed(text: str, row_before: str, row: str) -> bool:
    """Return True if the cursor's row was extended by `text`, or holds the end of a text that wraps."""
    if row.startswith(row_before.rstrip()):
        return row[len(row_before.rstrip()) :].endswith(text)
    return len(row) >= MIN_UNPROMPTED_CHARS and text.endswith(row)


class _SecretPromptReader:
    """A `PromptReader` that reports a prompt for a secret everywhere."""

    alt = False

    @staticmethod
    def before_cursor() -> tuple[str, str]:
        return "password:", ""

    @staticmethod
    def prompt() -> str:
        return "password:"


def suspected_hidden_input(stream: EventStream, first: int = 0, count: int | None = None) -> list[HiddenInput]:
    """Return every input line among events `first` to `count` (default: all) whose echo is not in the output near it.

    Every line is treated as the answer to a prompt for a secret, so that no hidden input is missed.
    """
    detector, first = HiddenInputDetector(stream), _line_start(stream, first)
    inputs = list(stream.events(first, len(stream) if count is None else count, kinds="i"))
    ends = [stream.output_length_after(event.index) for event in inputs[1:]] + [len(stream.output)]
    for event, following in zip(inputs, ends, strict=False):  # `ends` has one entry even if there is no input
        check_cancelled()
        detector.add_keys(event, parse_key_events(event.data), following, _SecretPromptReader())
    detector.end(len(stream.output))
    return [hidden for hidden, _ in detector.found]


def _line_start(stream: EventStream, event: int) -> int:
    """Return the event at which the line being typed at `event` starts."""
    for earlier in range(event - 1, max(-1, event - 1 - _MAX_LOOKBACK_EVENTS), -1):
        if stream.kind(earlier) == "i" and any(enter in stream.data(earlier) for enter in ENTER):
            return earlier + 1
    return max(0, event - _MAX_LOOKBACK_EVENTS)
