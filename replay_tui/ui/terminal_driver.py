"""Textual's driver for Unix terminals with `InputParser`, which keeps Escape and the key after it apart."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual.drivers.linux_driver import LinuxDriver

from replay_tui.ui.commands import commands_of
from replay_tui.ui.input_parser import InputParser

POLL_SECONDS = 0.1
"""Interval at which the thread checks whether the program is ending."""
READ_BYTES = 4096


class TerminalDriver(LinuxDriver):
    """Reads the keyboard; a lone Escape is reported as soon as its delay has passed."""

    def run_input_thread(self) -> None:
        """Read input and post its messages until the program ends. See `LinuxDriver.run_input_thread`."""
        keys = (key for command in commands_of(self._app) for key in command.keys)
        parser = InputParser([key for key in keys if key.startswith("alt+")], debug=self._debug)
        # A terminal without SGR mouse reports sends bytes that are not valid UTF-8.
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                wait = parser.wait_seconds
                ready = selector.select(POLL_SECONDS if wait is None else min(wait, POLL_SECONDS))
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
