"""Parser of terminal input that never merges Escape with the key typed after it.

Textual's own parser reads an ESC byte and the next key as alt+key, or drops both, depending on how fast they arrive.
No default key uses alt, so this parser reports an ESC byte as the Escape key, unless it begins a control sequence that
Textual decodes, or the user has bound the corresponding alt key.

`TerminalDriver` is Textual's driver for Unix terminals with this parser.
"""

from __future__ import annotations

import os
import re
import selectors
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from replay_tui.ui.command_table import commands_of

ESC = "\x1b"
_DEFAULT_DELAY_MS = 20
"""A terminal writes a sequence at once; the delay covers networks that split one after its first byte."""
SEQUENCE_DELAY_SECONDS = 0.25
"""How long the rest of a control sequence may take after its first two bytes."""
MAX_SEQUENCE_LENGTH = 32
"""Length up to which Textual parses a sequence; it would report the rest of a longer one as keys."""

_COMPLETE = re.compile(r"\x1b(?:O[^\x1b]|\[(?:M[^\x1b]{3}|\[[^\x1b]|\d+\$|(?![M\[])[0-?]*[ -/]*[@-~]))", re.DOTALL)
"""SS3 and a character; CSI: a mouse report of the X10 protocol, a function key of the Linux console, one of rxvt with
shift, or any other."""
_INCOMPLETE = re.compile(r"\x1b(?:O|\[(?:M[^\x1b]{0,2}|\[|(?![M\[])[0-?]*[ -/]*))?", re.DOTALL)

_KEY = re.compile(r"\x1b\[([0-9:;]+)([u~ABCDEFHPQRS])")
"""A key with parameters: code:shifted:base; modifiers:event; text as code points, separated by colons."""
_SIZE_REPORT = re.compile(r"\x1b\[48;(\d+)[^;]*;(\d+)[^;]*;(\d+)[^;]*;(\d+)[^;]*t")
_RELEASE, _SHIFT = "3", 1
_MAX_MODIFIERS = 256
_MAX_TERMINAL_CELLS = 4096
"""A larger size report is invalid; the interface would take minutes to lay out a million columns."""


def escape_delay() -> float:
    """Return the seconds to wait after a lone ESC byte; the variable `ESCDELAY` sets them in milliseconds, from 1."""
    written = os.environ.get("ESCDELAY", "")
    return (max(1, int(written)) if written.isdecimal() and len(written) < 7 else _DEFAULT_DELAY_MS) / 1000


class InputParser(XTermParser):
    """Splits input into complete control sequences, which Textual decodes, and typed characters.

    `alt_keys` are the names of the alt keys that the user has bound. `clock` returns monotonic seconds.
    """

    def __init__(
        self, alt_keys: Collection[str] = (), *, debug: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._alt_keys, self._clock = frozenset(alt_keys), clock
        self._held = ""
        self._deadline: float | None = None
        self._delay = escape_delay()
        super().__init__(debug)

    @property
    def wait_seconds(self) -> float | None:
        """Seconds until `tick` has to be called, None if no sequence is pending."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the messages of the input so far; an empty text ends the input. See `textual._parser.Parser.feed`."""
        if not data:
            yield from self._typed_sequence(self._held)
            self._held, self._deadline = "", None
            yield from super().feed(data)
            return
        text, self._held, self._deadline = self._held + data, "", None
        position = 0
        while position < len(text):
            if text[position] != ESC:
                end = text.find(ESC, position)
                end = len(text) if end < 0 else end
                # Enter typed before the program switched the terminal to raw mode arrives as a line feed.
                yield from super().feed(text[position:end].replace("\n", "\r"))
            elif text.startswith(BRACKETED_PASTE_START, position):
                begin = position + len(BRACKETED_PASTE_START)
                end = text.find(BRACKETED_PASTE_END, begin)
                if end < 0:
                    self._held = text[position:]
                    return
                yield events.Paste(text[begin:end].replace("\x00", ""))
                end += len(BRACKETED_PASTE_END)
            elif complete := _COMPLETE.match(text, position):
                end = complete.end()
                yield from self._sequence(complete[0])
            elif _INCOMPLETE.fullmatch(text, position):
                self._held = text[position:]
                lone = len(self._held) == 1
                self._deadline = self._clock() + (self._delay if lone else SEQUENCE_DELAY_SECONDS)
                return
            else:
                end = position + 1
                if alt := self._alt_key(text[end : end + 1]):
                    end += 1
                yield alt or events.Key("escape", ESC)
            position = end

    def tick(self) -> Iterable[Message]:
        """Yield an incomplete sequence as typed keys, if its delay has passed."""
        if self._deadline is not None and self._clock() >= self._deadline:
            held, self._held, self._deadline = self._held, "", None
            yield from self._typed_sequence(held)

    def _sequence(self, sequence: str) -> Iterator[Message]:
        """Decode a complete sequence; treat one that Textual does not know as typed if it has no parameters."""
        known = _normalize(sequence) if len(sequence) <= MAX_SEQUENCE_LENGTH else ""
        if not known:
            return
        yield from super().feed(known)
        if self._timeout_time is not None:  # Textual waits for the rest
            self._timeout_time = 0.0
            for _ in super().tick():
                pass
            if len(sequence) == 3:
                yield from self._typed_sequence(sequence)

    def _typed_sequence(self, text: str) -> Iterator[Message]:
        """Yield Escape and the keys after it."""
        if text.startswith(BRACKETED_PASTE_START):  # without an end marker
            yield events.Paste(text[len(BRACKETED_PASTE_START) :].replace("\x00", ""))
        elif text:
            alt = self._alt_key(text[1:]) if len(text) == 2 else None
            yield alt or events.Key("escape", ESC)
            if rest := "" if alt else text[1:]:
                yield from super().feed(rest)

    def _alt_key(self, character: str) -> events.Key | None:
        """Return the alt key of a character that followed an ESC byte, if the user has bound that key."""
        if not character or character == ESC:
            return None
        names = (f"alt+{key.key}" for key in self._sequence_to_key_events(character))
        return next((events.Key(name, None) for name in names if name in self._alt_keys), None)


def _normalize(sequence: str) -> str:
    """Return a control sequence in the form that Textual can decode, empty for one that has no effect.

    Textual raises `ValueError` for event types and alternate keys of the kitty protocol, and for invalid code points.
    """
    if size := _SIZE_REPORT.fullmatch(sequence):
        height, width, *pixels = map(int, size.groups())
        is_valid = 0 < height <= _MAX_TERMINAL_CELLS and 0 < width <= _MAX_TERMINAL_CELLS and all(pixels)
        return sequence if is_valid else ""
    if not (key := _KEY.fullmatch(sequence)):
        return sequence
    fields = [*key[1].split(";"), "", ""]
    (code, shifted), (modifiers, event), text_field = _first_two(fields[0]), _first_two(fields[1]), fields[2]
    if any(fields[3:]) or event == _RELEASE:
        return ""
    if not _is_code_point(code or "1") or int(modifiers or 0) > _MAX_MODIFIERS:
        return ""
    if shifted and not text_field and int(modifiers or 1) - 1 == _SHIFT:
        text_field = shifted
    text = ":".join(one for one in text_field.split(":") if _is_code_point(one) and chr(int(one)).isprintable())
    return f"{ESC}[{';'.join((code, modifiers, text)).rstrip(';')}{key[2]}"


def _first_two(field: str) -> tuple[str, str]:
    """Return the first two parts of a field that are separated by colons."""
    first, _, rest = field.partition(":")
    return first, rest.partition(":")[0]


def _is_code_point(number: str) -> bool:
    """Return True if a decimal number is a Unicode character; surrogates are not."""
    return number.isdecimal() and int(number) <= sys.maxunicode and not 0xD800 <= int(number) <= 0xDFFF


END_SECONDS = 0.1
"""How long the thread waits for the end of the program after it was woken for it."""
READ_BYTES = 4096


class TerminalDriver(LinuxDriver):
    """Reads the keyboard; a lone Escape is reported as soon as its delay has passed.

    The thread sleeps until a key is typed; a pipe wakes it when the program ends.
    """

    def __init__(self, app: App[object], **options: Any) -> None:
        super().__init__(app, **options)
        self._woken, self._wake = os.pipe()

    @property
    def can_suspend(self) -> bool:
        """True if the program is a job of a shell: the only process that continues a stopped one."""
        return os.getpgrp() != os.getsid(0)

    def _sigcont_application(self, *arguments: object) -> None:
        """Continue after a stop. After SIGSTOP, which no program can prepare for, the terminal is set up again."""
        if not self._must_signal_resume:
            self.suspend_application_mode()
        super()._sigcont_application(*arguments)

    def disable_input(self) -> None:
        """Wake the thread that reads the keyboard, and wait for its end."""
        os.write(self._wake, b"\0")
        super().disable_input()

    def _run_input_thread(self) -> None:
        """Run the thread. An exception ends the program like one in the interface; Textual would exit with code 0."""
        try:
            self.run_input_thread()
        except Exception as error:
            self._app.call_later(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read input and post its messages until the program ends. See `LinuxDriver.run_input_thread`."""
        keys = (key for command in commands_of(self._app) for key in command.keys)
        parser = InputParser([key for key in keys if key.startswith("alt+")], debug=self._debug)
        # A terminal without SGR mouse reports sends bytes that are not valid UTF-8.
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = {key.fd for key, _ in selector.select(parser.wait_seconds)}
                if self._woken in ready:
                    os.read(self._woken, READ_BYTES)
                    self.exit_event.wait(END_SECONDS)
                    continue
                # After a late wake-up the rest of a sequence may be readable: the delay applies only if nothing is.
                if not ready:
                    messages = parser.tick()
                elif data := os.read(self.fileno, READ_BYTES):
                    text = decode(data)  # empty while a character is incomplete
                    messages = parser.feed(text) if text else ()
                else:
                    return  # the terminal is closed
                for message in messages:
                    self.process_message(message)
