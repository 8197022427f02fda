"""Objects that the readers of a shell session share: the recorded session, its screen, and what was read so far."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.redaction.hidden_input import HiddenInputDetector
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.shell.command_log import CommandLog
from replay_tui.shell.incomplete_command import SyntaxCheck
from replay_tui.shell.multiplexer import Multiplexer
from replay_tui.shell.screen_line import ScreenLineReader


class ReaderParts(Struct, frozen=True):
    """Parts of one session's reading.

    Attributes:
        stream: the recorded session.
        reader: the screen of the session at the output offset that is being read.
        hidden: collects input that was typed without echo.
        syntax: checks commands for missing lines, with one limit for the session.
        out: the commands so far.
        multiplexer: the state of a terminal multiplexer in the session.
        echoed: lines that were typed visibly.
    """

    stream: EventStream
    reader: ScreenLineReader
    hidden: HiddenInputDetector
    syntax: SyntaxCheck
    out: CommandLog = field(default_factory=CommandLog)
    multiplexer: Multiplexer = field(default_factory=Multiplexer)
    echoed: list[EchoedLine] = field(default_factory=list)

    @classmethod
    def of(cls, stream: EventStream, sizes: SizeTimeline, is_cancelled: Callable[[], bool]) -> ReaderParts:
        """Return the parts at the start of `stream`, drawn at `sizes`."""
        reader = ScreenLineReader(stream, sizes, is_cancelled)
        return cls(stream, reader, HiddenInputDetector(stream), SyntaxCheck(len(stream.other)))
