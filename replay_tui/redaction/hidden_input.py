"""Detector of input typed while echo was off: keys that do not appear in the output that follows.

`HiddenInputDetector` needs the recorded screen. `suspected_hidden_input` works without it: it is fast and reports more
than was hidden, so that sessions that are not analysed yet can be displayed safely.
"""

from __future__ import annotations

import re
from typing import Protocol

from replay_tui.domain.event_stream import Event, EventStream, RedactedSpan
from replay_tui.redaction.redactor import HiddenInput
from replay_tui.terminal.input_keys import ENTER, INTERRUPT, InputKey, parse_keys
from replay_tui.terminal.line_editor import LineEditor
from replay_tui.terminal.prompts import is_password_prompt

_MIN_UNPROMPTED_CHARS = 3
"""Without a password prompt, shorter input that was not echoed is taken for commands of a program."""
_ECHO_WINDOW_BYTES = 16384
_MAX_LOOKBACK_EVENTS = 2000
"""Events searched backwards for the start of a line."""
_SCREEN_DRAWING = re.compile(rb"\x1b\[\d*(?:;\d*)?[Hfd]|\x1b\[\?25l")
_NO_TEXT = re.compile(
    r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x1f\x7f]", re.DOTALL
)


class PromptReader(Protocol):
    """Source of the prompt: the text of the cursor's row before and after the cursor."""

    def before_cursor(self) -> tuple[str, str]: ...


class HiddenInputDetector:
    """Collects the keys typed outside a shell prompt up to Enter and decides whether they were echoed.

    `found` holds each hidden input with the index of the event that ended it.
    """

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self.found: list[tuple[HiddenInput, int]] = []
        self._reset()

    def _reset(self) -> None:
        self._keys: list[tuple[Event, InputKey]] = []
        self._editor = LineEditor(readline=False)
        self._prompt = ""
        self._start = 0  # output offset of the first key, in bytes

    def add_keys(self, event: Event, pressed: list[InputKey], following: int, reader: PromptReader) -> None:
        """Add the keys of an event; `following` is the output offset at the next input event."""
        for key in pressed:
            if (key.data in ENTER and not key.pasted) or key.data == INTERRUPT:
                self._classify((event.index, event.time), self._stream.output_length_after(event.index), following)
            elif key.is_text or self._keys:
                if not self._keys:
                    self._start, self._prompt = (
                        self._stream.output_length_after(event.index),
                        reader.before_cursor()[0].strip(),
                    )
                if key.is_text:
                    self._keys.append((event, key))
                self._editor.press(key)

    def end(self, offset: int | None = None) -> None:
        """End the input without Enter. `offset` is the output offset up to which a late echo is accepted."""
        if self._keys and offset is not None and not is_password_prompt(self._prompt):
            self._reset()  # single keys read by a program
        elif self._keys:
            last = self._keys[-1][0]
            here = self._stream.output_length_after(last.index)
            self._classify((last.index, last.time), here, len(self._stream.output) if offset is None else offset)

    def add(self, pressed: list[tuple[Event, InputKey]], text: str, prompt: str, place: tuple[int, float]) -> None:
        """Record hidden input `text` that ended at `place` (event, seconds)."""
        if not pressed or not text:
            return
        spans = tuple(RedactedSpan(event.index, key.offset, key.offset + len(key.data)) for event, key in pressed)
        self.found.append((HiddenInput(text, spans, pressed[0][0].time, place[1], prompt.strip()), place[0]))

    def _classify(self, place: tuple[int, float], here: int, following: int) -> None:
        text = self._editor.text
        if (
            text
            and (len(text) >= _MIN_UNPROMPTED_CHARS or is_password_prompt(self._prompt))
            and not self._is_echoed(text, here, following)
        ):
            self.add(self._keys, text, self._prompt, place)
        self._reset()

    def _is_echoed(self, text: str, here: int, following: int) -> bool:
        """Return True if the output repeats the text: character by character, or as a whole soon after."""
        output = self._stream.output
        typed = "".join(key.data.decode("utf-8", "replace") for _, key in self._keys)
        window = bytes(output[self._start : min(here, self._start + _ECHO_WINDOW_BYTES)])
        if _SCREEN_DRAWING.search(window) and not is_password_prompt(self._prompt):
            return True  # the keys were read by a program that draws its own screen
        echo = iter(_visible_text(window))
        if all(char in echo for char in typed):
            return True
        after = bytes(output[self._start : min(following, self._start + _ECHO_WINDOW_BYTES)])
        if is_password_prompt(self._prompt):  # text on the next line is a message, not an echo
            after = after.partition(b"\n")[0]
        return text in _visible_text(after)[: 3 * len(typed) + 200]


def _visible_text(data: bytes) -> str:
    return _NO_TEXT.sub("", data.decode("utf-8", "replace"))


class _PasswordPromptReader:
    """A `PromptReader` that reports a password prompt everywhere."""

    @staticmethod
    def before_cursor() -> tuple[str, str]:
        return "password:", ""


def suspected_hidden_input(stream: EventStream, first: int = 0, count: int | None = None) -> list[HiddenInput]:
    """Return every input line among events `first` to `count` (default: all) whose echo is not in the output near it.

    Every line is treated as the answer to a password prompt, so that no hidden input is missed.
    """
    detector, first = HiddenInputDetector(stream), _line_start(stream, first)
    inputs = list(stream.events(first, len(stream) if count is None else count, kinds="i"))
    ends = [stream.output_length_after(event.index) for event in inputs[1:]] + [len(stream.output)]
    for event, following in zip(inputs, ends, strict=False):  # `ends` has one entry even if there is no input
        detector.add_keys(event, parse_keys(event.data), following, _PasswordPromptReader())
    detector.end()
    return [hidden for hidden, _ in detector.found]


def _line_start(stream: EventStream, event: int) -> int:
    """Return the event at which the line being typed at `event` starts."""
    for earlier in range(event - 1, max(-1, event - 1 - _MAX_LOOKBACK_EVENTS), -1):
        if stream.kind(earlier) == "i" and any(enter in stream.data(earlier) for enter in ENTER):
            return earlier + 1
    return max(0, event - _MAX_LOOKBACK_EVENTS)
