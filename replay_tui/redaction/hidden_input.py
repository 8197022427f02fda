"""Finding input typed while echo was off: keys that the output never gives back."""

from __future__ import annotations

import re
from typing import Protocol

from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.domain.redacted_span import RedactedSpan
from replay_tui.redaction.redactor import HiddenInput
from replay_tui.terminal.input_keys import ENTER, INTERRUPT, InputKey, apply_key
from replay_tui.terminal.prompts import is_password_prompt

_MIN_UNPROMPTED_CHARS = 3
"""Characters from which on unseen input counts as a secret where nothing asked for one."""
_ECHO_WINDOW_BYTES = 16384
_SCREEN_DRAWING = re.compile(rb"\x1b\[\d*(?:;\d*)?[Hfd]|\x1b\[\?25l")
_NO_TEXT = re.compile(
    r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x1f\x7f]", re.DOTALL
)


class PromptReader(Protocol):
    """What tells the prompt: a screen's row before and after the cursor."""

    def before_cursor(self) -> tuple[str, str]: ...


class HiddenInputDetector:
    """Collects what is typed away from any prompt until Enter, and judges whether it was echoed.

    `found` holds each secret with the index of the event that ended it.
    """

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self.found: list[tuple[HiddenInput, int]] = []
        self._reset()

    def _reset(self) -> None:
        self._keys: list[tuple[Event, InputKey]] = []
        self._text = self._prompt = ""
        self._from = 0

    def add_keys(self, event: Event, pressed: list[InputKey], following: int, reader: PromptReader) -> None:
        """Keys of an event; `following` is the screen offset at the next input event."""
        for key in pressed:
            if (key.data in ENTER and not key.pasted) or key.data == INTERRUPT:
                self._classify((event.index, event.time), self._stream.output_length_after(event.index), following)
            elif key.is_text or self._keys:
                if not self._keys:
                    self._from, self._prompt = (
                        self._stream.output_length_after(event.index),
                        reader.before_cursor()[0].strip(),
                    )
                if key.is_text:
                    self._keys.append((event, key))
                self._text = apply_key(self._text, key)

    def end(self, offset: int | None = None) -> None:
        """Typing ended without Enter; up to screen byte `offset` its echo may have come late."""
        if self._keys and offset is not None and not is_password_prompt(self._prompt):
            self._reset()  # keys that a program took one by one
        elif self._keys:
            last = self._keys[-1][0]
            here = self._stream.output_length_after(last.index)
            self._classify((last.index, last.time), here, len(self._stream.output) if offset is None else offset)

    def add(self, pressed: list[tuple[Event, InputKey]], text: str, prompt: str, place: tuple[int, float]) -> None:
        """Note a secret."""
        if not pressed or not text:
            return
        spans = tuple(RedactedSpan(event.index, key.offset, key.offset + len(key.data)) for event, key in pressed)
        self.found.append((HiddenInput(text, spans, pressed[0][0].time, place[1], prompt.strip()), place[0]))

    def _classify(self, place: tuple[int, float], here: int, following: int) -> None:
        text = self._text
        if (
            text
            and (len(text) >= _MIN_UNPROMPTED_CHARS or is_password_prompt(self._prompt))
            and not self._is_echoed(text, here, following)
        ):
            self.add(self._keys, text, self._prompt, place)
        self._reset()

    def _is_echoed(self, text: str, here: int, following: int) -> bool:
        """Whether the output gave the text back: letter by letter while it was typed, or in one piece soon after."""
        lane = self._stream.output
        typed = "".join(key.data.decode("utf-8", "replace") for _, key in self._keys)
        window = bytes(lane[self._from : min(here, self._from + _ECHO_WINDOW_BYTES)])
        if _SCREEN_DRAWING.search(window) and not is_password_prompt(self._prompt):
            return True  # a program that draws its own screen took the keys
        during = iter(_visible(window))
        if all(char in during for char in typed):
            return True
        after = bytes(lane[self._from : min(following, self._from + _ECHO_WINDOW_BYTES)])
        if is_password_prompt(self._prompt):  # what is said on the next line is no echo
            after = after.partition(b"\n")[0]
        return text in _visible(after)[: 3 * len(typed) + 200]


def _visible(data: bytes) -> str:
    return _NO_TEXT.sub("", data.decode("utf-8", "replace"))
