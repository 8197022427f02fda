"""Shell commands of a terminal session. Best effort: `Statement.note` names the source of each text."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.decoders.payload_buffer import input_payloads
from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import DEFAULT_SIZE, SizeTimeline
from replay_tui.shell.command_log import FROM_KEYS, CommandLog
from replay_tui.shell.shell_reader import MAX_LINES, ShellCommands, ShellReader

__all__ = ["MAX_LINES", "ShellCommands", "read_shell_commands"]


def read_shell_commands(
    stream: EventStream, sizes: SizeTimeline | None = None, is_cancelled: Callable[[], bool] = never_cancelled
) -> ShellCommands:
    """Return the commands and hidden input of a terminal session drawn at `sizes`. Raises `Cancelled`."""
    if _is_piped(stream):
        return _read_piped(stream)
    return ShellReader(stream, sizes or SizeTimeline(DEFAULT_SIZE), is_cancelled).run()


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
