"""Fidelity warnings of a terminal session: assumed size, skipped output, control sequences that were not executed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning, FidelityWarnings
from replay_tui.domain.finding import SequenceEvent
from replay_tui.domain.session_kind import SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline
from replay_tui.domain.text_encoding import count_invalid_input, count_invalid_utf8
from replay_tui.terminal.crash_isolation import isolation_warnings
from replay_tui.terminal.sequence_filter import MAX_EVENTS

NUL_BLOCK_BYTES = 64
"""NULs in a row that are no padding of a slow terminal but a lost block."""
_HINT = "not valid in UTF-8, shown as U+FFFD; --encoding names another encoding"
_NUL_BLOCK = re.compile(rb"\0{%d,}" % NUL_BLOCK_BYTES)
_NOTABLE_SEQUENCES = {
    "clipboard-write": "attempts to write the viewer's clipboard, blocked",
    "clipboard-read": "attempts to read the viewer's clipboard, blocked",
    "notification": "desktop notifications, not shown",
    "file-transfer": "file transfers (ZMODEM), whose bytes are not drawn and not read as keys",
    "image": "images, not shown",
    "iterm2": "terminal-specific commands, not carried out",
    "unknown-osc": "unknown operating system commands, not carried out",
    "apc": "application program commands, not carried out",
    "pm": "privacy messages, not shown",
    "sos": "start-of-string sequences, not shown",
}


def terminal_warnings(
    sizes: SizeTimeline, skipped: int, sequences: Sequence[SequenceEvent]
) -> tuple[FidelityWarning, ...]:
    """Return each warning once, with its count. `skipped` is the number of places that crash the emulator."""
    log = FidelityWarnings()
    if sizes.first.source is SizeSource.DEFAULT:
        log.add("size-default", "terminal size not found in the stream; 80x24 is assumed")
    for code, message, count in isolation_warnings(skipped):
        log.add(code, message, count)
    if len(sequences) >= MAX_EVENTS:
        message = f"more than {MAX_EVENTS:,} special control sequences; the later ones are not counted"
        log.add("sequences-cut", message)
    for sequence in sequences:
        if sequence.kind in _NOTABLE_SEQUENCES:
            log.add(f"sequence-{sequence.kind}", _NOTABLE_SEQUENCES[sequence.kind])
    return log.warnings


def text_warnings(
    stream: EventStream, kind: SessionKind, statements: Sequence[Statement]
) -> tuple[FidelityWarning, ...]:
    """Return warnings about bytes that are no text. `stream` is without file transfers."""
    log = FidelityWarnings()
    if kind.has_screen or kind.prints_lines:
        log.add("not-utf8", f"bytes {_HINT}", count_invalid_utf8(stream.output) + count_invalid_input(stream.other))
        if b"\0" * NUL_BLOCK_BYTES in stream.output:
            log.add(
                "nul-output", "blocks of NUL bytes in the output, not drawn", len(_NUL_BLOCK.findall(stream.output))
            )
    else:
        damaged = sum("\ufffd" in row.text for row in statements)
        log.add("not-utf8", f"statements with bytes {_HINT}", damaged)
    return log.warnings
