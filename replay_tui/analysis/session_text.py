"""Text of a session: transcript, output lines, and the stream that a terminal can draw. Computed lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from replay_tui.analysis.fidelity_warnings import text_warnings
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.session_kind import SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import MAX_LINES, TranscriptLine


class SessionText:
    """Text of a session of one kind, without secrets.

    `sizes`, `statements` and `redactor` are called only if the kind needs them.
    """

    def __init__(
        self,
        kind: SessionKind,
        stream: EventStream,
        sizes: Callable[[], SizeTimeline],
        statements: Callable[[], Sequence[Statement]],
        redactor: Callable[[], Redactor],
    ) -> None:
        self._kind = kind
        self._stream = stream
        self._sizes = sizes
        self._statements = statements
        self._redactor = redactor

    @cached_property
    def display_stream(self) -> EventStream:
        """Stream that the screens are drawn from: the recorded one, or the session's text if it is no terminal."""
        if self._kind.has_screen:
            return self._stream
        if self._kind.lists_statements:
            return statements_as_terminal_stream(self._stream, self._statements())
        return output_as_terminal_stream(self._stream)

    @cached_property
    def warnings(self) -> tuple[FidelityWarning, ...]:
        """Warnings about bytes that are no text."""
        return text_warnings(self._stream, self._kind, self._statements())

    @cached_property
    def transcript(self) -> list[TranscriptLine]:
        """Lines with times: output, or the statements of a wire."""
        return self.read_transcript()

    def read_transcript(self, is_cancelled: Callable[[], bool] = never_cancelled) -> list[TranscriptLine]:
        """Return the transcript without keeping it. Raises `Cancelled`."""
        if self._kind.lists_statements:  # the bytes of a wire are not text
            return statement_lines(self._statements())
        if self._kind.has_screen:
            lines = Transcript(self._stream, self._sizes()).build(is_cancelled)
        else:
            lines = output_lines(self._stream)
        redacted = self._redactor().lines([line.text for line in lines])
        return [line._replace(text=text) for line, text in zip(lines, redacted, strict=True)]

    @cached_property
    def output_lines(self) -> list[str]:
        """Lines of the output of a session without a terminal; invalid UTF-8 becomes U+FFFD."""
        lines = bytes(self._stream.output).decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        return self._redactor().lines(lines if lines[-1] else lines[:-1])


def output_lines(stream: EventStream) -> list[TranscriptLine]:
    """Return the output's lines, each with the second in which it began; invalid UTF-8 becomes U+FFFD."""
    found: list[TranscriptLine] = []
    data, start = bytes(stream.output), 0
    while start < len(data) and len(found) < MAX_LINES:
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        text = data[start:end].decode("utf-8", "replace").rstrip("\r")
        found.append(TranscriptLine(stream.time_of_output(start), text))
        start = end + 1
    return found


def statement_lines(statements: Sequence[Statement]) -> list[TranscriptLine]:
    """Return the lines of the statements, each with its time, and the responses to calls of tools (MCP)."""
    lines = [
        TranscriptLine(time, line, "statement")
        for row in statements
        for time, text in ((row.time, row.text), *_tool_response(row))
        for line in text.splitlines() or [""]
    ]
    return sorted(lines, key=lambda line: line.time)


def _tool_response(row: Statement) -> Iterator[tuple[float, str]]:
    """Yield the time and the text of the response to a call of a tool, if it was recorded."""
    response = row.details.get("response", row.details.get("response_body")) if row.kind == "mcp" else None
    if response:
        yield float(row.details.get("response_time") or row.time), f"< {response}"


def output_as_terminal_stream(stream: EventStream) -> EventStream:
    """Return the output with CR LF line ends, which a terminal needs."""
    made = _empty_copy(stream)
    for event in stream.events(kinds="oe"):
        made.append(event.time, event.kind, event.data.replace(b"\n", b"\r\n"))
    return made


def statements_as_terminal_stream(stream: EventStream, statements: Sequence[Statement]) -> EventStream:
    """Return the text of `statements` as terminal output, each at its time."""
    made = _empty_copy(stream)
    for row in statements:
        text = sanitize(row.text, keep_newlines=True).rstrip("\n").replace("\n", "\r\n")
        made.append(row.time, "o", f"{text}\r\n".encode("utf-8", "replace"))
    return made


def _empty_copy(stream: EventStream) -> EventStream:
    made = EventStream()
    made.timed, made.complete = stream.timed, stream.complete
    return made
